"""A population as rows of text, for the command line and the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memchar.quantities import format_quantity

if TYPE_CHECKING:
    from devicefit.estimation.laws import Distribution
    from devicefit.estimation.population import Population

Rows = list[tuple[str, ...]]


def device_rows(population: Population) -> Rows:
    """What differs from device to device, header first."""
    rows: Rows = [("parameter", "devices", "centre", "95 %", "deviation", "95 %", "p", "law")]
    for q in population.quantities:
        level, log = q.device, q.scale == "log"
        bounds = f"{format_quantity(level.centre_low, q.unit, 3)} … {format_quantity(level.centre_high, q.unit, 3)}"
        spread = [_deviation(v, q.unit, log) for v in (level.deviation, level.deviation_low, level.deviation_high)]
        law = "devices not told apart" if level.law is None else _law(level.law)
        if level.alternatives:
            law += f" (or {', '.join(level.alternatives)})"
        centre = format_quantity(level.centre, q.unit, 4)
        where = f"{spread[1]} … {spread[2]}"
        rows.append((q.name, str(level.devices), centre, bounds, spread[0], where, f"{level.p_value:.2g}", law))
    return rows


def cycle_rows(population: Population) -> Rows:
    """What differs from cycle to cycle within a device, header first."""
    rows: Rows = [("parameter", "cycles", "deviation", "95 %", "law")]
    for q in population.varying:
        if q.cycle is not None:
            level, log = q.cycle, q.scale == "log"
            spread = [_deviation(v, q.unit, log) for v in (level.deviation, level.deviation_low, level.deviation_high)]
            rows.append((q.name, str(level.cycles), spread[0], f"{spread[1]} … {spread[2]}", _law(level.law)))
    return rows


def correlation_rows(population: Population) -> Rows:
    """Correlations: between devices those whose interval leaves zero out, within a device all, header first."""
    rows: Rows = [("first", "second", "level", "correlation", "95 %")]
    for pair in population.device_correlations:
        if pair.drawn:
            bounds = f"{pair.low:.2f} … {pair.high:.2f}"
            rows.append((pair.first, pair.second, "devices", f"{pair.value:.2f}", bounds))
    names = [q.name for q in population.varying]
    for j, second in enumerate(names):
        for i, first in enumerate(names[:j]):
            rows.append((first, second, "cycles", f"{population.cycle_correlations[i, j]:.2f}", ""))
    return rows


def _deviation(value: float, unit: str, log: bool) -> str:
    """Of the logarithm (near a relative deviation where small), or in the unit."""
    return f"{value:.3g} of ln" if log else format_quantity(value, unit, 3)


def _law(law: Distribution) -> str:
    inside = ", ".join(f"{name} {value:.4g}" for name, value in law.parameters.items())
    return f"{law.family} ({inside})"
