"""What column interfaces do wrong, as it acts on the spikes: gains of both sides, offsets, delay; and a trim of them.

    I_mem = gain (p G_plus - m G_minus) V_read + o + o_common(V_mem)      while the tile's strobe is open

p, m: charge that arrives over that which the network needs, of each interface's plus and minus side [1]; o: offset of
each interface; o_common: that of all alike, over the membrane's voltage [A]. From tables: `column_interface` (delay),
`column_interface_common` (gains, offsets, the column's rest voltage without mismatch) and `column_interface_mismatch`
(both over draws of every transistor). A layer's own tables have its number at their end, as `column_interface_2`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from circuits.tables import Table, TableSet
from evaluator.layerstate import Layer
from evaluator.mapping import MappedLayer
from evaluator.strobes import Offset
from evaluator.table_points import axis, layer_table, number, values
from measurements.errors import InputError, TableError

FloatArray = NDArray[np.float64]
INTERFACE, COMMON, MISMATCH = "column_interface", "column_interface_common", "column_interface_mismatch"
REFERENCE_VOLTAGE = 0.5
"""Membrane voltage at which interfaces are drawn and trimmed [V]."""
GRID = 33
"""Points that the common offset is put on, evenly, for the kernel."""
LEAST_DRAWS = 8
ORDER, SIGNS = ("draw", "sign", "membrane_voltage"), (1.0, -1.0)


@dataclass(frozen=True)
class Trim:
    """A calibration of every interface: a current added to its output, and legs of the mirror that turns its plus side.

    `offset_step`, `offset_range` [A]: the current is a multiple of the step up to the range, either sign.
    `gain_step`, `gain_range` [1]: the plus side's gain is made nearest to the minus side's by 1 + a multiple of the
    step; what both have in common stays. `supply_voltage` [V] is what the
    current is drawn from; `voltage` [V] that of the membrane at which the offset is trimmed. Zero steps: not trimmed.
    """

    offset_step: float = 0.0
    offset_range: float = 0.0
    gain_step: float = 0.0
    gain_range: float = 0.0
    supply_voltage: float = 1.8
    voltage: float = REFERENCE_VOLTAGE

    def __post_init__(self) -> None:
        for step, reach in ((self.offset_step, self.offset_range), (self.gain_step, self.gain_range)):
            if not 0.0 <= step <= reach or (step == 0.0) != (reach == 0.0) or not np.isfinite(reach):
                raise InputError(f"a trim by steps of {step:g} up to {reach:g}; steps above zero, within the range")
        if not self.gain_range < 1.0 or not self.supply_voltage > 0.0:
            raise InputError("a trim takes less than the whole gain, from a supply above 0 V")


@dataclass(frozen=True)
class Interfaces:
    """That the interfaces' errors act: drawn with `seed`, or as designed for None; what is left after `trim`."""

    seed: int | None = None
    trim: Trim = Trim()


@dataclass(frozen=True, eq=False)
class InterfaceErrors:
    """Errors of a layer's interfaces.

    `plus`, `minus` [1] and `offset` [A]: (tiles, neurons), see the module. `voltage` [V], `common` [A]: grid of the
    common offset, even. `delay` [s] of the output, `strobe` [s] of each pulse. `trimming` [A]: currents that a trim
    adds, in sum of their sizes.
    """

    plus: FloatArray
    minus: FloatArray
    offset: FloatArray
    voltage: FloatArray
    common: FloatArray
    delay: float
    strobe: float
    trimming: float = 0.0


def interface_errors(
    tables: TableSet, layer: int, needed: float, mapped: MappedLayer, seed: int | None = None
) -> InterfaceErrors:
    """Errors of the interfaces of layer `layer` (from 0) that the network needs with a gain of `needed` [1].

    Without a seed every interface is as designed and differs by its columns alone; with one each is drawn from a normal
    distribution with the means and covariances of the table's draws (natural logarithms of the gains, offset).

    Raises
    ------
    TableError
        A table is missing, or a needed point of it.
    """
    plain, common = _of_layer(tables, INTERFACE, layer), _of_layer(tables, COMMON, layer)
    voltage, offsets = _common_offset(common)
    here = float(np.interp(REFERENCE_VOLTAGE, voltage, offsets))
    nominal = _charge_gains(common)[0]
    # what the crossbar's equations take for the interface's input: its loss into cells at rest is theirs
    column = layer_table(tables, "column_read", layer)
    entering = 1.0 / (1.0 + number(column, "sense_resistance") * number(common, "rest_conductance"))
    unequal = mapped.unequal
    low = -float(np.nanmean(common.dataset["column_offset"]))
    gains = np.broadcast_to(nominal / entering / needed, (*unequal.shape, 2))
    offset = needed * low * unequal
    if seed is not None:
        drawn = _draws(_of_layer(tables, MISMATCH, layer), nominal, here)
        scores = np.random.default_rng((seed, layer)).multivariate_normal(
            drawn.mean(axis=0), np.cov(drawn, rowvar=False), unequal.shape
        )
        gains, offset = gains * np.exp(scores[..., :2]), offset + scores[..., 2]
    grid = np.linspace(voltage[0], voltage[-1], GRID)
    delay = float(np.nanmean(plain.dataset["delay"]))
    if not np.isfinite(delay):
        raise TableError(f"{plain.name}: no point has a delay; characterize it again")
    return InterfaceErrors(
        gains[..., 0], gains[..., 1], offset, grid, np.interp(grid, voltage, offsets), delay,
        number(common, "interface_strobe_width"),
    )  # fmt: skip


