"""Pictures of the report, each a function from results to the bytes of a PNG."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from circuits.tables import Table
    from circuits.waveforms import Waveforms
    from devicefit.cycles.result import ModelFit
    from devicefit.heat import SinkComparison
    from measurements import MeasurementSet
    from memchar.arrayheat import ArrayHeat

_DPI = 110


def png(figure: Any) -> bytes:
    """Bytes of a matplotlib figure as PNG."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI)
    return buffer.getvalue()


def fit_figure(fit: ModelFit) -> bytes:
    """Measured set and reset sweeps with the fitted model over them."""
    from devicefit.cycles.plots import plot_traces

    return png(plot_traces(fit))


def variability_figure(label: str, records: MeasurementSet) -> bytes:
    """Cycle-to-cycle distributions of set voltage, reset voltage and on-resistance in the records of one cell."""
    from devicefit.plots import plot_variability
    from measurements.switching import analyse_cell

    return png(plot_variability(label, analyse_cell(records)))


def waveform_figure(waveforms: Waveforms, vectors: Sequence[tuple[str, str]]) -> bytes:
    """Vectors (name, label) of one run against time, one panel each."""
    figure = Figure(figsize=(9, 1.7 * len(vectors) + 0.6), layout="constrained")
    panels = figure.subplots(len(vectors), sharex=True, squeeze=False)[:, 0]
    for panel, (name, label) in zip(panels, vectors, strict=True):
        panel.plot(waveforms.time * 1e9, waveforms.vector(name), lw=1.2)
        panel.set_ylabel(label)
        panel.grid(alpha=0.3)
    panels[-1].set_xlabel("time [ns]")
    return png(figure)


def surface_figure(table: Table, across: str, along: str, quantities: Sequence[str]) -> bytes:
    """Quantities of a table against axis `across`, a line for each value of `along`; the others at their first."""
    data = table.dataset
    others = {str(name): 0 for name in data["status"].dims if name not in (across, along)}
    figure = Figure(figsize=(5.2 * len(quantities), 4), layout="constrained")
    panels = figure.subplots(1, len(quantities), squeeze=False)[0]
    for panel, quantity in zip(panels, quantities, strict=True):
        for value in data[along].to_numpy():
            line = data[quantity].isel(others).sel({along: value})
            panel.plot(data[across], line, marker="o", ms=3, lw=1, label=f"{value:.3g}")
        panel.set_xlabel(f"{across.replace('_', ' ')} [{data[across].attrs['units']}]")
        panel.set_ylabel(f"{quantity.replace('_', ' ')} [{data[quantity].attrs['units']}]")
        panel.set_xscale("log" if data[across].attrs.get("scale") == "log" else "linear")
        values = data[quantity].isel(others).to_numpy()
        finite = values[np.isfinite(values)]
        if finite.size and finite.min() > 0 and finite.max() > 20 * finite.min():
            panel.set_yscale("log")
        panel.grid(alpha=0.3)
    panels[0].legend(title=f"{along.replace('_', ' ')} [{data[along].attrs['units']}]", fontsize=7, title_fontsize=7)
    return png(figure)


def confusion_figure(matrix: Sequence[Sequence[int]]) -> bytes:
    """Confusion matrix: true class down, decided class across; a last column, if present, for no decision."""
    counts = np.asarray(matrix)
    figure = Figure(figsize=(5.6, 5), layout="constrained")
    panel = figure.subplots()
    panel.imshow(np.log10(1 + counts), cmap="Blues")
    for row, column in np.ndindex(counts.shape):
        dark = counts[row, column] > 0.3 * counts.max()
        panel.text(
            column,
            row,
            str(counts[row, column]),
            ha="center",
            va="center",
            fontsize=7,
            color="w" if dark else "k",
        )
    panel.set_xlabel("decided")
    panel.set_ylabel("true")
    panel.set_xticks(range(counts.shape[1]))
    panel.set_yticks(range(counts.shape[0]))
    return png(figure)


def heat_figure(comparisons: Mapping[str, SinkComparison]) -> bytes:
    """Two electrode stacks: where the heat goes, and the neighbours' temperature along both lines."""
    from devicefit.heat.plots import plot_sinks

    return png(plot_sinks(comparisons))


def array_heat_figure(found: Mapping[str, ArrayHeat]) -> bytes:
    """A whole array with heat: temperatures while it is read and programmed, and what its states lose."""
    from devicefit.heat.plots import plot_array

    return png(plot_array({name: (one.reading, one.programming) for name, one in found.items()}))
