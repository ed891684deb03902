"""The same accelerator with one device after the other: what of its figures the device decides.

The neuron's tables are taken as they are; the column is characterized anew with each card, in the same circuit (select
element, drivers, wires, read pulse), and the same weights are evaluated on the same images. What follows the device are
its two resistances, its curvature at the read voltage, and its spread where a card has one. The current gain of the
column interface follows from the tables, as in `memchar evaluate`: a weaker device needs a larger one, and gets it here
from an ideal interface. It stands in the table for that reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measurements.errors import InputError, MemcharError
from memchar import pipeline
from memchar.config import PipelineConfig, config_of_tables, with_images
from memchar.designtables import Workshop, design_tables, network_of
from memchar.plan import ProcedureName
from memchar.progress import ProgressCallback
from memchar.quantities import format_quantity

if TYPE_CHECKING:
    from circuits import Cache, ColumnReadProcedure, TableSet
    from devicefit import DeviceCard
    from devicefit.heat import SinkComparison
    from evaluator import Evaluation, Mnist

COLUMN: ProcedureName = "column_read"
WITHIN = 0.01
"""Accuracy that a device gives up for less energy, in the choice of its series element [1]."""


@dataclass(frozen=True, eq=False)
class Contender:
    """A device that takes part; `origin` says where its card comes from."""

    name: str
    card: DeviceCard
    origin: str


@dataclass(frozen=True, eq=False)
class Standing:
    """What one device makes of the accelerator.

    `nominal` has all cells alike, `drawn` each cell from the card's cycle-to-cycle spread (None without one); `failure`
    says why there are no figures. `select_resistance` [ohm] is the series element that it was read with, `area` that of
    the accelerator, packed, [m^2].
    """

    contender: Contender
    on_resistance: float
    off_resistance: float
    select_resistance: float
    area: float
    nominal: Evaluation | None = None
    drawn: Evaluation | None = None
    failure: str = ""

    @property
    def figures(self) -> Evaluation | None:
        """With drawn cells where the card has a spread, else with all alike."""
        return self.drawn or self.nominal

    @property
    def crossbar_energy(self) -> float:
        """Energy of an image that the crossbars take [J]."""
        found = self.nominal.breakdown_J if self.nominal is not None else {}
        return sum(value for block, value in found.items() if block.startswith("crossbar"))


def published_contenders() -> list[Contender]:
    """Every card of the registry that is somebody's device: published parameter sets, not examples of a model."""
    from devicefit.models.registry import MODELS

    return [
        Contender(f"{model.name}: {name}", card, "assumed" if "assumed" in name else "published card")
        for model in MODELS.values()
        for name, card in model.cards.items()
        if not card.synthetic
    ]


def read_contenders(paths: Sequence[Path]) -> list[Contender]:
    """Cards of files, by device and cell."""
    from memchar.files import read_card

    found = []
    for path in paths:
        card = read_card(path)
        origin = "fitted to synthetic data" if card.synthetic else "fitted to measurements"
        found.append(Contender(card.label, card, origin))
    names = [one.name for one in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"two cards are of {twice[0]}", hint="give each device once")
    return found


def with_better_sink(contender: Contender, sink: SinkComparison) -> Contender:
    """The same device on the second electrode of a comparison: the spread of its on resistance falls with the rise.

    What varies from cycle to cycle is taken to be heat's alone, an upper bound of what a better heat path narrows: the
    logarithm of (resistance - series resistance)/(median - series resistance) is multiplied by the ratio of the
    filament's temperature rises at equal power. Resistances themselves are left as they are.

    Raises
    ------
    InputError
        The card has no spread of its on resistance.
    """
    card = contender.card
    spread = card.variability.get("on_resistance")
    if spread is None:
        raise InputError(f"device card {card.label} has no spread of on_resistance that a heat path could narrow")
    series = card.value("series_resistance") if "series_resistance" in card.parameters else 0.0
    share, middle = sink.change["rise"], spread.median - series

    def narrowed(value: float) -> float:
        return float(series + middle * ((value - series) / middle) ** share)

    cooled = replace(spread, p10=narrowed(spread.p10), p90=narrowed(spread.p90))
    name = f"{contender.name}, {sink.second.electrode} for {sink.first.electrode}"
    changed = replace(card, variability={**card.variability, "on_resistance": cooled})
    return Contender(name, changed, f"{contender.origin}; spread x {share:.2f} by the thermal model")


