"""The fitted memristor in SPICE: its dynamic subcircuit and its frozen read polynomial."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from devicefit.card import DeviceCard
from devicefit.threshold_memdiode import MODEL_NAME, PARAMETER_UNITS, on_resistance
from measurements.errors import NetlistError
from netlists.checks import identifier, positive
from netlists.composition import cell, number

FloatArray = NDArray[np.float64]

VOLTAGE_LIMIT = 0.3
"""Largest voltage for which a read polynomial is good [V]."""
LARGEST_ERROR = 0.01
"""Worst current error a read polynomial may have, relative to the current itself [1]."""
NEGLIGIBLE = 1e-4
"""Current error that is let pass in any state, relative to the small-signal current of the on state [1]."""
SMALLEST_RESISTANCE = 1e-3
"""Series resistance of a card that has none; ngspice takes no resistor of zero [ohm]."""


def memristor_subcircuit(card: DeviceCard, name: str = "memristor") -> str:
    """The dynamic subcircuit of a card: ports `te be`, parameter `u0` (logit of the initial state).

    The equations are in `netlists/cells/memristor.cir`, with the card's values filled in as parameter
    defaults. Positive voltage at `te` sets. Inside, node `u` carries the logit [1 V = 1] and node `rise` the
    temperature rise [1 V = 1 K].
    """
    text = cell("memristor")
    for key in PARAMETER_UNITS:
        value = max(_value(card, key), SMALLEST_RESISTANCE) if key == "series_resistance" else _value(card, key)
        text, count = re.subn(rf"^\+ {key}=\S+$", f"+ {key}={number(value)}", text, flags=re.MULTILINE)
        if count != 1:
            raise NetlistError(f"cells/memristor.cir has {count} defaults of {key!r}; one is needed")
    return re.sub(r"^\.(subckt|ends) memristor", rf".\1 {identifier(name)}", text, flags=re.MULTILINE)


def read_polynomial(
    card: DeviceCard, state: float = 1.0, resistance: float | None = None
) -> tuple[float, float, float]:
    """Odd polynomial I = g1*V + g3*V^3 + g5*V^5 of a device whose state is frozen.

    V is the voltage over the whole device, series resistance included. g1 is the exact small-signal
    conductance; g3 and g5 minimise the relative error of I/V for |V| <= 0.3 V. The worst error there is below
    1 % of the current (`read_polynomial_error`) or below 0.01 % of the on state's.

    Parameters
    ----------
    card
        Device.
    state
        Frozen state x from 0 (off) to 1 (on) [1].
    resistance
        When given, the polynomial is scaled so that 1/g1 is this small-signal resistance [ohm].

    Returns
    -------
    g1 [S], g3 [S/V^2], g5 [S/V^4].

    Raises
    ------
    NetlistError
        State outside 0..1, a resistance that is not positive, or a curve that three terms do not follow.
    """
    if not 0.0 <= state <= 1.0:
        raise NetlistError(f"state is {state:g}; 0 (off) to 1 (on) is needed")
    fitted = _fitted_polynomial(_static_values(card), state)
    if fitted.error > LARGEST_ERROR and fitted.conductance_error * on_resistance(card) > NEGLIGIBLE:
        raise NetlistError(
            f"read polynomial of {card.device} {card.cell} at state {state:g} is {fitted.error:.1%} off"
            f" within {VOLTAGE_LIMIT} V, {LARGEST_ERROR:.0%} is allowed; its slopes are too steep to read so"
        )
    g1, g3, g5 = fitted.coefficients
    scale = 1.0 if resistance is None else 1.0 / (positive("resistance [ohm]", resistance) * g1)
    return g1 * scale, g3 * scale, g5 * scale


def read_polynomial_error(card: DeviceCard, state: float = 1.0) -> float:
    """Worst relative current error of `read_polynomial` for |V| <= 0.3 V [1]."""
    return _fitted_polynomial(_static_values(card), state).error


def _value(card: DeviceCard, name: str) -> float:
    if card.model != MODEL_NAME:
        raise NetlistError(f"card of {card.device} {card.cell} is of model {card.model!r}; {MODEL_NAME!r} is needed")
    if name not in card.parameters:
        raise NetlistError(f"card of {card.device} {card.cell} has no parameter {name!r}; fit the device again")
    return card.value(name)


def _static_values(card: DeviceCard) -> tuple[float, float, float, float, float]:
    names = ("on_current", "on_slope", "off_current", "off_slope", "series_resistance")
    on_current, on_slope, off_current, off_slope, series_resistance = (_value(card, name) for name in names)
    return on_current, on_slope, off_current, off_slope, series_resistance


def _small_signal(
    on_current: float,
    on_slope: float,
    off_current: float,
    off_slope: float,
    series_resistance: float,
    *,
    state: float,
) -> float:
    """Conductance of the whole device at 0 V [S]."""
    inner = state * on_current * on_slope + (1.0 - state) * off_current * off_slope
    return 1.0 / (series_resistance + 1.0 / inner)


@dataclass(frozen=True)
class _Polynomial:
    """Coefficients (S, S/V^2, S/V^4), worst relative error [1] and worst error of I/V [S]."""

    coefficients: tuple[float, float, float]
    error: float
    conductance_error: float


@lru_cache(maxsize=256)
def _fitted_polynomial(values: tuple[float, float, float, float, float], state: float) -> _Polynomial:
    """The inner voltage is the free variable, so that nothing implicit is solved."""
    on_current, on_slope, off_current, off_slope, series_resistance = values

    def current(inner: FloatArray | float) -> FloatArray:
        on = state * on_current * np.sinh(on_slope * np.asarray(inner))
        return np.asarray(on + (1.0 - state) * off_current * np.sinh(off_slope * np.asarray(inner)))

    def excess(inner: float) -> float:
        return float(inner + series_resistance * current(inner)) - VOLTAGE_LIMIT

    inner = np.linspace(0.0, brentq(excess, 0.0, VOLTAGE_LIMIT), 201)[1:]
    voltage = inner + series_resistance * current(inner)
    chord = current(inner) / voltage
    g1 = _small_signal(*values, state=state)
    # Columns V^2 and V^4, each divided by the conductance: the residual is then the relative error.
    basis = np.stack([voltage**2, voltage**4], axis=1) / chord[:, None]
    (g3, g5), *_ = np.linalg.lstsq(basis, 1.0 - g1 / chord, rcond=None)
    off_by = np.abs(g1 + g3 * voltage**2 + g5 * voltage**4 - chord)
    return _Polynomial((float(g1), float(g3), float(g5)), float((off_by / chord).max()), float(off_by.max()))
