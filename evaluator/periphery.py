"""Energy of the circuits around the crossbar, from the tables that there are.

    encoders    n_in (e(T) - P_rest t_code/n_code) + rows P_rest t              table `encoder_full`
    drivers     sum over layers n_layer e(G_row)                                table `row_drive`
    interface   m (P t + n_layer e_strobe) + P_bias t + Q (e_charge + V_col)    table `column_interface`, per layer
    decoder     P_wait t + f e_decide + (1 - f) (e_timeout - P_wait t_timeout)  tables `decoder_decide`, `_timeout`

with t the decision, f the share of images on which an output spiked, n the pulses, m interfaces on all tiles of the
layer, Q = V_read * charge what the cells bring. A block whose table is missing stays in `not_counted`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from circuits.tables import Table, TableSet
from evaluator.evaluation import NOT_COUNTED, Periphery
from evaluator.network import Evaluated
from evaluator.summary import Simulated
from evaluator.table_points import axis, layer_table, number
from measurements.errors import TableError

FloatArray = NDArray[np.float64]
ENCODER, DRIVER, INTERFACE = "encoder_full", "row_drive", "column_interface"
DECODER, TIMEOUT = "decoder_decide", "decoder_timeout"
GAIN_TOLERANCE = 0.1
"""Relative difference of the gain that is needed from that of the table, above which it is named [1]."""


def count_periphery(network: Evaluated, simulated: Simulated, tables: TableSet, pixels: NDArray[np.uint8]) -> Periphery:
    """What encoders, drivers and interface spend on `pixels` (images, rows), as far as `tables` say.

    Raises
    ------
    TableError
        A table is there and does not reach to where the network is.
    """
    breakdown: dict[str, float] = {}
    counted: list[str] = []
    assumed: list[str] = []
    missing = dict(NOT_COUNTED)
    if ENCODER in tables:
        breakdown["encoders"] = _encoders(network, simulated, tables[ENCODER], pixels)
        counted.append("encoders: supply energy of one full-iteration encoder a row, at rest and in each spike")
        assumed.append("encoders get the brightness current that gives the network's interval; what shapes it is free")
        del missing["encoder"]
    if DRIVER in tables:
        breakdown["row_drivers"] = _drivers(simulated, tables[DRIVER])
        counted.append("row drivers: supply energy of the gates in every pulse")
        assumed.append("a row driver's level and delay are those of the column table, only its energy is its own")
        del missing["row_drivers"]
    if INTERFACE in tables:
        breakdown |= _interfaces(simulated, tables)
        counted.append("column interface: static power, strobes, and the column current from its voltage to ground")
        assumed.extend(_interface_assumptions(simulated, tables))
        del missing["column_interface"]
    if DECODER in tables:
        breakdown["decoder"] = _decoder(simulated, tables)
        counted.append("decoder: supply power while it waits, a decision and its reset")
        if TIMEOUT in tables:
            counted.append("decoder: what a time-out takes beside the waiting, where no output spiked")
        else:
            assumed.append("a time-out costs the decoder what a decision does: there is no table of it")
        del missing["decoder"]
    return Periphery(breakdown, tuple(counted), tuple(assumed), tuple(missing.values()))


def _encoders(network: Evaluated, simulated: Simulated, table: Table, pixels: NDArray[np.uint8]) -> float:
    current = axis(table, "input_current")
    at = {"input_current": current}
    interval, first = (table.lookup(name, at).values for name in ("interval_1", "first_spike"))
    rest = table.lookup("static_power", at).values
    spike = table.lookup("energy_per_spike", at).values - rest * (first + interval) / 2.0
    encoder = network.encoder
    share = np.bincount(pixels.ravel(), minlength=256) / pixels.size
    weight = np.array([train.size for train in encoder.pixel_trains()]) * share
    used = np.flatnonzero(weight > 0)
    if len(used) == 0:
        return float(rest[0]) * network.sizes[0] * float(simulated.outcome.decision.mean())
    wanted = np.array([encoder.interval(value / 255) for value in used])
    if wanted.min() < interval.min() or wanted.max() > interval.max():
        raise TableError(
            f"{table.name}: intervals of {wanted.min():.3g} to {wanted.max():.3g} s are needed, the table has"
            f" {interval.min():.3g} to {interval.max():.3g} s; characterize other currents"
        )
    order = np.argsort(interval)
    each = np.interp(np.log(wanted), np.log(interval[order]), spike[order])
    mean = float(np.average(each, weights=weight[used]))
    outcome = simulated.outcome
    quiet = float(rest[0]) * network.sizes[0] * float(outcome.decision.mean())
    return float(outcome.spikes[:, 0].mean()) * mean + quiet


def _drivers(simulated: Simulated, table: Table) -> float:
    total = 0.0
    wire = axis(table, "row_capacitance")[0]
    for layer, mapped in enumerate(simulated.mapped):
        energy = table.lookup("energy", {"load_conductance": mapped.driver_load, "row_capacitance": wire}).values
        total += float(simulated.row_pulses[:, layer].mean()) * float(energy)
    return total


def _decoder(simulated: Simulated, tables: TableSet) -> float:
    """Waiting until the decision, and a decision; where no output spiked, what a time-out takes beside its waiting."""
    table, outcome = tables[DECODER], simulated.outcome
    at = {name: axis(table, name)[0] for name in ("input_transition", "output_load")}
    waiting, decision = (float(table.lookup(name, at).values) for name in ("static_power", "energy"))
    timeout = decision
    if TIMEOUT in tables:
        timer = tables[TIMEOUT]
        bias = {"timer_bias": number(timer, "decoder_timer_bias")}
        length, energy = (float(timer.lookup(name, bias).values) for name in ("timeout", "energy"))
        timeout = max(energy - waiting * length, 0.0)
    fired = float(outcome.fired.mean())
    return waiting * float(outcome.decision.mean()) + fired * decision + (1.0 - fired) * timeout


def _interfaces(simulated: Simulated, tables: TableSet) -> dict[str, float]:
    """The module's equation for each layer."""
    outcome, found = simulated.outcome, {}
    time = float(outcome.decision.mean())
    for layer, (mapped, column) in enumerate(zip(simulated.mapped, simulated.columns, strict=True)):
        prices = interface_prices(layer_table(tables, INTERFACE, layer), mapped.column_load)
        interfaces = mapped.plus.shape[1] * mapped.column_tiles
        charge = column.read_voltage * float(outcome.charge[:, layer].mean())
        pulses = float(simulated.row_pulses[:, layer].mean())
        name = f"interface_{layer + 1}"
        found[f"{name}_static"] = (interfaces * prices.static + mapped.tiles * prices.bias) * time
        found[f"{name}_reads"] = pulses * mapped.strobed * prices.strobe + charge * (prices.charge + prices.voltage)
    return found


