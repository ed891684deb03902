"""The 27 nonlinear regression problems of the NIST Statistical Reference Datasets, through the project's fit call.

    python -m benchmarks.nist [--json PATH]

Digits are -log10 of the relative error against the certified value, the worst of a set's parameters, at most 11 (what
is certified). All sets run with the same settings, from both certified starts; start 1 is the harder one. Data:
https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml (public domain).
"""

from __future__ import annotations

import math
import re
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import curve_fit

from benchmarks.figures import Figure, main
from devicefit.estimation import Estimate, Unknown, estimate
from measurements.errors import FitError

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "devicefit" / "nist"
MOST_DIGITS = 11.0
FloatArray = NDArray[np.float64]
Model = Callable[[FloatArray, FloatArray], FloatArray]


def _rational(numerator: int) -> Model:
    """(b1 + b2 x + ...)/(1 + b[numerator+1] x + ...)."""
    return lambda b, x: np.polyval(b[:numerator][::-1], x) / np.polyval(np.append(b[numerator:][::-1], 1.0), x)


def _gauss(b: FloatArray, x: FloatArray) -> FloatArray:
    peaks = b[2] * np.exp(-(((x - b[3]) / b[4]) ** 2)) + b[5] * np.exp(-(((x - b[6]) / b[7]) ** 2))
    return np.asarray(b[0] * np.exp(-b[1] * x) + peaks)


def _enso(b: FloatArray, x: FloatArray) -> FloatArray:
    def wave(period: float, cosine: float, sine: float) -> FloatArray:
        phase = 2.0 * math.pi * x / period
        return np.asarray(cosine * np.cos(phase) + sine * np.sin(phase))

    return np.asarray(b[0] + wave(12.0, b[1], b[2]) + wave(b[3], b[4], b[5]) + wave(b[6], b[7], b[8]))


def _lanczos(b: FloatArray, x: FloatArray) -> FloatArray:
    return np.asarray(b[0] * np.exp(-b[1] * x) + b[2] * np.exp(-b[3] * x) + b[4] * np.exp(-b[5] * x))


MODELS: dict[str, Model] = {
    "Bennett5": lambda b, x: b[0] * (b[1] + x) ** (-1.0 / b[2]),
    "BoxBOD": lambda b, x: b[0] * (1.0 - np.exp(-b[1] * x)),
    "Chwirut1": lambda b, x: np.exp(-b[0] * x) / (b[1] + b[2] * x),
    "Chwirut2": lambda b, x: np.exp(-b[0] * x) / (b[1] + b[2] * x),
    "DanWood": lambda b, x: b[0] * x ** b[1],
    "ENSO": _enso,
    "Eckerle4": lambda b, x: b[0] / b[1] * np.exp(-0.5 * ((x - b[2]) / b[1]) ** 2),
    "Gauss1": _gauss,
    "Gauss2": _gauss,
    "Gauss3": _gauss,
    "Hahn1": _rational(4),
    "Kirby2": _rational(3),
    "Lanczos1": _lanczos,
    "Lanczos2": _lanczos,
    "Lanczos3": _lanczos,
    "MGH09": lambda b, x: b[0] * (x**2 + x * b[1]) / (x**2 + x * b[2] + b[3]),
    "MGH10": lambda b, x: b[0] * np.exp(b[1] / (x + b[2])),
    "MGH17": lambda b, x: b[0] + b[1] * np.exp(-x * b[3]) + b[2] * np.exp(-x * b[4]),
    "Misra1a": lambda b, x: b[0] * (1.0 - np.exp(-b[1] * x)),
    "Misra1b": lambda b, x: b[0] * (1.0 - (1.0 + b[1] * x / 2.0) ** -2.0),
    "Misra1c": lambda b, x: b[0] * (1.0 - (1.0 + 2.0 * b[1] * x) ** -0.5),
    "Misra1d": lambda b, x: b[0] * b[1] * x / (1.0 + b[1] * x),
    "Nelson": lambda b, x: b[0] - b[1] * x[0] * np.exp(-b[2] * x[1]),
    "Rat42": lambda b, x: b[0] / (1.0 + np.exp(b[1] - b[2] * x)),
    "Rat43": lambda b, x: b[0] / (1.0 + np.exp(b[1] - b[2] * x)) ** (1.0 / b[3]),
    "Roszman1": lambda b, x: b[0] - b[1] * x - np.arctan(b[2] / (x - b[3])) / math.pi,
    "Thurber": _rational(4),
}


