"""A device at another ambient temperature, as far as its model has a law for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from devicefit.card import DeviceCard
from devicefit.models.registry import model_of
from devicefit.models.static import static_current
from measurements.errors import InputError

PARAMETERS = ("ambient_temperature", "temperature")
"""Names under which models hold the temperature of their surroundings [K]."""
_VOLTAGES = np.array([0.02, 0.1, 0.3])  # V, reads


def card_at(card: DeviceCard, temperature: float) -> DeviceCard:
    """The card with its ambient temperature [K] replaced; every law of the model follows.

    Raises
    ------
    InputError
        The model has no ambient temperature, or one outside its range is asked for.
    """
    model = model_of(card)
    name = next((name for name in PARAMETERS if name in card.parameters), None)
    if name is None:
        raise InputError(f"the model {card.model} has no ambient temperature")
    spec = model.spec(name)
    if not spec.lower <= temperature <= spec.upper:
        raise InputError(f"{card.model}: {name} is {temperature:g} K; {spec.lower:g} to {spec.upper:g} K")
    note = f"set for a simulation; the card has {card.value(name):g} K"
    parameter = replace(card.parameters[name], value=temperature, standard_error=None, origin="assumed", note=note)
    return replace(card, parameters={**card.parameters, name: parameter})


def read_depends_on_temperature(card: DeviceCard, temperature: float) -> bool:
    """Whether the current of a frozen state at read voltages is another one at this ambient temperature [K]."""
    other = card_at(card, temperature)
    return any(
        not np.allclose(static_current(other, _VOLTAGES, state), static_current(card, _VOLTAGES, state), rtol=1e-9)
        for state in (0.0, 1.0)
    )
