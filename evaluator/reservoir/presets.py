"""Settings that `memchar evaluate --workload deep-dfr` starts from: found by its own --tune, kept here as numbers.

Each row is what `evaluator.reservoir.tuning` found on the validation part of the task with 200 virtual nodes in one
loop and seed 1, alike for both nodes; the characterized node is that of the shipped cell in the typical corner. Rows
with noise were searched with the thermal noise of the cell's capacitor, for the ideal node with as much of its peak.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from evaluator.reservoir.layers import ReservoirSettings
from evaluator.reservoir.node import TABULATED, Node

Row = tuple[float, float, float, float]
"""separation [1], feedback [1], offset, input scaling [unit of the node]."""

IDEAL: Mapping[tuple[str, bool], Row] = {
    ("narma10", False): (3.37, 0.7416, -0.05206, 0.001426),
    ("narma10", True): (3.68, 0.8599, -0.03064, 0.05214),
    ("mackey-glass", False): (1.67, 0.86, -0.007688, 0.06797),
    ("mackey-glass", True): (1.39, 1.059, -0.007743, 0.09827),
    ("santa-fe", False): (0.463, 0.7861, 0.1859, 0.1922),
    ("santa-fe", True): (1.75, 0.9775, -0.1043, 0.201),
    ("mnist-rows", False): (2.0, 0.6, 0.2, 0.3),
    ("mnist-rows", True): (2.0, 0.6, 0.2, 0.3),
}
CHARACTERIZED: Mapping[tuple[str, bool], Row] = {
    ("narma10", False): (4.05, 1.253, 0.02351, 0.0004519),
    ("narma10", True): (3.81, 1.147, 0.03921, 0.02128),
    ("mackey-glass", False): (3.88, 1.082, 0.3633, 0.001154),
    ("mackey-glass", True): (4.79, 1.177, 0.3568, 0.04036),
    ("santa-fe", False): (2.72, 1.073, 0.3061, 0.002368),
    ("santa-fe", True): (4.59, 0.9864, 0.4537, 0.05805),
    ("mnist-rows", False): (2.0, 0.8, 0.2, 0.05),
    ("mnist-rows", True): (2.0, 0.8, 0.2, 0.05),
}


def preset(task: str, node: Node, start: ReservoirSettings) -> ReservoirSettings:
    """`start` with the kept separation, feedback, offset and input scaling for a task and a kind of node."""
    kept = CHARACTERIZED if node.kind == TABULATED else IDEAL
    separation, feedback, offset, scaling = kept[task, start.noise > 0.0]
    return replace(start, separation=separation, feedback=feedback, offset=offset, input_scaling=scaling)