def shoot_out(
    contenders: Sequence[Contender], tables: TableSet, images: Mnist, count: int, jobs: int | None, cache: Cache | None,
    progress: ProgressCallback, selects: Sequence[float] = (), *, whole: bool = False,
) -> Iterator[Standing]:  # fmt: skip
    """One device after the other, in the order given; a device that cannot be evaluated gives its reason.

    Parameters
    ----------
    tables
        Of the neuron, from `memchar run`, `memchar characterize` or `memchar explore --tables-output`; their
        configuration is that of every column.
    images, count
        MNIST, and how many test images are evaluated.
    jobs, cache
        ngspice processes side by side, and where finished points are kept.
    selects
        Series elements that each device is tried with [ohm]; that of the tables for none. See `best_of`.
    whole
        Row driver, encoder, decoder and column interface are characterized around each device as `memchar explore`
        does; else they are those of the tables.
    """
    config = with_images(config_of_tables(tables.attributes), count)
    config = config.model_copy(update={"simulation": config.simulation.model_copy(update={"jobs": jobs})})
    for number, contender in enumerate(contenders):
        yield best_of([
            _standing(contender, tables, _selected(config, value), images, cache, whole=whole)
            for value in selects or (config.array.select_resistance,)
        ])  # fmt: skip
        progress(number + 1, len(contenders))


def best_of(tried: Sequence[Standing]) -> Standing:
    """Of those within `WITHIN` of the best accuracy, the one with the least energy; the first failure where all fail.

    Accuracies are those with the spread, where a card has one.
    """
    found = [one for one in tried if one.figures is not None]
    if not found:
        return tried[0]
    best = max(one.figures.accuracy for one in found if one.figures)
    near = [one for one in found if one.figures and one.figures.accuracy >= best - WITHIN]
    return min(near, key=lambda one: one.figures.energy_per_image_J if one.figures else 0.0)


def _selected(config: PipelineConfig, select_resistance: float) -> PipelineConfig:
    array = config.array.model_copy(update={"select_resistance": select_resistance})
    return config.model_copy(update={"array": array})


def _standing(
    contender: Contender, tables: TableSet, config: PipelineConfig, images: Mnist, cache: Cache | None, *, whole: bool
) -> Standing:
    from devicefit.models.static import off_resistance, on_resistance
    from memchar.exploration import packed_area

    card = contender.card
    select = config.array.select_resistance
    made = Standing(contender, on_resistance(card), off_resistance(card), select, float("nan"))
    try:
        sized, own = _own_tables(card, tables, config, images, cache, whole=whole)
        alike = config.model_copy(update={"evaluation": config.evaluation.model_copy(update={"device_spread": False})})
        nominal = pipeline.evaluate(own, card, alike, images)
        drawn = pipeline.evaluate(own, card, config, images) if "on_resistance" in card.variability else None
    except MemcharError as error:
        return replace(made, failure=str(error))
    return replace(made, area=packed_area(sized, network_of(sized)), nominal=nominal, drawn=drawn)


def _own_tables(
    card: DeviceCard, tables: TableSet, config: PipelineConfig, images: Mnist, cache: Cache | None, *, whole: bool
) -> tuple[PipelineConfig, TableSet]:
    """Tables around this card, with the column's or, for `whole`, with all but the neuron's made anew."""
    if not whole:
        return config, _with_column(card, tables, config, cache)
    shop = Workshop(tables, config, card, images, cache, config.simulation.jobs)
    return design_tables(config, shop)


