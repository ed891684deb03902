"""Currents of a device whose state is frozen, for any compact model: what a read sees."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from devicefit.card import DeviceCard
from devicefit.models.registry import model_named, model_of
from devicefit.numerics import FloatArray
from measurements.errors import InputError

SMALL_SIGNAL = 1e-6  # V; sinh of 50 per volt deviates there by 4e-10


def static_current(card: DeviceCard, voltage: ArrayLike, fraction: float) -> FloatArray:
    """Current at each voltage for a frozen, resting state.

    Parameters
    ----------
    voltage
        Of the active electrode [V], any shape.
    fraction
        Conducting fraction of the filament from 0 (off) to 1 (on) [1]; it rests at ambient temperature.

    Returns
    -------
    Current into the active electrode [A], in the shape of `voltage`.

    Raises
    ------
    InputError
        The fraction lies outside 0..1, or the card does not fit its model.
    """
    if not 0.0 <= fraction <= 1.0:
        raise InputError(f"state fraction {fraction!r} lies outside 0..1")
    model = model_of(card)
    return read_currents(model.name, tuple(model.vector(card)), np.asarray(voltage, dtype=np.float64), fraction)


def on_resistance(card: DeviceCard) -> float:
    """Small-signal resistance of the on state [ohm]."""
    model = model_of(card)
    return small_signal_resistance(model.name, tuple(model.vector(card)), 1.0)


def off_resistance(card: DeviceCard) -> float:
    """Small-signal resistance of the off state [ohm]."""
    model = model_of(card)
    return small_signal_resistance(model.name, tuple(model.vector(card)), 0.0)


@lru_cache(maxsize=1024)
def small_signal_resistance(model: str, parameters: tuple[float, ...], fraction: float) -> float:
    """Resistance at 0 V [ohm] of a model's parameter vector in a frozen state."""
    both = read_currents(model, parameters, np.array([SMALL_SIGNAL, -SMALL_SIGNAL]), fraction)
    return float(2.0 * SMALL_SIGNAL / (both[0] - both[1]))


def read_currents(model: str, parameters: tuple[float, ...], voltage: FloatArray, fraction: float) -> FloatArray:
    """As `static_current`, for a model's name and parameter vector."""
    known, vector = model_named(model), np.array(parameters)
    unknowns = known.at_fraction(vector, fraction)
    slopes = np.empty(unknowns.size)
    currents = [known.response(vector, float(volt), unknowns, slopes) for volt in voltage.ravel()]
    return np.array(currents).reshape(voltage.shape)
