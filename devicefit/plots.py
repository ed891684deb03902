"""Figures of a fit: curves over data, and switching statistics. They are built without a display and not
written here.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from devicefit.curves import FittedCurve
from devicefit.fit import CellFit
from devicefit.numerics import FloatArray
from devicefit.spreadout import spread_out
from devicefit.variability import distribution
from measurements.sweep import Activity

LOWEST_CURRENT = 1e-11  # A


def plot_fit(fit: CellFit) -> Figure:
    """Set and reset sweeps (dots) with the fitted model (lines) of the same cycle, |I| on a log scale over V.

    At most twelve sweeps of a kind are shown, evenly spread over the cycles; sweeps without a clean event
    are left out.
    """
    figure = Figure(figsize=(11.0, 4.6), layout="constrained")
    axes = figure.subplots(1, 2)
    for axis, kind in zip(axes, (Activity.SET, Activity.RESET), strict=True):
        curves = [curve for curve in fit.curves if curve.kind is kind and curve.event is not None]
        shown = spread_out(curves)
        for index, curve in enumerate(shown):
            _draw(axis, curve, index / max(len(shown), 1))
        axis.set_yscale("log")
        axis.set_xlabel("voltage of the active electrode [V]")
        axis.set_ylabel("|current| [A]")
        axis.set_title(f"{kind.value}: {len(shown)} of {len(curves)} sweeps, dots measured, lines fitted")
    label = "synthetic data" if fit.card.synthetic else "measured"
    figure.suptitle(f"{fit.card.label} ({label}), model {fit.card.model}")
    return figure


def _draw(axis: Axes, curve: FittedCurve, shade: float) -> None:
    colour = (0.15 + 0.75 * shade, 0.25, 0.85 - 0.7 * shade)
    axis.plot(
        curve.voltage,
        np.maximum(np.abs(curve.measured), LOWEST_CURRENT),
        ".",
        ms=2.5,
        color=colour,
        alpha=0.6,
    )
    axis.plot(curve.voltage, np.maximum(np.abs(curve.fitted), LOWEST_CURRENT), "-", lw=0.9, color=colour)
    axis.axhline(curve.floor, color="0.75", lw=0.4, zorder=0)


def plot_variability(fit: CellFit) -> Figure:
    """Cumulative distributions over cycles of set voltage, reset voltage and on resistance, with 10/50/90 %
    lines.
    """
    figure = Figure(figsize=(11.0, 3.8), layout="constrained")
    panels: tuple[tuple[str, str, FloatArray], ...] = (
        ("set_voltage", "set voltage [V]", fit.switching.set_voltage),
        ("reset_voltage", "reset voltage, magnitude [V]", fit.switching.reset_voltage),
        ("on_resistance", "on resistance [ohm]", fit.switching.on_resistance),
    )
    for axis, (name, label, values) in zip(figure.subplots(1, 3), panels, strict=True):
        ordered, probability = distribution(values)
        axis.plot(ordered, probability, "o", ms=4, color="tab:blue")
        for level in (0.1, 0.5, 0.9):
            axis.axhline(level, color="0.85", lw=0.6, zorder=0)
        if name == "on_resistance" and ordered.size and ordered[-1] > 20 * ordered[0] > 0:
            axis.set_xscale("log")
        axis.set_xlabel(label)
        axis.set_ylabel("cumulative probability")
        axis.set_ylim(0.0, 1.0)
        axis.set_title(f"{ordered.size} cycles")
    figure.suptitle(f"{fit.card.label}: spread from cycle to cycle")
    return figure
