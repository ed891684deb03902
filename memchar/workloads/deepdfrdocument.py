"""The workload deep-dfr: a deep delay-feedback reservoir on the characterized node, its readout in memristors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.constants import Boltzmann

from measurements.errors import InputError
from memchar.workloads.deepdfrplan import TASKS, DeepDfrPlan

if TYPE_CHECKING:
    from circuits.tables import TableSet
    from devicefit import DeviceCard
    from evaluator.reservoir.layers import ReservoirSettings
    from evaluator.reservoir.node import Node
    from evaluator.reservoir.tasks import Task
    from evaluator.reservoir.training import Trained

SERIES_LIMIT = 1 << 24
"""Largest file of a series [bytes]."""


@dataclass(frozen=True, eq=False)
class Sources:
    """Where series and images come from: a file of the laser's series, a folder of MNIST; None for the usual places."""

    series: Path | None = None
    mnist: Path | None = None


def deep_dfr(
    tables: TableSet, card: DeviceCard, plan: DeepDfrPlan, sources: Sources, say: Callable[[str], None]
) -> dict[str, Any]:
    """Everything about a reservoir on one device, as a document; `say` is told what is being done.

    Raises
    ------
    InputError
        The tables have no node, the card has no variation, a task that was asked for has no data, or the reservoir
        diverges or does not forget its past.
    """
    from evaluator.reservoir.node import characterized_node, mackey_glass_node
    from memchar.workloads.deepdfrheat import markers

    circuit, ideal = characterized_node(tables), mackey_glass_node(plan.exponent)
    column = tables["column_read"].dataset.attrs if "column_read" in tables else {}
    marked = markers(card, plan.sink, float(column.get("select_resistance", 0.0)))
    tasks, missing = _tasks(plan, sources)
    document: dict[str, Any] = {
        "workload": "deep-dfr",
        "device": card.label,
        "synthetic": card.synthetic,
        "plan": plan.model_dump(mode="json"),
        "node": _node_document(tables, circuit),
        "missing": missing,
        "markers": [asdict(one) for one in marked],
        "tasks": {},
    }
    for task in tasks:
        say(task.name)
        document["tasks"][task.name] = _task_document(
            tables, card, plan, task, [ideal, circuit], [m.variation for m in marked], missing
        )
    return document


def _tasks(plan: DeepDfrPlan, sources: Sources) -> tuple[list[Task], dict[str, str]]:
    """Tasks with their data, and why others are left out where nobody asked for them by name."""
    found: list[Task] = []
    missing: dict[str, str] = {}
    for name in plan.tasks or TASKS:
        try:
            found.append(_task(name, plan, sources))
        except InputError as error:
            if plan.tasks is not None:
                raise
            missing[name] = str(error)
    return found, missing


def _task(name: str, plan: DeepDfrPlan, sources: Sources) -> Task:
    from evaluator import load_mnist
    from evaluator.reservoir import tasks
    from evaluator.reservoir.baseline import santa_fe_of_reservoirpy

    if name == "narma10":
        return tasks.narma10(plan.seed)
    if name == "mackey-glass":
        return tasks.mackey_glass(plan.seed)
    if name == "santa-fe":
        found = santa_fe_of_reservoirpy() if sources.series is None else read_series(sources.series)
        return tasks.santa_fe(*found)
    mnist = load_mnist(sources.mnist)
    train, test = plan.training_images, plan.test_images
    return tasks.mnist_rows(
        mnist.train_images[:train], mnist.train_labels[:train], mnist.test_images[:test], mnist.test_labels[:test]
    )


