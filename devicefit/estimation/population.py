"""A population of devices at two levels: what differs from device to device, and from cycle to cycle in one device.

    value of a cycle = typical value of its device x factor (scale log) or + offset (scale linear)

The typical value has a law between devices, factor and offset a law within a device, pooled over devices. At each level
the quantities hang together by a Gaussian copula.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import norm

from devicefit.estimation.distributions import JointDistribution, Quantity
from devicefit.estimation.laws import Distribution
from devicefit.estimation.unknowns import FloatArray
from measurements.errors import InputError

Scale = Literal["log", "linear"]


@dataclass(frozen=True)
class DeviceLevel:
    """Typical values of the devices: centre [unit] and standard deviation, with 95 % intervals.

    `deviation` is of ln(value) for scale log, else [unit]. `law` None: the devices differ no more than the errors of
    their estimates explain. `alternatives` are laws that these devices do not tell from it.
    """

    devices: int
    centre: float
    centre_error: float
    centre_low: float
    centre_high: float
    deviation: float
    deviation_low: float
    deviation_high: float
    p_value: float
    law: Distribution | None
    alternatives: tuple[str, ...]


@dataclass(frozen=True)
class CycleLevel:
    """Factor [1] or offset [unit] of a cycle, pooled over devices; `deviation` as that of the devices."""

    cycles: int
    deviation: float
    deviation_low: float
    deviation_high: float
    law: Distribution


@dataclass(frozen=True)
class PopulationQuantity:
    """A parameter with its levels; `cycle` None: one value serves all cycles of a device."""

    name: str
    unit: str
    scale: Scale
    device: DeviceLevel
    cycle: CycleLevel | None


@dataclass(frozen=True)
class Correlation:
    """Correlation of the typical values of two quantities, freed of their errors, with its 95 % interval.

    It is drawn only where the interval leaves zero out (`drawn`).
    """

    first: str
    second: str
    value: float
    low: float
    high: float

    @property
    def drawn(self) -> bool:
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, eq=False)
class Population:
    """Quantities, correlations between devices (pairs), and within a device (matrix over `varying`, in their order).

    Raises
    ------
    InputError
        Names given twice, a pair of unknown names, or a matrix that is no correlation matrix.
    """

    members: tuple[str, ...]
    quantities: tuple[PopulationQuantity, ...]
    device_correlations: tuple[Correlation, ...]
    cycle_correlations: FloatArray

    def __post_init__(self) -> None:
        names = [quantity.name for quantity in self.quantities]
        if not names or len(set(names)) != len(names):
            raise InputError(f"a population needs quantities of different names, not {names}")
        for pair in self.device_correlations:
            if pair.first not in names or pair.second not in names or pair.first == pair.second:
                raise InputError(f"a correlation of {pair.first!r} and {pair.second!r}, of which there is no pair")
            if not -1 <= pair.low <= pair.value <= pair.high <= 1:
                raise InputError(f"the correlation of {pair.first} and {pair.second} lies outside its interval")
        if np.shape(self.cycle_correlations) != (len(self.varying),) * 2:
            raise InputError(f"{len(self.varying)} varying quantities need as many rows of correlations")
        self.device_of({quantity.name: quantity.device.centre for quantity in self.quantities})

    @property
    def varying(self) -> tuple[PopulationQuantity, ...]:
        """Those that differ from cycle to cycle."""
        return tuple(quantity for quantity in self.quantities if quantity.cycle is not None)

    def draw_devices(self, count: int, seed: int) -> dict[str, FloatArray]:
        """Typical values of `count` random devices, [unit] by name."""
        if count < 1:
            raise InputError(f"cannot draw {count} devices")
        scores = np.random.default_rng(seed).normal(size=(count, len(self.quantities))) @ self._root().T
        below = norm.cdf(scores)
        return {
            q.name: np.full(count, q.device.centre) if q.device.law is None else q.device.law.quantile(below[:, i])
            for i, q in enumerate(self.quantities)
        }

    def device_of(self, typical: Mapping[str, float]) -> JointDistribution | None:
        """Law of the cycles of a device of these typical values; None where nothing varies."""
        if not self.varying:
            return None
        entries = []
        for q in self.varying:
            if q.cycle is not None:
                law = _placed(q.cycle.law, typical[q.name], q.scale)
                entries.append(Quantity(q.name, q.unit, law, {}, q.cycle.cycles))
        return JointDistribution(tuple(entries), self.cycle_correlations)

    def _root(self) -> FloatArray:
        """Square root of the correlation matrix of the devices, made one where the pairs contradict each other."""
        place = {quantity.name: i for i, quantity in enumerate(self.quantities)}
        matrix = np.eye(len(place))
        for pair in self.device_correlations:
            if pair.drawn:
                i, j = place[pair.first], place[pair.second]
                matrix[i, j] = matrix[j, i] = pair.value
        values, vectors = np.linalg.eigh(matrix)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        return np.asarray(root / np.linalg.norm(root, axis=1, keepdims=True))


def _placed(law: Distribution, typical: float, scale: Scale) -> Distribution:
    """The law of typical x factor, or of typical + offset."""
    moved = dict(law.parameters)
    if scale == "log":
        first = "median" if law.family == "lognormal" else "scale"
        if first not in moved or law.family == "weibull3":
            raise InputError(f"a factor cannot follow a {law.family} law")
        moved[first] *= typical
    else:
        if law.family != "normal":
            raise InputError(f"an offset cannot follow a {law.family} law")
        moved["mean"] += typical
    return Distribution(law.family, moved)
