"""What the name of a 4200A file says.

The laboratory's names are ``(wafer,r0,c0,-1,-1,row,col)_STAMP_activity_Vstart_Vstop_ramp_Icc.csv``; `observe`
files have no ramp. STAMP is YYMMDDHHMM or YYMMDDHHMMSS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from measurements.sweep import Activity

_NAME = re.compile(
    r"\((?P<wafer>[^,()]+),(?P<r0>-?\d+),(?P<c0>-?\d+),(?P<r1>-?\d+),(?P<c1>-?\d+),(?P<row>\d+),(?P<col>\d+)\)"
    r"_(?P<stamp>\d{10}|\d{12})_(?P<activity>form|set|reset|observe|read|cycle)(_(?P<range>[-\d._]+))?"
    r"_(?P<limit>\d+(\.\d+)?)(?P<prefix>[munp]?)A\.csv",
    re.ASCII | re.IGNORECASE,
)
_PREFIXES = {"": "", "m": "e-3", "u": "e-6", "n": "e-9", "p": "e-12"}


@dataclass(frozen=True)
class SweepName:
    """Facts in a file name: compliance current [A]; `stamp` sorts as text within a cell."""

    device: str
    cell: str
    stamp: str
    activity: Activity
    compliance_current: float

    @property
    def taken(self) -> str:
        """The stamp as `2022-03-25T17:08:25`, without seconds where it has none; it sorts as text.

        >>> parse_name("(wafer2,0,7,-1,-1,1,1)_2203251708_set_0_5_1_20uA.csv").taken
        '2022-03-25T17:08'
        """
        pairs = [self.stamp[place : place + 2] for place in range(0, len(self.stamp), 2)]
        return f"20{pairs[0]}-{pairs[1]}-{pairs[2]}T{':'.join(pairs[3:])}"


def parse_name(name: str) -> SweepName | None:
    """Facts of a file name, or None where it is not of the laboratory's form.

    >>> parse_name("(wafer2,0,7,-1,-1,1,1)_220325170825_set_0_5_1_20uA.csv")
    SweepName(device='wafer2(0,7)', cell='(1,1)', stamp='220325170825', activity=<Activity.SET: 'set'>, \
compliance_current=2e-05)
    >>> parse_name("my sweep.csv") is None
    True
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    device = f"{match['wafer']}({match['r0']},{match['c0']})"
    if (match["r1"], match["c1"]) != ("-1", "-1"):
        device += f"({match['r1']},{match['c1']})"
    activity = match["activity"].lower()
    return SweepName(
        device=device,
        cell=f"({match['row']},{match['col']})",
        stamp=match["stamp"],
        activity=Activity.READ if activity == "observe" else Activity(activity),
        # through text, so that 20uA is exactly 2e-05
        compliance_current=float(match["limit"] + _PREFIXES[match["prefix"].lower()]),
    )
