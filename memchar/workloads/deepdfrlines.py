"""What `memchar evaluate --workload deep-dfr` prints of its document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from memchar.commands.output import columns
from memchar.quantities import format_quantity

REQUIRED = 0.10
"""Largest excess of the characterized node's NARMA10 error over the ideal node's [1]."""


def deep_dfr_lines(document: Mapping[str, Any]) -> list[str]:
    """The whole report as lines."""
    lines = [*_node_lines(document["node"]), ""]
    for name, task in document["tasks"].items():
        lines += [f"{name}: {task['definition']}", *columns(_result_rows(task)), *_ratio_lines(name, task), ""]
        lines += [*_step_lines(task, document["node"]), *columns(_variation_rows(task, document["markers"])), ""]
        if "cost" in task["readout"]:
            lines += [*columns(_cost_rows(task["readout"])), ""]
    lines += [f"{one['name']}: {one['variation']:.3g} ({one['origin']}; {one['note']})" for one in document["markers"]]
    costs = [task["readout"]["cost"] for task in document["tasks"].values() if "cost" in task["readout"]]
    lines += list(costs[0]["counted"]) if costs else []
    return lines + [f"missing: {what} ({why})" for what, why in document["missing"].items()]


def _node_lines(node: Mapping[str, Any]) -> list[str]:
    energy = f"{format_quantity(node['energy_J'], 'J')} in {format_quantity(node['evaluation_time_s'], 's')}"
    return [
        f"node: {node['technology']}, peak {format_quantity(node['peak_V'], 'V')} at"
        f" {format_quantity(node['peak_at_V'], 'V')}, time constant {format_quantity(node['time_constant_s'], 's')},"
        f" settles to 1 % in {format_quantity(node['settling_time_s'], 's')}, {format_quantity(node['power_W'], 'W')},"
        f" {energy} (medians where the output is above 5 % of its peak), thermal noise"
        f" {format_quantity(node['thermal_noise_V'], 'V')}"
    ]


def _result_rows(task: Mapping[str, Any]) -> list[tuple[str, ...]]:
    judged = "NRMSE" if task["kind"] == "series" else "accuracy"
    rows: list[tuple[str, ...]] = [("node", "loops", "nodes", "noise", judged, "validation")]
    for one in task["results"]:
        noise = "thermal" if one["noise"] else "none"
        both = one["error"], one["validation_error"]
        shown = [f"{v:.4f}" for v in both] if judged == "NRMSE" else [f"{100 * (1 - v):.1f} %" for v in both]
        rows.append((one["node"], str(one["depth"]), str(one["nodes"]), noise, *shown))
    return rows


def node_ratio(task: Mapping[str, Any], *, noise: bool) -> float | None:
    """Error of the characterized node over that of the ideal one, first depth; None where one of them is not there."""
    found = {
        one["node"]: one["error"] for one in reversed(task["results"]) if one["noise"] is noise and "settings" in one
    }
    ideal, own = found.get("mackey-glass"), found.get("characterized")
    return own / ideal if ideal and own is not None else None


def _ratio_lines(name: str, task: Mapping[str, Any]) -> list[str]:
    ratios = [node_ratio(task, noise=noise) for noise in (False, True)]
    text = " and ".join(
        f"{ratio:.3f} {state}"
        for ratio, state in zip(ratios, ("without noise", "with it"), strict=True)
        if ratio is not None
    )
    asked = f"; asked of NARMA10: at most {1 + REQUIRED:g} times" if name == "narma10" else ""
    return [f"characterized over ideal node, equal size: {text}{asked}"] if text else []


def _step_lines(task: Mapping[str, Any], node: Mapping[str, Any]) -> list[str]:
    """How long a step of the task lasts on the characterized node, with noise, and what its nodes take meanwhile."""
    times = [(one["step_time_s"], one["depth"]) for one in task["results"] if one["noise"] and "step_time_s" in one]
    return [
        f"a step lasts {format_quantity(time, 's')}, in which {depth} node{'s' * (depth > 1)} take"
        f" {format_quantity(depth * node['power_W'] * time, 'J')}"
        for time, depth in times
    ] + [""]


def _variation_rows(task: Mapping[str, Any], markers: list[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    series, readout = task["kind"] == "series", task["readout"]
    names = {one["variation"]: one["name"] for one in markers}
    judged = "NRMSE" if series else "accuracy"
    head = f"variation of ln R ({readout['slices']} digits of {readout['levels']} levels)"
    rows: list[tuple[str, ...]] = [(head, judged, "+-", "trained for it", "+-", "stands for")]
    for point in readout["curve"]:
        values = [point[key] for key in ("plain", "plain_deviation", "prepared", "prepared_deviation")]
        if series:
            shown = [f"{value:.3g}" for value in values]
        else:
            shown = [f"{100 * (value if i % 2 else 1 - value):.1f} %" for i, value in enumerate(values)]
        rows.append((f"{point['variation']:.3g}", *shown, names.get(point["variation"], "")))
    return rows


def _cost_rows(readout: Mapping[str, Any]) -> list[tuple[str, ...]]:
    cost = readout["cost"]
    own, sram, change, published = (cost[key] for key in ("memristors", "sram_6t", "change", "published_change"))
    head = f"readout {readout['features']} x {readout['outputs']}"
    rows: list[tuple[str, ...]] = [(head, "memristors", f"6T, {sram['bits']} bits", "change", "published")]
    for name, key, unit in (
        ("area of the cells", "cell_area", "m2"),
        ("area with periphery", "area", "m2"),
        ("power while it reads", "power", "W"),
        ("energy; power at equal rates", "energy", "J"),
        ("latency", "latency", "s"),
    ):
        values = [
            _area(side[f"{key}_m2"]) if unit == "m2" else format_quantity(side[f"{key}_{unit}"], unit)
            for side in (own, sram)
        ]
        asked = "power" if key == "energy" else key
        said = f"{published[asked]:+.0%}" if asked in published and key not in ("power", "cell_area") else ""
        rows.append((name, *values, f"{change[key]:+.0%}", said))
    return rows


def _area(value: float) -> str:
    return f"{value * 1e12:.4g} um2"
