"""Fit of the isothermal switching law to switching powers measured on one or more electrode stacks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import lmfit
import numpy as np

from devicefit.card import Parameter
from devicefit.heat.isothermal import IsothermalLaw, off_power, on_power
from devicefit.heat.step_response import LARGEST_ERROR
from measurements.errors import FitError
from measurements.heat import Operation, StackSwitching
from measurements.sweep import FloatArray

FEWEST_EVENTS = 4  # of a row: below it the spread says too little of the mean
_PENALTY = 1e6  # standard errors: residual of a trial law that cannot reach a measured resistance at all


@dataclass(frozen=True)
class IsothermalFit:
    """The law of each electrode with error bars, and what the data did not decide.

    `sink` [W/(m^2 K)] by electrode name; `saturated_conductivity` [S/m] and `saturated_radius` [m] shared by all;
    `critical_temperature` [K] as given. `chi_square` per degree of freedom; None where there is none left.
    """

    sink: Mapping[str, Parameter]
    saturated_conductivity: Parameter
    saturated_radius: Parameter
    critical_temperature: Parameter
    oxide_thickness: float
    ambient_temperature: float
    undetermined: tuple[str, ...]
    chi_square: float | None

    def law(self, electrode: str) -> IsothermalLaw:
        """The fitted law of one electrode."""
        return IsothermalLaw(
            sink=self.sink[electrode].value,
            saturated_conductivity=self.saturated_conductivity.value,
            saturated_radius=self.saturated_radius.value,
            critical_temperature=self.critical_temperature.value,
            oxide_thickness=self.oxide_thickness,
            ambient_temperature=self.ambient_temperature,
        )


def fit_isothermal(record: StackSwitching, oxide_thickness: float, critical_temperature: Parameter) -> IsothermalFit:
    """Fit kE/dE of each stack and the shared smax and rmax to on and off powers, Tc given.

    Each row weighs by its standard error, spread/sqrt(count), widened by sqrt((n-1)/(n-3)) since the spread
    itself comes from n = count events (variance of Student's t). Tc cannot come from such data (the law gives
    three quantities for four parameters, see `isothermal`), so it is given, with its origin; all other values
    hold for that Tc, and their error bars do not contain its own. Parameters are fitted as logarithms.

    Raises
    ------
    FitError
        A row without spread or of fewer than four events, fewer rows than parameters, only on or only off
        powers (Rmin or Rmax then has nothing to hold it), or a fit that does not determine its parameters.
    """
    bad = np.flatnonzero((record.spread <= 0) | (record.count < FEWEST_EVENTS))
    if bad.size:
        raise FitError(f"{record.source.file}: row {bad[0]} has no spread or under {FEWEST_EVENTS} events to weigh it")
    error = record.spread / np.sqrt(record.count) * np.sqrt((record.count - 1.0) / (record.count - 3.0))
    kinds = {str(kind) for kind in record.operation}
    if kinds != {str(Operation.ON), str(Operation.OFF)}:
        raise FitError(f"{record.source.file}: only {', '.join(sorted(kinds))} powers; on and off are both needed")
    electrodes = tuple(dict.fromkeys(record.electrode))
    if len(record.electrode) < len(electrodes) + 2:
        raise FitError(f"{record.source.file}: {len(record.electrode)} rows for {len(electrodes) + 2} parameters")
    parameters = _start(record, oxide_thickness, critical_temperature.value, electrodes)

    def residual(trial: lmfit.Parameters) -> FloatArray:
        return (_powers(trial, record, electrodes, oxide_thickness, critical_temperature.value) - power) / error

    power = record.switching_power
    with np.errstate(invalid="ignore", divide="ignore"):  # a singular covariance becomes nan and is refused
        fit = lmfit.minimize(
            residual, parameters, method="least_squares", x_scale="jac", ftol=1e-12, xtol=1e-12, scale_covar=False
        )
    undetermined = ["critical_temperature"]
    values = {}
    for name, item in fit.params.items():
        if item.stderr is None or not item.stderr < LARGEST_ERROR or not fit.success:
            raise FitError(f"{record.source.file}: the powers do not determine {name}; add resistances near its limit")
        value = math.exp(item.value)
        values[name] = (value, value * item.stderr)
    note = f"for a critical temperature of {critical_temperature.value:g} K ({critical_temperature.origin})"
    free = len(record.electrode) - len(parameters)

    def fitted(name: str, unit: str) -> Parameter:
        return Parameter(values[name][0], unit, "fitted", values[name][1], note)

    return IsothermalFit(
        sink={name: fitted(f"sink_{i}", "W/(m^2 K)") for i, name in enumerate(electrodes)},
        saturated_conductivity=fitted("conductivity", "S/m"),
        saturated_radius=fitted("radius", "m"),
        critical_temperature=critical_temperature,
        oxide_thickness=oxide_thickness,
        ambient_temperature=record.ambient_temperature,
        undetermined=tuple(undetermined),
        chi_square=float(np.sum(np.square(fit.residual))) / free if free else None,
    )


def _start(record: StackSwitching, oxide: float, critical: float, electrodes: tuple[str, ...]) -> lmfit.Parameters:
    """Rmin a little below the lowest on resistance, Rmax above the highest off one, the scales from the medians.

    Then smax, rmax and each sink by solving the law's combinations for them.
    """
    on = np.array([kind == Operation.ON for kind in record.operation])
    lowest, highest = 0.5 * record.resistance[on].min(), 2.0 * record.resistance[~on].max()
    rise = critical - record.ambient_temperature
    unit = IsothermalLaw(1.0, 1.0, 1.0, critical, 1.0, record.ambient_temperature)
    lorenz = unit.off_scale / (8.0 * rise)  # L Tc
    scale = float(np.median(record.switching_power[on] * (record.resistance[on] - lowest)))
    conductivity = scale / (lowest * 8.0 * math.pi * oxide * lorenz * rise)
    parameters = lmfit.Parameters()
    for index, name in enumerate(electrodes):
        own = on & np.array([electrode == name for electrode in record.electrode])
        rows = own if np.any(own) else on
        own_scale = float(np.median(record.switching_power[rows] * (record.resistance[rows] - lowest)))
        parameters.add(f"sink_{index}", math.log(own_scale * conductivity / (2.0 * oxide * rise)))
    parameters.add("conductivity", math.log(conductivity))
    parameters.add("radius", 0.5 * math.log(oxide / (math.pi * conductivity * math.sqrt(lowest * highest))))
    return parameters


def _powers(
    trial: lmfit.Parameters, record: StackSwitching, electrodes: tuple[str, ...], oxide: float, critical: float
) -> FloatArray:
    """Power of each row; a resistance outside the trial law's range gets a power far off, so that fits turn back."""
    values = {name: math.exp(min(max(item.value, -200.0), 200.0)) for name, item in trial.items()}
    shared = (values["conductivity"], values["radius"], critical, oxide, record.ambient_temperature)
    laws = {name: IsothermalLaw(values[f"sink_{i}"], *shared) for i, name in enumerate(electrodes)}
    powers = np.empty(record.count.size)
    for row, (electrode, kind, value) in enumerate(
        zip(record.electrode, record.operation, record.resistance, strict=True)
    ):
        law = laws[electrode]
        if kind == Operation.ON:
            powers[row] = on_power(law, value) if value > law.minimum_resistance else _PENALTY
        else:
            powers[row] = off_power(law, value) if value < law.maximum_resistance else _PENALTY
    return powers
