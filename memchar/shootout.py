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
from memchar.plan import ProcedureName
from memchar.progress import ProgressCallback
from memchar.quantities import format_quantity

if TYPE_CHECKING:
    from circuits import Cache, ColumnReadProcedure, TableSet
    from devicefit import DeviceCard
    from evaluator import Evaluation, Mnist

COLUMN: ProcedureName = "column_read"


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
    says why there are no figures.
    """

    contender: Contender
    on_resistance: float
    off_resistance: float
    nominal: Evaluation | None = None
    drawn: Evaluation | None = None
    failure: str = ""

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


def shoot_out(
    contenders: Sequence[Contender], tables: TableSet, images: Mnist, count: int, jobs: int | None, cache: Cache | None,
    progress: ProgressCallback,
) -> Iterator[Standing]:  # fmt: skip
    """One device after the other, in the order given; a device that cannot be evaluated gives its reason.

    Parameters
    ----------
    tables
        Of the neuron, from `memchar run` or `memchar characterize`; its configuration is that of every column.
    images, count
        MNIST, and how many test images are evaluated.
    jobs, cache
        ngspice processes side by side, and where finished points are kept.
    """
    config = with_images(config_of_tables(tables.attributes), count)
    config = config.model_copy(update={"simulation": config.simulation.model_copy(update={"jobs": jobs})})
    for number, contender in enumerate(contenders):
        yield _standing(contender, tables, config, images, cache)
        progress(number + 1, len(contenders))


def _standing(
    contender: Contender, tables: TableSet, config: PipelineConfig, images: Mnist, cache: Cache | None
) -> Standing:
    from devicefit.models.static import off_resistance, on_resistance

    card = contender.card
    on, off = on_resistance(card), off_resistance(card)
    try:
        own = _with_column(card, tables, config, cache)
        alike = config.model_copy(update={"evaluation": config.evaluation.model_copy(update={"device_spread": False})})
        nominal = pipeline.evaluate(own, card, alike, images)
        drawn = pipeline.evaluate(own, card, config, images) if "on_resistance" in card.variability else None
    except MemcharError as error:
        return Standing(contender, on, off, failure=str(error))
    return Standing(contender, on, off, nominal, drawn)


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
        "device", "Ron", "Roff/Ron", "interface gains", "accuracy", "with spread", "latency", "power",
        "energy an image", "in the crossbars", "energy a spike",
    )  # fmt: skip
    rows: list[tuple[str, ...]] = [header]
    first = standings[0].nominal if standings else None
    for one in standings:
        found, ratio = one.nominal, one.off_resistance / one.on_resistance
        head = (one.contender.name, format_quantity(one.on_resistance, "ohm"), f"{ratio:.3g}")
        if found is None:
            rows.append((*head, "not evaluated", *[""] * (len(header) - 4)))
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
            "crossbar_energy_J": one.crossbar_energy if one.nominal is not None else None,
            "nominal": None if one.nominal is None else one.nominal.as_json(),
            "with_spread": None if one.drawn is None else one.drawn.as_json(),
            "failure": one.failure,
        }
        for one in standings
    ]