@dataclass(frozen=True, eq=False)
class Certified:
    """A set: both starts, certified values and standard deviations, response and predictor (two rows for Nelson)."""

    name: str
    starts: tuple[FloatArray, FloatArray]
    values: FloatArray
    deviations: FloatArray
    response: FloatArray
    predictor: FloatArray


@dataclass(frozen=True)
class Digits:
    """Correct digits of the worst value and of the worst standard error; -1 where the fit or an error bar failed."""

    values: float
    errors: float
    seconds: float
    evaluations: int


def read_set(name: str) -> Certified:
    """A certified file as NIST publishes it."""
    text = (FOLDER / f"{name}.dat").read_text()
    rows = re.findall(r"^\s+b\d+ =\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*$", text, re.MULTILINE)
    table = np.array(rows, dtype=np.float64)
    lines = text[text.rindex("Data:") :].splitlines()[1:]
    data = np.array([line.split() for line in lines if line.strip()], dtype=np.float64).T
    response = np.log(data[0]) if name == "Nelson" else data[0]
    return Certified(name, (table[:, 0], table[:, 1]), table[:, 2], table[:, 3], response, np.squeeze(data[1:]))


def fit_set(certified: Certified, start: int) -> Estimate:
    """The set through `estimate` from certified start 1 or 2; all settings are the defaults."""
    model = MODELS[certified.name]
    unknowns = [
        Unknown(f"b{i + 1}", "1", float(value), -math.inf, math.inf, "linear")
        for i, value in enumerate(certified.starts[start - 1])
    ]
    return estimate(lambda b: model(np.array(list(b.values())), certified.predictor) - certified.response, unknowns)


def digits_of(certified: Certified, start: int) -> Digits:
    """Correct digits from one start."""
    began = time.perf_counter()
    try:
        found = fit_set(certified, start)
    except FitError:
        return Digits(-1.0, -1.0, time.perf_counter() - began, 0)
    seconds = time.perf_counter() - began
    values = np.array([found.values[name] for name in found.varied])
    errors = [found.standard_errors[name] for name in found.varied]
    right = _digits(values, certified.values)
    known = -1.0 if None in errors else _digits(np.array(errors, dtype=np.float64), certified.deviations)
    return Digits(right, known, seconds, found.evaluations)


def _curve_fit(certified: Certified, start: int) -> Digits:
    """The peer: scipy's curve_fit with its defaults, from the same start."""
    model, began = MODELS[certified.name], time.perf_counter()
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values, covariance = curve_fit(
                lambda x, *b: model(np.array(b), x),
                certified.predictor,
                certified.response,
                certified.starts[start - 1],
            )
            errors = np.sqrt(np.diag(covariance))
    except RuntimeError:  # no convergence
        return Digits(-1.0, -1.0, time.perf_counter() - began, 0)
    seconds = time.perf_counter() - began
    known = _digits(errors, certified.deviations) if np.all(np.isfinite(errors)) else -1.0
    return Digits(_digits(values, certified.values), known, seconds, 0)


def _digits(found: FloatArray, certified: FloatArray) -> float:
    worst = float(np.max(np.abs(found / certified - 1.0)))
    return min(MOST_DIGITS, -math.log10(worst)) if worst > 0 else MOST_DIGITS


def measure() -> list[Figure]:
    """Prints the table of digits and returns the counts."""
    found = {name: [digits_of(read_set(name), start) for start in (1, 2)] for name in MODELS}
    print(f"{'set':10}" + "".join(f"  start {k}: values  errors  evaluations" for k in (1, 2)))
    for name, both in found.items():
        print(f"{name:10}" + "".join(f"  {d.values:15.1f} {d.errors:7.1f} {d.evaluations:12d}" for d in both))
    peers = {name: [_curve_fit(read_set(name), start) for start in (1, 2)] for name in MODELS}
    figures = []
    for k in (1, 2):
        mine, other = ([both[k - 1] for both in digits.values()] for digits in (found, peers))
        title, peer = f"start {k}: sets of 27 with 4 digits in values and errors", "scipy curve_fit, same start"
        figures.append(Figure(title, _good(mine), "1", peer, _good(other)))
        figures.append(Figure(f"start {k}: time of all 27", _seconds(mine), "s", peer, _seconds(other)))
    return figures


def _good(digits: list[Digits]) -> int:
    return sum(one.values >= 4.0 and one.errors >= 4.0 for one in digits)


def _seconds(digits: list[Digits]) -> float:
    return sum(one.seconds for one in digits)


if __name__ == "__main__":
    main("nist", measure)