def _with_column(card: DeviceCard, tables: TableSet, config: PipelineConfig, cache: Cache | None) -> TableSet:
    """The tables with a column of this card."""
    from circuits import ColumnReadProcedure
    from circuits.tables import TableSet

    chosen = {COLUMN: config.plan.procedures[COLUMN]} if COLUMN in config.plan.procedures else {}
    if not chosen:
        raise InputError(f"the tables were made without {COLUMN}", hint="take those of memchar run")
    alone = config.model_copy(update={"plan": config.plan.model_copy(update={"procedures": chosen})})
    circuits = pipeline.compose(card, alone)
    wide = tuple(_wide_enough(one, card) for one in circuits.procedures if isinstance(one, ColumnReadProcedure))
    made = pipeline.characterize(replace(circuits, procedures=wide), alone, cache=cache)
    datasets = {name: table.dataset for name, table in tables.items()} | {COLUMN: made[COLUMN].dataset}
    return TableSet.of(datasets, tables.attributes)


def _wide_enough(procedure: ColumnReadProcedure, card: DeviceCard) -> ColumnReadProcedure:
    """The column with axes that hold the card's on resistance and the mean row of each of the network's layers."""
    from devicefit.models.static import off_resistance, on_resistance
    from evaluator import load_network, mean_row_load, shipped_weights

    on, off, select = on_resistance(card), off_resistance(card), procedure.select_resistance
    load = max(mean_row_load(one, on + select, off + select) for one in load_network(shipped_weights()).weights)
    least, most = min(procedure.device_resistance), max(procedure.row_load)
    return replace(
        procedure,
        device_resistance=(*((0.9 * on,) if on < least else ()), *procedure.device_resistance),
        row_load=(*procedure.row_load, *((1.1 * load,) if load > most else ())),
    )


def standing_rows(standings: Sequence[Standing]) -> list[tuple[str, ...]]:
    """Side by side as text, header first; percentages in brackets are against the first device."""
    header = (
        "device", "Ron", "Roff/Ron", "in series", "interface gains", "accuracy", "with spread", "latency", "power",
        "energy an image", "in the crossbars", "energy a spike", "area",
    )  # fmt: skip
    rows: list[tuple[str, ...]] = [header]
    first = standings[0].nominal if standings else None
    for one in standings:
        found, ratio = one.nominal, one.off_resistance / one.on_resistance
        ohms = [format_quantity(value, "ohm") for value in (one.on_resistance, one.select_resistance)]
        head = (one.contender.name, ohms[0], f"{ratio:.3g}", ohms[1])
        if found is None:
            rows.append((*head, "not evaluated", *[""] * (len(header) - 5)))
            continue
        spread = "none known" if one.drawn is None else f"{one.drawn.accuracy:.2%}"
        rows.append(
            (
                *head,
                ", ".join(f"{gain:.3g}" for gain in found.gains),
                f"{found.accuracy:.2%}",
                spread,
                _against(found.latency_per_image_s, None if first is None else first.latency_per_image_s, "s"),
                _against(found.power_W, None if first is None else first.power_W, "W"),
                _against(found.energy_per_image_J, None if first is None else first.energy_per_image_J, "J"),
                format_quantity(one.crossbar_energy, "J"),
                format_quantity(found.energy_per_spike_J, "J"),
                f"{one.area * 1e6:.3g} mm2",
            )
        )
    return rows


def failure_lines(standings: Sequence[Standing]) -> list[str]:
    """Why devices have no figures."""
    return [f"{one.contender.name} was not evaluated: {one.failure}" for one in standings if one.failure]


def _against(value: float, first: float | None, unit: str) -> str:
    text = format_quantity(value, unit)
    return text if not first or value == first else f"{text} ({value / first - 1.0:+.0%})"


def standing_document(standings: Sequence[Standing]) -> list[Mapping[str, Any]]:
    """The same for JSON."""
    return [
        {
            "device": one.contender.name,
            "origin": one.contender.origin,
            "model": one.contender.card.model,
            "on_resistance_ohm": one.on_resistance,
            "off_resistance_ohm": one.off_resistance,
            "select_resistance_ohm": one.select_resistance,
            "area_m2": one.area if one.nominal is not None else None,
            "crossbar_energy_J": one.crossbar_energy if one.nominal is not None else None,
            "nominal": None if one.nominal is None else one.nominal.as_json(),
            "with_spread": None if one.drawn is None else one.drawn.as_json(),
            "failure": one.failure,
        }
        for one in standings
    ]
