"""Compact model of a measured memristor: its equations, its fit, and the device card.

A reader's path: `threshold_memdiode` (the equations), `integrate` (their response to a waveform), `fit`
(from sweeps to a card; it calls `branches`, `static`, `profile`, `joint` and `assembly` in this order), `heat`
(a package: heat paths, cross-talk, fits of heat measurements), `variability`, `cardfile` (JSON), `plots`, and
`synthesis` (measurements from a stated truth).
"""

from devicefit.card import DeviceCard, Origin, Parameter, Spread
from devicefit.cardfile import card_from_json, card_to_json
from devicefit.curves import FitQuality, FittedCurve
from devicefit.fit import CellFit, fit_cell
from devicefit.heat import HeatFit, assumed_heat, fit_heat
from devicefit.integrate import Response, simulate
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
    "CellFit",
    "DeviceCard",
    "FitQuality",
    "FittedCurve",
    "HeatFit",
    "Origin",
    "Parameter",
    "Response",
    "Spread",
    "assumed_heat",
    "card_from_json",
    "card_to_json",
    "current",
    "fit_cell",
    "fit_heat",
    "off_resistance",
    "on_resistance",
    "rates",
    "reference_truth",
    "simulate",
    "synthesise",
]
