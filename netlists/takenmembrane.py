"""A neuron whose membrane a source takes to a voltage and holds there: the bench of what follows the membrane."""

from __future__ import annotations

from measurements.errors import NetlistError
from netlists.checks import finite
from netlists.composition import compose, number
from netlists.deck import Deck
from netlists.neuron import INPUT_START, MAXIMUM_STEP, TRANSIENT_OPTIONS, Neuron, neuron_bench
from netlists.technology import Technology


def taken_membrane_deck(
    neuron: Neuron, technology: Technology, title: str, membrane_voltage: float, edge: float, stop_time: float,
    saved: tuple[str, ...],
) -> Deck:  # fmt: skip
    """The membrane goes from 0 V to `membrane_voltage` within `edge` [s] of `INPUT_START`, and stays until `stop_time`
    [s]; `saved` are the vectors kept.

    Raises
    ------
    NetlistError
        A voltage that is not finite, or a run that ends before the edge does.
    """
    finite("membrane_voltage [V]", membrane_voltage)
    if stop_time <= INPUT_START + edge:
        raise NetlistError(f"stop_time is {stop_time:g} s; more than {INPUT_START + edge:g} s is needed")
    circuit = neuron_bench(neuron, technology, title)
    ramp = f"PWL(0 0 {number(INPUT_START)} 0 {number(INPUT_START + edge)} {number(membrane_voltage)})"
    circuit.V("hold", "mem_in", circuit.gnd, ramp)
    return compose(
        circuit,
        stop_time=stop_time,
        maximum_step=MAXIMUM_STEP,
        saved=saved,
        measures=(),
        includes=(technology.source,),
        initial_voltages={},
        options=TRANSIENT_OPTIONS,
        temperature=technology.temperature,
    )
