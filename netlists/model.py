"""Any compact model in SPICE: its subcircuit with the values of a card, and a deck that drives it."""

from __future__ import annotations

import re

from devicefit.card import DeviceCard
from devicefit.models.registry import model_of
from measurements.errors import NetlistError
from netlists.checks import identifier
from netlists.composition import cell, compose, new_circuit, number
from netlists.deck import Deck, Integral
from netlists.voltagesweep import VoltageSweep, pwl_text

STEPS = 4000
"""Time steps of a sweep unless its deck is given a maximum step; one filament snap lies within one of them [1]."""


def model_subcircuit(card: DeviceCard, name: str = "device") -> str:
    """The dynamic subcircuit of a card of any model: ports `te be`, positive current into `te`.

    The equations are in `netlists/cells/MODEL.cir`, with the card's values filled in as parameter defaults.

    Raises
    ------
    InputError
        The card lacks a parameter or one is outside its range.
    NetlistError
        The cell file does not have each parameter once.
    """
    model = model_of(card)
    text = cell(model.cell)
    for spec, value in zip(model.parameters, model.vector(card), strict=True):
        text, count = re.subn(rf"^\+ {spec.name}=\S+$", f"+ {spec.name}={number(value)}", text, flags=re.MULTILINE)
        if count != 1:
            raise NetlistError(f"cells/{model.cell}.cir has {count} defaults of {spec.name!r}; one is needed")
    return re.sub(rf"^\.(subckt|ends) {model.cell}\b", rf".\1 {identifier(name)}", text, flags=re.MULTILINE)


def sweep_deck(card: DeviceCard, sweep: VoltageSweep, fraction: float = 0.0, maximum_step: float | None = None) -> Deck:
    """The device of `card` on an ideal voltage source, from a resting state of this conducting fraction.

    Saved: `v(te)` [V], `i(vte)` (minus the device current) [A], and each unknown of the model, `v(xdevice.NODE)`.
    Measure: `energy` from the source [J]. `maximum_step` [s]: default a 4000th of the sweep.
    """
    model = model_of(card)
    start = model.at_fraction(model.vector(card), fraction)
    initial = {
        unknown.initial: number(float(value))
        for unknown, value in zip(model.unknowns, start, strict=True)
        if unknown.initial is not None
    }
    circuit = new_circuit(f"{model.name} {card.label}, voltage sweep", [model_subcircuit(card)])
    circuit.V("te", "te", circuit.gnd, pwl_text(sweep.corners))
    circuit.X("device", "device", "te", circuit.gnd, **initial)
    return compose(
        circuit,
        stop_time=sweep.stop_time,
        maximum_step=sweep.stop_time / STEPS if maximum_step is None else maximum_step,
        saved=("v(te)", "i(vte)", *(f"v(xdevice.{unknown.node})" for unknown in model.unknowns)),
        measures=(Integral("energy", ((-1.0, "v(te)", "i(vte)"),), 0.0, sweep.stop_time, "J"),),
        options="method=gear",
    )
