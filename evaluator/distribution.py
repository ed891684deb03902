"""Energy of every image by block, static and dynamic apart, and what its distribution over images is.

Every block is affine in what the kernel counted of an image: spikes s, switched row drivers d and charge q of each
layer, the decision t, and whether an output spiked f. Blocks around the crossbar are means over images; their share of
one image follows from how they answer to each count alone,

    E_i = E(0) + t_i dE/dt + f_i dE/df + sum s_i dE/ds + sum d_i dE/dd + sum q_i dE/dq

of which what grows with t is static. The mean over images is the block again, to rounding: it is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.outcome import Outcome, of_image, row_pulses
from evaluator.summary import Simulated
from measurements.errors import TableError

FloatArray = NDArray[np.float64]
Blocks = Callable[[Simulated], Mapping[str, float]]
"""Energy of blocks, mean of an image [J]."""
PERCENTILES = (1, 5, 25, 50, 75, 95, 99)
AGREEMENT = 1e-9
"""Largest relative difference between a block and the mean of its images [1]."""


class ImageEnergy(NamedTuple):
    """Static and dynamic energy of each image [J], (images,) each."""

    static: FloatArray
    dynamic: FloatArray

    @property
    def total(self) -> FloatArray:
        """Both [J]."""
        return self.static + self.dynamic


@dataclass(frozen=True)
class BlockFigures:
    """One block: mean static and dynamic energy of an image [J], percentiles of their sum [J], mean power [W].

    `layer` from 1; None: of the whole network. `operation` with its mean number in an image, `operations` [1]; empty
    and None for blocks that are not told apart so.
    """

    layer: int | None
    block: str
    operation: str
    operations: float | None
    static_J: float
    dynamic_J: float
    percentiles_J: Mapping[str, float]
    power_W: float


def image_energies(simulated: Simulated, around: Blocks) -> dict[str, ImageEnergy]:
    """Energy of every image by block; `around` gives those of the circuits around crossbars and neurons.

    Raises
    ------
    TableError
        A block is not affine in the counts: its images do not add up to it.
    """
    return _own(simulated) | _around(simulated, around)


def block_figures(
    simulated: Simulated, found: Mapping[str, ImageEnergy], operations: Mapping[str, tuple[str, float]]
) -> tuple[BlockFigures, ...]:
    """The blocks of `image_energies`; `operations`: name and mean number of what each does."""
    time = float(simulated.outcome.decision.mean())
    figures = []
    for block, energy in found.items():
        digits = [part for part in block.split("_") if part.isdigit()]
        mean = float(energy.total.mean())
        name, number = operations.get(block, ("", None))
        figures.append(
            BlockFigures(
                int(digits[0]) if digits else None,
                block,
                name,
                number,
                float(energy.static.mean()),
                float(energy.dynamic.mean()),
                percentiles(energy.total),
                mean / time,
            )
        )
    return tuple(figures)


def percentiles(values: FloatArray) -> dict[str, float]:
    """Percentiles by name, linear interpolation.

    >>> percentiles(np.array([1.0, 3.0]))["p50"]
    2.0
    """
    found = np.percentile(values, PERCENTILES)
    return {f"p{share}": float(value) for share, value in zip(PERCENTILES, found, strict=True)}


def first_spikes(outcome: Outcome) -> tuple[dict[str, float | None], ...]:
    """When the inputs and each layer first spike: mean, percentiles [s] over images that do, and the share that does.

    The last is the decision's own; of the others only what came before the decision counts.
    """
    found = []
    for layer in range(outcome.first_spike.shape[1]):
        times = outcome.first_spike[:, layer]
        times = times[times <= outcome.decision]
        entry: dict[str, float | None] = {"share": times.size / len(outcome.decision)}
        entry["mean_s"] = float(times.mean()) if times.size else None
        for name, share in (("p5_s", 5), ("p50_s", 50), ("p95_s", 95)):
            entry[name] = float(np.percentile(times, share)) if times.size else None
        found.append(entry)
    return tuple(found)


def operation_counts(outcome: Outcome, neurons: tuple[int, ...]) -> dict[str, tuple[str, float]]:
    """What each block does in an image, and how often in the mean."""
    found = {}
    spikes, pulses = outcome.spikes.mean(axis=0), row_pulses(outcome).mean(axis=0)
    for layer, number in enumerate(neurons):
        found[f"crossbar_{layer + 1}"] = ("read pulses", float(pulses[layer]))
        found[f"neuron_static_{layer + 1}"] = ("neurons", float(number))
        found[f"neuron_spikes_{layer + 1}"] = ("spikes", float(spikes[layer + 1]))
        found[f"interface_{layer + 1}_static"] = ("neurons", float(number))
        found[f"interface_{layer + 1}_reads"] = ("read pulses", float(pulses[layer]))
    found["encoders"] = ("input spikes", float(spikes[0]))
    found["row_drivers"] = ("read pulses", float(pulses.sum()))
    found["decoder"] = ("decisions", float(outcome.fired.mean()))
    return found


def _own(simulated: Simulated) -> dict[str, ImageEnergy]:
    """Crossbars and neurons, as `summary.energies` has them."""
    outcome, neuron = simulated.outcome, simulated.neuron
    none = np.zeros(len(outcome.decision))
    found = {}
    for layer, column in enumerate(simulated.columns):
        per_siemens_second = column.read_voltage**2 * column.energy_ratio
        found[f"crossbar_{layer + 1}"] = ImageEnergy(none, outcome.charge[:, layer] * per_siemens_second)
        found[f"neuron_static_{layer + 1}"] = ImageEnergy(outcome.static[:, layer], none)
        spikes = np.asarray(outcome.spikes[:, layer + 1] * neuron.spike_energy, dtype=np.float64)
        found[f"neuron_spikes_{layer + 1}"] = ImageEnergy(none, spikes)
    return found


def _around(simulated: Simulated, around: Blocks) -> dict[str, ImageEnergy]:
    """Answers of the blocks to one count after the other, put together for every image."""
    whole = around(simulated)
    if not whole:
        return {}
    outcome, quiet = simulated.outcome, _quiet(simulated.outcome)
    base = around(replace(simulated, outcome=quiet))
    images = len(outcome.decision)
    static = {block: np.zeros(images) for block in whole}
    dynamic = {block: np.full(images, base[block]) for block in whole}
    for field, column in _counts(outcome):
        counted = np.asarray(getattr(outcome, field), dtype=np.float64)
        values = counted if column is None else counted[:, column]
        mean = float(values.mean())
        if mean == 0.0:
            continue
        answer = around(replace(simulated, outcome=_only(quiet, field, column, mean)))
        for block in whole:
            part = static if field == "decision" else dynamic
            part[block] += (answer[block] - base[block]) / mean * values
    for block, energy in whole.items():
        mean = float((static[block] + dynamic[block]).mean())
        if abs(mean - energy) > AGREEMENT * max(abs(energy), abs(mean)):
            raise TableError(f"{block}: the images spend {mean:.12g} J in the mean, the block {energy:.12g} J")
    return {block: ImageEnergy(static[block], dynamic[block]) for block in whole}


def _counts(outcome: Outcome) -> list[tuple[str, int | None]]:
    each = [
        (name, column) for name in ("spikes", "driven", "charge") for column in range(getattr(outcome, name).shape[1])
    ]
    return [("decision", None), ("fired", None), *each]


def _quiet(outcome: Outcome) -> Outcome:
    """An image on which nothing happens and that takes no time."""
    one = of_image(outcome, 0)._asdict()
    for name in ("decision", "fired", "spikes", "driven", "charge", "events", "static"):
        one[name] = np.zeros(one[name].shape)
    return Outcome(**one)


def _only(quiet: Outcome, field: str, column: int | None, mean: float) -> Outcome:
    """The quiet image with the mean of one count; counts of a mean image are no whole numbers."""
    values = np.array(getattr(quiet, field), dtype=np.float64)
    values[(0,) if column is None else (0, column)] = mean
    return Outcome(**quiet._asdict() | {field: values})