def trimmed(errors: InterfaceErrors, trim: Trim) -> InterfaceErrors:
    """What is left after each interface was set to the best of the steps: the offset at the trim's voltage, and the
    plus side's gain over the minus side's.
    """
    common = float(np.interp(trim.voltage, errors.voltage, errors.common))
    added = -_nearest(errors.offset + common, trim.offset_step, trim.offset_range)
    turned = _nearest(errors.minus / errors.plus - 1.0, trim.gain_step, trim.gain_range)
    return replace(
        errors, plus=errors.plus * (1.0 + turned), offset=errors.offset + added,
        trimming=errors.trimming + float(np.abs(added).sum()),
    )  # fmt: skip


def acting_errors(
    tables: TableSet, gains: tuple[float, ...], mapped: tuple[MappedLayer, ...], interfaces: Interfaces
) -> tuple[InterfaceErrors, ...]:
    """Errors of all layers after the trim, which is the same in all; `gains` are those that the network needs."""
    return tuple(
        trimmed(interface_errors(tables, layer, gain, one, interfaces.seed), interfaces.trim)
        for layer, (gain, one) in enumerate(zip(gains, mapped, strict=True))
    )


def trim_power(errors: tuple[InterfaceErrors, ...], trim: Trim) -> float:
    """Power of the trims' currents [W]."""
    return sum(one.trimming for one in errors) * trim.supply_voltage


def with_errors(layer: Layer, errors: InterfaceErrors, mapped: MappedLayer, capacitance: float) -> Layer:
    """A layer of the kernel whose interfaces have these errors; membranes of `capacitance` [F]."""
    conductance, units = mapped.difference(errors.plus, errors.minus), mapped.strobes
    step = float(errors.voltage[1] - errors.voltage[0])
    slope = (errors.offset / capacitance).reshape(units.tiles, -1, units.places)
    offset = Offset(
        np.ascontiguousarray(slope.transpose(2, 0, 1)).reshape(units.places * units.tiles, -1),
        errors.common / capacitance, float(errors.voltage[0]), 1.0 / step, errors.strobe, units,
    )  # fmt: skip
    return layer._replace(
        conductance=np.ascontiguousarray(conductance, dtype=np.float32), delay=layer.delay + errors.delay, offset=offset
    )


def _of_layer(tables: TableSet, name: str, layer: int) -> Table:
    try:
        return layer_table(tables, name, layer)
    except TableError as error:
        raise TableError(f"the tables hold no {name}; memchar explore --interface-draws makes it") from error


def _common_offset(table: Table) -> tuple[FloatArray, FloatArray]:
    """Membrane voltages [V] and the offset there [A], the mean of what was measured with either sign."""
    found = values(table, "offset_current", ORDER)[0]
    offsets = np.nanmean(found, axis=0)
    if not np.isfinite(offsets).all():
        raise TableError(f"{table.name}: an offset is missing; characterize it again")
    return axis(table, "membrane_voltage"), offsets


def _charge_gains(table: Table) -> FloatArray:
    """Output over input charge, (draws, 2): plus and minus side, both positive; at the reference voltage [1]."""
    place = int(np.argmin(np.abs(axis(table, "membrane_voltage") - REFERENCE_VOLTAGE)))
    found = values(table, "charge_gain", ORDER)[:, :, place]
    signs = axis(table, "sign")
    gains = np.column_stack([sign * found[:, int(np.flatnonzero(signs == sign)[0])] for sign in SIGNS])
    if not (np.isfinite(gains).all() and (gains > 0.0).all()):
        bad = int((~(gains > 0.0)).any(axis=1).sum())
        raise TableError(f"{table.name}: {bad} of {len(gains)} interfaces have no gain or none of the right sign")
    return gains


def _draws(table: Table, nominal: FloatArray, common: float) -> FloatArray:
    """(draws, 3): logarithm of the plus and minus gain over its nominal one [1], offset less the common one [A]."""
    offset = np.mean(values(table, "offset_current", ORDER)[:, :, 0], axis=1) - common
    if len(offset) < LEAST_DRAWS or not np.isfinite(offset).all():
        raise TableError(f"{table.name}: {LEAST_DRAWS} draws without a failed point are needed, found {len(offset)}")
    return np.column_stack([np.log(_charge_gains(table) / nominal), offset])


def _nearest(wanted: FloatArray, step: float, reach: float) -> FloatArray:
    """Multiples of a step nearest to what is wanted, within the reach; zeros for no step."""
    if step == 0.0:
        return np.zeros_like(wanted)
    most = np.floor(reach / step + 1e-9)
    return np.clip(np.round(wanted / step), -most, most) * step
