"""Energy lines of the circuits around the crossbar: the equations of `evaluator.periphery`, term by term."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from circuits.tables import Table, TableSet
from evaluator.network import SpikingNetwork
from evaluator.periphery import DECODER, DRIVER, ENCODER, INTERFACE, TIMEOUT
from evaluator.summary import Simulated
from evaluator.table_points import axis, number
from evaluator.traceline import EnergyLine, Kind, nearest_point, point_at

UInt8Array = NDArray[np.uint8]


def periphery_lines(
    network: SpikingNetwork, simulated: Simulated, tables: TableSet, pixels: UInt8Array
) -> list[EnergyLine]:
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


def _encoder_lines(network: SpikingNetwork, simulated: Simulated, table: Table, pixels: UInt8Array) -> list[EnergyLine]:
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
        at = {
            "load_conductance": float((mapped.plus + mapped.minus).sum(axis=1).mean()),
            "row_capacitance": float(wire),
        }
        pulses = float(simulated.outcome.spikes[:, layer].mean())
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
        own = f"{INTERFACE}_{layer + 1}"
        table = tables[own if own in tables else INTERFACE]
        strobe, column_voltage = number(table, "interface_strobe_width"), number(table, "interface_column_voltage")
        current, width = axis(table, "input_current"), number(table, "interface_pulse_width")
        low, high = float(current[0]), float(current[-2] if len(current) > 2 else current[-1])
        membrane = axis(table, "membrane_voltage")
        tiles = int(-(-mapped.plus.shape[0] // mapped.tile_rows))
        rest = float((mapped.plus.sum(axis=0) + mapped.minus.sum(axis=0)).mean()) / (2 * tiles)
        at = {"rest_conductance": rest, "membrane_voltage": float(membrane[len(membrane) // 2])}
        static, dynamic = {}, {}
        for amperes in (low, high):
            place: dict[str, ArrayLike] = {**at, "sign": np.array([-1.0, 1.0]), "input_current": amperes}
            static[amperes] = table.lookup("static_power", place).values
            spent = table.lookup("energy", place).values + table.lookup("strobe_energy", place).values
            dynamic[amperes] = float(np.mean(spent - static[amperes] * strobe))
        per_charge = (dynamic[high] - dynamic[low]) / ((high - low) * width)
        per_strobe = max(dynamic[low] - per_charge * low * width, 0.0)
        bias = float(np.mean(table.lookup("bias_power", {**at, "sign": 1.0, "input_current": low}).values))
        neurons = mapped.plus.shape[1]
        charge = column.read_voltage * float(outcome.charge[:, layer].mean())
        pulses = float(outcome.spikes[:, layer].mean())
        pair = tuple(
            nearest_point(table, {**at, "sign": sign, "input_current": amperes})
            for amperes in (low, high)
            for sign in (-1.0, 1.0)
        )
        block, interfaces = f"interface_{layer + 1}", neurons * tiles
        given: tuple[tuple[str, str, Kind, float, float, str, float, str], ...] = (
            ("static", "waiting", "static", interfaces, interfaces * time, "s", float(np.mean(static[low])),
             "static_power, mean of both signs"),
            ("static", "bias cells", "static", tiles, tiles * time, "s", bias, "bias_power"),
            ("reads", "strobes", "dynamic", pulses * neurons, pulses * neurons, "1", per_strobe,
             "energy + strobe_energy less static_power, continued to no current"),
            ("reads", "column current", "dynamic", pulses, charge, "C", per_charge,
             "slope of that energy over the charge of a pulse"),
            ("reads", "column current from its voltage", "dynamic", pulses, charge, "C", column_voltage,
             "interface_column_voltage of the table"),
        )  # fmt: skip
        for part, operation, kind, operations, count, unit, each, how in given:
            lines.append(
                EnergyLine(
                    layer + 1, f"{block}_{part}", operation, kind, float(operations), float(count), unit, each, how,
                    pair, at,
                )
            )  # fmt: skip
    return lines
