"""The report's tables of whole macros: the run's own, and those that `memchar validate --macro` left in its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from measurements.errors import InputError
from memchar.files import read_text
from memchar.macro import NETWORKS
from memchar.macroerrors import macro_rows


def macro_tables(run: Path, validation: Mapping[str, Any]) -> list[list[tuple[str, ...]]]:
    """A text table for each macro, the small one first; none where none was compared.

    A file `macro-NAME.json`, which `memchar validate --macro NAME -o` writes, stands for the run's own comparison.

    Raises
    ------
    InputError
        A file does not hold such a comparison; it is named.
    """
    found = {str(validation["macro"]["macro"]): validation["macro"]} if "macro" in validation else {}
    for name in NETWORKS:
        path = run / f"macro-{name}.json"
        if path.is_file():
            found[name] = _comparison(path, name)
    return [macro_rows(found[name]) for name in NETWORKS if name in found]


def _comparison(path: Path, name: str) -> dict[str, Any]:
    hint = f"write it with memchar validate --macro {name} -o {path.name}"
    try:
        document = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error}", path=path, hint=hint) from error
    if not isinstance(document, dict) or document.get("macro") != name or not {"images", "summary"} <= document.keys():
        raise InputError(f"no comparison of the macro {name}", path=path, hint=hint)
    return document
