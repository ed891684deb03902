"""The row driver of `cells/row_switch.cir` and the bench in which it gives one read pulse to a row."""

from __future__ import annotations

from dataclasses import dataclass

from measurements.errors import NetlistError
from netlists.checks import not_negative, positive
from netlists.composition import cell, compose, new_circuit, number
from netlists.deck import Deck
from netlists.mismatch import mismatched_cells
from netlists.neuron import TRANSIENT_OPTIONS
from netlists.technology import Technology, geometries_in, with_sizes

SPIKE_START = 2e-9
"""Beginning of the spike's edge in the bench [s]."""
SPIKE_EDGE = 0.2e-9
SETTLE_TIME = 3e-9
"""Time after the spike in which the row comes to rest [s]."""
PINS = ("spk", "row", "vread", "vrest", "vdd", "vss")


@dataclass(frozen=True)
class RowSwitch:
    """Levels of the driver and the spike that works it.

    Parameters
    ----------
    supply_voltage, rest_voltage, read_voltage
        Supply, level of a row at rest, and height of the pulse above it [V].
    spike_width
        At half height [s].
    switch_width
        Of the two switches; the inverters at their gates go with it [m].
    """

    supply_voltage: float = 1.8
    rest_voltage: float = 0.4
    read_voltage: float = 0.1
    spike_width: float = 5e-9
    switch_width: float = 60e-6

    def __post_init__(self) -> None:
        for name in ("supply_voltage", "read_voltage", "switch_width"):
            positive(name, getattr(self, name))
        not_negative("rest_voltage [V]", self.rest_voltage)
        if self.spike_width < 2 * SPIKE_EDGE:
            raise NetlistError(f"spike_width {self.spike_width:g} s is shorter than two edges of {SPIKE_EDGE:g} s")

    @property
    def spike_end(self) -> float:
        """Beginning of the spike's fall [s]."""
        return SPIKE_START + self.spike_width

    @property
    def stop_time(self) -> float:
        """End of the run [s]."""
        return self.spike_end + SPIKE_EDGE + SETTLE_TIME


def row_switch_definitions(technology: Technology, switch_width: float = 60e-6) -> list[str]:
    """Transistor cards (bins in use only), transistors, and the cell, mismatched where the technology says so."""
    text = cell("row_switch")
    sized = with_sizes(text, {"switch_width": switch_width})
    cards = technology.cards_for(geometries_in(sized))
    if technology.mismatch_seed is not None:
        return [cards, mismatched_cells(sized, ["row_switch"], technology.mismatch_seed)]
    return [cards, cell("transistors"), text]


def row_switch_deck(
    driver: RowSwitch,
    technology: Technology,
    *,
    load_conductance: float,
    row_capacitance: float,
    maximum_step: float = 0.02e-9,
) -> Deck:
    """One spike into the driver, its row loaded by cells that lead to columns held at `rest_voltage`.

    Saved: `v(pin_NAME)` and `i(vpin_NAME)` of every pin in `PINS`; the current is that out of the cell.

    Parameters
    ----------
    load_conductance
        All cells of the row together [S].
    row_capacitance
        Wire of the row [F].
    """
    not_negative("load_conductance [S]", load_conductance)
    not_negative("row_capacitance [F]", row_capacitance)
    high, edge = driver.supply_voltage, SPIKE_EDGE
    corners = [0.0, 0.0, SPIKE_START, 0.0, SPIKE_START + edge, high, driver.spike_end, high, driver.spike_end + edge]
    rails = {"vread": driver.rest_voltage + driver.read_voltage, "vrest": driver.rest_voltage, "vdd": high, "vss": 0.0}
    lines = [
        *(f"Vpin_{name} pin_{name} 0 {number(value)}" for name, value in rails.items()),
        f"Vpin_spk pin_spk 0 PWL({' '.join(number(value) for value in [*corners, 0.0])})",
        f"Vcolumns columns 0 {number(driver.rest_voltage)}",
        f"Vpin_row pin_row wire {number(0.0)}",
        f"Cwire wire 0 {number(max(row_capacitance, 1e-18))}",
        *([f"Rcells wire columns {number(1.0 / load_conductance)}"] if load_conductance > 0.0 else []),
        "Xdriver pin_spk pin_row pin_vread pin_vrest pin_vdd pin_vss row_switch"
        f" switch_width={number(driver.switch_width)}",
    ]
    return compose(
        new_circuit(
            f"row driver, {technology.name} {technology.corner}",
            [*row_switch_definitions(technology, driver.switch_width), "\n".join(lines)],
        ),
        stop_time=driver.stop_time,
        maximum_step=maximum_step,
        saved=[f"v(pin_{name})" for name in PINS] + [f"i(vpin_{name})" for name in PINS],
        includes=(technology.source,),
        options=TRANSIENT_OPTIONS,
        temperature=technology.temperature,
    )
