"""Static branches: conduction of the filament when on (before a reset) and off (before a set)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import lmfit
import numpy as np
from scipy.optimize import minimize_scalar

from devicefit.branches import Branch
from devicefit.card import Parameter
from devicefit.compiled import compiled
from devicefit.numerics import FloatArray
from devicefit.threshold_memdiode import filament_conductance, filament_current, solve_internal_voltage
from measurements.errors import FitError

SERIES_SHARE = 0.9  # of the smallest on resistance, where the data cannot separate the two
CURVATURE_NEEDED = 1.08  # chord conductance at the end of the on branch against its start
SLOPE_RANGE = (0.05, 20.0)  # 1/V
ASSUMED_ON_SLOPE = 0.3  # 1/V: sinh is then within 1.5 % of ohmic up to 1 V across the filament
ASSUMED_OFF_SLOPE = 1.0  # 1/V
LARGEST_ERROR = 1.0  # standard error of a logarithm above which a parameter counts as not determined


@dataclass(frozen=True)
class OnBranch:
    """Shared series resistance [ohm] and on slope [1/V], and the on current of each reset sweep [A]."""

    series_resistance: Parameter
    on_slope: Parameter
    on_currents: tuple[float, ...]

    @property
    def determined(self) -> bool:
        """Whether series resistance and filament were told apart by the data."""
        return self.series_resistance.origin == "fitted"


def fit_on_branch(resets: Sequence[Branch]) -> OnBranch:
    """Fit V' = V - I Rs, I = I_on sinh(a_on V') to the reset sweeps that start in the on state.

    Rs and a_on are shared, each sweep has its own I_on. Ohmic
    data give only Rs + 1/(I_on a_on): then Rs is 0.9 of the smallest on resistance and a_on 0.3 per volt,
    both `assumed`.
    """
    curves = [on_points(branch) for branch in resets]
    smallest = min(float(branch.start_resistance) for branch in resets if branch.start_resistance is not None)
    if _curvature(curves) < CURVATURE_NEEDED:
        return _ohmic(curves, smallest)
    ceiling = min(smallest, *(float((voltage / current).min()) for voltage, current in curves))
    parameters = lmfit.Parameters()
    parameters.add("logit_share", 0.0)  # Rs = ceiling/(1 + exp(-logit_share)): V' stays positive
    parameters.add("log_slope", math.log(ASSUMED_ON_SLOPE))

    def residual(trial: lmfit.Parameters) -> FloatArray:
        series = ceiling / (1.0 + math.exp(-trial["logit_share"].value))
        slope = math.exp(min(trial["log_slope"].value, 20.0))
        return np.concatenate([fit_prefactor(voltage, current, series, slope)[1] for voltage, current in curves])

    fit = lmfit.minimize(residual, parameters, method="least_squares", x_scale="jac", loss="soft_l1", f_scale=0.03)
    errors = fit.params["logit_share"].stderr, fit.params["log_slope"].stderr
    share = 1.0 / (1.0 + math.exp(-fit.params["logit_share"].value))
    if any(error is None or not error < LARGEST_ERROR for error in errors) or share > 0.99:
        return _ohmic(curves, smallest)
    slope = math.exp(fit.params["log_slope"].value)
    note = "from the curvature of the on branch"
    return OnBranch(
        Parameter(ceiling * share, "ohm", "fitted", ceiling * share * (1.0 - share) * errors[0], note),
        Parameter(slope, "1/V", "fitted", slope * errors[1], note),
        tuple(fit_prefactor(voltage, current, ceiling * share, slope)[0] for voltage, current in curves),
    )


def fit_on_slope(curves: Sequence[tuple[FloatArray, FloatArray]], series_resistance: float) -> float:
    """a_on [1/V] that fits the on branches (voltage [V], current [A]) best behind a given series resistance [ohm]."""

    def loss(logarithm: float) -> float:
        parts = [
            fit_prefactor(voltage, current, series_resistance, math.exp(logarithm))[1] for voltage, current in curves
        ]
        return float(np.mean([np.mean(np.minimum(part**2, 0.01)) for part in parts]))

    low, high = math.log(SLOPE_RANGE[0]), math.log(SLOPE_RANGE[1])
    return math.exp(float(minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 0.02}).x))


def on_points(branch: Branch) -> tuple[FloatArray, FloatArray]:
    """Voltage and current on the static on branch: above 50 mV and the floor, below 3/4 of the event's
    voltage.

    Nearer the event a gradual reset lowers the current already.
    """
    end = branch.before.stop
    voltage, current = branch.voltage[:end], branch.current[:end]
    ceiling = math.inf if branch.event is None else 0.75 * float(branch.voltage[branch.event])
    keep = (voltage >= 0.05) & (voltage <= ceiling) & (current > 10 * branch.floor)
    if keep.sum() < 3:
        keep = current > 0
    if not keep.any():
        raise FitError(
            f"{branch.source.file}: no reading above zero on the on branch; check the polarity of the current"
        )
    return voltage[keep], current[keep]


@compiled
def fit_prefactor(
    voltage: FloatArray, current: FloatArray, series_resistance: float, slope: float
) -> tuple[float, FloatArray]:
    """Prefactor I_on [A] that fits one on branch best in ln I, and the residuals ln(model/measured).

    The model is solved for I(V): putting the measured current into V - I Rs would turn its noise into a bias
    of Rs.
    """
    parameters = np.zeros(14)
    parameters[1], parameters[3], parameters[4] = slope, 1.0, series_resistance
    residual = np.empty(voltage.size)
    inside = max(voltage[-1] - series_resistance * current[-1], 0.02 * voltage[-1])
    logarithm = math.log(current[-1] / math.sinh(min(slope * inside, 45.0)))
    for _ in range(50):
        parameters[0] = math.exp(logarithm)
        excess, sensitivity = 0.0, 0.0
        for i in range(voltage.size):
            internal = solve_internal_voltage(parameters, voltage[i], 1.0)
            residual[i] = math.log(filament_current(parameters, internal, 1.0) / current[i])
            excess += residual[i]
            sensitivity += 1.0 / (1.0 + series_resistance * filament_conductance(parameters, internal, 1.0))
        step = min(max(excess / sensitivity, -2.0), 2.0)
        logarithm -= step
        if abs(step) < 1e-10:
            break
    return math.exp(logarithm), residual


def _curvature(curves: Sequence[tuple[FloatArray, FloatArray]]) -> float:
    """Median over sweeps of the chord conductance in the last fifth over that in the first fifth of the
    branch.
    """
    ratios = []
    for voltage, current in curves:
        fifth = max(1, voltage.size // 5)
        chord = current / voltage
        ratios.append(float(np.median(chord[-fifth:]) / np.median(chord[:fifth])))
    return float(np.median(ratios))


def _ohmic(curves: Sequence[tuple[FloatArray, FloatArray]], smallest: float) -> OnBranch:
    series = SERIES_SHARE * smallest
    return OnBranch(
        Parameter(
            series,
            "ohm",
            "assumed",
            note=f"{SERIES_SHARE} of the smallest on resistance: ohmic data give only Rs + 1/(I_on a_on)",
        ),
        Parameter(
            ASSUMED_ON_SLOPE,
            "1/V",
            "assumed",
            note="ohmic on branch: only the product on_current * on_slope is determined",
        ),
        tuple(fit_prefactor(voltage, current, series, ASSUMED_ON_SLOPE)[0] for voltage, current in curves),
    )


@dataclass(frozen=True)
class OffBranch:
    """Prefactor [A] and slope [1/V] of the off branch."""

    off_current: Parameter
    off_slope: Parameter

    @property
    def determined(self) -> bool:
        """Whether the off current stands clear of the instrument's floor."""
        return self.off_current.origin == "fitted"


