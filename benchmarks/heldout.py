"""Error on cycles that no fit has seen, against published models refitted the plain way.

    python -m benchmarks.heldout [--json PATH]
        (MEMCHAR_MODELS: which models of ours, MEMCHAR_CYCLES: the first so many, MEMCHAR_TRAINING: so many to train on)

Data: cell wafer2(0,7) (1,1) of `vt-cu-taox-pt`, and `clarius-h16248l-b12`, beside the project; every third cycle is
held out, and at most twelve of the others, evenly spread, are trained on. Ours: joint fit of these, prediction by
shared and median values. Baseline: the published Yakopcic and dynamic memdiode cards, all their `fitted` parameters
refitted to all readings of the same training cycles by `scipy.optimize.curve_fit` (Levenberg-Marquardt in bounds:
`trf`) from the published values, one start; once with the current itself as data, which is what a plain call does, and
once with asinh(I/floor). Both see the same prepared traces (offset removed, readings in the limit left out) and are
judged by the same errors.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeWarning, curve_fit

from benchmarks.figures import Figure, main
from devicefit.card import DeviceCard
from devicefit.cycles.fit import fit_prepared, prepare_cell
from devicefit.cycles.likelihood import TraceModel, trace_data
from devicefit.cycles.prediction import Errors, errors_of, model_curves
from devicefit.cycles.preparation import Preparation
from devicefit.cycles.ranking import predict, split, spread_out
from devicefit.models.model import CompactModel
from devicefit.models.registry import MODELS, published_card
from measurements import import_files
from measurements.errors import MemcharError
from measurements.records import MeasurementSet

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
_SETS = {
    "Cu/TaOx/Pt": ("vt-cu-taox-pt", "wafer2(0,7)", "(1,1)"),
    "H16248L-B12": ("clarius-h16248l-b12", "clarius-h16248l-b12", "unnamed"),
}
_OURS = os.environ.get("MEMCHAR_MODELS", "threshold-memdiode,dynamic-memdiode,yakopcic").split(",")
_MOST = int(os.environ.get("MEMCHAR_CYCLES", "1000"))
_BASELINES = (
    ("yakopcic", "Miao TaOx"),
    ("yakopcic", "Aguirre C2"),
    ("dynamic-memdiode", "Aguirre oxidation 0.1"),
)
_TRAINING = int(os.environ.get("MEMCHAR_TRAINING", "12"))
FOLDS = 3
FloatArray = NDArray[np.float64]


def records_of(folder: str) -> MeasurementSet:
    """Everything in one folder, its files one by one (a set whose files are the sheets of one device)."""
    files = sorted(path for path in (_DATA / folder).iterdir() if path.suffix in (".csv", ".xlsx"))
    if folder.startswith("vt"):
        return import_files(files).records
    return MeasurementSet(sweeps=tuple(sweep for file in files for sweep in import_files([file]).records.sweeps))


def baseline(model: CompactModel, card: DeviceCard, train: Preparation, logarithmic: bool) -> Mapping[str, float]:
    """The card with its `fitted` parameters refitted by curve_fit from their published values."""
    simulator = TraceModel(model)
    data = [trace_data(trace, model.set_polarity) for trace in train.traces]
    free = np.concatenate([~trace.limited for trace in train.traces])
    floor = np.concatenate([np.full(trace.time.size, trace.floor) for trace in train.traces])[free]
    measured = np.concatenate([trace.current for trace in train.traces])[free]
    values = {name: parameter.value for name, parameter in card.parameters.items()}
    specs = [model.spec(name) for name in model.fitted]

    def predicted(_x: FloatArray, *trial: float) -> FloatArray:
        vector = model.vector_of(values | dict(zip(model.fitted, trial, strict=True)))
        current = np.concatenate([np.abs(simulator.simulate(item, vector).current) for item in data])[free]
        return np.asarray(np.arcsinh(current / floor) if logarithmic else current)

    target = np.arcsinh(measured / floor) if logarithmic else measured
    start = [values[name] for name in model.fitted]
    bounds = ([spec.lower for spec in specs], [spec.upper for spec in specs])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)
        try:
            found, _ = curve_fit(predicted, np.arange(target.size), target, p0=start, bounds=bounds, max_nfev=200)
        except RuntimeError:  # it did not converge in 200 evaluations: the published values stay
            found = np.array(start)
    return values | dict(zip(model.fitted, found.tolist(), strict=True))


def errors_of_baseline(
    model: CompactModel, card: DeviceCard, train: Preparation, held: Preparation, logarithmic: bool
) -> Errors:
    """Errors of the refitted card on the held-out cycles."""
    values = baseline(model, card, train, logarithmic)
    return errors_of(model_curves(model, held.traces, [values] * len(held.traces)))


def _show(name: str, found: Errors, began: float) -> None:
    seconds = time.process_time() - began
    print(
        f"  {name:58} current {found.current:8.3f}  decades {found.decades:6.3f}  event {found.event:6.3f} V"
        f"  ({seconds:.0f} s)",
        flush=True,
    )


def _set(name: str, folder: str, device: str, cell: str) -> list[Figure]:
    records = records_of(folder)
    prepared = prepare_cell(records, device, cell)
    prepared = Preparation(tuple(t for t in prepared.traces if t.group < _MOST), prepared.excluded)
    train, held = split(prepared, FOLDS)[0]
    train = spread_out(train, _TRAINING)
    own = records.of_cell(device, cell)
    print(f"{name}: {len(train.traces)} training traces, {len(held.traces)} held out")
    peers: dict[str, float] = {}
    for model_name, card_name in _BASELINES:
        for logarithmic in (False, True):
            label = f"curve_fit {model_name}, {card_name}, {'asinh(I)' if logarithmic else 'I'}"
            began = time.process_time()
            try:
                found = errors_of_baseline(
                    MODELS[model_name], published_card(model_name, card_name), train, held, logarithmic
                )
            except MemcharError as error:
                print(f"  {label}: {error}")
                continue
            peers[label] = found.current
            _show(label, found, began)
    ours: dict[str, float] = {}
    for model_name in _OURS:
        began = time.process_time()
        try:
            fit = fit_prepared(own, train, MODELS[model_name])
            found = errors_of(predict(fit, MODELS[model_name], held))
        except MemcharError as error:
            print(f"  ours {model_name}: {error}")
            continue
        ours[model_name] = found.current
        _show(f"ours {model_name}", found, began)
        for fault in fit.faults:
            print(f"    {fault}")
    best = min(ours, key=lambda key: ours[key])
    label = f"{name}: held-out median relative current error, ours ({best})"
    plain = min((key for key in peers if key.endswith(", I")), key=lambda key: peers[key])
    stronger = min(peers, key=lambda key: peers[key])
    return [
        Figure(label, ours[best], "1", plain, peers[plain]),
        Figure(label, ours[best], "1", stronger, peers[stronger]),
    ]


def measure() -> list[Figure]:
    """Both sets; the peer is the best of the plain baselines, then the best of all."""
    figures = []
    for name, (folder, device, cell) in _SETS.items():
        if not (_DATA / folder).is_dir():
            print(f"{folder} is not beside the project; skipped")
            continue
        figures += _set(name, folder, device, cell)
    return figures


if __name__ == "__main__":
    main("heldout", measure)
