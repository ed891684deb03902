"""Figures of a fit over cycles: curves over data, residuals, intervals, correlations, values from cycle to cycle.

They are built without a display and not written here.
"""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from devicefit.cycles.prediction import ModelCurve
from devicefit.cycles.result import ModelFit
from devicefit.spreadout import spread_out
from devicefit.variability import distribution
from measurements.sweep import Activity

MOST_CORRELATIONS = 20  # parameters in the matrix, shared ones first


def plot_traces(fit: ModelFit) -> Figure:
    """Set and reset traces (dots) with the model (lines) of the same cycle, |I| on a log scale over V."""
    figure = Figure(figsize=(11.0, 4.6), layout="constrained")
    for axis, kind in zip(figure.subplots(1, 2), (Activity.SET, Activity.RESET), strict=True):
        curves = [curve for curve in fit.curves if curve.kind is kind]
        shown = spread_out(curves)
        for index, curve in enumerate(shown):
            _draw(axis, curve, index / max(len(shown), 1))
        axis.set_yscale("log")
        axis.set_xlabel("voltage of the active electrode [V]")
        axis.set_ylabel("|current| [A]")
        axis.set_title(f"{kind.value}: {len(shown)} of {len(curves)} traces, dots measured, lines fitted")
    label = "synthetic data" if fit.card.synthetic else "measured"
    figure.suptitle(f"{fit.card.label} ({label}), model {fit.card.model}")
    return figure


def plot_residuals(fit: ModelFit) -> Figure:
    """Residuals ln(fitted/measured) over voltage, points in current limit left out, and the switching voltages."""
    figure = Figure(figsize=(11.0, 4.2), layout="constrained")
    axes = figure.subplots(1, 2, width_ratios=(2, 1))
    for kind, colour in ((Activity.SET, "tab:red"), (Activity.RESET, "tab:blue")):
        curves = [curve for curve in fit.curves if curve.kind is kind]
        if not curves:
            continue
        voltage = np.concatenate([curve.voltage[~curve.limited] for curve in curves])
        residual = np.concatenate([curve.residual[~curve.limited] for curve in curves])
        axes[0].plot(voltage, residual, ".", ms=2, alpha=0.4, color=colour, label=kind.value)
        pairs = [(c.measured_event, c.fitted_event) for c in curves if math.isfinite(c.measured_event)]
        if pairs:
            axes[1].plot(*np.array(pairs).T, "o", ms=4, alpha=0.7, color=colour, label=kind.value)
    axes[0].axhline(0.0, color="0.4", lw=0.7)
    axes[0].set_xlabel("voltage of the active electrode [V]")
    axes[0].set_ylabel("ln(fitted/measured) [1]")
    axes[0].legend()
    low, high = axes[1].get_xlim()
    axes[1].plot((low, high), (low, high), color="0.4", lw=0.7)
    axes[1].set_xlabel("measured switching voltage [V]")
    axes[1].set_ylabel("fitted [V]")
    figure.suptitle("Residuals, every cycle with its own values")
    return figure


def plot_intervals(fit: ModelFit) -> Figure:
    """95 % interval of each fitted parameter, relative to its value."""
    names = list(fit.intervals)
    figure = Figure(figsize=(11.0, 0.9 + 0.32 * max(len(names), 1)), layout="constrained")
    axis = figure.subplots()
    for row, name in enumerate(names):
        bounds, value = fit.intervals[name], fit.card.value(name)
        low, high = bounds.lower / value, bounds.upper / value
        axis.plot((low, high), (row, row), "-", lw=2.5, color="tab:blue", solid_capstyle="butt")
        axis.plot(1.0, row, "o", ms=4, color="tab:red")
    axis.set_yticks(range(len(names)), names)
    axis.invert_yaxis()
    axis.axvline(1.0, color="0.7", lw=0.7)
    axis.set_xlabel("95 % interval over the fitted value [1]")
    return figure


def plot_correlations(fit: ModelFit) -> Figure:
    """Correlation matrix of the fitted parameters, those shared by all cycles first."""
    names = list(fit.estimate.determined)
    order = sorted(range(len(names)), key=lambda index: ("[" in names[index], index))[:MOST_CORRELATIONS]
    size = 2.2 + 0.36 * len(order)
    figure = Figure(figsize=(size + 1.2, size), layout="constrained")
    axis = figure.subplots()
    if order:
        matrix = fit.estimate.correlations[np.ix_(order, order)]
        image = axis.imshow(matrix, cmap="RdBu_r", vmin=-1.0, vmax=1.0)
        figure.colorbar(image, ax=axis, shrink=0.8, label="correlation [1]")
        labels = [names[index] for index in order]
        axis.set_xticks(range(len(order)), labels, rotation=60, ha="right", fontsize=8)
        axis.set_yticks(range(len(order)), labels, fontsize=8)
    left_out = len(names) - len(order)
    axis.set_title("correlations of the estimates" + (f" ({left_out} of single cycles left out)" if left_out else ""))
    return figure


def plot_cycle_values(fit: ModelFit) -> Figure | None:
    """Cumulative distribution over cycles of each parameter that cycles have of their own; None without any."""
    names = sorted({name for cycle in fit.cycles for name in cycle})
    if not names:
        return None
    figure = Figure(figsize=(11.0, 3.6), layout="constrained")
    for axis, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        values = [cycle[name] for cycle in fit.cycles if name in cycle]
        ordered, probability = distribution(values)
        axis.plot(ordered, probability, "o", ms=4)
        if ordered[-1] > 20 * ordered[0] > 0:
            axis.set_xscale("log")
        axis.set_xlabel(f"{name} [{fit.card.parameters[name].unit}]")
        axis.set_ylabel("cumulative probability")
        axis.set_ylim(0.0, 1.0)
        axis.set_title(f"{ordered.size} cycles")
    figure.suptitle("Values from cycle to cycle")
    return figure


def _draw(axis: Axes, curve: ModelCurve, shade: float) -> None:
    colour = (0.15 + 0.75 * shade, 0.25, 0.85 - 0.7 * shade)
    lowest = 0.1 * curve.floor
    axis.plot(curve.voltage, np.maximum(np.abs(curve.measured), lowest), ".", ms=2.5, color=colour, alpha=0.6)
    axis.plot(curve.voltage, np.maximum(np.abs(curve.fitted), lowest), "-", lw=0.9, color=colour)
    axis.axhline(curve.floor, color="0.75", lw=0.4, zorder=0)