def read_series(path: Path) -> tuple[np.ndarray[Any, np.dtype[np.float64]], str]:
    """A series from a text file, a number a line or in one column, and the file's name.

    Raises
    ------
    InputError
        The file cannot be read, is too large, or a line is not a number.
    """
    try:
        size = path.stat().st_size
        lines = path.read_text(encoding="utf-8").split() if size <= SERIES_LIMIT else []
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read as text: {error}", path=path) from error
    if size > SERIES_LIMIT:
        raise InputError(f"has {size} bytes, a series at most {SERIES_LIMIT}", path=path)
    values = np.empty(len(lines))
    for number, word in enumerate(lines):
        try:
            values[number] = float(word)
        except ValueError as error:
            raise InputError(f"value {number + 1}, {word[:20]!r}, is not a number", path=path) from error
    return values, path.name


def _task_document(
    tables: TableSet, card: DeviceCard, plan: DeepDfrPlan, task: Task, nodes: list[Node], marked: list[float],
    missing: dict[str, str],
) -> dict[str, Any]:  # fmt: skip
    """One task: every node at every depth, the baseline, and the readout of the characterized node in memristors."""
    from evaluator.reservoir.baseline import echo_state_network, has_reservoirpy

    rows: list[dict[str, Any]] = []
    looked_at: Trained | None = None
    for node in nodes:
        for noisy in (False, True):
            start = _start(plan, plan.depth[0], node, tables if noisy else None)
            settings, tries = _settings(plan, task, node, start)
            for depth in plan.depth if not noisy else plan.depth[:1]:
                own = replace(settings, depth=depth, nodes=plan.nodes // depth)
                trained, row = _trained_row(task, node, own, noisy)
                rows.append(row | {"tuned": tries})
                if node.unit == "V" and noisy and depth == plan.depth[0]:
                    looked_at = trained
    if has_reservoirpy() and task.kind == "series":
        found = echo_state_network(task, plan.nodes, plan.seed)
        row = {
            "node": f"echo-state network (reservoirpy {found.version})",
            "depth": 1,
            "noise": False,
            "nodes": plan.nodes,
        }
        rows.append(row | _errors(found.trained))
    elif not has_reservoirpy():
        missing["echo-state network"] = "reservoirpy is not installed: pip install 'memchar[reservoir]'"
    assert looked_at is not None  # the characterized node is among the nodes
    return {
        "definition": task.definition,
        "kind": task.kind,
        "results": rows,
        "readout": _readout_document(tables, card, plan, looked_at, marked, missing),
    }


def _start(plan: DeepDfrPlan, depth: int, node: Node, noisy: TableSet | None) -> ReservoirSettings:
    from evaluator.reservoir.layers import ReservoirSettings

    noise = 0.0 if noisy is None else thermal_noise(noisy) * (1.0 if node.unit == "V" else _peak_ratio(noisy, node))
    return ReservoirSettings(
        nodes=plan.nodes // depth, depth=depth, delay=plan.delay, mask=plan.mask, seed=plan.seed, noise=noise
    )


def thermal_noise(tables: TableSet) -> float:
    """sqrt(kT/C) of the node's capacitor and load [V]; what its transistors add is not in it."""
    attributes = tables["reservoir_node"].dataset.attrs
    capacitance = float(attributes["reservoir_node_output_capacitance"]) + float(
        attributes["reservoir_node_output_load"]
    )
    return float(np.sqrt(Boltzmann * float(attributes["temperature"]) / capacitance))


def _peak_ratio(tables: TableSet, node: Node) -> float:
    """Peak of an ideal node over that of the characterized one [1/V]: noise of the same share of it."""
    ideal = float(np.max(node(np.linspace(0.0, 10.0, 10_001))))
    return ideal / float(tables["reservoir_node"].dataset["output_voltage"].max())


def _settings(plan: DeepDfrPlan, task: Task, node: Node, start: ReservoirSettings) -> tuple[ReservoirSettings, int]:
    """Settings of the plan, of the search, or kept ones, and how many tries the search made."""
    from evaluator.reservoir.presets import preset
    from evaluator.reservoir.tuning import tuned

    if plan.tune:
        found, _ = tuned(task, node, start, plan.tune, plan.seed)
    else:
        found = preset(task.name, node, start)
    given = {name: getattr(plan, name) for name in ("separation", "feedback", "input_scaling", "offset")}
    return replace(found, **{name: value for name, value in given.items() if value is not None}), plan.tune


def _trained_row(task: Task, node: Node, settings: ReservoirSettings, noisy: bool) -> tuple[Trained, dict[str, Any]]:
    from evaluator.reservoir.training import train_task

    trained = train_task(task, node, settings)
    row: dict[str, Any] = {"node": node.name, "depth": settings.depth, "noise": noisy, "nodes": settings.total}
    if node.time_constant is not None:
        row["step_time_s"] = settings.nodes * settings.separation * node.time_constant  # all loops run side by side
    return trained, row | _errors(trained) | {"settings": asdict(settings)}


def _errors(trained: Trained) -> dict[str, Any]:
    found: dict[str, Any] = {
        "error": trained.test_error,
        "validation_error": trained.validation_error,
        "penalty": trained.readout.penalty,
    }
    return found if trained.task.kind == "series" else found | {"accuracy": 1.0 - trained.test_error}


def _readout_document(
    tables: TableSet,
    card: DeviceCard,
    plan: DeepDfrPlan,
    trained: Trained,
    marked: list[float],
    missing: dict[str, str],
) -> dict[str, Any]:
    from devicefit.models.static import off_resistance, on_resistance
    from evaluator.reservoir.memristors import CellPairs
    from evaluator.reservoir.variation import mapped_readout, variation_curve
    from memchar.workloads.deepdfrcost import cost_document, memristor_cost, missing_tables, sram_cost, weight_bits

    column = tables["column_read"].dataset.attrs if "column_read" in tables else {}
    series = float(column.get("select_resistance", 0.0))
    pairs = CellPairs(
        1.0 / (on_resistance(card) + series), 1.0 / (off_resistance(card) + series), plan.levels, plan.slices
    )
    asked = sorted({*plan.variation, *marked})
    curve = variation_curve(trained, pairs, asked, plan.chips, plan.seed)
    mapped = mapped_readout(trained, pairs)
    document: dict[str, Any] = {
        "digital_error": trained.test_error,
        "levels": pairs.levels,
        "slices": pairs.slices,
        "on_conductance_S": pairs.on_conductance,
        "off_conductance_S": pairs.off_conductance,
        "features": mapped.plus.shape[1],
        "outputs": mapped.plus.shape[2],
        "curve": [asdict(point) for point in curve],
    }
    lacking = missing_tables(tables)
    if lacking:
        missing["area, power, latency"] = f"no table {', '.join(lacking)}; characterize examples/deep_dfr.toml"
        return document
    bits = weight_bits(pairs.levels, pairs.slices)
    memristors = memristor_cost(tables, card, mapped, trained.training_rows[0])
    sram = sram_cost(tables, document["features"], document["outputs"], bits)
    return document | {"cost": cost_document(memristors, sram, bits)}


def _node_document(tables: TableSet, node: Node) -> dict[str, Any]:
    data = tables["reservoir_node"].dataset
    inputs, outputs = data["input_voltage"].to_numpy(), data["output_voltage"].to_numpy()
    used = outputs > 0.05 * outputs.max()

    def middle(name: str) -> float:
        return float(np.median(data[name].to_numpy()[used]))

    return {
        "input_voltage_V": inputs.tolist(),
        "output_voltage_V": outputs.tolist(),
        "peak_V": float(outputs.max()),
        "peak_at_V": float(inputs[int(np.argmax(outputs))]),
        "time_constant_s": node.time_constant,
        "settling_time_s": middle("settling_time"),
        "power_W": middle("power"),
        "bias_power_W": middle("bias_power"),
        "energy_J": middle("energy"),
        "evaluation_time_s": float(data.attrs["evaluation_time"]),
        "thermal_noise_V": thermal_noise(tables),
        "technology": str(data.attrs["technology"]),
    }
