"""Firing rate of one neuron under constant input current, in the kernel's own arithmetic."""

from __future__ import annotations

from evaluator.behaviour import NeuronBehaviour
from evaluator.membrane import advance
from measurements.errors import InputError

LONGEST = 100e-6
"""A neuron that stays silent this long counts as silent [s]."""


def firing_interval(neuron: NeuronBehaviour, input_current: float, step: float = 10e-9) -> float:
    """Time between two spikes: the dead time, and the ramp from 0 V to the next trip.

    Parameters
    ----------
    neuron
        Behaviour from tables.
    input_current
        Into the membrane [A].
    step
        Longest step of the integration [s]; the network kernel's is the default.

    Returns
    -------
    float
        Interval [s].

    Raises
    ------
    InputError
        The neuron does not fire within 0.1 ms at this current.
    """
    slope = input_current / neuron.capacitance
    voltage = trip = time = 0.0
    while time < LONGEST:
        voltage, trip, at = advance(neuron.membrane, voltage, trip, slope, step)
        if at >= 0.0:
            return neuron.membrane.dead_time + time + float(at)
        time += step
    raise InputError(f"the neuron does not fire at {input_current:g} A", hint="use a current above its leak")
