"""The whole job into one folder: calls the five stages in order and writes what each gives as soon as it is there."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memchar import pipeline
from memchar.characterization import characterize_variants, save_as_finished, save_tables
from memchar.config import PipelineConfig
from memchar.figures import fit_figure, variability_figure, waveform_figure
from memchar.files import write_bytes, write_json, write_text
from memchar.plan import Plan
from memchar.progress import show_progress
from memchar.variants import config_of, variants

if TYPE_CHECKING:
    from circuits.tables import TableSet
    from circuits.validate import ValidationReport
    from devicefit import DeviceCard
    from memchar.pipeline import Circuits

CACHE = "characterize.cache"
_WAVEFORM_VECTORS = (("v(mem)", "membrane [V]"), ("v(spk)", "spike [V]"), ("i(vdd)", "i(vdd) [A]"))


@dataclass(frozen=True)
class RunSummary:
    """What `run_all` made: the card, the evaluation document, and the seconds each stage took."""

    card: DeviceCard
    evaluation: dict[str, Any]
    seconds: dict[str, float]


@dataclass
class _Clock:
    """Names each stage on standard error and keeps its wall time."""

    quiet: bool
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        if not self.quiet:
            print(f"memchar: {name}", file=sys.stderr, flush=True)
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start


def run_all(
    config: PipelineConfig,
    run: Path,
    *,
    data: Path | None = None,
    mnist: Path | None = None,
    quiet: bool = False,
) -> RunSummary:
    """Run all stages into folder `run`; a call that was interrupted finds its finished ngspice points again.

    Raises
    ------
    MemcharError
        The stage that failed says why; everything written before stays.
    """
    from circuits import Cache
    from evaluator import load_mnist, load_network, shipped_weights
    from memchar.macro import compare_macro
    from memchar.netfigures import area_document
    from memchar.rate import compare_rate
    from memchar.report import build_report

    config = config_of(config, variants(config)[0])
    require_all_procedures(config)
    clock = _Clock(quiet)
    with clock.stage("measure"):
        card = _measure_and_fit(config, run, data, clock)
    with clock.stage("compose"):
        circuits = pipeline.compose(card, config)
        _write_decks(circuits, run / "decks")
    with clock.stage("characterize"):
        stage = partial(show_progress, quiet=quiet)
        found = characterize_variants(card, config, stage, cache=Cache(run / CACHE))
        tables = save_as_finished(run / "tables.h5", found)[0]
        write_bytes(run / "figures" / "neuron_waveform.png", _neuron_waveform(circuits))
    with clock.stage("validate"), show_progress("validate", quiet=quiet) as progress:
        report = pipeline.validate(circuits, tables, config, progress=progress)
        record_validation(run / "tables.h5", tables, report)
        validation = report.to_json()
        validation["neuron_rate"] = compare_rate(circuits, tables, config)
        write_json(run / "validation.json", validation)
    with clock.stage("evaluate"):
        evaluation = pipeline.evaluate(tables, card, config, load_mnist(mnist)).as_json()
        evaluation["area"] = area_document(load_network(shipped_weights()), config)
        write_json(run / "evaluation.json", evaluation)
    if config.simulation.macro_images:
        with clock.stage("macro"), show_progress("macro", quiet=quiet) as progress:
            macro = compare_macro(
                "16x8x4",
                card,
                tables,
                config,
                images=config.simulation.macro_images,
                mnist=mnist,
                cache=Cache(run / CACHE),
                progress=progress,
            )
            write_json(run / "validation.json", validation | {"macro": macro})
    with clock.stage("report"):
        write_text(run / "report.html", build_report(run))
    return RunSummary(card, evaluation, clock.seconds)


def require_all_procedures(config: PipelineConfig) -> None:
    """Raise InputError unless the plan names every procedure whose table the evaluation needs."""
    from measurements import InputError

    missing = set(Plan().procedures) - set(config.plan.procedures)
    if missing:
        raise InputError(
            f"the plan leaves out {', '.join(sorted(missing))}, which the evaluation needs",
            hint="memchar characterize --plan fills single tables",
        )


def record_validation(path: Path, tables: TableSet, report: ValidationReport) -> None:
    """Write the tables of one variant again, each quantity with the errors that validation found."""
    from circuits.quality import with_validation
    from circuits.tables import TableSet, read_tables, read_variants

    datasets = with_validation({name: table.dataset for name, table in tables.items()}, report)
    worst = max(max(found.worst for found in entry.errors) for entry in report.procedures)
    checked = TableSet.of(datasets, {**tables.attributes, "validation_worst": worst})
    label = tables.attributes.get("variant")
    sets = [checked if name == label else read_tables(path, name) for name in read_variants(path)] or [checked]
    save_tables(path, sets)


def _measure_and_fit(config: PipelineConfig, run: Path, data: Path | None, clock: _Clock) -> DeviceCard:
    from measurements import reference_directory, write_store
    from memchar.fitting import write_fit

    records = pipeline.open_records(data or reference_directory())
    run.mkdir(parents=True, exist_ok=True)
    write_store(run / "measurements.h5", records)
    with clock.stage("fit"), show_progress("fit", quiet=clock.quiet) as progress:
        found = pipeline.fit(records, config.device, progress)
        card = write_fit(found, config.device.override, run / "device.json", run / "fit.html")
        own = records.of_cell(card.device, card.cell)
        write_bytes(run / "figures" / "iv_fit.png", fit_figure(found.best))
        write_bytes(run / "figures" / "variability.png", variability_figure(card.label, own))
    return card


def _write_decks(circuits: Circuits, folder: Path) -> None:
    for name, deck in circuits.samples.items():
        write_text(folder / f"{name}.cir", deck.text)


def _neuron_waveform(circuits: Circuits) -> bytes:
    from circuits import run_deck

    return waveform_figure(run_deck(circuits.samples["neuron_fire"], task="neuron waveform"), _WAVEFORM_VECTORS)
