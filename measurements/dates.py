"""Dates that instruments write, as sortable text."""

from __future__ import annotations

import re
from datetime import datetime

_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})[ T](\d{1,2}):(\d{2}):(\d{2})(?: ?([AP]M))?", re.ASCII | re.IGNORECASE)
_EXPORTED = re.compile(r"(?<!\d)(\d{1,2})_(\d{1,2})_(\d{4}) (\d{1,2})_(\d{2})_(\d{2}) ([AP]M)(?![A-Za-z])", re.ASCII)


def exported_date(name: str) -> str:
    """Date in the name that EasyEXPERT gives an exported file; empty where there is none.

    >>> exported_date("DG01 I_V Sweep 2_3_2022 3_56_01 PM 1.csv")
    '2022-02-03T15:56:01'
    """
    match = _EXPORTED.search(name)
    if match is None:
        return ""
    month, day, year, hour, minute, second, half = match.groups()
    return parse_date(f"{month}/{day}/{year} {hour}:{minute}:{second} {half}")


def parse_date(text: str) -> str:
    """`2022-12-04T08:42:23` of `12/04/2022 08:42:23`; empty where the text is no such date.

    Month comes before day, as instruments set up in the United States write it, unless it is above 12. The
    order within a day is right either way.

    >>> parse_date("12/04/2022 08:42:23"), parse_date("25/03/2022 1:02:03 PM"), parse_date("soon")
    ('2022-12-04T08:42:23', '2022-03-25T13:02:03', '')
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return ""
    month, day, year, hour, minute, second = (int(group) for group in match.groups()[:6])
    if month > 12:
        month, day = day, month
    half = (match[7] or "").upper()
    if half:
        hour = hour % 12 + (12 if half == "PM" else 0)
    try:
        return datetime(year, month, day, hour, minute, second).isoformat()
    except ValueError:
        return ""
