"""A network with the neurons that it describes, exactly and without a circuit: a reference, with no energies.

Event-driven: between pulses membranes follow their closed forms (`evaluator.networks.exactneuron`), so that times are
exact to the rounding of doubles. Time-stepped: forward Euler, as frameworks discretise NIR's equations; a pulse acts in
the step in which it arrives, and a spike is sent at that step's end. The second goes to the first with the step.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.compiled import compiled
from evaluator.networks.description import LayeredNetwork
from evaluator.networks.exactneuron import cuba_after, cuba_crossing
from evaluator.networks.neuronmodel import CUBALIF, KINDS, LIF
from evaluator.networks.wiring import Wiring, wirings
from measurements.errors import InputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
LEAKY, FILTERED = KINDS.index(LIF), KINDS.index(CUBALIF)
MOST_SPIKES = 1 << 22
"""Most spikes of one layer that are kept [1]."""


class Constants(NamedTuple):
    """Of one layer's neurons: number of their kind in `KINDS`, time constants [s of the circuit], `swing` and `reset`
    off rest [1]; `jump` of u, or of R I, by a unit weight's pulse [1].
    """

    kind: int
    membrane_time: float
    synapse_time: float
    swing: float
    reset: float
    jump: float


class Spikes(NamedTuple):
    """Times [s] and neurons, sorted by time."""

    time: FloatArray
    neuron: IntArray


def ideal_spikes(
    network: LayeredNetwork, inputs: Spikes, *, time_step: float | None = None, quantised: bool = True,
    window: float | None = None,
) -> tuple[Spikes, ...]:  # fmt: skip
    """Spikes of every layer with neurons, for `inputs` in the circuit's time, up to the end of the window [s].

    `time_step` [s of the circuit]: forward Euler; None: exact. `quantised` False takes the weights as trained.

    Raises
    ------
    InputError
        Inputs that are unsorted or name no input of the network, a step that is not positive, more spikes than
        `MOST_SPIKES`.
    """
    _check_inputs(network, inputs)
    until = network.encoder.window if window is None else window
    found, spikes = [], inputs
    for wiring in wirings(network):
        weights = wiring.unfold(wiring.step * wiring.signs.astype(np.float64) if quantised else wiring.weights)
        constants = constants_of(network, wiring)
        arriving = _passed(spikes, wiring)
        delay = -1.0 if wiring.delay is None else wiring.delay
        if time_step is None:
            time, neuron, number = exact_layer(
                arriving.time, arriving.neuron, weights, constants, delay, wiring.inputs, until, MOST_SPIKES
            )
        else:
            if not time_step > 0:
                raise InputError(f"a time step must be positive, found {time_step!r} s")
            time, neuron, number = stepped_layer(
                arriving.time, arriving.neuron, weights, constants, delay, wiring.inputs, until, time_step, MOST_SPIKES
            )
        if number >= MOST_SPIKES:
            raise InputError(f"a layer sends {MOST_SPIKES} spikes and more", hint="shorten the window")
        order = np.argsort(time[:number], kind="stable")
        spikes = Spikes(time[:number][order], neuron[:number][order])
        found.append(spikes)
    return tuple(found)


def constants_of(network: LayeredNetwork, wiring: Wiring) -> Constants:
    """Constants of a layer in the circuit's time."""
    model, scale = wiring.layer.neuron, network.timing.scale
    jump = model.jump(network.timing.spike_duration) * model.swing
    if model.kind == CUBALIF:  # of R I; the whole pulse would lift u by this times tau_syn / tau
        jump *= model.membrane_time / model.synapse_time
    return Constants(
        kind=KINDS.index(model.kind),
        membrane_time=model.membrane_time * scale,
        synapse_time=model.synapse_time * scale,
        swing=model.swing,
        reset=model.reset - model.leak_voltage,
        jump=jump,
    )


def _passed(spikes: Spikes, wiring: Wiring) -> Spikes:
    """The spikes on the inputs of a layer, through max pooling where there is some."""
    row = wiring.row_of[spikes.neuron]
    time, row = spikes.time[row >= 0], row[row >= 0]
    if wiring.once:
        first = np.sort(np.unique(row, return_index=True)[1])
        time, row = time[first], row[first]
    return Spikes(time, row)


def _check_inputs(network: LayeredNetwork, inputs: Spikes) -> None:
    time, neuron = inputs
    if time.shape != neuron.shape or time.ndim != 1 or not np.isfinite(time).all() or np.any(time < 0):
        raise InputError("input spikes need as many times, finite and not negative, as neurons")
    if np.any(np.diff(time) < 0):
        raise InputError("input spikes must be sorted by time")
    if neuron.size and not (neuron.min() >= 0 and neuron.max() < network.sizes[0]):
        raise InputError(f"input spikes must be of inputs 0 to {network.sizes[0] - 1}")


