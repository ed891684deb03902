"""Energy lines of the circuits around the crossbar: the equations of `evaluator.periphery`, term by term."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from circuits.tables import Table, TableSet
from evaluator.network import Evaluated
from evaluator.periphery import DECODER, DRIVER, ENCODER, INTERFACE, TIMEOUT, interface_prices
from evaluator.summary import Simulated
from evaluator.table_points import axis, layer_table, number
from evaluator.traceline import EnergyLine, Kind, nearest_point, point_at

UInt8Array = NDArray[np.uint8]


def periphery_lines(network: Evaluated, simulated: Simulated, tables: TableSet, pixels: UInt8Array) -> list[EnergyLine]:
    """Lines of encoders, row drivers and decoder, as far as `tables` have them."""
    lines: list[EnergyLine] = []
    if ENCODER in tables:
        lines += _encoder_lines(network, simulated, tables[ENCODER], pixels)
    if DRIVER in tables:
        lines += _driver_lines(simulated, tables[DRIVER])
    if INTERFACE in tables:
        lines += _interface_lines(simulated, tables)
    if DECODER in tables:
        lines += _decoder_lines(simulated, tables)
    return lines


def _encoder_lines(network: Evaluated, simulated: Simulated, table: Table, pixels: UInt8Array) -> list[EnergyLine]:
    """Rest of an encoder a row; spikes by the table's currents between whose intervals theirs lie."""
    current = axis(table, "input_current")
    at = {"input_current": current}
    interval, first = (table.lookup(name, at).values for name in ("interval_1", "first_spike"))
    rest = table.lookup("static_power", at).values
    spike = table.lookup("energy_per_spike", at).values - rest * (first + interval) / 2.0
    rows, outcome, encoder = network.sizes[0], simulated.outcome, network.encoder
    time = float(outcome.decision.mean()) * rows
    lines = [
        EnergyLine(
            None, "encoders", "waiting", "static", float(rows), time, "s", float(rest[0]), "static_power",
            (point_at(table, {"input_current": 0}),), {"input_current": float(current[0])},
        )
    ]  # fmt: skip
    share = np.bincount(pixels.ravel(), minlength=256) / pixels.size
    weight = np.array([train.size for train in encoder.pixel_trains()]) * share
    used = np.flatnonzero(weight > 0)
    if used.size == 0:
        return lines
    order = np.argsort(interval)
    wanted = np.log([encoder.interval(value / 255) for value in used])
    spikes = float(outcome.spikes[:, 0].mean())
    for place in order:
        hat = np.interp(wanted, np.log(interval[order]), (order == place).astype(float))
        count = spikes * float(np.average(hat, weights=weight[used]))
        lines.append(
            EnergyLine(
                None, "encoders", "spikes", "dynamic", count, count, "1", float(spike[place]),
                "energy_per_spike less static_power over half of first_spike and interval_1",
                (point_at(table, {"input_current": int(place)}),), {"input_current": float(current[place])},
            )
        )  # fmt: skip
    return lines


def _driver_lines(simulated: Simulated, table: Table) -> list[EnergyLine]:
    wire, lines = axis(table, "row_capacitance")[0], []
    for layer, mapped in enumerate(simulated.mapped):
        at = {"load_conductance": mapped.driver_load, "row_capacitance": float(wire)}
        pulses = float(simulated.row_pulses[:, layer].mean())
        lines.append(
            EnergyLine(
                layer + 1, "row_drivers", "read pulses", "dynamic", pulses, pulses, "1",
                float(table.lookup("energy", at).values), "energy", (nearest_point(table, at),), at,
            )
        )  # fmt: skip
    return lines


def _decoder_lines(simulated: Simulated, tables: TableSet) -> list[EnergyLine]:
    table, outcome = tables[DECODER], simulated.outcome
    at = {name: float(axis(table, name)[0]) for name in ("input_transition", "output_load")}
    waiting, decision = (float(table.lookup(name, at).values) for name in ("static_power", "energy"))
    points, fired = (nearest_point(table, at),), float(outcome.fired.mean())
    time = float(outcome.decision.mean())

    def line(operation: str, kind: Kind, count: float, unit: str, each: float, how: str) -> EnergyLine:
        return EnergyLine(
            None, "decoder", operation, kind, count if unit == "1" else 1.0, count, unit, each, how, points, at
        )

    lines = [
        line("waiting", "static", time, "s", waiting, "static_power"),
        line("decisions", "dynamic", fired, "1", decision, "energy"),
    ]
    if TIMEOUT not in tables:
        return [*lines, line("time-outs", "dynamic", 1.0 - fired, "1", decision, "energy of a decision (assumed)")]
    timer = tables[TIMEOUT]
    bias = {"timer_bias": number(timer, "decoder_timer_bias")}
    length, energy = (float(timer.lookup(name, bias).values) for name in ("timeout", "energy"))
    each = max(energy - waiting * length, 0.0)
    lines.append(
        EnergyLine(
            None, "decoder", "time-outs", "dynamic", 1.0 - fired, 1.0 - fired, "1", each,
            f"energy less {DECODER}'s static_power over timeout", (nearest_point(timer, bias),), bias,
        )
    )  # fmt: skip
    return lines


def _interface_lines(simulated: Simulated, tables: TableSet) -> list[EnergyLine]:
    """The equation of `evaluator.periphery` for each layer: rest, bias cells, strobes, charge."""
    outcome, lines = simulated.outcome, []
    time = float(outcome.decision.mean())
    for layer, (mapped, column) in enumerate(zip(simulated.mapped, simulated.columns, strict=True)):
        table = layer_table(tables, INTERFACE, layer)
        prices = interface_prices(table, mapped.column_load)
        charge = column.read_voltage * float(outcome.charge[:, layer].mean())
        pulses = float(simulated.row_pulses[:, layer].mean())
        pair = tuple(
            nearest_point(table, {**prices.at, "sign": sign, "input_current": amperes})
            for amperes in (prices.low, prices.high)
            for sign in (-1.0, 1.0)
        )
        block, interfaces, tiles = f"interface_{layer + 1}", mapped.plus.shape[1] * mapped.column_tiles, mapped.tiles
        strobes = pulses * mapped.strobed
        given: tuple[tuple[str, str, Kind, float, float, str, float, str], ...] = (
            ("static", "waiting", "static", interfaces, interfaces * time, "s", prices.static,
             "static_power, mean of both signs"),
            ("static", "bias cells", "static", tiles, tiles * time, "s", prices.bias, "bias_power"),
            ("reads", "strobes", "dynamic", strobes, strobes, "1", prices.strobe,
             "energy + strobe_energy less static_power, continued to no current"),
            ("reads", "column current", "dynamic", pulses, charge, "C", prices.charge,
             "slope of that energy over the charge of a pulse"),
            ("reads", "column current from its voltage", "dynamic", pulses, charge, "C", prices.voltage,
             "interface_column_voltage of the table"),
        )  # fmt: skip
        for part, operation, kind, operations, count, unit, each, how in given:
            lines.append(
                EnergyLine(
                    layer + 1, f"{block}_{part}", operation, kind, float(operations), float(count), unit, each, how,
                    pair, prices.at,
                )
            )  # fmt: skip
    return lines
