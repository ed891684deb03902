"""Several cells fitted one after the other; every finished one is kept in a file and not fitted again."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measurements.errors import FitError, InputError
from memchar.files import read_text, write_json
from memchar.progress import ProgressCallback

if TYPE_CHECKING:
    from devicefit.cycles.population import CellFit
    from devicefit.models.model import CompactModel
    from measurements import MeasurementSet

FORMAT_VERSION = 1


@dataclass(frozen=True, eq=False)
class FittedCells:
    """Cells to make a population of, and those left out with the reason."""

    cells: tuple[CellFit, ...]
    left_out: tuple[tuple[str, str], ...]


def chosen_cells(
    records: MeasurementSet, device: str | None, cell: str | None, fewest_cycles: int
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Cells whose names match the patterns: those of enough set and reset sweeps, and the others with the reason.

    Raises
    ------
    InputError
        No name matches.
    """
    from measurements import Activity

    taken, left = [], []
    for names in records.devices_and_cells():
        if not fnmatchcase(names[0], device or "*") or not fnmatchcase(names[1], cell or "*"):
            continue
        kinds = [sweep.activity for sweep in records.of_cell(*names).sweeps]
        sets, resets, loops = (kinds.count(kind) for kind in (Activity.SET, Activity.RESET, Activity.CYCLE))
        if min(sets, resets) + loops >= fewest_cycles:
            taken.append(names)
        else:
            reason = f"{sets} set and {resets} reset sweeps, {loops} loops; {fewest_cycles} cycles are asked for"
            left.append((f"{names[0]} {names[1]}", reason))
    if not taken and not left:
        raise InputError(
            f"no cell {cell or '*'} of device {device or '*'} in the measurements", hint="memchar inspect lists them"
        )
    return taken, left


def fit_cells(
    records: MeasurementSet,
    names: Sequence[tuple[str, str]],
    model: CompactModel,
    folder: Path,
    progress: ProgressCallback,
) -> FittedCells:
    """Fit `model` to each cell, or read from `folder` what an earlier run with the same data left there."""
    cells, left = [], []
    for done, (device, cell) in enumerate(names):
        progress(done, len(names))
        found = _fitted(records, device, cell, model, folder)
        if isinstance(found, str):
            left.append((f"{device} {cell}", found))
        elif found.faults:
            left.append((f"{device} {cell}", "fit not usable: " + "; ".join(found.faults)))
        else:
            cells.append(found)
    progress(len(names), len(names))
    return FittedCells(tuple(cells), tuple(left))


def _fitted(records: MeasurementSet, device: str, cell: str, model: CompactModel, folder: Path) -> CellFit | str:
    """The fit of one cell, or why there is none."""
    from devicefit.cycles.fit import fit_model
    from devicefit.cycles.population import cell_fit

    own = records.of_cell(device, cell)
    key = _key(own, model)
    path = folder / f"{_file_name(device, cell)}.json"
    if path.exists():
        kept = _kept(path, key)
        if kept is not None:
            return kept
    try:
        fit = cell_fit(fit_model(own, device, cell, model))
    except (FitError, InputError) as error:
        write_json(path, {"format_version": FORMAT_VERSION, "key": key, "failure": str(error)})
        return str(error)
    write_json(path, {"format_version": FORMAT_VERSION, "key": key, **_document(fit)})
    return fit


def _key(own: MeasurementSet, model: CompactModel) -> str:
    """Digest of what the fit depends on: readings, model, version."""
    import memchar

    digest = hashlib.sha256(f"{memchar.__version__} {model.name}".encode())
    for sweep in own.sweeps:
        digest.update(f"{sweep.activity} {sweep.cycle} {sweep.compliance_current} {sweep.source.file}".encode())
        for column in (sweep.time, sweep.voltage, sweep.current):
            digest.update(column.tobytes())
    return digest.hexdigest()


def _document(fit: CellFit) -> dict[str, Any]:
    from devicefit import card_to_json

    return {
        "card": json.loads(card_to_json(fit.card)),
        "cycles": [dict(cycle) for cycle in fit.cycles],
        "faults": list(fit.faults),
    }


def _kept(path: Path, key: str) -> CellFit | str | None:
    """What a file of an earlier run holds; None where it is of other data, another model or version.

    Raises
    ------
    InputError
        The file is not one that a run wrote.
    """
    from devicefit import card_from_json
    from devicefit.cycles.population import CellFit

    hint = "delete the file; the cell is fitted again"
    try:
        content = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise InputError(f"not the fit of a cell: {error}", path=path, hint=hint) from error
    if not isinstance(content, dict) or content.get("format_version") != FORMAT_VERSION:
        raise InputError("not the fit of a cell of this format", path=path, hint=hint)
    if content.get("key") != key:
        return None
    if isinstance(content.get("failure"), str):
        return str(content["failure"])
    cycles, faults = content.get("cycles"), content.get("faults")
    if not isinstance(cycles, list) or not isinstance(faults, list) or not all(map(_is_cycle, cycles)):
        raise InputError("cycles and faults must be lists", path=path, hint=hint)
    card = card_from_json(json.dumps(content.get("card")), path=path)
    return CellFit(card, tuple(cycles), tuple(str(fault) for fault in faults))


def _is_cycle(entry: object) -> bool:
    return isinstance(entry, dict) and all(
        isinstance(value, float | int) and not isinstance(value, bool) and math.isfinite(value)
        for value in entry.values()
    )


def _file_name(device: str, cell: str) -> str:
    """Readable, and different for names that differ in what a file name cannot hold."""
    readable = re.sub(r"[^A-Za-z0-9]+", "_", f"{device}_{cell}").strip("_")[:80]
    return f"{readable}_{hashlib.sha256(f'{device}|{cell}'.encode()).hexdigest()[:8]}"
