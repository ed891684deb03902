"""The deck that looks into the neuron's leak: the gate `nbias` of the mirror that draws it.

Xleak of `cells/lif_neuron.cir` is 20 um long. Below 0.2 V its channel reaches the membrane, so a membrane that rises
there lifts the gate by millivolts through it; Xnbias takes half a microsecond to bring it back, and until then the leak
is a few percent off its rest.
"""

from __future__ import annotations

from netlists.checks import positive
from netlists.deck import Deck
from netlists.neuron import BENCH_VECTORS, Neuron
from netlists.takenmembrane import taken_membrane_deck
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
    positive("edge [s]", edge)
    saved = (*BENCH_VECTORS, LEAK_GATE)
    return taken_membrane_deck(neuron, technology, "leak follows", membrane_voltage, edge, stop_time, saved)
