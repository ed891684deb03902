"""Switching statistics of a cell as a figure, built without a display and not written here."""

from __future__ import annotations

from matplotlib.figure import Figure

from devicefit.numerics import FloatArray
from devicefit.variability import distribution
from measurements.switching import CellSwitching


def plot_variability(label: str, switching: CellSwitching) -> Figure:
    """Cumulative distributions over cycles of set voltage, reset voltage and on resistance, with 10/50/90 %
    lines.
    """
    figure = Figure(figsize=(11.0, 3.8), layout="constrained")
    panels: tuple[tuple[str, str, FloatArray], ...] = (
        ("set_voltage", "set voltage [V]", switching.set_voltage),
        ("reset_voltage", "reset voltage, magnitude [V]", switching.reset_voltage),
        ("on_resistance", "on resistance [ohm]", switching.on_resistance),
    )
    for axis, (name, title, values) in zip(figure.subplots(1, 3), panels, strict=True):
        ordered, probability = distribution(values)
        axis.plot(ordered, probability, "o", ms=4, color="tab:blue")
        for level in (0.1, 0.5, 0.9):
            axis.axhline(level, color="0.85", lw=0.6, zorder=0)
        if name == "on_resistance" and ordered.size and ordered[-1] > 20 * ordered[0] > 0:
            axis.set_xscale("log")
        axis.set_xlabel(title)
        axis.set_ylabel("cumulative probability")
        axis.set_ylim(0.0, 1.0)
        axis.set_title(f"{ordered.size} cycles")
    figure.suptitle(f"{label}: spread from cycle to cycle")
    return figure
