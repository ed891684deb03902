"""Cells lost to their neighbours' heat, from the coupling of an array and an Arrhenius rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from devicefit.heat.coupling import coupling_from
from devicefit.heat.degradation import Degradation, assumed_degradation
from devicefit.heat.degradation import rate as arrhenius
from evaluator.chips.effects import ThermalDisturb

FloatArray = NDArray[np.float64]


def coupling_window(effect: ThermalDisturb) -> FloatArray:
    """Rise of a cell per watt in the middle of the window, by its place there (rows, columns) [K/W]."""
    array = effect.array
    middle = array.cell(array.rows // 2, array.columns // 2)
    return coupling_from(array, middle).reshape(array.rows, array.columns)


def lost_share(
    effect: ThermalDisturb, window: FloatArray, on: NDArray[np.bool_], power: FloatArray, tile_rows: int
) -> FloatArray:
    """Probability that each cell, were it on, is lost [1], in the shape of `on` (rows, columns).

        p = 1 - exp(-sum_later r(T0 + K P_write) t_write - r(T0 + sum K P) t_read)

    `window` [K/W] is `coupling_window`'s, K of a pair of cells is symmetric; `power` [W] is what each cell takes in the
    mean while the array is read. Rows of different tiles do not heat each other; cells farther apart than the window
    reaches do not either.
    """
    model = _degradation(effect)
    dose = np.zeros(on.shape)
    for top in range(0, on.shape[0], tile_rows):
        tile = np.s_[top : top + tile_rows]
        dose[tile] = _writing(effect, model, window, on[tile]) + _reading(effect, model, window, power[tile])
    return np.asarray(-np.expm1(-dose))


def reading_rise(window: FloatArray, power: FloatArray) -> FloatArray:
    """Rise of every cell of one array while all are read [K]."""
    return np.maximum(_spread(power, window), 0.0)


def _writing(effect: ThermalDisturb, model: Degradation, window: FloatArray, on: NDArray[np.bool_]) -> FloatArray:
    """Sum of rates times time over the cells that are written after each: those below, and those right of it."""
    rows, columns = window.shape
    doses = arrhenius(model, effect.ambient_temperature + window * effect.write_power) * effect.write_time
    later = np.zeros_like(doses)
    later[rows // 2 + 1 :] = doses[rows // 2 + 1 :]
    later[rows // 2, columns // 2 + 1 :] = doses[rows // 2, columns // 2 + 1 :]
    # A cell at x is heated by one at x + d: the window turned around.
    return np.maximum(_spread(on.astype(np.float64), later[::-1, ::-1]), 0.0)


def _reading(effect: ThermalDisturb, model: Degradation, window: FloatArray, power: FloatArray) -> FloatArray:
    rise = reading_rise(window, power)
    return np.asarray(arrhenius(model, effect.ambient_temperature + rise) * effect.reading_time)


def _spread(values: FloatArray, window: FloatArray) -> FloatArray:
    """Sum over the cells around each of their `values` times `window` at the distance."""
    full = fftconvolve(values, window, mode="full")
    top, left = window.shape[0] // 2, window.shape[1] // 2
    return np.asarray(full[top : top + values.shape[0], left : left + values.shape[1]])


def _degradation(effect: ThermalDisturb) -> Degradation:
    """The law with the rate and activation energy that were given; its other parameters are not used."""
    shape = assumed_degradation()
    return replace(
        shape,
        rate=replace(shape.rate, value=effect.rate, note="given"),
        activation_energy=replace(shape.activation_energy, value=effect.activation_energy, note="given"),
    )
