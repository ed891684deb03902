"""Picture of a deep-dfr evaluation: the node's curve, error by task and depth, and error against variation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

_COLOURS = {"mackey-glass": "C0", "characterized": "C3"}


def deep_dfr_figure(document: Mapping[str, Any]) -> bytes:
    """Node, tasks, and a panel of variation for each task, as PNG."""
    from matplotlib.figure import Figure

    from memchar.figures import png

    tasks = document["tasks"]
    figure = Figure(figsize=(4.2 * (2 + len(tasks)), 4), layout="constrained")
    first, second, *rest = figure.subplots(1, 2 + len(tasks))
    _node(first, document["node"])
    _depths(second, tasks)
    for panel, (name, task) in zip(rest, tasks.items(), strict=True):
        _variation(panel, name, task, document["markers"])
    return png(figure)


def _node(panel: Any, node: Mapping[str, Any]) -> None:
    panel.plot(node["input_voltage_V"], 1e3 * np.array(node["output_voltage_V"]), "o-", ms=3, lw=1, color="C3")
    panel.set_xlabel("sum of delayed output and masked input [V]")
    panel.set_ylabel("output, settled [mV]")
    panel.set_title("node as characterized", fontsize=9)
    panel.grid(alpha=0.3)


def _depths(panel: Any, tasks: Mapping[str, Any]) -> None:
    for mark, (name, task) in zip("osD^v", tasks.items(), strict=False):
        for node, colour in _COLOURS.items():
            found = [
                (one["depth"], one["error"]) for one in task["results"] if one["node"] == node and not one["noise"]
            ]
            panel.semilogy(*zip(*sorted(found), strict=True), mark + "-", ms=5, color=colour, label=f"{name}, {node}")
        network = [one["error"] for one in task["results"] if one["node"].startswith("echo")]
        if network:
            panel.semilogy([1], network, mark, ms=7, mfc="none", color="k", label=f"{name}, echo-state network")
    panel.set_xlabel("loops in cascade, equal nodes in all")
    panel.set_xticks([1, 2, 3, 4])
    panel.set_ylabel("NRMSE; images: share of wrong decisions")
    panel.legend(fontsize=6)
    panel.grid(alpha=0.3, which="both")


def _variation(panel: Any, name: str, task: Mapping[str, Any], markers: list[Mapping[str, Any]]) -> None:
    curve, series = task["readout"]["curve"], task["kind"] == "series"
    at = np.array([point["variation"] for point in curve])
    for key, label, colour in (("plain", "as trained", "C1"), ("prepared", "trained for the variation", "C0")):
        values = np.array([point[key] for point in curve])
        spread = np.array([point[f"{key}_deviation"] for point in curve])
        shown = values if series else 100 * (1 - values)
        panel.errorbar(
            at, shown, yerr=spread if series else 100 * spread, fmt="o-", ms=3, lw=1, color=colour, label=label
        )
    for number, one in enumerate(markers):
        panel.axvline(
            one["variation"],
            color="k",
            lw=0.8,
            ls=(0, (4 - number, 1 + number)),
            label=f"{one['name']} ({one['origin']})",
        )
    panel.set_xscale("symlog", linthresh=0.01)
    panel.set_xlim(left=0.0)
    if series:
        panel.set_yscale("log")
    panel.set_xlabel("variation: deviation of ln R")
    panel.set_ylabel("NRMSE" if series else "accuracy [%]")
    panel.set_title(f"{name}, readout in memristors", fontsize=9)
    panel.legend(fontsize=6)
    panel.grid(alpha=0.3)
