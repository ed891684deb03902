"""Figures of two electrode stacks compared, and of an array with heat; built without a display and not written here."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from devicefit.heat.arrayheat import Programming, Reading
from devicefit.heat.sinks import SinkComparison, SinkFigures

LOWEST_RISE = 1e-4  # K; below it neighbours are as good as cold


def plot_sinks(comparisons: Mapping[str, SinkComparison]) -> Figure:
    """A row for each wafer: shares of the heat by path, and rise of the neighbours along both lines."""
    figure = Figure(figsize=(11.0, 3.6 * len(comparisons)), layout="constrained")
    panels = figure.subplots(len(comparisons), 2, squeeze=False)
    for row, (name, comparison) in zip(panels, comparisons.items(), strict=True):
        stacks = (comparison.first, comparison.second)
        _shares(row[0], stacks)
        _neighbours(row[1], stacks)
        row[0].set_title(f"{name}: filament rise {stacks[0].rise:.0f} K and {stacks[1].rise:.0f} K")
        row[1].set_title("neighbours of a heated corner cell")
    figure.suptitle(f"{comparison.first.electrode} against {comparison.second.electrode} (computed, not measured)")
    return figure


def plot_array(found: Mapping[str, tuple[Reading, Programming]]) -> Figure:
    """A row for each wafer and layer: rise while read, worst rise as a victim, share of states lost by programming."""
    layers = next(iter(found.values()))[0].rise.shape[0]
    figure = Figure(figsize=(12.0, 3.4 * len(found) * layers), layout="constrained")
    panels = figure.subplots(len(found) * layers, 3, squeeze=False)
    for number, (name, (reading, programming)) in enumerate(found.items()):
        lost = 1.0 - programming.kept
        maps = (
            ("crossing while read [K]", reading.rise),
            ("victim, warmest pulse elsewhere [K]", programming.worst_rise),
            ("states lost by programming all others [1]", lost),
        )
        for layer in range(layers):
            for axis, (title, values) in zip(panels[number * layers + layer], maps, strict=True):
                image = axis.imshow(values[layer], vmin=float(values.min()), vmax=float(values.max()) or 1.0)
                figure.colorbar(image, ax=axis)
                axis.set_title(f"{name}, {('lower', 'upper')[layer]} layer\n{title}", fontsize=9)
                axis.set_xlabel("inert line")
                axis.set_ylabel("active line")
    figure.suptitle("a whole array with heat (computed, not measured)")
    return figure


def _shares(axis: Axes, stacks: tuple[SinkFigures, SinkFigures]) -> None:
    names = list(stacks[0].paths.fractions)
    for number, stack in enumerate(stacks):
        places = np.arange(len(names)) + 0.4 * number
        axis.bar(places, [stack.paths.fractions[name] for name in names], width=0.38, label=stack.electrode)
    axis.set_xticks(np.arange(len(names)) + 0.2, [name.replace("_", ", ") for name in names])
    axis.set_ylabel("share of the heat [1]")
    axis.set_ylim(0.0, 1.0)
    axis.legend(fontsize=8)


def _neighbours(axis: Axes, stacks: tuple[SinkFigures, SinkFigures]) -> None:
    for number, stack in enumerate(stacks):
        for rises, style, line in ((stack.along_active, "o-", "active"), (stack.along_inert, "s--", "inert")):
            shown = np.maximum(rises, LOWEST_RISE)
            axis.plot(
                np.arange(1, rises.size + 1), shown, style, color=f"C{number}", label=f"{stack.electrode}, {line} line"
            )
    axis.set_yscale("log")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_xlabel("neighbour")
    axis.set_ylabel("temperature rise [K]")
    axis.legend(fontsize=7)
