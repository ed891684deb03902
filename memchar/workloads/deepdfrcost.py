"""Area, energy and latency of a linear readout in memristors, beside the same weights in the 6T static memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log2
from typing import TYPE_CHECKING, Any

import numpy as np

from measurements.errors import InputError

if TYPE_CHECKING:
    from circuits.tables import Table, TableSet
    from devicefit import DeviceCard
    from evaluator.reservoir.memristors import MappedReadout

NEEDED = ("column_read", "row_drive", "column_interface", "sram_read")
BANK = 256
"""Most rows of one bank of the static memory [1]: as far as its table goes."""
PUBLISHED = {"area": -0.48, "power": -0.42, "latency": -0.67}
"""Against 6T static memory (doi:10.1109/TCAD.2020.3002539); what was counted is in no part that could be read."""
COUNTED = (
    "memristors: every cell at the mean square of its row's voltage for one read pulse, the rows' drivers, and an"
    " interface for every tile, output and digit",
    "6T: precharge, sense amplifiers and a share of word line and timing for every bit, row after row, each with the"
    " time to restore the bit lines",
    "not counted, memristors: converters or buffers that put states on the rows, the converter of the output, shift and"
    " add of the digits, programming; 6T: the converter of every state, multipliers and adders, writing",
)


@dataclass(frozen=True)
class Cost:
    """What one evaluation of all outputs takes: areas [m^2], energy [J], latency [s]."""

    cell_area: float
    area: float
    energy: float
    latency: float

    @property
    def power(self) -> float:
        """Energy over latency [W]."""
        return self.energy / self.latency


def missing_tables(tables: TableSet) -> list[str]:
    """Tables that the comparison needs and the file lacks."""
    return [name for name in NEEDED if name not in tables]


def memristor_cost(
    tables: TableSet, card: DeviceCard, mapped: MappedReadout, states: np.ndarray[Any, np.dtype[np.float64]]
) -> Cost:
    """The readout `mapped`, driven with `states` (count, features) scaled so that the largest is the read voltage."""
    from devicefit.models.static import off_resistance, on_resistance

    column, slices = tables["column_read"].dataset.attrs, mapped.pairs.slices
    features, outputs = mapped.plus.shape[1:]
    tile = int(column["rows"])
    tiles, columns = ceil(features / tile), outputs * slices
    driven = (states - mapped.centre) / np.max(np.abs(states - mapped.centre))
    square = float(np.mean(driven**2))
    on, off = (
        _one_cell(tables["column_read"], resistance, tile) for resistance in (on_resistance(card), off_resistance(card))
    )
    shares = (np.concatenate([mapped.plus, mapped.minus]) - mapped.pairs.off_conductance) / (
        mapped.pairs.on_conductance - mapped.pairs.off_conductance
    )
    conducting = float(np.sum(shares))
    load = conducting / features * mapped.pairs.on_conductance
    drive = _middle(tables["row_drive"], load_conductance=load)
    current = float(column["read_voltage"]) * np.sqrt(square) * mapped.pairs.on_conductance
    interface = _middle(tables["column_interface"], input_current=current * conducting / (2 * tiles * columns))
    cells = square * (conducting * on + (shares.size - conducting) * off)
    delay = drive["delay"] + interface["delay"] + float(column["pulse_width"])
    energy = cells + features * drive["energy"] + tiles * columns * (interface["energy"] + interface["strobe_energy"])
    crosspoint, row, follower, bias = _areas()
    return Cost(
        cell_area=shares.size * crosspoint,
        area=shares.size * crosspoint
        + features * row
        + tiles * columns * follower
        + ceil(tiles * columns / 100) * bias,
        energy=energy,
        latency=delay,
    )


def sram_cost(tables: TableSet, features: int, outputs: int, bits: int) -> Cost:
    """The same weights in 6T cells: rows are features, columns the bits of all outputs, banks in turn."""
    from netlists.macroarea import shipped_areas

    table, width = tables["sram_read"], outputs * bits
    banks = ceil(features / BANK)
    rows = max(ceil(features / banks), 16)
    supply = float(np.median(table.axes[1].values))

    def read(quantity: str) -> float:
        return float(table.lookup(quantity, {"rows": rows, "supply_voltage": supply}).values)

    area = {name: one.packed for name, one in shipped_areas().items()}
    cells = features * width * area["sram_6t"]
    column = width * (area["sram_precharge"] + area["sram_sense"])
    row = rows * area["sram_word"]
    once = area["sram_timing"] + rows * area["sram_6t"] + area["sram_precharge"]
    leak = features * width * read("cell_leakage")
    latency = features * (read("delay") + read("restore_time"))
    return Cost(
        cells, cells + banks * (column + row + once), features * width * read("energy") + leak * latency, latency
    )


def weight_bits(levels: int, slices: int) -> int:
    """Bits of a signed weight of as many steps.

    >>> weight_bits(2, 8)
    9
    """
    return ceil(log2(2 * levels**slices - 1))


def cost_document(memristors: Cost, sram: Cost, bits: int) -> dict[str, Any]:
    """Both, and the change from static memory to memristors beside the published one."""

    def as_json(cost: Cost) -> dict[str, float]:
        return {
            "cell_area_m2": cost.cell_area,
            "area_m2": cost.area,
            "energy_J": cost.energy,
            "latency_s": cost.latency,
            "power_W": cost.power,
        }

    def change(here: float, there: float) -> float:
        return here / there - 1.0

    return {
        "memristors": as_json(memristors),
        "sram_6t": as_json(sram) | {"bits": bits},
        "change": {
            "cell_area": change(memristors.cell_area, sram.cell_area),
            "area": change(memristors.area, sram.area),
            "power": change(memristors.power, sram.power),
            "energy": change(memristors.energy, sram.energy),
            "latency": change(memristors.latency, sram.latency),
        },
        "published_change": PUBLISHED,
        "counted": list(COUNTED),
    }


def _one_cell(table: Table, resistance: float, rows: int) -> float:
    """Energy that one active cell takes from the drivers in a read pulse of the whole column [J]."""
    at = {"active_rows": rows, "device_resistance": resistance, "row_load": 0.0, "on_fraction": 0.0}
    return float(table.lookup("energy", at, clamp=True).values) / rows


def _middle(table: Table, **given: float) -> dict[str, float]:
    """Quantities of a table at given places, taken to its range, and at the middle of all other axes."""
    at: Mapping[str, float] = {
        axis.name: float(np.clip(given[axis.name], axis.values[0], axis.values[-1]))
        if axis.name in given
        else float(axis.values[axis.values.size // 2])
        for axis in table.axes
    }
    unknown = set(given) - set(at)
    if unknown:
        raise InputError(f"{table.name} has no axis {', '.join(unknown)}", hint="characterize it with this version")
    wanted = [name for name in ("delay", "energy", "strobe_energy") if name in table.quantities]
    return {name: float(table.lookup(name, at).values) for name in wanted}


def _areas() -> tuple[float, float, float, float]:
    """Packed area of a crosspoint (its series element a film in the stack), row driver, interface and bias [m^2]."""
    from netlists.area import crosspoint_area
    from netlists.layoutrules import LayoutRules
    from netlists.macroarea import shipped_areas

    found = shipped_areas()
    row, interface, bias = (found[name].packed for name in ("row_switch", "column_interface", "column_interface_bias"))
    return crosspoint_area(LayoutRules()), row, interface, bias
