"""The page on a fit: data, residuals, intervals, correlations, ranking, in one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import memchar
from memchar.figures import png
from memchar.pictures import Picture, embed
from memchar.quantities import format_quantity

if TYPE_CHECKING:
    from devicefit.cycles.result import ModelFit

Rows = Sequence[tuple[str, ...]]


def fit_page(fit: ModelFit, ranking: Rows = (), override: str | None = None) -> str:
    """HTML of one fit.

    Parameters
    ----------
    fit
        The fit shown.
    ranking
        Rows of text, header first, where models were ranked.
    override
        Why an unusable fit was exported all the same.
    """
    from jinja2 import Environment, PackageLoader, select_autoescape

    from devicefit.models.registry import model_of

    model = model_of(fit.card)
    environment = Environment(loader=PackageLoader("memchar"), autoescape=select_autoescape(default=True))
    return environment.get_template("fit.html.j2").render(
        version=memchar.__version__,
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        card=fit.card,
        title=model.title,
        validity=model.validity,
        equations=model.equations,
        sources=model.sources,
        faults=fit.faults,
        override=override,
        headline=headline(fit),
        ranking=ranking,
        figures=_figures(fit),
        parameters=_parameters(fit),
        undetermined=undetermined_lines(fit),
        spread=_spread(fit),
        excluded=[("file", "reason"), *fit.excluded] if fit.excluded else (),
        provenance=[("fact", "value"), *fit.card.provenance.items()],
    )


def headline(fit: ModelFit) -> list[dict[str, str]]:
    """The figures of merit, as name and value."""
    curves = len(fit.curves)
    return [
        {"name": "fitted together", "value": f"{curves} traces, {len(fit.cycles)} cycles"},
        {"name": "median current error", "value": f"{fit.errors.current:.1%}"},
        {"name": "median switching voltage error", "value": format_quantity(fit.errors.event, "V", 2)},
        {"name": "parameters determined", "value": f"{len(fit.intervals)}"},
        {"name": "verdict", "value": "usable" if fit.usable else "not usable"},
    ]


def undetermined_lines(fit: ModelFit) -> list[str]:
    """What the data do not determine, a sentence each."""
    lines = [f"{name}: {reason}" for name, reason in fit.undetermined.items()]
    return lines + list(fit.identifiability.combinations)


def interval_text(fit: ModelFit, name: str) -> str:
    """The 95 % interval of a parameter; empty where it has none."""
    bounds = fit.intervals.get(name)
    if bounds is None:
        return ""
    low, high = (format_quantity(value, bounds.unit, 3) for value in (bounds.lower, bounds.upper))
    if bounds.open_below and bounds.open_above:
        return "no limit"
    if bounds.open_below:
        return f"at most {high}"
    return f"at least {low}" if bounds.open_above else f"{low} … {high}"


def _parameters(fit: ModelFit) -> list[dict[str, str]]:
    from devicefit.models.registry import model_of

    model = model_of(fit.card)
    rows = []
    for name, p in fit.card.parameters.items():
        note = f"{model.spec(name).meaning}; {p.note}" if p.note else model.spec(name).meaning
        error = "" if p.standard_error is None else format_quantity(p.standard_error, p.unit, 2)
        value = format_quantity(p.value, p.unit, 4)
        row = {"name": name, "value": value, "interval": interval_text(fit, name), "error": error}
        rows.append(row | {"origin": p.origin, "note": note})
    return rows


def _spread(fit: ModelFit) -> list[tuple[str, ...]]:
    if not fit.card.variability:
        return []
    rows: list[tuple[str, ...]] = [("quantity", "median", "10 %", "90 %", "mean", "deviation", "cycles")]
    for name, s in fit.card.variability.items():
        values = (s.median, s.p10, s.p90, s.mean, s.standard_deviation)
        rows.append((name, *(format_quantity(value, s.unit, 3) for value in values), str(s.count)))
    return rows


def _figures(fit: ModelFit) -> list[Picture]:
    from devicefit.cycles import plots

    drawn = [
        (plots.plot_traces(fit), "Measured traces (dots) and the model with the values of the same cycle (lines)"),
        (plots.plot_residuals(fit), "Residuals over voltage, and fitted against measured switching voltages"),
        (plots.plot_intervals(fit), "95 % intervals of the fitted parameters"),
        (plots.plot_correlations(fit), "Correlations between the estimates"),
        (plots.plot_cycle_values(fit), "Values that each cycle has of its own"),
    ]
    return [embed(title, png(figure)) for figure, title in drawn if figure is not None]
