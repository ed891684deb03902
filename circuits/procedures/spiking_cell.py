"""Procedure `spiking_cell`: rate, latency, energy and rest power of any spiking cell over its input current."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from circuits.measure import MeasureError, crossings
from circuits.waveforms import Waveforms
from netlists.deck import Deck
from netlists.spikingcell import Pin, SpikingCell, spiking_cell_deck

from .procedure import DidNotFire, GridAxis, Point, Quantity
from .terminals import Terminal, entered, terminal_closure


@dataclass(frozen=True)
class SpikingCellProcedure:
    """What a subcircuit with supply, input and output pins does under a constant input current.

    The current starts after `rest_time`. Interval, energies and pulse are those of the last whole interval of the
    run, so of a cell that has settled; `adaptation` says how far the intervals still moved. A cell without any spike in
    `spikes` times its longest expected interval `did_not_fire`; one that fires fewer than three times is a failed
    measure.

    Parameters
    ----------
    cell
        Subcircuit, roles of its pins, bench and run length.
    input_current
        Grid [A].
    """

    cell: SpikingCell
    input_current: tuple[float, ...] = tuple(float(value) for value in np.logspace(-9.0, -6.0, 13))
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table."""
        return "spiking_cell"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Times, rate, energies, powers and the pulse."""
        supplies = (
            Quantity(f"energy_{pin.name}", "J", f"energy from pin {pin.name} in the last interval", "log", 1e-18)
            for pin in self.cell.of_role("supply")
        )
        return (
            Quantity("rate", "1/s", "one over the last interval", "log"),
            Quantity("interval", "s", "between the last two spikes", "log"),
            Quantity("latency", "s", "onset of the input to the first spike", "log"),
            Quantity("adaptation", "1", "last interval over the first"),
            Quantity("energy", "J", "energy from all supplies and biases in the last interval", "log", 1e-18),
            *supplies,
            Quantity("input_energy", "J", "energy from the input in the last interval", "log", 1e-18),
            Quantity("static_power", "W", "from all supplies and biases at rest, without input", "log", 1e-12),
            Quantity("pulse_width", "s", "time of the last whole spike above its level", "log"),
            Quantity("pulse_amplitude", "V", "highest less lowest output in the last interval", error_floor=0.1),
            Quantity("input_voltage", "V", "highest input voltage in the last interval", error_floor=0.1),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """Input current."""
        return (GridAxis("input_current", self.input_current, "A", "constant current into the input", "log"),)

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        return spiking_cell_deck(self.cell, point["input_current"])

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:
        """Spike times and the integrals between the last two."""
        cell, onset = self.cell, self.cell.rest_time
        output = f"v({cell.output.node})"
        spikes = crossings(waveforms, output, cell.level, rising=True, start=onset)
        window = f"in {deck.stop_time - onset:.3g} s under {point['input_current']:.3g} A"
        if len(spikes) == 0:
            raise DidNotFire(f"no spike {window}")
        if len(spikes) < 3:
            raise MeasureError(
                f"{len(spikes)} spikes {window}, 3 are needed;"
                " raise charge_per_spike or dead_time if the cell should fire on"
            )
        before, last = float(spikes[-2]), float(spikes[-1])
        ends = crossings(waveforms, output, cell.level, rising=False, start=before)
        high, low = _extremes(waveforms, output, before, last)
        supplies = {f"energy_{p.name}": _energy(waveforms, (p,), before, last) for p in cell.of_role("supply")}
        return {
            "rate": 1.0 / (last - before),
            "interval": last - before,
            "latency": float(spikes[0]) - onset,
            "adaptation": (last - before) / float(spikes[1] - spikes[0]),
            "energy": _energy(waveforms, self._fed, before, last),
            **supplies,
            "input_energy": _energy(waveforms, (cell.input,), before, last),
            "static_power": _energy(waveforms, self._fed, 0.5 * onset, onset) / (0.5 * onset),
            "pulse_width": float(ends[0]) - before,
            "pulse_amplitude": high - low,
            "input_voltage": _extremes(waveforms, f"v({cell.input.node})", before, last)[0],
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over all pins, or negative dissipation from the first spike to the last [1]."""
        cell = self.cell
        spikes = crossings(waveforms, f"v({cell.output.node})", cell.level, rising=True, start=cell.rest_time)
        window = (float(spikes[0]), float(spikes[-1])) if len(spikes) > 1 else (cell.rest_time, deck.stop_time)
        return terminal_closure(waveforms, _terminals(cell.pins), window)

    def settings(self) -> dict[str, str | float]:
        """Subcircuit, bench and the files that the netlist was read from."""
        cell = self.cell
        pins = {f"pin_{pin.name}": _described(pin) for pin in cell.pins}
        files = {f"netlist_{k}": f"{file.name} sha256 {file.sha256}" for k, file in enumerate(cell.includes)}
        given = {f"parameter_{name}": value for name, value in cell.parameters.items()}
        run = {
            "charge_per_spike": cell.charge_per_spike,
            "dead_time": cell.dead_time,
            "rest_time": cell.rest_time,
            "spikes": cell.spikes,
            "spike_level": cell.level,
            "temperature": cell.temperature,
        }
        return {"subcircuit": cell.subcircuit, **pins, **given, **run, **files}

    @property
    def _fed(self) -> tuple[Pin, ...]:
        return self.cell.of_role("supply") + self.cell.of_role("bias")


def _terminals(pins: tuple[Pin, ...]) -> list[Terminal]:
    return [Terminal(f"v({pin.node})", pin.current_vector, pin.inward) for pin in pins]


def _energy(waveforms: Waveforms, pins: tuple[Pin, ...], start: float, stop: float) -> float:
    return entered(waveforms, _terminals(pins), start, stop)


def _extremes(waveforms: Waveforms, vector: str, start: float, stop: float) -> tuple[float, float]:
    """Highest and lowest value from `start` to `stop` [s]."""
    values = waveforms.vector(vector)[(waveforms.time >= start) & (waveforms.time <= stop)]
    return float(values.max()), float(values.min())


def _described(pin: Pin) -> str:
    values = {"V": pin.voltage, "A": pin.current, "F load": pin.load or None, "V at start": pin.initial_voltage}
    given = ", ".join(f"{value:g} {unit}" for unit, value in values.items() if value is not None)
    return f"{pin.role} {given}".strip()
