"""A JSON document with one value changed, as a hostile or damaged file has it."""

from __future__ import annotations

import json
from typing import Any


def altered(text: str, path: list[str | int], value: object) -> Any:
    """The document in `text` with `value` at `path`."""
    document = json.loads(text)
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return document
