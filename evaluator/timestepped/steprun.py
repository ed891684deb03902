"""Images through the time-stepped kernel, with the interface of the event-driven one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evaluator.kernelchecks import check_dense, check_trains
from evaluator.layerstate import Layer
from evaluator.outcome import Outcome, empty_outcome
from evaluator.prepared import ImageRun, steps_in
from evaluator.sharing import in_shares
from evaluator.timestepped.rampneuron import ramp_neuron
from evaluator.timestepped.stepkernel import Circuit, new_room, run_images
from evaluator.timestepped.stepstate import Steps, padded
from measurements.errors import InputError

Float32Array = NDArray[np.float32]
UInt8Array = NDArray[np.uint8]
SHARE = 250
"""Images that a thread takes at a time."""


@dataclass(frozen=True, eq=False)
class SteppedRun:
    """Everything the time-stepped kernel needs besides the images."""

    circuit: Circuit
    threads: int = 1

    def on_one_thread(self) -> SteppedRun:
        """The same on one thread."""
        return replace(self, threads=1)

    def __call__(self, pixels: UInt8Array) -> Outcome:
        """The outcome of `pixels` (images, rows); InputError where they do not fit."""
        check_trains(pixels, self.circuit.trains)
        images, neurons = len(pixels), self.circuit.neurons
        outcome = empty_outcome(images, neurons.size, int(neurons[-1]), 0)

        def run_share(first: int, beyond: int) -> None:
            run_images(pixels, self.circuit, first, beyond, outcome, new_room(self.circuit))

        in_shares(run_share, images, SHARE, self.threads)
        return outcome


def stepped(run: ImageRun, time_step: float) -> SteppedRun:
    """The same network and images in equal steps of `time_step` [s].

    Raises
    ------
    InputError
        As `steps_in` and `check_dense`; a step that is not shorter than the neuron's dead time; column interfaces with
        errors of their own, or recorded spikes, which are for evaluation event by event.
    TableError
        As `ramp_neuron`.
    """
    window = run.clock.window
    count = steps_in(window, time_step)
    check_dense(run.trains.row_delay.size, run.layers, run.fanout)
    if time_step >= run.membrane.dead_time:
        raise InputError(
            f"a time step of {time_step:g} s is not shorter than the neuron's dead time, {run.membrane.dead_time:g} s",
            hint=f"take a shorter one, such as {0.01 * window:g} s",
        )
    if run.recorded or any(layer.offset.slope.size for layer in run.layers):
        raise InputError("offsets of column interfaces and recorded spikes need events", hint="leave the time step out")
    circuit = Circuit(
        trains=run.trains,
        layers=tuple(_wide(layer) for layer in run.layers),
        neurons=np.array([layer.conductance.shape[1] for layer in run.layers]),
        scale=np.array([layer.slope * layer.width for layer in run.layers], np.float32),
        variance=np.square(_columns(run.layers[0].deviation)),
        kind=ramp_neuron(run.membrane, time_step),
        membrane=run.membrane,
        fanout=run.fanout,
        steps=Steps(count, window / count, run.clock.stop_at_first),
    )
    return SteppedRun(circuit, run.threads)


def steps_assumed(time_step: float) -> str:
    """What such a run assumes, as `Evaluation.assumed` says it."""
    return (
        f"equal steps of {time_step:g} s: input pulses act in the step of their middle; a comparator fires as on an "
        "even rise, whatever earlier spikes left in its mirror"
    )


def _columns(values: Float32Array) -> Float32Array:
    """Rows as wide as the kernel stores them."""
    missing = padded(values.shape[1]) - values.shape[1]
    return np.ascontiguousarray(np.pad(values, ((0, 0), (0, missing))))


def _wide(layer: Layer) -> Layer:
    return layer._replace(conductance=_columns(layer.conductance), deviation=_columns(layer.deviation))
