"""Procedure `row_drive`: delay, level and energy of a read pulse of the row driver, over the row's cells and wire."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from circuits.measure import first_crossing, integrate
from circuits.waveforms import Waveforms
from netlists.deck import Deck
from netlists.rowswitch import PINS, SPIKE_EDGE, SPIKE_START, RowSwitch, row_switch_deck
from netlists.technology import Technology

from .procedure import GridAxis, Point, Quantity, technology_settings
from .terminals import Terminal, entered, pin_terminal, terminal_closure

BEGIN = 0.5 * SPIKE_START


@dataclass(frozen=True)
class RowDriveProcedure:
    """One spike through the row driver, over the conductance of the row's cells and the capacitance of its wire.

    Energies are those of the whole pulse, both edges, from rest to rest.

    Parameters
    ----------
    driver, technology
        Levels, spike and transistor cards.
    load_conductance, row_capacitance
        Grid [S], [F].
    """

    driver: RowSwitch
    technology: Technology
    load_conductance: tuple[float, ...] = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 6e-3, 1e-2, 1.7e-2, 3e-2)
    row_capacitance: tuple[float, ...] = (2e-15, 1e-13)
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table."""
        return "row_drive"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Delays, level, width, energies by supply, input charge, leakage."""
        return (
            Quantity("delay", "s", "half of the spike's rise to half of the row's", "log"),
            Quantity("fall_delay", "s", "half of the spike's fall to half of the row's", "log"),
            Quantity("level", "1", "height of the row's pulse over the read voltage"),
            Quantity("pulse_width", "s", "integral of the row's pulse over its height", "log"),
            Quantity("energy", "J", "from vdd in one pulse: the gates", "log"),
            Quantity(
                "read_energy", "J", "from the read supply less what rest takes back: cells, wire, switches", "log"
            ),
            Quantity("cell_energy", "J", "into row and cells, without what the resting level gives them", "log"),
            Quantity("input_capacitance", "F", "charge into the input over the supply", "log"),
            Quantity("static_power", "W", "from all supplies at rest", "log", 1e-12),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """Cells and wire of the row."""
        return (
            GridAxis("load_conductance", self.load_conductance, "S", "all cells of the row together", "log"),
            GridAxis("row_capacitance", self.row_capacitance, "F", "wire of the row"),
        )

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        return row_switch_deck(
            self.driver,
            self.technology,
            load_conductance=point["load_conductance"],
            row_capacitance=point["row_capacitance"],
        )

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:  # noqa: ARG002
        """Crossings of half of the row's own height, and integrals of the supplies' powers."""
        driver, stop = self.driver, deck.stop_time
        rest, supply = driver.rest_voltage, driver.supply_voltage
        base = waveforms.at("v(pin_row)", BEGIN)
        height = waveforms.at("v(pin_row)", driver.spike_end - 0.1 * driver.spike_width) - base
        edges = [
            _first(waveforms, base + 0.5 * height, start, rising=rising) - start - 0.5 * SPIKE_EDGE
            for start, rising in ((SPIKE_START, True), (driver.spike_end, False))
        ]
        area = integrate(waveforms, ((1.0, "v(pin_row)", None),), BEGIN, stop, "pulse") - base * (stop - BEGIN)
        brought = integrate(waveforms, ((1.0, "i(vpin_row)", None),), BEGIN, stop, "charge")
        supplies = [terminal(name) for name in ("vdd", "vread", "vrest")]
        return {
            "delay": edges[0],
            "fall_delay": edges[1],
            "level": height / driver.read_voltage,
            "pulse_width": area / height,
            "energy": entered(waveforms, supplies[:1], BEGIN, stop),
            "read_energy": entered(waveforms, supplies[1:], BEGIN, stop),
            "cell_energy": -entered(waveforms, (terminal("row"),), BEGIN, stop) - rest * brought,
            "input_capacitance": _input_charge(waveforms) / supply,
            "static_power": entered(waveforms, supplies, 0.2 * SPIKE_START, BEGIN) / (BEGIN - 0.2 * SPIKE_START),
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over all terminals, or negative dissipation from rest to rest [1]."""
        return terminal_closure(waveforms, [terminal(name) for name in PINS], (BEGIN, deck.stop_time))

    def settings(self) -> dict[str, str | float]:
        """Driver and technology."""
        return {
            **{f"row_driver_{key}": value for key, value in dataclasses.asdict(self.driver).items()},
            **technology_settings(self.technology),
        }


def terminal(name: str) -> Terminal:
    """A pin of the bench; the current through the row's ammeter leaves the cell, as do those into sources."""
    return pin_terminal(name, -1.0)


def _input_charge(waveforms: Waveforms) -> float:
    """Charge that the spike's rising edge brings into the input [C]."""
    return integrate(waveforms, ((-1.0, "i(vpin_spk)", None),), BEGIN, SPIKE_START + 5 * SPIKE_EDGE, "charge")


def _first(waveforms: Waveforms, level: float, start: float, *, rising: bool) -> float:
    missing = "the row does not follow"
    return first_crossing(waveforms, "v(pin_row)", level, rising=rising, start=start, missing=missing)
