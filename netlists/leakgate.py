"""The deck that looks into the neuron's leak: the gate `nbias` of the mirror that draws it.

Xleak of `cells/lif_neuron.cir` is 20 um long. Below 0.2 V its channel reaches the membrane, so a membrane that rises
there lifts the gate by millivolts through it; Xnbias takes half a microsecond to bring it back, and until then the leak
is a few percent off its rest.
"""

from __future__ import annotations

from measurements.errors import NetlistError
from netlists.checks import finite, positive
from netlists.composition import compose, number
from netlists.deck import Deck
from netlists.neuron import BENCH_VECTORS, INPUT_START, MAXIMUM_STEP, TRANSIENT_OPTIONS, Neuron, neuron_bench
from netlists.technology import Technology

LEAK_GATE = "v(xneuron.nbias)"
"""Saved vector of the gate of the leak's mirror."""


def leak_gate_deck(
    neuron: Neuron, technology: Technology, membrane_voltage: float, edge: float, stop_time: float
) -> Deck:
    """A neuron whose membrane a source takes from 0 V to `membrane_voltage` within `edge` [s] of `INPUT_START`, and
    holds there until `stop_time` [s].

    Saved: as in `neuron_fire_deck`, and `LEAK_GATE`. Nothing fires below the threshold; above it the current of the
    membrane is that of spikes.
    """
    finite("membrane_voltage [V]", membrane_voltage)
    positive("edge [s]", edge)
    if stop_time <= INPUT_START + edge:
        raise NetlistError(f"stop_time is {stop_time:g} s; more than {INPUT_START + edge:g} s is needed")
    circuit = neuron_bench(neuron, technology, "leak follows")
    ramp = f"PWL(0 0 {number(INPUT_START)} 0 {number(INPUT_START + edge)} {number(membrane_voltage)})"
    circuit.V("hold", "mem_in", circuit.gnd, ramp)
    return compose(
        circuit,
        stop_time=stop_time,
        maximum_step=MAXIMUM_STEP,
        saved=(*BENCH_VECTORS, LEAK_GATE),
        measures=(),
        includes=(technology.source,),
        initial_voltages={},
        options=TRANSIENT_OPTIONS,
        temperature=technology.temperature,
    )
