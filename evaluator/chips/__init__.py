"""Chips that differ: what fabrication, time, noise and heat do to a network's cells, drawn chip by chip.

Effects              which act, and with what numbers; spreads come from the device card, the rest is given
setting_of           everything that chips share
plan_chips           the nominal chip, chips with all effects, chips with each alone
run_chips            accuracy, energy and latency of each chip
wilson, distribution intervals of shares and of means over chips
"""

from evaluator.chips.effects import (
    UNKNOWN,
    Drift,
    Effects,
    ReadNoise,
    StuckCells,
    ThermalDisturb,
    spreads_of,
)
from evaluator.chips.montecarlo import (
    ALL,
    NONE,
    ChipResult,
    ChipWork,
    Setting,
    plan_chips,
    run_chip,
    run_chips,
    setting_of,
)
from evaluator.chips.statistics import CONFIDENCE, Distribution, Interval, distribution, mean_interval, wilson

__all__ = [
    "ALL",
    "CONFIDENCE",
    "NONE",
    "UNKNOWN",
    "ChipResult",
    "ChipWork",
    "Distribution",
    "Drift",
    "Effects",
    "Interval",
    "ReadNoise",
    "Setting",
    "StuckCells",
    "ThermalDisturb",
    "distribution",
    "mean_interval",
    "plan_chips",
    "run_chip",
    "run_chips",
    "setting_of",
    "spreads_of",
    "wilson",
]
