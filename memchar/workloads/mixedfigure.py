"""Picture and page of mixed-precision training."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import memchar
from memchar.workloads.mixedrows import account_rows, epoch_rows, figure_rows, life_rows, module_rows

COLOURS = {"mixed": "C0", "software": "C2", "naive": "C3"}
PUBLISHED = {"mixed": "accuracy_on_chip", "software": "accuracy_in_software", "naive": "accuracy_of_naive_updates"}


def mixed_figure(document: Mapping[str, Any]) -> bytes:
    """Accuracy and writes over the epochs, and the networks' latencies and energies, published and here, as PNG."""
    from matplotlib.figure import Figure

    from memchar.figures import png

    figure = Figure(figsize=(13, 4), layout="constrained")
    left, middle, right = figure.subplots(1, 3, width_ratios=(1.1, 1, 1.3))
    _accuracy(left, document)
    _writes(middle, document)
    _networks(right, document)
    return png(figure)


def mixed_page(document: Mapping[str, Any]) -> str:
    """Everything on one HTML page."""
    from jinja2 import Environment, PackageLoader, select_autoescape

    environment = Environment(loader=PackageLoader("memchar"), autoescape=select_autoescape(default=True))
    return environment.get_template("mixedprecision.html.j2").render(
        version=memchar.__version__,
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        module=document["module"]["name"],
        picture="data:image/png;base64," + base64.b64encode(mixed_figure(document)).decode("ascii"),
        figures=figure_rows(document),
        life=life_rows(document),
        accounts=account_rows(document),
        origins=[(name, own["origin"]) for name, own in document["accounts"][0]["own"].items()],
        numbers=module_rows(document),
        epochs=epoch_rows(document),
        plan=[("setting", "value"), *((name, str(value)) for name, value in document["plan"].items())],
    )


def _accuracy(panel: Any, document: Mapping[str, Any]) -> None:
    from evaluator.mixedprecision.published import LENET

    shown = set()
    for run in document["runs"]:
        mode = run["mode"]
        numbers = [epoch["number"] for epoch in run["epochs"]]
        shares = [100 * epoch["accuracy"] for epoch in run["epochs"]]
        panel.plot(numbers, shares, "o-", ms=3, lw=1, color=COLOURS[mode], label=None if mode in shown else mode)
        if mode not in shown:
            panel.axhline(100 * LENET[PUBLISHED[mode]], color=COLOURS[mode], lw=0.8, ls="--")
        shown.add(mode)
    panel.set(xlabel="epoch", ylabel="accuracy [%], published dashed")
    panel.grid(alpha=0.3)
    if shown:
        panel.legend(fontsize=8)


def _writes(panel: Any, document: Mapping[str, Any]) -> None:
    for run in document["runs"]:
        if run["mode"] == "software":
            continue
        steps = [epoch["steps"] for epoch in run["epochs"]]
        panel.plot(
            steps,
            [epoch["wear"]["writes_of_a_weight"] for epoch in run["epochs"]],
            "o-",
            ms=3,
            lw=1,
            color=COLOURS[run["mode"]],
        )
        panel.plot(steps, [step / 500 for step in steps], color="k", lw=0.8, ls="--")
    panel.set(xlabel="updates", ylabel="writes of a weight; dashed: 1/500 of the updates", yscale="log")
    panel.grid(alpha=0.3, which="both")


def _networks(panel: Any, document: Mapping[str, Any]) -> None:
    names = [entry["network"] for entry in document["accounts"]]
    kinds = (("plain_latency", 1e3, "plain [ms]"), ("pipelined_latency", 1e3, "pipelined [ms]"),
             ("copied_latency", 1e3, "copied [ms]"), ("energy", 1e3, "energy [mJ]"))  # fmt: skip
    for place, (name, scale, _) in enumerate(kinds):
        for number, entry in enumerate(document["accounts"]):
            at = place + 0.25 * (number - 1)
            panel.plot(at, scale * entry["published"][name], "k_", ms=14)
            panel.plot(at, scale * entry["computed"][name], "o", ms=5, color=f"C{number}")
    for number, name in enumerate(names):
        panel.plot([], [], "o", color=f"C{number}", label=name)
    panel.plot([], [], "k_", label="published")
    panel.set_xticks(range(len(kinds)), [label for _, _, label in kinds], fontsize=8)
    panel.set_yscale("log")
    panel.grid(alpha=0.3, axis="y")
    panel.legend(fontsize=8)
