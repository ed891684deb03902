"""A population from the estimates of several devices: levels, laws chosen by fit, correlations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, norm

from devicefit.estimation.between import FEWEST_DEVICES, Between, between_devices
from devicefit.estimation.distributions import score_correlations
from devicefit.estimation.families import ALIKE, choose
from devicefit.estimation.laws import Distribution, Family
from devicefit.estimation.population import (
    Correlation,
    CycleLevel,
    DeviceLevel,
    Population,
    PopulationQuantity,
    Scale,
)
from devicefit.estimation.unknowns import FloatArray
from measurements.errors import FitError, InputError

LEVEL = 0.95
FEWEST_CYCLES = 5  # beyond one a device, that tell the law within a device
DEVICE_LAWS: tuple[Family, ...] = ("normal", "lognormal", "weibull")
CYCLE_LAWS: Mapping[Scale, tuple[Family, ...]] = {"log": ("lognormal", "weibull"), "linear": ("normal",)}


@dataclass(frozen=True)
class DeviceEstimate:
    """What the fit of one device says: typical values and standard errors [unit], and values of its cycles [unit]."""

    name: str
    values: Mapping[str, float]
    errors: Mapping[str, float]
    cycles: Sequence[Mapping[str, float]] = ()


@dataclass(frozen=True, eq=False)
class _Column:
    """One quantity over the devices that tell it, in the coordinate of its scale."""

    places: tuple[int, ...]
    values: FloatArray
    errors: FloatArray
    between: Between


def fit_population(
    devices: Sequence[DeviceEstimate], scales: Mapping[str, Scale], units: Mapping[str, str]
) -> Population:
    """Both levels of every quantity in `scales` that enough devices tell.

    Raises
    ------
    InputError
        A device given twice, or a value that its scale cannot hold.
    FitError
        Fewer than `FEWEST_DEVICES` devices, or no quantity that so many tell.
    """
    names = [device.name for device in devices]
    if len(set(names)) < len(names):
        raise InputError("a device is given twice")
    if len(devices) < FEWEST_DEVICES:
        raise FitError(
            f"{len(devices)} device(s): the spread from device to device needs at least {FEWEST_DEVICES}; "
            "measure more devices, or use the card of one"
        )
    cycles = {name: _cycle_level(devices, name, scales) for name in scales}
    columns = {name: _column(devices, name, scale, cycles[name]) for name, scale in scales.items()}
    told = {name: column for name, column in columns.items() if column is not None}
    if not told:
        raise FitError(f"no quantity is determined in {FEWEST_DEVICES} of the {len(devices)} devices")
    within = {name: _residuals(devices, name, scales[name]) for name in told}
    quantities = tuple(
        PopulationQuantity(name, units[name], scales[name], _device_level(column, scales[name]), cycles[name])
        for name, column in told.items()
    )
    varying = [q.name for q in quantities if q.cycle is not None]
    return Population(tuple(names), quantities, _correlations(told), _cycle_correlations(within, varying))


def _column(devices: Sequence[DeviceEstimate], name: str, scale: Scale, cycle: CycleLevel | None) -> _Column | None:
    """Values and errors; a device is not known better than its number of cycles and their pooled spread allow."""
    places = tuple(i for i, device in enumerate(devices) if name in device.values and name in device.errors)
    if len(places) < FEWEST_DEVICES:
        return None
    found = np.array([devices[i].values[name] for i in places])
    errors = np.array([devices[i].errors[name] for i in places])
    if scale == "log":
        if found.min() <= 0:
            raise InputError(f"{name}: {found.min():g} has no logarithm")
        found, errors = np.log(found), errors / found
    if cycle is not None:
        counts = [sum(name in one for one in devices[i].cycles) or len(devices[i].cycles) or 1 for i in places]
        errors = np.maximum(errors, cycle.deviation / np.sqrt(counts))
    return _Column(places, found, errors, between_devices(found, errors, LEVEL))


def _device_level(column: _Column, scale: Scale) -> DeviceLevel:
    between = column.between

    def back(value: float) -> float:
        return math.exp(value) if scale == "log" else value

    law, alternatives = _device_law(column, scale)
    centre = back(between.centre)
    return DeviceLevel(
        devices=between.devices,
        centre=centre,
        centre_error=between.centre_error * (centre if scale == "log" else 1.0),
        centre_low=back(between.centre_low),
        centre_high=back(between.centre_high),
        deviation=between.deviation,
        deviation_low=between.low,
        deviation_high=between.high,
        p_value=between.p_value,
        law=law,
        alternatives=alternatives,
    )


def _device_law(column: _Column, scale: Scale) -> tuple[Distribution | None, tuple[str, ...]]:
    """The law of the typical values, and others that the devices do not tell from it.

    Estimates scatter more than what they estimate: each is drawn to the centre by its own error, and all are spread
    until their deviation is that between devices (Louis 1984, doi:10.1080/01621459.1984.10478062).
    """
    between = column.between
    if between.deviation == 0:
        return None, ()
    pulled = (column.values - between.centre) / np.sqrt(1.0 + (column.errors / between.deviation) ** 2)
    spread = between.centre + (pulled - pulled.mean()) * between.deviation / pulled.std()
    choice = choose(np.exp(spread) if scale == "log" else spread, families=DEVICE_LAWS)
    best = choice.best
    alike = [fit for fit in choice.tried if fit is not best and fit.aicc <= best.aicc + ALIKE]
    return best.distribution, tuple(fit.distribution.family for fit in alike)


def _residuals(devices: Sequence[DeviceEstimate], name: str, scale: Scale) -> list[FloatArray]:
    """Of each device, what every cycle differs by from the mean of them, corrected for taking their own mean; NaN
    where a cycle does not tell the quantity.
    """
    found = []
    for device in devices:
        values = np.array([cycle.get(name, math.nan) for cycle in device.cycles], dtype=np.float64)
        if scale == "log":
            if np.any(values <= 0):
                raise InputError(f"{device.name}, {name}: {np.nanmin(values):g} has no logarithm")
            values = np.log(values)
        told = np.isfinite(values)
        if np.count_nonzero(told) < 2:
            found.append(np.full(values.size, math.nan))
            continue
        n = int(np.count_nonzero(told))
        found.append((values - values[told].mean()) * math.sqrt(n / (n - 1)))
    return found


def _cycle_level(devices: Sequence[DeviceEstimate], name: str, scales: Mapping[str, Scale]) -> CycleLevel | None:
    blocks = [one[np.isfinite(one)] for one in _residuals(devices, name, scales[name])]
    blocks = [one for one in blocks if one.size]
    residuals = np.concatenate(blocks) if blocks else np.empty(0)
    freedom = residuals.size - len(blocks)
    if freedom < FEWEST_CYCLES or np.ptp(residuals) == 0:
        return None
    squares = sum(float(np.sum(one**2)) * (one.size - 1) / one.size for one in blocks)
    low, high = (squares / float(chi2.ppf(0.5 + sign * LEVEL / 2, freedom)) for sign in (1, -1))
    scale = scales[name]
    law = choose(np.exp(residuals) if scale == "log" else residuals, families=CYCLE_LAWS[scale]).best.distribution
    return CycleLevel(residuals.size, math.sqrt(squares / freedom), math.sqrt(low), math.sqrt(high), law)


def _correlations(columns: Mapping[str, _Column]) -> tuple[Correlation, ...]:
    """Of the quantities that differ between devices; the errors of two estimates are taken as independent."""
    names = [name for name, column in columns.items() if column.between.deviation > 0]
    found = []
    for j, second in enumerate(names):
        for first in names[:j]:
            pair = _correlation(columns[first], columns[second])
            if pair is not None:
                found.append(Correlation(first, second, *pair))
    return tuple(found)


def _correlation(one: _Column, other: _Column) -> tuple[float, float, float] | None:
    """Pearson's, with Fisher's interval, both over the root of the reliabilities (Spearman 1904)."""
    common = [place for place in one.places if place in other.places]
    if len(common) < FEWEST_DEVICES:
        return None
    rows = [[column.places.index(place) for place in common] for column in (one, other)]
    a, b = (column.values[row] for column, row in zip((one, other), rows, strict=True))
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    share = 1.0
    for column, row in zip((one, other), rows, strict=True):
        share *= column.between.deviation**2 / (column.between.deviation**2 + float(np.mean(column.errors[row] ** 2)))
    z = math.atanh(min(max(float(np.corrcoef(a, b)[0, 1]), -0.999999), 0.999999))
    half = float(norm.ppf(0.5 + LEVEL / 2)) / math.sqrt(len(common) - 3)
    value, low, high = (min(max(math.tanh(x) / math.sqrt(share), -1.0), 1.0) for x in (z, z - half, z + half))
    return value, low, high


def _cycle_correlations(within: Mapping[str, list[FloatArray]], names: Sequence[str]) -> FloatArray:
    """Over the cycles that tell all of `names`; none is drawn where fewer than `FEWEST_CYCLES` do."""
    table = np.array([np.concatenate(within[name]) for name in names]).reshape(len(names), -1)
    whole = table[:, np.all(np.isfinite(table), axis=0)]
    if whole.shape[1] < FEWEST_CYCLES or any(np.ptp(row) == 0 for row in whole):
        return np.eye(len(names))
    return score_correlations(list(whole))
