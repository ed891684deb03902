"""The main path: five stages, each callable alone, each from frozen data to frozen data.

    measure -> fit -> compose -> characterize -> evaluate

`memchar.run` calls them in this order and writes what each gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from memchar.config import DeviceChoice, PipelineConfig
from memchar.progress import ProgressCallback

Number = TypeVar("Number", int, float)

FOLDS = 4
"""Parts into which the cycles are split to rank models."""

SWEEP_PERIOD = 1e-3
"""Period of the sample deck's voltage loop [s]: slow enough to switch, short enough to simulate in a second."""

if TYPE_CHECKING:
    from circuits import Cache, Procedure, TableSet, ValidationReport
    from devicefit import DeviceCard
    from evaluator import Evaluation, Interfaces, Mnist, SpikingNetwork
    from evaluator.networks import LayeredNetwork
    from evaluator.prepared import Place
    from evaluator.tracing import Trace
    from measurements import FactRule, Import, MeasurementSet
    from memchar.fitting import CellModels
    from netlists import Deck, Technology
    from netlists.voltagesweep import VoltageSweep


def measure(paths: Iterable[Path], rules: Sequence[FactRule] = ()) -> Import:
    """Stage 1: read instrument files and folders; `rules` are what the user states about them.

    Raises
    ------
    InputError
        No file at all could be read; the first refusal is named.
    """
    from measurements import InputError, import_files

    named = list(paths)
    imported = import_files(named, rules)
    if not imported.records.records:
        place = ", ".join(map(str, named))
        first = f"; first refusal: {imported.refused[0]}" if imported.refused else ""
        raise InputError(
            f"no measurement found in {place}{first}", hint="docs/readers.md lists the formats that are read"
        )
    return imported


def open_records(path: Path) -> MeasurementSet:
    """Measurements in a store that `memchar import` wrote, an instrument file, or a folder of them."""
    from measurements import read_store

    if path.is_file() and path.suffix in (".h5", ".hdf5"):
        return read_store(path)
    return measure([path]).records


def fit(records: MeasurementSet, choice: DeviceChoice, progress: ProgressCallback) -> CellModels:
    """Stage 2: fit compact models to one cell; the one with the most set sweeps where none is named.

    Raises
    ------
    InputError
        No such model or cell, or data that cannot be used.
    FitError
        No model could be fitted.
    """
    from memchar.fitting import fit_models

    return fit_models(records, choice, FOLDS, progress)


@dataclass(frozen=True, eq=False)
class Circuits:
    """Stage 3's result: what is to be characterized, and one deck of each kind to look at and run by hand."""

    procedures: tuple[Procedure, ...]
    samples: Mapping[str, Deck]


def compose(card: DeviceCard, config: PipelineConfig, draw: int = 0) -> Circuits:
    """Stage 3: the circuits of a fitted device, as procedures whose decks ngspice can run.

    They have the axes of the configuration's plan, and only the procedures that it names; `draw` is one of its
    Monte-Carlo draws, 0 the nominal circuit.
    """
    from circuits import (
        ColumnReadProcedure,
        NeuronFireProcedure,
        NeuronLeakProcedure,
    )
    from circuits.procedures.neuron_charge import NeuronChargeProcedure
    from circuits.procedures.neuron_comparator import NeuronComparatorProcedure
    from circuits.procedures.neuron_leak_gate import NeuronLeakGateProcedure
    from circuits.procedures.neuron_trip import NeuronTripProcedure
    from memchar.periphery import periphery_procedures
    from memchar.plan import planned
    from memchar.variants import COLUMN, device_of
    from netlists import Neuron, RowDriver, Wire, sweep_deck

    array = config.array
    technology = technology_of(config, draw)
    device = device_of(card, config, draw) if COLUMN in config.plan.procedures else card
    neuron = Neuron(
        membrane_capacitance=config.neuron.membrane_capacitance,
        supply_voltage=config.neuron.supply_voltage,
        leak_bias=config.neuron.leak_bias,
    )
    column = ColumnReadProcedure(
        device,
        rows=array.tile_rows,
        read_voltage=array.read_voltage,
        pulse_width=array.pulse_width,
        edge_time=array.edge_time,
        select_resistance=array.select_resistance,
        sense_resistance=array.sense_resistance,
        wire=Wire(array.wire_resistance, array.wire_capacitance),
        driver=RowDriver(array.driver_resistance),
    )
    fire = NeuronFireProcedure(neuron, technology)
    leak = NeuronLeakProcedure(neuron, technology)
    charge = NeuronChargeProcedure(neuron, technology)
    leak_gate = NeuronLeakGateProcedure(neuron, technology)
    comparator = NeuronComparatorProcedure(neuron, technology)
    trip = NeuronTripProcedure(neuron, technology)
    procedures: tuple[Procedure, ...] = (column, fire, leak, charge, leak_gate, comparator, trip)
    samples = {procedure.name: procedure.deck(_middle(procedure)) for procedure in procedures}
    if config.simulation.grid == "coarse":
        procedures = (
            replace(
                column,
                active_rows=_every_second(column.active_rows),
                device_resistance=_every_second(column.device_resistance),
                row_load=_every_second(column.row_load),
                on_fraction=_every_second(column.on_fraction),
            ),
            replace(fire, input_current=_every_second(fire.input_current)),
            replace(
                leak,
                initial_voltage=_every_second(leak.initial_voltage),
                interval=_every_second(leak.interval),
            ),
            charge,
            leak_gate,
            comparator,
            trip,
        )
    procedures += periphery_procedures(config, technology)
    procedures = tuple(planned(config.plan, found) for found in procedures if found.name in config.plan.procedures)
    return Circuits(procedures, samples | {"device_sweep": sweep_deck(card, _device_sweep(card))})