@compiled
def exact_layer(
    times: FloatArray, rows: IntArray, weights: FloatArray, neurons: Constants, delay: float, inputs: int,
    until: float, most: int,
) -> tuple[FloatArray, IntArray, int]:  # fmt: skip
    """Times and neurons of a layer's spikes up to `until` [s], and their number; in the order in which they happen.

    Pulses come at `times` [s] on `rows` of `weights`; own spikes come back `delay` [s] later (negative: do not).
    """
    count = weights.shape[1]
    u, drive = np.zeros(count), np.zeros(count)
    fired_at, fired = np.empty(most), np.empty(most, np.int64)
    number, taken, back, now = 0, 0, 0, 0.0
    while number < most - count:
        following = until
        if taken < times.size:
            following = min(following, times[taken])
        if delay >= 0.0 and back < number:
            following = min(following, fired_at[back] + delay)
        first, at = -1, following - now
        if neurons.kind == FILTERED:
            for n in range(count):
                crossing = cuba_crossing(u[n], drive[n], neurons.swing, at, neurons.membrane_time, neurons.synapse_time)
                if 0.0 <= crossing < at:
                    first, at = n, crossing
        pass_time(u, drive, at, neurons)
        now = now + at if first >= 0 else following
        if first >= 0:
            u[first] = neurons.reset
            fired_at[number], fired[number] = now, first
            number += 1
            continue
        if now >= until:
            break
        while taken < times.size and times[taken] <= now:
            strike(u, drive, weights[rows[taken]], neurons)
            taken += 1
        waiting = number
        while delay >= 0.0 and back < waiting and fired_at[back] + delay <= now:
            strike(u, drive, weights[inputs + fired[back]], neurons)
            back += 1
        if neurons.kind != FILTERED:
            for n in range(count):
                if u[n] > neurons.swing:
                    u[n] = neurons.reset
                    fired_at[number], fired[number] = now, n
                    number += 1
    return fired_at, fired, number if number < most - count else most


@compiled
def pass_time(u: FloatArray, drive: FloatArray, time: float, neurons: Constants) -> None:
    """All neurons `time` [s] later, without a pulse."""
    if neurons.kind == LEAKY:
        decayed = np.exp(-time / neurons.membrane_time)
        for n in range(u.size):
            u[n] *= decayed
    elif neurons.kind == FILTERED:
        less = np.exp(-time / neurons.synapse_time)
        for n in range(u.size):
            u[n] = cuba_after(u[n], drive[n], time, neurons.membrane_time, neurons.synapse_time)
            drive[n] *= less


@compiled
def strike(u: FloatArray, drive: FloatArray, weights: FloatArray, neurons: Constants) -> None:
    """A pulse through a row of `weights`."""
    struck = drive if neurons.kind == FILTERED else u
    for n in range(u.size):
        struck[n] += neurons.jump * weights[n]


@compiled
def stepped_layer(
    times: FloatArray, rows: IntArray, weights: FloatArray, neurons: Constants, delay: float, inputs: int,
    until: float, step: float, most: int,
) -> tuple[FloatArray, IntArray, int]:  # fmt: skip
    """As `exact_layer`, by forward Euler in steps of `step` [s]."""
    count = weights.shape[1]
    u, drive, arrived = np.zeros(count), np.zeros(count), np.empty(count)
    fired_at, fired = np.empty(most), np.empty(most, np.int64)
    number, taken, back = 0, 0, 0
    for piece in range(int(np.ceil(until / step - 1e-9))):
        end = (piece + 1) * step
        arrived[:] = 0.0
        while taken < times.size and times[taken] < end * (1.0 - 1e-12):
            for n in range(count):
                arrived[n] += neurons.jump * weights[rows[taken], n]
            taken += 1
        while delay >= 0.0 and back < number and fired_at[back] + delay < end * (1.0 - 1e-12):
            for n in range(count):
                arrived[n] += neurons.jump * weights[inputs + fired[back], n]
            back += 1
        if number >= most - count:
            return fired_at, fired, most
        for n in range(count):
            if neurons.kind == FILTERED:
                drive[n] += arrived[n] - step / neurons.synapse_time * drive[n]
                u[n] += step / neurons.membrane_time * (drive[n] - u[n])
            elif neurons.kind == LEAKY:
                u[n] += arrived[n] - step / neurons.membrane_time * u[n]
            else:
                u[n] += arrived[n]
            if u[n] > neurons.swing:
                u[n] = neurons.reset
                fired_at[number], fired[number] = end, n
                number += 1
    return fired_at, fired, number
