"""Copies of subcircuits for their instances, on cells made by hand."""

from __future__ import annotations

import pytest

from measurements.errors import NetlistError
from netlists.instances import with_own_subcircuits

CELLS = """* two inverters in a buffer, two buffers
.subckt inverter a y
Xp y a vdd vdd pch w=1u l=0.28u
.ends inverter
.subckt unused a
Xp a a vdd vdd pch w=1u l=0.28u
.ends unused
.subckt buffer a y load=1f
Xone a m inverter
Xtwo m y inverter
Cload y 0 {load}
.ends buffer
.subckt top inverter y
Xfirst inverter m buffer
+ load=2f
Xsecond m y buffer load={2*3f}
.ends top
"""


def test_every_instance_has_its_own() -> None:
    found = with_own_subcircuits(CELLS, ["top"]).split("\n")
    assert [line.split()[1] for line in found if line.startswith(".subckt")] == [
        "inverter__first__one", "inverter__first__two", "buffer__first",
        "inverter__second__one", "inverter__second__two", "buffer__second", "top",
    ]  # fmt: skip
    assert [line.split()[1] for line in found if line.startswith(".ends")] == [
        line.split()[1] for line in found if line.startswith(".subckt")
    ]
    # A node that is named as a subcircuit stays, and so do parameters on the same and on the following line.
    assert found[-5:-1] == [
        ".subckt top inverter y",
        "Xfirst inverter m buffer__first",
        "+ load=2f",
        "Xsecond m y buffer__second load={2*3f}",
    ]
    assert found.count("Xp y a vdd vdd pch w=1u l=0.28u") == 4
    assert "Xone a m inverter__second__one" in found


def test_several_cells_of_one_bench_keep_their_names() -> None:
    found = with_own_subcircuits(CELLS, ["unused", "buffer"])
    assert ".subckt unused a" in found
    assert ".subckt buffer a y load=1f\nXone a m inverter__one\n" in found


@pytest.mark.parametrize(("text", "used"), [(CELLS, "nobody"), (CELLS.replace(" inverter\nC", " inventor\nC"), "top")])
def test_an_unknown_subcircuit_is_named(text: str, used: str) -> None:
    with pytest.raises(NetlistError, match=r"subcircuit (nobody|inventor) is not defined; inverter, unused, buffer"):
        with_own_subcircuits(text, [used])