def fit_off_branch(sets: Sequence[Branch], on_prefactor: float, on_slope: float) -> OffBranch:
    """Fit I = I_off sinh(a_off V) to the set sweeps before the event; residual log10(|I| + floor).

    `on_prefactor` x I_on [A] sinh(`on_slope` [1/V] V) is the share of the on branch at the lowest state,
    known already.

    Where the floor hides the branch, the prefactor is the largest that the floor allows, marked `assumed`.
    """
    points = [off_points(branch) for branch in sets]
    clear = np.concatenate([current > 2 * floor for _, current, floor in points])
    if clear.mean() < 0.1:
        return _hidden(points)
    parameters = lmfit.Parameters()
    parameters.add("log_current", math.log(float(np.median([floor for *_, floor in points]))))
    parameters.add("log_slope", math.log(ASSUMED_OFF_SLOPE))

    def residual(trial: lmfit.Parameters) -> FloatArray:
        prefactor, slope = math.exp(trial["log_current"].value), math.exp(min(trial["log_slope"].value, 3.0))
        return np.concatenate(
            [
                floored_log(
                    prefactor * np.sinh(np.minimum(slope * voltage, 45.0)) + on_prefactor * np.sinh(on_slope * voltage),
                    floor,
                )
                - floored_log(current, floor)
                for voltage, current, floor in points
            ]
        )

    fit = lmfit.minimize(residual, parameters, method="least_squares", x_scale="jac", loss="soft_l1", f_scale=0.1)
    errors = fit.params["log_current"].stderr, fit.params["log_slope"].stderr
    if any(error is None or not error < LARGEST_ERROR for error in errors):
        return _hidden(points)
    prefactor, slope = math.exp(fit.params["log_current"].value), math.exp(fit.params["log_slope"].value)
    note = "set sweeps before the event"
    return OffBranch(
        Parameter(prefactor, "A", "fitted", prefactor * errors[0], note),
        Parameter(slope, "1/V", "fitted", slope * errors[1], note),
    )


def off_points(branch: Branch) -> tuple[FloatArray, FloatArray, float]:
    """Voltage, current and floor on the static off branch, stopping six points short of the event."""
    end = max(2, branch.before.stop - 6)
    return branch.voltage[1:end], branch.current[1:end], branch.floor


def floored_log(current: FloatArray, floor: float) -> FloatArray:
    """log10(I + floor), with readings below -0.9 floor held there."""
    return np.asarray(np.log10(np.maximum(current + floor, 0.1 * floor)))


def _hidden(points: Sequence[tuple[FloatArray, FloatArray, float]]) -> OffBranch:
    hidden = [voltage[-1] for voltage, current, floor in points if np.median(current[-5:]) < 2 * floor]
    highest = float(max(hidden, default=np.median([voltage[-1] for voltage, _, _ in points])))
    floor = float(np.median([floor for *_, floor in points]))
    prefactor = floor / math.sinh(ASSUMED_OFF_SLOPE * highest)
    note = f"upper bound: the off current stays below the floor of {floor:.2g} A up to {highest:.2f} V"
    return OffBranch(
        Parameter(prefactor, "A", "assumed", note=note),
        Parameter(ASSUMED_OFF_SLOPE, "1/V", "assumed", note="the instrument's floor hides the off branch"),
    )
