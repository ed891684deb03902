"""A whole array that is read or programmed: power of each cell, temperature of all others, what their states lose.

    rise_v = sum_a C_va P_a                     coupling C [K/W] of `stacked`, lines settled
    dose_v = sum over steps of r(T_v) t         kept with probability exp(-dose)  (`degradation`)

A pulse shorter than the settling time warms less, so these are upper bounds. Rates are those of `Degradation`: assumed
unless they were fitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from devicefit.heat.degradation import Degradation, rate
from devicefit.heat.filament import constriction
from devicefit.heat.stacked import StackCoupling
from measurements.errors import InputError
from measurements.sweep import FloatArray


@dataclass(frozen=True, eq=False)
class Reading:
    """An array under a steady map of powers, (layers, rows, columns).

    `power` [W]; `rise` of the crossings [K]; `filament_rise` [K], with the constriction at each cell's own filament;
    `kept` [1]: probability that a set state outlasts `duration` [s], and at ambient temperature alone `kept_cold` [1];
    `given` [W]: heat that reaches wafer and pads.
    """

    power: FloatArray
    rise: FloatArray
    filament_rise: FloatArray
    duration: float
    kept: FloatArray
    kept_cold: float
    given: float


@dataclass(frozen=True, eq=False)
class Programming:
    """Every cell pulsed once, one after the other; (layers, rows, columns).

    `own_rise` of the filament that is pulsed [K]; `worst_rise` of each cell by any other [K]; `other_layer_rise`: the
    same by cells of the other layer alone, zero in one layer [K]; `kept` [1]: probability that a set state outlasts the
    pulses of all others; `duration` of all pulses [s].
    """

    own_rise: FloatArray
    worst_rise: FloatArray
    other_layer_rise: FloatArray
    kept: FloatArray
    duration: float


def read_heat(
    coupling: StackCoupling, power: FloatArray, duration: float, radius: float, model: Degradation,
    ambient_temperature: float = 300.0,
) -> Reading:  # fmt: skip
    """The array while its cells take `power` [W], (layers, rows, columns), for `duration` [s].

    Raises
    ------
    InputError
        Another shape, a power below zero or not finite, or a duration that is not above zero.
    """
    given = _checked(coupling, power)
    if not (duration > 0.0 and ambient_temperature > 0.0):
        raise InputError("duration and ambient temperature must be above zero")
    shape, flat = coupling.stack.shape, given.ravel()
    rise = (coupling.total @ flat).reshape(shape)
    filament = rise + constriction(coupling.stack.array, radius) * given
    kept = np.exp(-rate(model, ambient_temperature + filament) * duration)
    cold = float(np.exp(-rate(model, ambient_temperature) * duration))
    return Reading(given, rise, filament, duration, kept, cold, float(coupling.sink @ flat))


def programming_heat(
    coupling: StackCoupling, power: float, pulse_width: float, radius: float, model: Degradation,
    ambient_temperature: float = 300.0,
) -> Programming:  # fmt: skip
    """Every cell takes `power` [W] in a pulse of `pulse_width` [s], one after the other.

    Raises
    ------
    InputError
        Power, width or temperature that is not above zero.
    """
    if not (power > 0.0 and pulse_width > 0.0 and ambient_temperature > 0.0):
        raise InputError("power, pulse width and ambient temperature must be above zero")
    shape, cells = coupling.stack.shape, coupling.stack.cells
    rises = power * coupling.total  # (victims, aggressors)
    own = np.diag(rises) + power * constriction(coupling.stack.array, radius)
    rates = rate(model, ambient_temperature + rises)
    np.fill_diagonal(rates, 0.0)
    others = rises - np.diag(np.diag(rises))
    layer = np.repeat(np.arange(shape[0]), cells // shape[0])
    across = np.where(layer[:, None] != layer[None, :], rises, 0.0)
    kept = np.exp(-rates.sum(axis=1) * pulse_width)
    own, worst, other, left = (one.reshape(shape) for one in (own, others.max(axis=1), across.max(axis=1), kept))
    return Programming(own, worst, other, left, cells * pulse_width)


def _checked(coupling: StackCoupling, power: FloatArray) -> FloatArray:
    given = np.asarray(power, dtype=np.float64)
    if given.shape != coupling.stack.shape:
        raise InputError(f"powers have shape {given.shape}; layers, rows and columns are {coupling.stack.shape}")
    if not np.isfinite(given).all() or (given < 0.0).any():
        raise InputError("powers must be finite and not below zero")
    return given
