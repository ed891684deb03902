"""Firing rate of one neuron under constant input current, in the kernel's own arithmetic."""

from __future__ import annotations

from evaluator.behaviour import NeuronBehaviour
from evaluator.membrane import ramp_up, stirred
from measurements.errors import InputError

LONGEST = 100e-6
"""A neuron that stays silent this long counts as silent [s]."""
FIRST = 2
"""The interval is the one from the first to the second spike: the table's."""


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
    slope, membrane = input_current / neuron.capacitance, neuron.membrane
    time = mirror = returned = voltage = 0.0
    for _ in range(FIRST):
        time, _, mirror, returned = ramp_up(membrane, voltage, mirror, returned, slope, step, LONGEST)
        if time < 0.0:
            raise InputError(f"the neuron does not fire at {input_current:g} A", hint="use a current above its leak")
        voltage, returned = membrane.wake, stirred(membrane, 0.0, returned, membrane.dead_time)
        mirror = membrane.comparator.kick + membrane.comparator.keep * mirror
    return membrane.dead_time + time
