"""Picture of a Monte-Carlo over chips: how accuracy and energy spread, and what each effect does alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def chip_figure(document: Mapping[str, Any]) -> bytes:
    """Accuracy over the chips with all effects, energy over them, accuracy with each effect alone, as PNG."""
    from matplotlib.figure import Figure

    from memchar.figures import png

    chips = document["chips"]
    everything = [chip for chip in chips if chip["group"] == "all"] or chips
    figure = Figure(figsize=(12, 3.9), layout="constrained")
    left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.25))
    _histogram(left, [100 * chip["accuracy"] for chip in everything], "accuracy of a chip [%]")
    _histogram(middle, [1e12 * chip["energy_per_image_J"] for chip in everything], "energy of an image [pJ]")
    nominal = document["groups"].get("none")
    if nominal is not None:
        left.axvline(100 * nominal["accuracy"]["mean"], color="k", lw=1, ls="--", label="nominal chip")
        middle.axvline(1e12 * nominal["energy_per_image_J"]["mean"], color="k", lw=1, ls="--")
        left.legend(fontsize=7)
    names = [name for name in document["groups"] if name not in ("all", "none")]
    names = [*names, *(name for name in ("all", "none") if name in document["groups"])]
    for place, name in enumerate(names):
        shares = [100 * chip["accuracy"] for chip in chips if chip["group"] == name]
        right.plot(shares, np.full(len(shares), place), "|", ms=9, color="C0", alpha=0.5)
        interval = document["groups"][name]["accuracy_interval_over_images"]
        mean = 100 * document["groups"][name]["accuracy"]["mean"]
        reach = [[mean - 100 * interval["low"]], [100 * interval["high"] - mean]]
        right.errorbar([mean], [place], xerr=reach, fmt="o", ms=4, color="C3", capsize=3)
    right.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    right.set_xlabel("accuracy [%]: chips, mean, 95 % over images")
    right.grid(alpha=0.3)
    return png(figure)


def _histogram(panel: Any, values: list[float], label: str) -> None:
    panel.hist(values, bins=min(max(len(values) // 4, 5), 30), color="C0", alpha=0.8)
    panel.set_xlabel(label)
    panel.set_ylabel("chips")
    panel.grid(alpha=0.3)
