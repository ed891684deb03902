"""How ISI stands against the other codes: the same images, four ways to be fair, and a paired test of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evaluator.encoding_comparison import Comparison, CurvePoint

Points = Mapping[str, "CurvePoint | None"]


def verdict(comparison: Comparison) -> list[str]:
    """How the best ISI code stands against the other codes on the same images, in words."""
    every = comparison.compared
    same = {one.encoding.name: one.same_circuit for one in every}
    cases: Mapping[str, Points] = {
        "own gain, whole window": {one.encoding.name: one.whole for one in every},
        "own gain, within the energy": {one.encoding.name: one.within for one in every},
        "same circuit, whole window": {name: None if one is None else one.whole for name, one in same.items()},
        "same circuit, within the energy": {name: None if one is None else one.within for name, one in same.items()},
    }
    return [line for title, points in cases.items() for line in _against(title, points)]


def _against(title: str, points: Points) -> list[str]:
    """The best ISI code against the best and the worst of the others, by McNemar's test on the same images."""
    from evaluator.paired import paired

    there = {name: point for name, point in points.items() if point is not None}
    mine = {name: point for name, point in there.items() if name.startswith("isi")}
    others = sorted((name for name in there if name not in mine), key=lambda name: there[name].accuracy)
    if not mine or not others:
        return []
    first = max(mine, key=lambda name: mine[name].accuracy)
    lines = [f"{title}: {first} {mine[first].accuracy:.2%}"]
    for word, name in (("best", others[-1]), ("worst", others[0])):
        found = paired(mine[first].correct, there[name].correct)
        chance = f"standard error {100 * found.error:.2f}, McNemar p {found.p_value:.2g}"
        lines.append(
            f"  {100 * found.ahead:+.2f} points ({chance}) against the {word} other code, {name}, "
            f"{there[name].accuracy:.2%}"
        )
    return lines
