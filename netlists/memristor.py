"""A memristor under a read, in SPICE: an odd polynomial for its frozen state."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from devicefit.card import DeviceCard
from devicefit.models.registry import model_of
from devicefit.models.static import on_resistance, read_currents, small_signal_resistance
from measurements.errors import NetlistError
from netlists.checks import positive

FloatArray = NDArray[np.float64]

VOLTAGE_LIMIT = 0.3
"""Largest voltage for which a read polynomial is good [V]."""
LARGEST_ERROR = 0.01
"""Worst current error a read polynomial may have, relative to the current itself [1]."""
NEGLIGIBLE = 1e-4
"""Current error that is let pass in any state, relative to the small-signal current of the on state [1]."""


def read_polynomial(
    card: DeviceCard, state: float = 1.0, resistance: float | None = None
) -> tuple[float, float, float]:
    """Odd polynomial I = g1*V + g3*V^3 + g5*V^5 of a device whose state is frozen.

    V is the voltage over the whole device, series resistance included. g1 is the exact small-signal
    conductance; g3 and g5 minimise the relative error of I/V for 0 < V <= 0.3 V. The worst error there is below
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
    fitted = _polynomial_of(card, state)
    if fitted.error > LARGEST_ERROR and fitted.conductance_error * on_resistance(card) > NEGLIGIBLE:
        raise NetlistError(
            f"read polynomial of {card.device} {card.cell} at state {state:g} is {fitted.error:.1%} off"
            f" within {VOLTAGE_LIMIT} V, {LARGEST_ERROR:.0%} is allowed; its slopes are too steep to read so"
        )
    g1, g3, g5 = fitted.coefficients
    scale = 1.0 if resistance is None else 1.0 / (positive("resistance [ohm]", resistance) * g1)
    return g1 * scale, g3 * scale, g5 * scale


def read_polynomial_error(card: DeviceCard, state: float = 1.0) -> float:
    """Worst relative current error of `read_polynomial` for 0 < V <= 0.3 V [1]."""
    return _polynomial_of(card, state).error


@dataclass(frozen=True)
class _Polynomial:
    """Coefficients (S, S/V^2, S/V^4), worst relative error [1] and worst error of I/V [S]."""

    coefficients: tuple[float, float, float]
    error: float
    conductance_error: float


def _polynomial_of(card: DeviceCard, state: float) -> _Polynomial:
    model = model_of(card)
    return _fitted_polynomial(model.name, tuple(model.vector(card)), state)


@lru_cache(maxsize=256)
def _fitted_polynomial(name: str, parameters: tuple[float, ...], state: float) -> _Polynomial:
    voltage = np.linspace(0.0, VOLTAGE_LIMIT, 202)[1:]
    chord = read_currents(name, parameters, voltage, state) / voltage
    g1 = 1.0 / small_signal_resistance(name, parameters, state)
    # Columns V^2 and V^4, each divided by the conductance: the residual is then the relative error.
    basis = np.stack([voltage**2, voltage**4], axis=1) / chord[:, None]
    (g3, g5), *_ = np.linalg.lstsq(basis, 1.0 - g1 / chord, rcond=None)
    off_by = np.abs(g1 + g3 * voltage**2 + g5 * voltage**4 - chord)
    return _Polynomial((float(g1), float(g3), float(g5)), float((off_by / chord).max()), float(off_by.max()))
