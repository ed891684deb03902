"""Procedure `encoder`, for encoders with a phase clock: their own times, what the clock adds, and energy."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from circuits.measure import MeasureError, crossings
from circuits.waveforms import Waveforms
from netlists.clockedencoder import CLOCK, CLOCKED_PINS, RAMP, ClockedEncoder, clocked_encoder_deck
from netlists.deck import Deck
from netlists.technology import Technology

from .encoder import CURRENTS, brightness_axes, encoder_settings, terminal, window_quantities
from .procedure import GridAxis, Point, Quantity
from .terminals import entered, terminal_closure

BEFORE = 5e-9
"""The rest power is that of one period of the clock that ends this long before the image [s]."""
_PHASE = (
    Quantity("first_spike", "s", "start to the first spike at half of the supply", "log"),
    Quantity("interval_1", "s", "spike 1 to spike 2, one period", "log"),
)
_MULTIPLEXED = (
    Quantity("first_ramp", "s", "start to the first spike before the clock, at half of the supply", "log"),
    Quantity("ramp_interval", "s", "spike 1 to spike 2 before the clock", "log"),
    Quantity("clock_delay", "s", "clock's edge to the spike that it lets out, at half of the supply", "log"),
)


@dataclass(frozen=True)
class ClockedEncoderProcedure:
    """Spikes of one image under a constant brightness and a clock that runs all the time.

    Times count from `start`, with which an edge of the clock comes. The spikes that leave a multiplexed encoder come
    in steps of the clock's period, between which nothing can be interpolated; so the table has those of its neuron, and
    the delay of the clock. Its energy of a spike is that of the first two, until the third begins (of more where the
    clock lags that far), that of `phase` a mean over the window.

    Parameters
    ----------
    encoder, technology
        Cell, clock, window and transistor cards.
    input_current
        Grid [A].
    """

    encoder: ClockedEncoder
    technology: Technology
    input_current: tuple[float, ...] = CURRENTS["multiplexed"]
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table, `encoder_` and the kind."""
        return f"encoder_{self.encoder.kind}"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Times of the code, number of spikes, energies and powers."""
        return (
            *(_PHASE if self.encoder.kind == "phase" else _MULTIPLEXED),
            *window_quantities(
                "supply energy of a window beyond the rest power, over its spikes",
                "supply power before start, clock running, under the brightness",
            ),
            Quantity("clock_power", "W", "what charging the clock pin takes from the clock driver's supply", "log"),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """Brightness."""
        return brightness_axes(self.input_current)

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        return clocked_encoder_deck(self.encoder, self.technology, point["input_current"])

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:
        """Spike times and integrals of the supply's power."""
        encoder = self.encoder
        start, end = encoder.start, encoder.start + encoder.window
        spikes, falls = self._edges(waveforms, "v(pin_spk)"), self._edges(waveforms, "v(pin_spk)", rising=False)
        count = np.count_nonzero(spikes < encoder.window)
        if min(len(spikes), len(falls)) < encoder.spikes or not count:
            raise MeasureError(
                f"{len(spikes)} spikes in {deck.stop_time - start:.3g} s under {point['input_current']:.3g} A,"
                f" {encoder.spikes} make the code of the {encoder.kind} encoder"
            )
        supply = (terminal("vdd"),)
        energy = entered(waveforms, supply, start, end)
        rest = entered(waveforms, supply, start - BEFORE - encoder.period, start - BEFORE) / encoder.period
        own = (
            {**self._phase(spikes), "energy_per_spike": (energy - rest * encoder.window) / float(count)}
            if encoder.kind == "phase"
            else self._multiplexed(waveforms, spikes, rest)
        )
        return {
            **own,
            "spikes": float(count),
            "energy": energy,
            "input_energy": entered(waveforms, (terminal("in"),), start, end),
            "spike_width": float(falls[0] - spikes[0]),
            "static_power": rest,
            "clock_power": self._clock_power(waveforms),
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over all pins, or negative dissipation over the run [1]."""
        first = self.encoder.start - self.encoder.period - BEFORE
        return terminal_closure(waveforms, [terminal(name) for name in CLOCKED_PINS], (first, deck.stop_time))

    def settings(self) -> dict[str, str | float]:
        """Encoder and technology."""
        return encoder_settings(self.encoder, self.technology)

    def _edges(self, waveforms: Waveforms, vector: str, *, rising: bool = True) -> NDArray[np.float64]:
        """Times from start on [s]."""
        start, half = self.encoder.start, 0.5 * self.encoder.supply_voltage
        return crossings(waveforms, vector, half, rising=rising, start=start) - start

    def _phase(self, spikes: NDArray[np.float64]) -> dict[str, float]:
        return {"first_spike": float(spikes[0]), "interval_1": float(spikes[1] - spikes[0])}

    def _multiplexed(self, waveforms: Waveforms, spikes: NDArray[np.float64], rest: float) -> dict[str, float]:
        ramps, clock = self._edges(waveforms, RAMP), self._edges(waveforms, f"v(pin_{CLOCK})")
        return {
            "first_ramp": float(ramps[0]),
            "ramp_interval": float(ramps[1] - ramps[0]),
            "clock_delay": float(spikes[0] - clock[clock < spikes[0]][-1]),
            "energy_per_spike": self._energy_of_some(waveforms, self._pause(ramps, clock), clock, spikes, rest),
        }

    def _pause(self, ramps: NDArray[np.float64], clock: NDArray[np.float64]) -> float:
        """A moment just before a ramp's spike when all before it, two or more, have left the encoder [s]."""
        for last, following in itertools.pairwise(ramps[1:]):
            left = clock[clock > last]
            if len(left) and left[0] + self.encoder.clock_high + BEFORE < following:
                return float(following) - BEFORE
        raise MeasureError("the clock is never ahead of the ramps; take a brightness with longer intervals")

    def _energy_of_some(
        self, waveforms: Waveforms, until: float, clock: NDArray[np.float64], spikes: NDArray[np.float64], rest: float
    ) -> float:
        """Supply energy of a spike until a moment [s] of no whole period: the rest's part between the clock's pulses is
        taken off by time, what a pulse adds to it by their number [J].
        """
        encoder, supply = self.encoder, (terminal("vdd"),)
        start, half = encoder.start, 0.5 * encoder.period
        between = entered(waveforms, supply, start - half, start - BEFORE) / (half - BEFORE)
        pulse = (rest - between) * encoder.period
        spent = entered(waveforms, supply, start, start + until) - between * until
        return float(spent - pulse * np.count_nonzero(clock < until)) / np.count_nonzero(spikes < until)

    def _clock_power(self, waveforms: Waveforms) -> float:
        """Supply voltage times the charge that the pin holds while the clock is high, over the period.

        The charge is the largest that has gone into the pin since the clock was low, not the integral of the positive
        current: the trapezoidal method lets the current of an ideal source swing about zero after an edge.
        """
        encoder, stop = self.encoder, self.encoder.start - BEFORE
        inside = (waveforms.time > stop - encoder.period) & (waveforms.time < stop)
        time, current = waveforms.time[inside], -waveforms.vector(f"i(vpin_{CLOCK})")[inside]
        charge = np.cumsum(0.5 * (current[1:] + current[:-1]) * np.diff(time))
        return encoder.supply_voltage * float(np.max(charge)) / encoder.period
