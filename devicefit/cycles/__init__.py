"""Fit of any compact model to many sweeps and cycles of one cell.

A reader's path: `preparation` (sweeps to traces), `inspection` (what is refused), `guess` (where to start),
`tracedata` and `likelihood` (residuals of one trace), `problem` (of all cycles), `joint` (the passes), `fit` and
`fittedcard` (to a card), `prediction` (curves and errors), `ranking` (which model holds), `draw` (random devices),
`population` (several cells' fits to one card), `synthetic` (cycles from a stated truth).
"""

from devicefit.cycles.draw import draw_device, draw_typical
from devicefit.cycles.fit import fit_model
from devicefit.cycles.population import CellFit, population_card
from devicefit.cycles.ranking import Ranked, rank_models
from devicefit.cycles.result import ModelFit
from devicefit.cycles.synthetic import Protocol, synthetic_cycles

__all__ = [
    "CellFit",
    "ModelFit",
    "Protocol",
    "Ranked",
    "draw_device",
    "draw_typical",
    "fit_model",
    "population_card",
    "rank_models",
    "synthetic_cycles",
]
