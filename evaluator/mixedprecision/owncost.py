"""What an operation of an array costs with the project's own device, in place of the published one.

The published unit energy is that of a whole module; its crossbar is a small part of it (less than 2 %, says the paper).
Here that part is taken out and the own crossbar put in its place, the converters stay those of the paper: no table of
this project has an analog-to-digital converter. A cell that is read carries V G for the pulses of its column's turn:

    E = rows columns V^2 <G> 8 t_cycle d          d: share of the input pulses that are high, assumed one half
"""

from __future__ import annotations

from dataclasses import replace

from circuits.tables import TableSet
from devicefit.card import DeviceCard
from devicefit.models.static import off_resistance, on_resistance
from evaluator.mixedprecision.published import (
    CLOCK,
    COLUMNS_OF_A_CONVERTER,
    INPUT_PULSES,
    published_cost,
    simulator_module,
)
from evaluator.mixedprecision.settings import ModuleSettings
from evaluator.mixedprecision.tileaccount import Tile, TileCost
from evaluator.table_points import axis, number

HIGH_SHARE = 0.5
"""Share of the input pulses that are high [1]; assumed."""


def mean_conductance(settings: ModuleSettings) -> float:
    """Of the cells [S]: one of a pair at its lowest level, the other at any with equal probability (assumed)."""
    return settings.lowest_conductance + settings.step * (settings.levels - 1) / 4


def crossbar_energy(tile: Tile, read_voltage: float, conductance: float) -> float:
    """Of one operation of an array whose cells have `conductance` [S] on average, read at `read_voltage` [V] [J]."""
    return tile.rows * tile.columns * read_voltage**2 * conductance * INPUT_PULSES / CLOCK * HIGH_SHARE


def module_cost(settings: ModuleSettings, tile: Tile) -> TileCost:
    """An operation with the cells of `settings` between the published converters."""
    converters, published = _converters(tile)
    own = crossbar_energy(tile, settings.read_voltage, mean_conductance(settings))
    origin = f"crossbar {own:.3g} J from {settings.name}; converters published; half of the pulses high (assumed)"
    return replace(published, energy=converters + own, origin=origin)


def table_cost(tables: TableSet, card: DeviceCard, tile: Tile) -> TileCost:
    """An operation with the cells of a card, half of them on, as ngspice characterized their columns.

    The energy of reading a cell that is on is that of the table `column_read`, selectors and wires included, for pulses
    of the module's length; one that is off draws V^2/R. The gates of row drivers are added where there is a table
    `row_drive`.

    Raises
    ------
    TableError
        A table lacks what is needed, or the card's resistances lie outside it.
    """
    converters, published = _converters(tile)
    table = tables["column_read"]
    width, rows = number(table, "pulse_width"), float(axis(table, "active_rows")[-1])
    selector, volts = number(table, "select_resistance"), number(table, "read_voltage")
    at = {"active_rows": rows, "row_load": axis(table, "row_load")[0], "on_fraction": 0.0}
    found = table.lookup("energy", at | {"device_resistance": on_resistance(card)}).values
    on, off = float(found) / rows, volts**2 * width / (off_resistance(card) + selector)
    pulses = INPUT_PULSES * HIGH_SHARE
    cells = tile.rows * tile.columns * 0.5 * (on + off) / width / CLOCK * pulses
    said = f"crossbar {cells:.3g} J from column_read, half of the cells on (assumed)"
    drivers = 0.0
    if "row_drive" in tables:
        load = COLUMNS_OF_A_CONVERTER * 0.5 / (on_resistance(card) + selector)
        driver = tables["row_drive"]
        place = {"load_conductance": load, "row_capacitance": axis(driver, "row_capacitance")[-1]}
        turns = tile.columns / COLUMNS_OF_A_CONVERTER
        drivers = float(driver.lookup("energy", place).values) * tile.rows * turns * pulses
        said += f"; row drivers {drivers:.3g} J from row_drive"
    return replace(published, energy=converters + cells + drivers, origin=f"{said}; converters published")


def _converters(tile: Tile) -> tuple[float, TileCost]:
    """Published energy of an operation without its crossbar [J], and the published cost."""
    published, settings = published_cost(tile), simulator_module(tile)
    return published.energy - crossbar_energy(tile, settings.read_voltage, mean_conductance(settings)), published
