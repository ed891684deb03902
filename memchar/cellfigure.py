"""Picture of one cell: its records with the events found in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from memchar.figures import png

if TYPE_CHECKING:
    from measurements import MeasurementSet
    from measurements.cellreport import CellReport

_COLOURS = {"form": "tab:purple", "set": "tab:red", "reset": "tab:blue", "cycle": "0.4", "read": "0.6"}
_MOST_SWEEPS = 120
"""More lines than this in a panel are a blot; every n-th sweep is drawn."""


def cell_figure(records: MeasurementSet, report: CellReport) -> bytes | None:
    """PNG with a panel for each kind of record the cell has: sweeps with events, events and resistances
    against cycle, reads, pulse trains. None for a cell that has only tables or heat records.
    """
    panels: list[Callable[[Any], None]] = []
    if records.sweeps:
        panels.append(lambda panel: _sweeps(panel, records, report))
    if report.endurance is not None and report.endurance.series:
        panels.append(lambda panel: _series(panel, report, "V"))
        panels.append(lambda panel: _series(panel, report, "ohm"))
    if records.reads:
        panels.append(lambda panel: _reads(panel, records))
    if records.pulses:
        panels.append(lambda panel: _pulses(panel, records))
    if not panels:
        return None
    figure = Figure(figsize=(6 * len(panels), 4.4), layout="constrained")
    figure.suptitle(f"{report.device} {report.cell}", fontsize=9)
    for panel, draw in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        draw(panel)
        panel.grid(alpha=0.3)
    return png(figure)


def _sweeps(panel: Any, records: MeasurementSet, report: CellReport) -> None:
    every = -(-len(records.sweeps) // _MOST_SWEEPS)
    for sweep in records.sweeps[::every]:
        colour = _COLOURS[sweep.activity.value]
        panel.semilogy(sweep.voltage, np.abs(sweep.current) + 1e-13, lw=0.5, alpha=0.6, color=colour)
    for clean, marker in ((True, "o"), (False, "x")):
        found = [one for one in report.transitions if one.clean is clean and one.voltage and one.current]
        for kind in {one.kind for one in found}:
            own = [one for one in found if one.kind is kind]
            panel.plot(
                [one.voltage.value for one in own if one.voltage],
                [one.current.value + 1e-13 for one in own if one.current],
                marker,
                ms=4,
                mec="k",
                mfc=_COLOURS[kind.value],
                label=f"{kind.value}{'' if clean else ', not clean'} ({len(own)})",
            )
    if report.transitions:
        panel.legend(fontsize=7)
    panel.set_xlabel("voltage [V]")
    panel.set_ylabel("|current| [A]")


def _series(panel: Any, report: CellReport, unit: str) -> None:
    course = report.endurance
    series = {} if course is None else course.series
    for name, one in series.items():
        if one.unit == unit:
            line = panel.plot(one.number, one.values, "o", ms=3, label=name.replace("_", " "))[0]
            bounds = np.array(one.is_bound)
            panel.plot(one.number[bounds], one.values[bounds], "^", ms=5, mfc="none", color=line.get_color())
    if unit == "ohm":
        panel.set_yscale("log")
    panel.set_xlabel("event")
    panel.set_ylabel(f"[{unit}]" + (" (triangle: at least)" if unit == "ohm" else ""))
    if panel.lines:
        panel.legend(fontsize=7)


def _reads(panel: Any, records: MeasurementSet) -> None:
    for series in records.reads:
        panel.plot(series.time - series.time[0], series.current, lw=0.7)
    panel.set_xlabel("time [s]")
    panel.set_ylabel("current [A]")


def _pulses(panel: Any, records: MeasurementSet) -> None:
    colours = {"potentiation": "tab:red", "depression": "tab:blue"}
    for train in records.pulses:
        panel.plot(train.pulse, train.conductance, lw=0.5, color=colours[train.direction.value])
    panel.set_xlabel("pulse")
    panel.set_ylabel("conductance [S]")
