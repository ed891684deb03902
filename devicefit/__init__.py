"""Compact model of a measured memristor: its equations, its fit, and the device card.

A reader's path: `models` (each compact model's equations, and their response to a waveform in `models.simulation`),
`cycles` (from the sweeps of a cell to a card, for any model), `estimation` (what a fit knows and how sure it is),
`heat` (heat paths, cross-talk, fits of heat measurements), `variability`, `cardfile` (JSON), `plots`, and `synthesis`
(measurements from a stated truth).
"""

from devicefit.card import DeviceCard, Origin, Parameter, Spread
from devicefit.cardfile import card_from_json, card_to_json
from devicefit.heat import HeatFit, assumed_heat, fit_heat
from devicefit.models.static import off_resistance, on_resistance
from devicefit.synthesis import reference_truth, synthesise
from devicefit.threshold_memdiode import (
    MODEL_NAME,
    PARAMETER_UNITS,
    current,
    rates,
)

__all__ = [
    "MODEL_NAME",
    "PARAMETER_UNITS",
    "DeviceCard",
    "HeatFit",
    "Origin",
    "Parameter",
    "Spread",
    "assumed_heat",
    "card_from_json",
    "card_to_json",
    "current",
    "fit_heat",
    "off_resistance",
    "on_resistance",
    "rates",
    "reference_truth",
    "synthesise",
]
