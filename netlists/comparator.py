"""Decks that look into the neuron's comparator: its node `a`, and the mirror gate `pbias` that feeds it.

The comparator of `cells/lif_neuron.cir` is Xsense, which pulls `a` down with a current that the membrane sets, against
Xload, which holds it up. How fast `a` falls depends on three voltages: the membrane's, its own, and how far the mirror
gate is off its rest, where it is pushed by `a` through Xload's gate capacitance and creeps back in half a microsecond.
"""

from __future__ import annotations

from netlists.checks import finite, positive
from netlists.composition import compose, number
from netlists.deck import Deck, Sample
from netlists.neuron import (
    BENCH_VECTORS,
    MIRROR,
    TRANSIENT_OPTIONS,
    Neuron,
    add_neuron,
    neuron_bench,
)
from netlists.takenmembrane import taken_membrane_deck
from netlists.technology import Technology

COMPARATOR = "v(xneuron.a)"
"""Saved vector of the comparator's node."""
RESTING_MIRROR = "v(xrest.pbias)"
"""The same in a second neuron whose membrane is at 0 V."""
HOLD_EDGE = 1e-9
"""Time in which the membrane is taken to the voltage at which it is held [s]."""
_STEPS = 20


def comparator_deck(
    neuron: Neuron,
    technology: Technology,
    membrane_voltage: float,
    comparator_voltage: float,
    mirror_shift: float,
    interval: float,
) -> Deck:
    """A neuron with its membrane held, let go at t = 0 with its comparator node at a given voltage.

    Until t = 0 the mirror gate is held `mirror_shift` [V] off its rest, which a second, resting neuron tells. Saved: as
    in `neuron_fire_deck`, and `COMPARATOR`, `MIRROR`, `RESTING_MIRROR`. The run ends `interval` [s] later.
    """
    finite("membrane_voltage [V]", membrane_voltage)
    finite("comparator_voltage [V]", comparator_voltage)
    finite("mirror_shift [V]", mirror_shift)
    positive("interval [s]", interval)
    circuit = neuron_bench(neuron, technology, "comparator")
    circuit.V("hold", "mem_in", circuit.gnd, number(membrane_voltage))
    add_neuron(circuit, neuron, "rest", circuit.gnd, "vdd_rest", circuit.gnd, "spk_rest")
    circuit.V("dd_rest", "vdd_rest", circuit.gnd, number(neuron.supply_voltage))
    held = f"v(xrest.pbias)+({number(mirror_shift)})-v(xneuron.pbias)"
    circuit.B("mirror", circuit.gnd, "xneuron.pbias", current_expression=f"time > 0 ? 0 : {held}")
    return compose(
        circuit,
        stop_time=interval,
        maximum_step=interval / _STEPS,
        saved=(*BENCH_VECTORS, COMPARATOR, MIRROR, RESTING_MIRROR),
        measures=(Sample("comparator_voltage", COMPARATOR, interval, "V"),),
        includes=(technology.source,),
        initial_voltages={"xneuron.a": comparator_voltage},
        options=TRANSIENT_OPTIONS,
        temperature=technology.temperature,
    )


def trip_deck(
    neuron: Neuron, technology: Technology, membrane_voltage: float, stop_time: float, edge: float = HOLD_EDGE
) -> Deck:
    """A neuron whose membrane a source takes from 0 V to `membrane_voltage` within `edge` [s] of `INPUT_START`, and
    holds there.

    Saved: as in `neuron_fire_deck`, and `COMPARATOR`, `MIRROR`. The neuron spikes again and again while it is held
    above its threshold; `stop_time` [s] ends the run.
    """
    saved = (*BENCH_VECTORS, COMPARATOR, MIRROR)
    return taken_membrane_deck(neuron, technology, "comparator trips", membrane_voltage, edge, stop_time, saved)
