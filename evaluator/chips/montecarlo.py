"""Many chips on the same images: figures of each, one after the other or side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from circuits.tables import TableSet
from devicefit.card import DeviceCard
from evaluator.accounting import counted_tables
from evaluator.chips.cells import CellLaw, cell_law
from evaluator.chips.chip import CellHeat, draw_chip
from evaluator.chips.disturb import coupling_window
from evaluator.chips.effects import Effects
from evaluator.evaluate import checked_images, checked_labels
from evaluator.network import SpikingNetwork
from evaluator.networks import LayeredNetwork
from evaluator.networks.evaluation import prepare_layers
from evaluator.outcome import row_pulses
from evaluator.periphery import count_periphery
from evaluator.prepared import BATCH, Prepared, Run, here, prepare, refuse_outside, run_batches
from evaluator.readout import TTFS, for_readout, read_out
from evaluator.summary import Simulated, summarize
from evaluator.timestepped import stepped
from measurements.errors import TableError

UInt8Array = NDArray[np.uint8]
ALL, NONE = "all", "none"
"""Groups of chips: with every effect, and the nominal chip with none of them; the others have the effect's name."""
DUTY_IMAGES = 200
"""Images that tell how often the rows of a layer are read."""


@dataclass(frozen=True)
class ChipWork:
    """Chip `number` of a group."""

    group: str
    number: int
    effects: Effects


@dataclass(frozen=True)
class ChipResult:
    """Figures of one chip, defined as in `Evaluation`; `changed` is the share of cells in another state than written.

    `correct` of the images were decided rightly [1].
    """

    group: str
    number: int
    correct: int
    accuracy: float
    undecided: float
    energy_per_image_J: float
    latency_per_image_s: float
    power_W: float
    changed: float
    clamped_lookups: int


@dataclass(frozen=True, eq=False)
class Setting:
    """What all chips share; it can be sent to other processes. With a `time_step` [s] images run in equal steps."""

    prepared: Prepared
    tables: TableSet
    laws: Mapping[tuple[bool, bool], CellLaw]
    heat: CellHeat | None
    images: UInt8Array
    labels: UInt8Array
    readout: str
    seed: int
    clamp: bool
    batch: int
    threads: int
    time_step: float | None = None


Elsewhere = Callable[[Callable[[Setting, ChipWork], ChipResult], Setting, Iterable[ChipWork]], Iterable[ChipResult]]
"""Where chips are simulated: gives the result of each, in their order."""


def setting_of(
    network: SpikingNetwork | LayeredNetwork, tables: TableSet, card: DeviceCard, effects: Effects,
    images: UInt8Array, labels: UInt8Array, *, seed: int, readout: str = TTFS, clamp: bool = False, batch: int = BATCH,
    threads: int = 1, time_step: float | None = None,
) -> Setting:  # fmt: skip
    """Everything that no chip changes, found once; for the errors see `evaluator.evaluate` and `cell_law`."""
    pixels = checked_images(network, images)
    labels = checked_labels(network, pixels, labels)
    counted = counted_tables(network, tables)
    prepared: Prepared
    if isinstance(network, LayeredNetwork):
        prepared, time_step = prepare_layers(network, tables, card, readout=readout, time_step=time_step), None
    else:
        prepared = prepare(for_readout(network, readout), tables, card, stop_at_first=readout == TTFS)
    spreads = {(False, False), (effects.device_spread, False), (False, effects.cycle_spread)}
    spreads.add((effects.device_spread, effects.cycle_spread))
    laws = {
        (device, cycle): cell_law(card, device_spread=device, cycle_spread=cycle, seed=seed)
        for device, cycle in spreads
    }
    made = Setting(prepared, counted, laws, None, pixels, labels, readout, seed, clamp, batch, threads, time_step)
    return made if effects.thermal_disturb is None else replace(made, heat=_heat(made, effects))


def plan_chips(effects: Effects, chips: int, alone: int) -> tuple[ChipWork, ...]:
    """The nominal chip, `chips` with all effects, and `alone` with each of several effects alone, in this order."""
    works = [ChipWork(NONE, 0, Effects()), *(ChipWork(ALL, number, effects) for number in range(chips))]
    names = effects.names if len(effects.names) > 1 else ()
    works += [ChipWork(name, number, effects.alone(name)) for name in names for number in range(alone)]
    return tuple(works)


def run_chip(setting: Setting, work: ChipWork) -> ChipResult:
    """Draw one chip and evaluate it.

    Raises
    ------
    TableError
        The chip leaves the range of the tables, and that is not allowed.
    """
    prepared, effects = setting.prepared, work.effects
    law = setting.laws[effects.device_spread, effects.cycle_spread]
    chip = draw_chip(prepared.cells, prepared.columns, law, effects, setting.heat, setting.seed, work.number)
    run = prepared.image_run(chip.mapped, chip.deviations, chip.seed, threads=setting.threads)
    chosen: Run = run if setting.time_step is None else stepped(run, setting.time_step)
    outcome = run_batches(chosen, setting.images, setting.batch)
    if not setting.clamp:
        try:
            refuse_outside(outcome, prepared.neuron)
        except TableError as error:
            raise TableError(f"chip {work.number} ({work.group}): {error}") from error
    outcome = read_out(outcome, setting.readout, prepared.network.encoder.window)
    simulated = Simulated(outcome, prepared.neuron, prepared.columns, prepared.gains, chip.mapped, 1.0)
    periphery = count_periphery(prepared.network, simulated, setting.tables, setting.images)
    found = summarize(prepared.network, simulated, setting.labels, periphery)
    return ChipResult(
        group=work.group,
        number=work.number,
        correct=int(np.trace(found.confusion)),
        accuracy=found.accuracy,
        undecided=found.undecided,
        energy_per_image_J=found.energy_per_image_J,
        latency_per_image_s=found.latency_per_image_s,
        power_W=found.power_W,
        changed=chip.changed,
        clamped_lookups=found.clamped_lookups,
    )


def run_chips(setting: Setting, works: Sequence[ChipWork], elsewhere: Elsewhere | None = None) -> Iterator[ChipResult]:
    """Results as they come, in the order of `works`; each is that of `run_chip` bit for bit, wherever it ran."""
    if elsewhere is not None:
        yield from elsewhere(run_chip, setting, works)
        return
    for work in works:
        yield run_chip(setting, work)


def _heat(setting: Setting, effects: Effects) -> CellHeat | None:
    """Coupling of the array, and how often the nominal chip reads the rows of each layer."""
    if effects.thermal_disturb is None:
        return None
    prepared = setting.prepared
    nominal = draw_chip(prepared.cells, prepared.columns, setting.laws[False, False], Effects(), None, 0, 0)
    outcome = run_batches(
        prepared.image_run(nominal.mapped, threads=setting.threads), setting.images[:DUTY_IMAGES], place=here
    )
    pulses = row_pulses(outcome).mean(axis=0) / np.array([layer.drivers for layer in prepared.cells])
    duty = pulses * np.array(prepared.widths) / float(outcome.decision.mean())
    return CellHeat(coupling_window(effects.thermal_disturb), tuple(duty.tolist()))
