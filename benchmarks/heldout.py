"""Error on cycles that no fit has seen, against published models refitted the plain way.

    python -m benchmarks.heldout [--json PATH]
        (MEMCHAR_MODELS: which models of ours, MEMCHAR_CYCLES: the first so many, MEMCHAR_TRAINING: so many to train on)

Data: cell wafer2(0,7) (1,1) of `vt-cu-taox-pt`, and `clarius-h16248l-b12`, beside the project; every third cycle is
held out, and at most twelve of the others, evenly spread, are trained on. Ours: joint fit of these; what the other
training cycles have of their own is told with the shared parameters held. What varies from cycle to cycle is predicted
by its median, or, where it drifts, by the training cycles around the held-out one (its number is known, nothing
measured of it). Baseline: the published Yakopcic and dynamic memdiode cards, all their
`fitted` parameters refitted to all readings of the same training cycles by `scipy.optimize.curve_fit`
(Levenberg-Marquardt in bounds: `trf`) from the published values, one start; once with the current itself as data, which
is what a plain call does, and once with asinh(I/floor). Both see the same prepared traces (offset removed, readings in
the limit left out) and are judged by the same errors.

Printed beside: what a free table makes of the same cycles (`heldout_floor`), and the prediction of a cycle from its
first readings, below half the lowest switching voltage of the training cycles, which are then not judged; the baseline
is given its starting state from the same readings.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeWarning, curve_fit

from benchmarks.figures import Figure, main
from benchmarks.heldout_floor import table_error
from devicefit.card import DeviceCard
from devicefit.cycles.conditional import first_readings, predict_from_first_readings, reading_voltages
from devicefit.cycles.fit import fit_prepared, prepare_cell
from devicefit.cycles.furthercycles import with_further_cycles
from devicefit.cycles.likelihood import TraceModel
from devicefit.cycles.prediction import Errors, ModelCurve, errors_of, model_curves
from devicefit.cycles.preparation import Preparation
from devicefit.cycles.ranking import predict, split, spread_out
from devicefit.cycles.trace import Trace
from devicefit.cycles.tracedata import trace_data
from devicefit.models.model import CompactModel
from devicefit.models.registry import MODELS, published_card
from devicefit.models.simulation import simulate_model
from measurements import import_files
from measurements.errors import MemcharError
from measurements.records import MeasurementSet
from measurements.sweep import Activity

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
NEAR = 2  # cycles
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


def started_baseline(
    model: CompactModel, values: Mapping[str, float], held: Preparation, below: Mapping[Activity, float]
) -> Errors:
    """Errors of a refitted card whose starting state is fitted to the first readings of each trace."""
    curves = model_curves(model, held.traces, [values] * len(held.traces))
    return errors_of(
        [
            _started(model, values, trace, curve, first_readings(trace, below))
            for trace, curve in zip(held.traces, curves, strict=True)
        ]
    )


def _started(
    model: CompactModel, values: Mapping[str, float], trace: Trace, curve: ModelCurve, first: NDArray[np.bool_]
) -> ModelCurve:
    """The curve from the conducting fraction that lies nearest to the readings `first`, which then count no more."""
    if not first.any():
        return curve
    drive = model.set_polarity * trace.direction * trace.voltage
    count = int(first.sum())
    target = np.arcsinh(trace.current[:count] / trace.floor)

    def distance(fraction: float) -> float:
        found = simulate_model(model, values, trace.time[:count], drive[:count], fraction=fraction).current
        return float(np.median(np.abs(np.arcsinh(np.abs(found) / trace.floor) - target)))

    fraction = min((0.0, *np.geomspace(1e-7, 1.0, 71).tolist()), key=distance)
    limit = np.inf if trace.compliance_current is None else trace.compliance_current
    current = np.abs(simulate_model(model, values, trace.time, drive, fraction=fraction).current)
    return replace(curve, fitted=trace.sign * np.minimum(current, limit), limited=curve.limited | first)


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
    print(f"{name}: {len(train.traces)} training traces, {len(held.traces)} held out")
    floor = table_error(train.traces, held.traces)
    near = table_error(train.traces, held.traces, NEAR)
    oracle = table_error(held.traces, held.traces)
    print(f"  a free table: {floor:.3f} from the training cycles, {near:.3f} from those within {NEAR} cycles;", end=" ")
    print(f"{oracle:.3f} from the held-out cycles themselves (an oracle)", flush=True)
    below = reading_voltages(train.traces)
    peers, started_peers = _peers(train, held, below)
    ours, started_ours = _ours(records.of_cell(device, cell), train, held, below)
    return [
        *_figures(f"{name}: held-out median relative current error", ours, peers),
        *_figures(f"{name}: the same, each cycle's first readings known", started_ours, started_peers),
    ]


def _figures(label: str, ours: Mapping[str, float], peers: Mapping[str, float]) -> list[Figure]:
    """Our best model against the best of the plain baselines, then the best of all."""
    best = min(ours, key=lambda key: ours[key])
    plain = min((key for key in peers if key.endswith(", I")), key=lambda key: peers[key])
    stronger = min(peers, key=lambda key: peers[key])
    return [Figure(f"{label}, ours ({best})", ours[best], "1", peer, peers[peer]) for peer in (plain, stronger)]


def _peers(
    train: Preparation, held: Preparation, below: Mapping[Activity, float]
) -> tuple[dict[str, float], dict[str, float]]:
    """Errors of the baselines, and with their starting states fitted to the first readings."""
    plain: dict[str, float] = {}
    started: dict[str, float] = {}
    for model_name, card_name in _BASELINES:
        model = MODELS[model_name]
        for logarithmic in (False, True):
            label = f"curve_fit {model_name}, {card_name}, {'asinh(I)' if logarithmic else 'I'}"
            began = time.process_time()
            try:
                few = spread_out(train, _TRAINING)
                values = baseline(model, published_card(model_name, card_name), few, logarithmic)
                found = errors_of(model_curves(model, held.traces, [values] * len(held.traces)))
                begun = started_baseline(model, values, held, below)
            except MemcharError as error:
                print(f"  {label}: {error}")
                continue
            plain[label], started[label] = found.current, begun.current
            _show(label, found, began)
            _show("  from the state of the first readings", begun, began)
    return plain, started


def _ours(
    own: MeasurementSet, train: Preparation, held: Preparation, below: Mapping[Activity, float]
) -> tuple[dict[str, float], dict[str, float]]:
    """Errors of our models, and with what the first readings tell."""
    plain: dict[str, float] = {}
    started: dict[str, float] = {}
    for model_name in _OURS:
        model = MODELS[model_name]
        began = time.process_time()
        try:
            fit = with_further_cycles(fit_prepared(own, spread_out(train, _TRAINING), model), model, train)
            found = errors_of(predict(fit, model, held))
            begun = errors_of(predict_from_first_readings(fit, model, train, held, below))
        except MemcharError as error:
            print(f"  ours {model_name}: {error}")
            continue
        plain[model_name], started[model_name] = found.current, begun.current
        _show(f"ours {model_name}", found, began)
        _show("  from the first readings", begun, began)
        for fault in fit.faults:
            print(f"    {fault}")
    return plain, started


def measure() -> list[Figure]:
    """Both sets."""
    figures = []
    for name, (folder, device, cell) in _SETS.items():
        if not (_DATA / folder).is_dir():
            print(f"{folder} is not beside the project; skipped")
            continue
        figures += _set(name, folder, device, cell)
    return figures


if __name__ == "__main__":
    main("heldout", measure)
