"""`memchar monte-carlo`: chips as they finish, kept in one document, with what they say together."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memchar.files import read_text, write_json
from memchar.progress import ProgressCallback
from memchar.quantities import format_quantity

if TYPE_CHECKING:
    from evaluator.chips import ChipResult, ChipWork, Setting
    from evaluator.chips.montecarlo import Elsewhere

KEPT_EVERY = 5.0
"""Finished chips are written this often [s], and in the end."""
QUANTITIES = (("energy_per_image_J", "J"), ("latency_per_image_s", "s"), ("power_W", "W"))
FORMAT = 1


def settings_key(*parts: object) -> str:
    """SHA-256 of all that the chips depend on: results of another key are of other chips."""
    return hashlib.sha256(json.dumps([FORMAT, *parts], sort_keys=True, default=str).encode()).hexdigest()


def finished_chips(path: Path | None, key: str) -> dict[tuple[str, int], ChipResult]:
    """Chips in an earlier result of the same key, by group and number; none where there is no such result."""
    from evaluator.chips import ChipResult

    if path is None or not path.is_file():
        return {}
    try:
        document = json.loads(read_text(path))
        if document["key"] != key:
            return {}
        chips = [ChipResult(**entry) for entry in document["chips"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {(chip.group, chip.number): chip for chip in chips}


def simulate_chips(
    setting: Setting, works: Sequence[ChipWork], head: Mapping[str, Any], output: Path | None,
    progress: ProgressCallback, elsewhere: Elsewhere | None = None, least: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The document of all `works`; those that `output` holds already are not simulated again.

    What is finished is in `output` also when this is interrupted; `head` is what the document says of the settings,
    its `key` among it.
    """
    from evaluator.chips import run_chips

    done = finished_chips(output, str(head["key"]))
    wanted = {(work.group, work.number) for work in works}
    done = {place: chip for place, chip in done.items() if place in wanted}
    left = [work for work in works if (work.group, work.number) not in done]
    written = time.monotonic()
    progress(len(done), len(works))
    try:
        for chip in run_chips(setting, left, elsewhere):
            done[chip.group, chip.number] = chip
            progress(len(done), len(works))
            if output is not None and time.monotonic() - written > KEPT_EVERY:
                write_json(output, chips_document(head, done.values(), len(works), least))
                written = time.monotonic()
    finally:
        document = chips_document(head, done.values(), len(works), least)
        if output is not None and done:
            write_json(output, document)
    return document


def chips_document(
    head: Mapping[str, Any], chips: Iterable[ChipResult], planned: int, least: float | None
) -> dict[str, Any]:
    """Everything for JSON: settings, a summary of each group of chips, and the chips."""
    found = sorted(chips, key=lambda chip: (chip.group, chip.number))
    groups: dict[str, list[ChipResult]] = {}
    for chip in found:
        groups.setdefault(chip.group, []).append(chip)
    return {
        **head,
        "chips_planned": planned,
        "chips_finished": len(found),
        "groups": {name: _summary(members, int(head["images"]), least) for name, members in groups.items()},
        "intervals": "of a mean over chips: Student's law over the chips, on these images; over images: Wilson's, of"
        " the mean accuracy, for other images of the same kind; of the yield: Wilson's over the chips; all 95 %",
        "chips": [asdict(chip) for chip in found],
    }


def _summary(chips: Sequence[ChipResult], images: int, least: float | None) -> dict[str, Any]:
    from evaluator.chips import distribution, wilson

    accuracy = distribution([chip.accuracy for chip in chips])
    summary: dict[str, Any] = {
        "chips": len(chips),
        "accuracy": asdict(accuracy) | {"worst": min(chip.accuracy for chip in chips)},
        "accuracy_interval_over_images": asdict(wilson(accuracy.mean, images)),
        "cells_changed": sum(chip.changed for chip in chips) / len(chips),
        "undecided": sum(chip.undecided for chip in chips) / len(chips),
        "clamped_lookups": sum(chip.clamped_lookups for chip in chips),
    }
    summary |= {name: asdict(distribution([getattr(chip, name) for chip in chips])) for name, _ in QUANTITIES}
    if least is not None:
        good = sum(chip.accuracy >= least for chip in chips)
        share = good / len(chips)
        summary["yield"] = {"least_accuracy": least, "share": share} | asdict(wilson(share, len(chips)))
    return summary


def chip_rows(document: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Groups side by side as text, header first: all effects, none, each alone."""
    header = ("effects", "chips", "accuracy", "deviation", "of the mean", "over images", "5 % of chips", "worst",
              "energy", "5 %", "95 %", "latency")  # fmt: skip
    names = [name for name in ("all", "none") if name in document["groups"]]
    names += [name for name in document["groups"] if name not in names]
    return [header, *(_row(name, document["groups"][name]) for name in names)]


def _row(name: str, group: Mapping[str, Any]) -> tuple[str, ...]:
    accuracy, energy = group["accuracy"], group["energy_per_image_J"]
    images = group["accuracy_interval_over_images"]
    deviation, mean = accuracy["standard_deviation"], accuracy["interval"]
    return (
        name.replace("_", " "),
        str(group["chips"]),
        f"{accuracy['mean']:.2%}",
        "one chip" if deviation is None else f"{deviation:.2%}",
        "one chip" if mean is None else _span(mean),
        _span(images),
        f"{accuracy['p5']:.2%}",
        f"{accuracy['worst']:.2%}",
        format_quantity(energy["mean"], "J"),
        format_quantity(energy["p5"], "J"),
        format_quantity(energy["p95"], "J"),
        format_quantity(group["latency_per_image_s"]["mean"], "s"),
    )


def _span(interval: Mapping[str, float]) -> str:
    return f"{100 * interval['low']:.2f} to {100 * interval['high']:.2f}"


def chip_lines(document: Mapping[str, Any]) -> list[str]:
    """What stands below the rows: yield, origins of the numbers, what nobody knows."""
    lines = [document["intervals"]]
    for name, group in document["groups"].items():
        if name == "all" and "yield" in group:
            good = group["yield"]
            lines.append(f"yield: {good['share']:.1%} of chips reach {good['least_accuracy']:.1%} ({_span(good)} %)")
    lines += [f"from the card: {name.replace('_', ' ')}: {source}" for name, source in document["from_card"].items()]
    for name, values in document["assumed"].items():
        listed = ", ".join(f"{key} {value}" for key, value in values.items())
        lines.append(f"assumed: {name.replace('_', ' ')}: {listed}")
    lines += [f"not in it: {name.replace('_', ' ')}: {why}" for name, why in document["not_known"].items()]
    return lines
