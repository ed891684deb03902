"""Joint fit of the parameters that all sweeps of a cell share.

Every cycle has its own threshold (profiled out) and, in a reset, its own on current. Residuals, each in units
of its standard deviation:

- log10(|I| + floor), model against reading, at every point that is not in current limit. The deviation
  adds up the scatter of that kind of point, the doubt about the offset, and the model's slope times the doubt
  about the time of a reading (an abrupt jump must not pretend to know the slope). Large residuals count by
  their size, not its square.
- Threshold, and ln of the on current, of a cycle against the card's, over the deviation from cycle to cycle.
  This ties the thresholds found at different ramp rates together, and gives the card's values the error bar
  of a mean over cycles.

Each parameter is fitted as 1 + ln(value/start), so that its standard error is relative and a step of 1 % is
0.01.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import lmfit
import numpy as np

from devicefit.branches import Branch
from devicefit.numerics import FloatArray
from devicefit.profile import RESET_THRESHOLD, SET_THRESHOLD, profile_threshold
from devicefit.static import fit_prefactor, floored_log, late_on_points
from devicefit.threshold_memdiode import PARAMETER_UNITS
from measurements.errors import FitError
from measurements.sweep import Activity

NAMES = tuple(PARAMETER_UNITS)
CYCLE_QUANTITIES = {  # name -> sweeps that tell it, and whether its logarithm is what varies
    "set_voltage": (Activity.SET, False),
    "reset_voltage": (Activity.RESET, False),
    "on_current": (Activity.RESET, True),
}
SMALLEST_DEVIATION = 0.01  # decades; nothing is weighted as if it were known better
TIME_ERROR = 0.2  # of the sampling interval: a reading averages over part of it
TOLERANCE = 2.0  # deviations beyond which a residual grows only as its square root in the residual vector
OFFSET_ERROR = 0.3  # of the floor: conduction of the cell below 0.5 V is taken for offset in part
POINTS_BEYOND_EVENT = 3
CLOSE = 10  # corrections of a threshold where nothing is known of it yet
MOST_EVALUATIONS = 400  # of all residuals, in one pass


@dataclass(frozen=True, eq=False)
class CycleCurve:
    """One branch against the model: parameters of this cycle, current of the model [A] and residual in
    decades.

    At the points fitted: `residual`, `group` (0 static off branch, 1 static on branch, 2 transition) and
    `doubt`, what errors of the instrument's offset and of the time of a reading do to the residual
    [decades]. `dose` is ln of the integrated rate that the switching took.
    """

    parameters: FloatArray
    current: FloatArray
    residual: FloatArray
    group: FloatArray
    doubt: FloatArray
    dose: float


@dataclass(frozen=True)
class CycleLaw:
    """How a quantity varies from cycle to cycle: its place in the parameter vector, centre and deviation.

    `deviation` has the unit of the quantity, or is that of its logarithm.
    """

    kind: Activity
    place: int
    logarithmic: bool
    centre: float
    deviation: float

    def away(self, curve: CycleCurve, centre: float) -> float:
        """Distance of a cycle from `centre` in deviations."""
        found = float(curve.parameters[self.place])
        return (math.log(found / centre) if self.logarithmic else found - centre) / self.deviation


@dataclass(frozen=True)
class JointFit:
    """Shared parameters by name, relative standard errors of the fitted ones, and deviation of the
    thresholds [V].

    An error is infinite where the sweeps do not determine the parameter.
    """

    values: Mapping[str, float]
    relative_errors: Mapping[str, float]
    deviations: Mapping[str, float]
    reduced_chi_square: float
    evaluations: int


@dataclass(eq=False)
class JointProblem:
    """Residual function over the branches of a cell; keeps the dose of each branch as the next first guess.

    Where the instrument's floor hides the off branch (`off_visible` False), readings before a set are
    leakage that comes and goes from cycle to cycle; they are left out, lest the slope of the set be bent to
    follow them.
    """

    branches: Sequence[Branch]
    off_visible: bool = True
    doses: dict[int, float] = field(default_factory=dict)

    def cycle(self, index: int, values: Mapping[str, float], corrections: int = 1) -> CycleCurve:
        """Branch `index` under shared parameter `values`."""
        branch = self.branches[index]
        vector = np.array([values[name] for name in NAMES])
        reset = branch.kind is Activity.RESET
        if reset:
            voltage, current = late_on_points(branch)
            vector[0] = fit_prefactor(voltage, current, vector[4], vector[1])[0]
        anchor = branch.anchor
        if anchor is None or branch.event is None:
            raise FitError(f"{branch.source.file}: no clean switching event to fit")
        end = min(branch.event + POINTS_BEYOND_EVENT, len(branch.time))
        place, sign, logit = (RESET_THRESHOLD, -1.0, vector[10]) if reset else (SET_THRESHOLD, 1.0, -vector[10])
        threshold, model, dose = profile_threshold(
            vector,
            branch.time[:end],
            branch.sign * branch.voltage[:end],
            logit,
            place,
            anchor.time,
            sign * anchor.level,
            self.doses.get(index, math.log(vector[10])),
            corrections,
        )
        vector[place] = threshold
        current = branch.current[:end]
        residual = floored_log(np.abs(model), branch.floor) - floored_log(current, branch.floor)
        group = np.full(end, 1.0 if reset else 0.0)
        group[max(0, branch.event - 5) :] = 2.0
        used = ~branch.limited[:end]
        used[0] = False
        # a sample at the anchor is matched by construction, one behind it in a set would flip with the slope
        used &= (branch.time[:end] < anchor.time) if not reset else (branch.time[:end] != anchor.time)
        if not self.off_visible:
            used &= group != 0.0
        steepness = np.abs(np.gradient(floored_log(np.abs(model), branch.floor)))
        offset_error = OFFSET_ERROR * branch.floor / (np.abs(model) + branch.floor) / math.log(10.0)
        doubt = np.hypot(offset_error, TIME_ERROR * steepness)
        return CycleCurve(vector, np.abs(model), residual[used], group[used], doubt[used], dose)

    def warm(self, values: Mapping[str, float]) -> list[CycleCurve]:
        """Every branch at `values`, solved closely; remembers the doses."""
        curves = [self.cycle(index, values, corrections=CLOSE) for index in range(len(self.branches))]
        self.doses |= {index: curve.dose for index, curve in enumerate(curves) if math.isfinite(curve.dose)}
        return curves


def fit_jointly(
    branches: Sequence[Branch], start: Mapping[str, float], free: Sequence[str], off_visible: bool = True
) -> JointFit:
    """Fit the parameters `free`, and always the cycle quantities, from `start`; the others stay.

    Two passes: the deviations that weigh the residuals are taken from the start values, then from the first
    pass.
    """
    problem = JointProblem(branches, off_visible)
    values = dict(start)
    for tolerance in (1e-2, 1e-4):
        curves = problem.warm(values)
        sigmas = point_deviations(curves)
        laws = {name: cycle_law(branches, curves, name) for name in CYCLE_QUANTITIES}
        values |= {name: law.centre for name, law in laws.items()}
        result = _minimise(problem, values, (*free, *CYCLE_QUANTITIES), sigmas, laws, tolerance)
        values = {
            **values,
            **{name: values[name] * math.exp(result.params[name].value - 1.0) for name in result.params},
        }
    inflation = math.sqrt(max(1.0, float(result.redchi)))
    errors = {
        name: math.inf if item.stderr is None else inflation * float(item.stderr)
        for name, item in result.params.items()
    }
    deviations = {name: law.deviation for name, law in laws.items()}
    return JointFit(values, errors, deviations, float(result.redchi), int(result.nfev))


def _minimise(
    problem: JointProblem,
    start: Mapping[str, float],
    free: Sequence[str],
    sigmas: Sequence[FloatArray],
    laws: Mapping[str, CycleLaw],
    tolerance: float,
) -> lmfit.minimizer.MinimizerResult:
    parameters = lmfit.Parameters()
    for name in free:
        parameters.add(name, 1.0)

    def residual(trial: lmfit.Parameters) -> FloatArray:
        values = {
            **start,
            **{name: start[name] * math.exp(min(max(trial[name].value - 1.0, -8.0), 8.0)) for name in free},
        }
        parts = []
        # what leaks through the off state depends on the assumed state limit: sets do not tell the on current
        in_sets = {**values, "on_current": start["on_current"]}
        for index, branch in enumerate(problem.branches):
            curve = problem.cycle(index, in_sets if branch.kind is Activity.SET else values)
            parts.append(compressed(curve.residual / sigmas[index]))
            parts.append(
                np.array([law.away(curve, values[name]) for name, law in laws.items() if law.kind is branch.kind])
            )
        return np.nan_to_num(np.concatenate(parts), nan=1e3, posinf=1e3, neginf=-1e3)

    return lmfit.minimize(
        residual,
        parameters,
        method="least_squares",
        diff_step=0.01,
        xtol=tolerance,
        ftol=tolerance,
        max_nfev=MOST_EVALUATIONS,
        scale_covar=False,
    )


def compressed(residual: FloatArray) -> FloatArray:
    """Residual whose square is the pseudo-Huber loss: unchanged near zero, a square root beyond `TOLERANCE`.

    >>> compressed(np.array([0.1, -1e4])).round(3).tolist()
    [0.1, -199.98]
    """
    loss = 2.0 * TOLERANCE**2 * (np.sqrt(1.0 + (residual / TOLERANCE) ** 2) - 1.0)
    return np.asarray(np.sign(residual) * np.sqrt(loss))


def point_deviations(curves: Sequence[CycleCurve]) -> list[FloatArray]:
    """Deviation [decades] of each point of each curve: scatter of its group (so that the compressed
    residuals are of unit variance), and its own doubt."""
    residual = np.concatenate([curve.residual for curve in curves])
    group = np.concatenate([curve.group for curve in curves]).astype(int)
    doubt = np.concatenate([curve.doubt for curve in curves])
    scatter = np.full(3, SMALLEST_DEVIATION)
    for i in np.unique(group):
        here = group == i
        for _ in range(20):
            units = compressed(residual[here] / np.hypot(scatter[i], doubt[here]))
            scatter[i] = max(scatter[i] * float(np.sqrt(np.mean(units**2))), SMALLEST_DEVIATION)
    return [np.hypot(scatter[curve.group.astype(int)], curve.doubt) for curve in curves]


def cycle_law(branches: Sequence[Branch], curves: Sequence[CycleCurve], name: str) -> CycleLaw:
    """Mean and deviation over the cycles of one of `CYCLE_QUANTITIES`.

    The deviation of n cycles is raised by sqrt((n - 1)/(n - 3)): the mean of a few is known by Student's
    law. With one cycle it is a tenth of the value.
    """
    kind, logarithmic = CYCLE_QUANTITIES[name]
    place = NAMES.index(name)
    found = np.array([c.parameters[place] for c, b in zip(curves, branches, strict=True) if b.kind is kind])
    found = np.log(found) if logarithmic else found
    mean, n = float(found.mean()), found.size
    deviation = float(found.std(ddof=1)) if n > 1 else (0.1 if logarithmic else 0.1 * abs(mean))
    deviation *= math.sqrt((n - 1) / (n - 3)) if n > 3 else 1.0
    smallest = 1e-3 if logarithmic else max(1e-3 * abs(mean), 1e-6)
    return CycleLaw(kind, place, logarithmic, math.exp(mean) if logarithmic else mean, max(deviation, smallest))