@dataclass(frozen=True)
class InterfacePrices:
    """What a column interface takes: `static` and its tile's `bias` cell [W], a `strobe` [J], `charge` that it is given
    [J/C], and the `voltage` [V] that its column is held at.

    They are of the table at `at`, from its input currents `low` and `high` [A].
    """

    static: float
    bias: float
    strobe: float
    charge: float
    voltage: float
    at: Mapping[str, float]
    low: float
    high: float


def interface_prices(table: Table, rest_conductance: float) -> InterfacePrices:
    """Static power at the mean conductance of a column [S]; strobe and charge from two currents, both signs alike."""
    strobe, width = number(table, "interface_strobe_width"), number(table, "interface_pulse_width")
    current, membrane = axis(table, "input_current"), axis(table, "membrane_voltage")
    low, high = float(current[0]), float(current[-2] if len(current) > 2 else current[-1])
    at = {"rest_conductance": rest_conductance, "membrane_voltage": float(membrane[len(membrane) // 2])}
    static, dynamic = {}, {}
    for amperes in (low, high):
        place: dict[str, ArrayLike] = {**at, "sign": np.array([-1.0, 1.0]), "input_current": amperes}
        static[amperes] = table.lookup("static_power", place).values
        spent = table.lookup("energy", place).values + table.lookup("strobe_energy", place).values
        dynamic[amperes] = float(np.mean(spent - static[amperes] * strobe))
    per_charge = (dynamic[high] - dynamic[low]) / ((high - low) * width)
    bias = float(np.mean(table.lookup("bias_power", {**at, "sign": 1.0, "input_current": low}).values))
    return InterfacePrices(
        static=float(np.mean(static[low])),
        bias=bias,
        strobe=max(dynamic[low] - per_charge * low * width, 0.0),
        charge=per_charge,
        voltage=number(table, "interface_column_voltage"),
        at=at,
        low=low,
        high=high,
    )


def _interface_assumptions(simulated: Simulated, tables: TableSet) -> tuple[str, ...]:
    lines = ["every pulse strobes every interface of its tile, pulses that overlap twice; a bias cell for each tile"]
    for layer, gain in enumerate(simulated.gains):
        table = layer_table(tables, INTERFACE, layer)
        at = {name: axis(table, name)[0] for name in ("rest_conductance", "membrane_voltage", "input_current")}
        own = abs(float(table.lookup("gain", {**at, "sign": 1.0}).values))
        if abs(gain / own - 1.0) > GAIN_TOLERANCE:
            lines.append(
                f"energies of layer {layer + 1}'s column interface are those at its gain of {own:.3g}, unscaled"
            )
    return tuple(lines)