def technology_of(config: PipelineConfig, draw: int = 0) -> Technology:
    """The transistors of a configuration, those of a Monte-Carlo draw mismatched."""
    from memchar.variants import seeds
    from netlists import load_technology

    neuron, temperature = config.neuron, config.simulation.temperature
    return load_technology(neuron.technology, neuron.corner, temperature, seeds(config, draw).mismatch)


def _device_sweep(card: DeviceCard) -> VoltageSweep:
    """One slow loop over the voltages the card was fitted to; +-3 V where it does not say."""
    from netlists.voltagesweep import triangle

    highest, lowest = card.validity.get("voltage_max", 3.0), card.validity.get("voltage_min", -3.0)
    return triangle(max(highest, 0.1), min(lowest, -0.1), SWEEP_PERIOD)


def _every_second(values: tuple[Number, ...]) -> tuple[Number, ...]:
    """Every second value of an axis, and the last."""
    return values[::2] if len(values) % 2 else values[::2] + values[-1:]


def _middle(procedure: Procedure) -> dict[str, float]:
    return {axis.name: axis.values[len(axis.values) // 2] for axis in procedure.axes()}


def characterize(
    circuits: Circuits,
    config: PipelineConfig,
    *,
    cache: Cache | None = None,
    progress: ProgressCallback | None = None,
    grid: TableSet | None = None,
) -> TableSet:
    """Stage 4: run every deck of every procedure in ngspice and gather the tables; points in `cache` are not run.

    Axes that the plan refines get points until its tolerance is met; with `grid` all tables get the axes of those.
    """
    from circuits.characterize import characterize as fill
    from circuits.refinement import on_grid_of
    from circuits.tables import TableSet
    from memchar.plan import chosen_for
    from memchar.refining import refined_dataset

    procedures, simulation = circuits.procedures, config.simulation
    if grid is not None:
        procedures = tuple(on_grid_of(procedure, grid[procedure.name]) for procedure in procedures)
    refined = [p for p in procedures if grid is None and chosen_for(config.plan, p).refined]
    given = [procedure for procedure in procedures if procedure not in refined]
    found = fill(given, simulation.jobs, progress, cache, timeout=simulation.timeout)
    found |= {p.name: refined_dataset(p, config, cache=cache, progress=progress) for p in refined}
    datasets = {procedure.name: found[procedure.name] for procedure in procedures}
    return TableSet.of(datasets, {"configuration": config.model_dump_json()})


def validate(
    circuits: Circuits,
    tables: TableSet,
    config: PipelineConfig,
    *,
    progress: ProgressCallback | None = None,
    cache: Cache | None = None,
) -> ValidationReport:
    """Check of stage 4: ngspice runs at random points off the grid against the tables; fresh ones without `cache`."""
    from circuits.refinement import on_grid_of
    from circuits.validate import validate as compare

    simulation = config.simulation
    return compare(
        [on_grid_of(procedure, tables[procedure.name]) for procedure in circuits.procedures],
        tables,
        simulation.validation_points,
        simulation.seed,
        jobs=simulation.jobs,
        progress=progress,
        timeout=simulation.timeout,
        cache=cache,
    )


def evaluate(
    tables: TableSet, card: DeviceCard, config: PipelineConfig, mnist: Mnist,
    network: SpikingNetwork | None = None, readout: str = "ttfs", place: Place | None = None,
    batch: int | None = None, interfaces: Interfaces | None = None, time_step: float | None = None,
) -> Evaluation:  # fmt: skip
    """Stage 5: a spiking network, the shipped one for None, on the tables alone; `batch` images at a time, in this
    process or at `place`; column interfaces are ideal, or have the errors of `interfaces`; in equal steps of
    `time_step` [s] where one is given.
    """
    from evaluator import evaluate as evaluate_network
    from evaluator import load_network, shipped_weights
    from evaluator.prepared import BATCH, here
    from memchar.variants import device_of

    chosen = config.evaluation
    return evaluate_network(
        network or load_network(shipped_weights()),
        tables,
        device_of(card, config),
        mnist.test_images[: chosen.images],
        mnist.test_labels[: chosen.images],
        spread_seed=chosen.seed if chosen.device_spread else None,
        readout=readout,
        batch=batch or BATCH,
        place=place or here,
        time_step=time_step,
        interfaces=interfaces,
    )


def explain(
    tables: TableSet, card: DeviceCard, config: PipelineConfig, mnist: Mnist,
    network: SpikingNetwork | LayeredNetwork, readout: str, images: range, time_step: float | None = None,
    interfaces: Interfaces | None = None,
) -> tuple[Trace, Evaluation]:  # fmt: skip
    """The energy of stage 5 on a few test images, line by line, and the evaluation that it explains; `time_step` [s]
    is for networks of layers.
    """
    from evaluator.explaining import explain_images
    from evaluator.networks import LayeredNetwork, explain_layers
    from measurements import InputError
    from memchar.variants import device_of

    if images.stop > len(mnist.test_labels):
        raise InputError(
            f"there are {len(mnist.test_labels)} test images; {images.start} to {images.stop - 1} were asked"
        )
    device, chosen = device_of(card, config), config.evaluation
    shown, labels = (one[images.start : images.stop] for one in (mnist.test_images, mnist.test_labels))
    seed = chosen.seed if chosen.device_spread else None
    if isinstance(network, LayeredNetwork):
        trace, found = explain_layers(
            network, tables, device, shown, labels, spread_seed=seed, readout=readout, time_step=time_step,
            interfaces=interfaces,
        )  # fmt: skip
        return trace, found.total
    return explain_images(
        network, tables, device, shown, labels, spread_seed=seed, readout=readout, interfaces=interfaces
    )
