"""Cards from which a fit may start: a model's published sets, or stated values where nobody published any."""

from __future__ import annotations

from dataclasses import replace

from devicefit.card import DeviceCard
from devicefit.models.model import CompactModel
from devicefit.synthesis import reference_truth
from devicefit.threshold_memdiode import MODEL_NAME
from measurements.errors import InputError


def base_cards(model: CompactModel) -> tuple[DeviceCard, ...]:
    """The published cards of a model; the project's reference values for `threshold-memdiode`.

    Raises
    ------
    InputError
        The model has neither.
    """
    if model.cards:
        return tuple(model.cards.values())
    if model.name == MODEL_NAME:
        truth = reference_truth()
        parameters = {
            name: replace(parameter, note="assumed, of the order of Cu/TaOx/Pt cells")
            for name, parameter in truth.parameters.items()
        }
        return (replace(truth, device="start", cell="assumed", parameters=parameters),)
    raise InputError(f"{model.name} has no published card", hint="give the card to start from")
