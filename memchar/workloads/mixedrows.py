"""What mixed-precision training found, as figures beside the published ones and as lines of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from memchar.commands.output import columns
from memchar.quantities import format_quantity

UNITS = {"plain_latency": "s", "pipelined_latency": "s", "copied_latency": "s", "energy": "J"}
SHOWN = (
    ("devices", "devices"), ("flops", "FLOPs"), ("arrays", "arrays"), ("arrays_with_copies", "with copies"),
    ("operations", "operations"), ("tile_operations", "tile operations"), ("plain_latency", "latency, plain"),
    ("pipelined_latency", "pipelined"), ("copied_latency", "with copies"), ("energy", "energy an image"),
)  # fmt: skip


def summary(document: Mapping[str, Any]) -> dict[str, Any]:
    """Means over the finished seeds of each mode."""
    found: dict[str, Any] = {}
    for mode in document["plan"]["modes"]:
        ends = [run["epochs"][-1] for run in document["runs"] if run["mode"] == mode and run["finished"]]
        if not ends:
            continue
        found[mode] = {
            "seeds": len(ends),
            "accuracy": _mean([end["accuracy"] for end in ends]),
            "accuracies": [end["accuracy"] for end in ends],
            "processor_seconds_of_an_epoch": _mean(
                [e["processor_seconds"] for run in document["runs"] if run["mode"] == mode for e in run["epochs"]]
            ),
        }
        if mode != "software":
            writes = _mean([end["wear"]["writes_of_a_weight"] for end in ends])
            found[mode] |= {
                "writes_of_a_weight": writes,
                "fewer_writes": ends[0]["steps"] / writes if writes > 0 else None,
                "busiest_cell": max(end["wear"]["busiest_cell"] for end in ends),
            }
    for name in ("transfer", "transfer_card"):
        moved = [run[name] for run in document["runs"] if run.get(name)]
        if moved:
            shares = [share for one in moved for share in one["accuracies"]]
            found[name] = {
                "chips": len(shares), "accuracy": _mean(shares), "worst": min(shares), "spread": moved[0]["spread"],
            }  # fmt: skip
    return found


def figure_rows(document: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Figure, published, here, definition and why they differ; header first."""
    from evaluator.mixedprecision.published import LENET

    found, plan = document["summary"], document["plan"]
    rows = [("figure", "published", "here", "definition; why it differs")]
    images = f"{document['test_images']} test images, {plan['epochs']} epochs of {plan['train_images']}"
    naive = LENET["accuracy_of_naive_updates"]
    for mode, published, why in (
        ("mixed", f"{LENET['accuracy_on_chip']:.2%} (chip)", f"{images}; published 2,560 and 13 of 25,600"),
        ("software", f"{LENET['accuracy_in_software']:.1%}", "the same network, seeds and schedule in float32"),
        ("naive", f"{naive:.1%}", "every weight read, updated, written at every step; published rule not detailed"),
    ):
        if mode in found:
            here = f"{found[mode]['accuracy']:.2%} ({found[mode]['seeds']} seeds)"
            rows.append((f"accuracy, {mode}", published, here, why))
    if "mixed" in found:
        mixed = found["mixed"]
        writes = f"{mixed['writes_of_a_weight']:.2f}"
        rows.append(("writes of a weight", f"{LENET['writes_of_a_weight']:g}", writes, "after the first programming"))
        fewer = "no write" if mixed["fewer_writes"] is None else f"{mixed['fewer_writes']:.0f} times"
        why = "updates of the training over writes of a weight"
        rows.append(("fewer writes than at every step", f"about {LENET['fewer_writes']:g}", fewer, why))
        rows.append(("busiest cell", "-", f"{mixed['busiest_cell']} writes", "published < 220 for VGG-8 and ResNet-18"))
    for name, title in (("transfer", "accuracy on new chips"), ("transfer_card", "on chips of the card's spread")):
        if name in found:
            one = found[name]
            here = f"{one['accuracy']:.2%}, worst {one['worst']:.2%}"
            published = "negligible loss" if name == "transfer" else "-"
            rows.append((title, published, here, f"{one['chips']} chips; {one['spread']}"))
    return rows


def account_rows(document: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Networks side by side, printed and computed; header first."""
    header = ["on arrays"]
    for entry in document["accounts"]:
        rows, across = entry["tile"]
        header += [f"{entry['network']} ({rows}x{across}), published", "here"]
    found = [tuple(header)]
    for name, title in SHOWN:
        cells = [title]
        for entry in document["accounts"]:
            cells += [_figure(name, entry[kind][name]) for kind in ("published", "computed")]
        found.append(tuple(cells))
    for own in document["accounts"][0]["own"]:
        cells = [f"energy, {own}"]
        for entry in document["accounts"]:
            cells += ["-", format_quantity(entry["own"][own]["energy"], "J")]
        found.append(tuple(cells))
    return found


def life_rows(document: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Energy of writes and life of cells, with origins; header first; empty where nothing was trained."""
    life = document["life"]
    if life is None:
        return []
    sources, bound = life["sources"], life["endurance_is"]
    rows = [("programming", "here", "origin")]
    rows.append(("energy of a write", format_quantity(life["energy_of_a_write_J"], "J"), life["energy_origin"]))
    rows.append(("energy of a training", format_quantity(life["energy_of_a_training_J"], "J"), life["energy_origin"]))
    rows.append(("endurance", f"{bound} {life['endurance']:.4g} writes", sources["endurance"]["note"]))
    for cell in ("mean", "busiest"):
        count = life[f"trainings_of_the_{cell}_cell"]
        text = "no write" if count is None else f"{bound} {count:.3g}"
        rows.append((f"trainings of the {cell} cell", text, sources["endurance"]["origin"]))
    return rows


def module_rows(document: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Numbers of the module and where they are from; header first."""
    numbers = document["module"]["numbers"]
    return [("number", "value", "origin", "note"), *(tuple(one.values()) for one in numbers)]


def epoch_rows(document: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Every epoch of every run; header first."""
    rows: list[tuple[str, ...]] = [("run", "epoch", "loss", "accuracy", "writes a weight", "processor")]
    for run in document["runs"]:
        for epoch in run["epochs"]:
            wear = epoch["wear"]
            written = "-" if wear is None else f"{wear['writes_of_a_weight']:.2f}"
            rows.append((f"{run['mode']}, seed {run['seed']}", str(epoch["number"]), f"{epoch['loss']:.3f}",
                         f"{epoch['accuracy']:.2%}", written, f"{epoch['processor_seconds']:.0f} s"))  # fmt: skip
    return rows


def lines(document: Mapping[str, Any]) -> list[str]:
    """All of it."""
    found: list[str] = [f"module: {document['module']['name']}"]
    for rows in (epoch_rows(document), figure_rows(document), life_rows(document), account_rows(document)):
        if rows:
            found += ["", *columns(rows, words=rows[0][0] in ("figure", "programming"))]
    for entry in document["accounts"][:1]:
        found += [f"{name}: {own['origin']}" for name, own in entry["own"].items()]
    return [*found, "", *columns(module_rows(document), words=True)]


def _figure(name: str, value: float) -> str:
    return format_quantity(value, UNITS[name]) if name in UNITS else f"{value:,.0f}"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
