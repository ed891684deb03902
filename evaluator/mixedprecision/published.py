"""The published module: bulk-switching memristors, 65 nm (Wu et al., Adv. Mater. 2023, doi 10.1002/adma.202305465).

All numbers were read in the full text, arXiv 2305.14547v1. Two sets of settings of that work are kept apart: the chip's
(LeNet was trained on it) and its simulator's (VGG-8 and ResNet-18).
"""

from __future__ import annotations

from dataclasses import dataclass

from evaluator.mixedprecision.settings import ModuleSettings, Source
from evaluator.mixedprecision.tileaccount import Tile, TileCost
from measurements.errors import InputError

PAPER = "Wu et al. 2023, arXiv 2305.14547"
CHIP_TILE, SIMULATED_TILE = Tile(64, 64), Tile(256, 64)


def _all(note: str, *names: str) -> dict[str, Source]:
    return {name: Source("published", f"{PAPER}: {note}") for name in names}


_CONVERTERS = (
    _all("8-bit row DACs, one 8-bit ADC per 8 columns", "input_bits", "output_bits")
    | _all("ADC of the simulator, 0 to 70 uA, deviation 2 of its steps = 0.549 uA", "output_range", "output_deviation")
    | _all("0.1 V in training", "read_voltage")
)


def simulator_module(tile: Tile = CHIP_TILE) -> ModuleSettings:
    """Settings of the paper's simulator: 4 bit, 1 to 7 uA at 0.1 V; arrays of the chip unless said otherwise.

    LeNet ran on the chip's 64x64 arrays; the simulator's own are `SIMULATED_TILE`.
    """
    step = 6e-6 / 15 / 0.1
    return ModuleSettings(
        name="bulk-switching, simulator settings",
        levels=16,
        lowest_conductance=10e-6,
        highest_conductance=70e-6,
        program_deviation=0.5 * step,
        read_deviation=0.3 * step,
        threshold=1 / 15,
        read_voltage=0.1,
        input_bits=8,
        output_bits=8,
        output_range=70e-6,
        output_deviation=0.549e-6,
        tile=tile,
        sources=_CONVERTERS
        | _all("4 bit, 1 to 7 uA, taken at the read voltage of 0.1 V", "levels", "lowest_conductance")
        | _all("4 bit, 1 to 7 uA, taken at the read voltage of 0.1 V", "highest_conductance")
        | _all("0.5 of the spacing of levels", "program_deviation")
        | _all("0.3 of the spacing of levels", "read_deviation")
        | _all("1/15 of the range", "threshold")
        | _all("64x64 on the chip, 256x64 in the simulator", "tile"),
    )


def chip_module() -> ModuleSettings:
    """Settings of the LeNet run on the chip: 2 bit, 0.82 to 3.29 uA at 0.1 V.

    Deviations and the converter's range were not published for the chip: those of the simulator, in ampere, are
    assumed, and as threshold one step, as there.
    """
    noise = Source("assumed", "not published for the chip: the simulator's, in ampere")
    return ModuleSettings(
        name="bulk-switching, chip settings",
        levels=4,
        lowest_conductance=8.2e-6,
        highest_conductance=32.9e-6,
        program_deviation=2e-6,
        read_deviation=1.2e-6,
        threshold=1 / 3,
        read_voltage=0.1,
        input_bits=8,
        output_bits=8,
        output_range=70e-6,
        output_deviation=0.549e-6,
        tile=CHIP_TILE,
        sources=_CONVERTERS
        | _all("LeNet: range 0.82 to 3.29 uA, 2 bit", "levels", "lowest_conductance", "highest_conductance")
        | _all("4 tiles of 64x64 1T1R", "tile")
        | dict.fromkeys(("program_deviation", "read_deviation", "output_range", "output_deviation"), noise)
        | {"threshold": Source("assumed", "one step, as in the simulator")},
    )


MODULES = {"simulator": simulator_module, "chip": chip_module}


def published_module(name: str) -> ModuleSettings:
    """The settings of that name.

    Raises
    ------
    InputError
        There are none.
    """
    if name not in MODULES:
        raise InputError(f"there is no published module {name!r}", hint=f"use {' or '.join(MODULES)}")
    return MODULES[name]()


COLUMNS_OF_A_CONVERTER, CYCLES_OF_AN_OUTPUT, CLOCK = 8, 9, 100e6
"""Of the chip [1], [1], [Hz]: an operation reads its columns in 8 turns of 9 cycles."""
OPERATION_TIME = COLUMNS_OF_A_CONVERTER * CYCLES_OF_AN_OUTPUT / CLOCK
INPUT_PULSES = 8
"""Pulses of one cycle each that carry an 8-bit input [1]."""


def published_cost(tile: Tile) -> TileCost:
    """Unit energy and time of one operation of an array of the paper.

    Raises
    ------
    InputError
        The paper has no energy of such an array.
    """
    energies = {CHIP_TILE: 2.66e-9, SIMULATED_TILE: 2.93e-9}
    if tile not in energies:
        raise InputError(
            f"no published energy of an array of {tile.rows}x{tile.columns}",
            hint=f"there are {', '.join(f'{one.rows}x{one.columns}' for one in energies)}",
        )
    return TileCost(tile, energies[tile], OPERATION_TIME, f"published: {PAPER}; 8 turns of 9 cycles at 100 MHz")


@dataclass(frozen=True)
class PublishedRow:
    """A row of the paper's table: what an image takes, in SI units, as printed, and the digit that was printed last."""

    network: str
    tile: Tile
    devices: float
    flops: float
    arrays: int
    arrays_with_copies: int
    operations: int
    tile_operations: int
    plain_latency: float
    pipelined_latency: float
    copied_latency: float
    energy: float


TABLE = (
    PublishedRow("lenet", CHIP_TILE, 6.4e3, 273e3, 6, 9, 641, 707, 0.46e-3, 0.42e-3, 0.05e-3, 0.0019e-3),
    PublishedRow("vgg-8", SIMULATED_TILE, 1.1e6, 77.8e6, 78, 85, 2690, 7713, 1.94e-3, 0.74e-3, 0.19e-3, 0.023e-3),
    PublishedRow("resnet-18", SIMULATED_TILE, 22.3e6, 1.1e9, 1480, 1554, 6801, 81922, 4.9e-3, 0.75e-3, 0.2e-3, 0.24e-3),
)  # fmt: skip
"""To compare with; nothing is computed from it."""
LENET = {"accuracy_on_chip": 0.9773, "accuracy_in_software": 0.987, "accuracy_of_naive_updates": 0.778,
         "writes_of_a_weight": 10.8, "fewer_writes": 500.0}  # fmt: skip
"""The LeNet run: 13 epochs of 400 batches of 64 images, Adam with weight decay, rate 0.004; 2,560 test images."""
CYCLES_SHOWN = 1000.0
"""DC cycles without a failure that the paper shows, a lower bound of the endurance [1]."""
PULSE_VOLTAGES = (1.5, 3.0)
"""First and last of growing set and reset pulses [V]."""
TRIALS = 2
"""Most set-reset trials of a write in training [1]."""
