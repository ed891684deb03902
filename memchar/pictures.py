"""Pictures inside an HTML page that needs no other file."""

from __future__ import annotations

import base64
from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    """A titled image as a data URI."""

    title: str
    data: str


def embed(title: str, png: bytes) -> Picture:
    """A PNG as a picture of a page."""
    return Picture(title, "data:image/png;base64," + base64.b64encode(png).decode("ascii"))
