"""From what was simulated of a network, of dense layers or of any, to its evaluation and to the trace of its energy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from circuits.tables import TableSet
from devicefit.card import DeviceCard
from evaluator.distribution import (
    Blocks,
    block_figures,
    first_spikes,
    image_energies,
    operation_counts,
    percentiles,
)
from evaluator.encoding import IsiEncoder
from evaluator.evaluation import Evaluation, Periphery
from evaluator.interface import Interfaces, trim_power
from evaluator.network import Evaluated
from evaluator.periphery import ENCODER, count_periphery
from evaluator.readout import TTFS, read_out
from evaluator.summary import Simulated, summarize
from evaluator.tracing import Trace, trace

UInt8Array = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Account:
    """A network that was simulated on `pixels` (images, rows) with `labels`, and the tables that it is counted by.

    `tables` are given whole; encoders are counted where they are those of the table `encoder_full`, which code by
    inter-spike intervals. `readout` names the class, `interfaces` are those that acted while it was simulated.
    """

    network: Evaluated
    simulated: Simulated
    tables: TableSet
    pixels: UInt8Array
    labels: UInt8Array
    readout: str = TTFS
    interfaces: Interfaces | None = None

    def evaluation(self) -> Evaluation:
        """Figures of the images, their mean and their distribution.

        Raises
        ------
        TableError
            A table does not reach to where the network is.
        """
        decided, around = self._decided(), self._around()
        found = summarize(self.network, decided, self.labels, around(decided))
        return in_distribution(found, decided, lambda one: around(one).breakdown_J)

    def trace(self, card: DeviceCard) -> Trace:
        """Where its energy comes from, line by line; `card` is that of the cells.

        Raises
        ------
        TableError
            A block cannot be traced.
        """
        decided = self._decided()
        counted = counted_tables(self.network, self.tables)
        return trace(self.network, decided, counted, card, self.pixels, self._around()(decided))

    def _decided(self) -> Simulated:
        outcome = read_out(self.simulated.outcome, self.readout, self.network.encoder.window)
        return replace(self.simulated, outcome=outcome)

    def _around(self) -> Callable[[Simulated], Periphery]:
        counted = counted_tables(self.network, self.tables)

        def around(one: Simulated) -> Periphery:
            periphery = count_periphery(self.network, one, counted, self.pixels)
            return periphery if self.interfaces is None else _with_trim(periphery, one, self.interfaces)

        return around


def in_distribution(evaluation: Evaluation, simulated: Simulated, around: Blocks) -> Evaluation:
    """The evaluation with its figures over images; `around`: energies of the blocks around crossbars and neurons [J].

    Blocks that the evaluation counts and neither gives are in its mean energy, and in no distribution.
    """
    energy = image_energies(simulated, around)
    total = np.sum([one.total for one in energy.values()], axis=0)
    latency = simulated.outcome.decision
    spread = {"energy_per_image_J": total, "latency_per_image_s": latency, "power_W": total / latency}
    neurons = tuple(int(mapped.plus.shape[1]) for mapped in simulated.mapped)
    return replace(
        evaluation,
        static_J=float(sum(one.static.mean() for one in energy.values())),
        dynamic_J=float(sum(one.dynamic.mean() for one in energy.values())),
        percentiles={name: percentiles(values) for name, values in spread.items()},
        blocks=block_figures(simulated, energy, operation_counts(simulated.outcome, neurons)),
        first_spikes=first_spikes(simulated.outcome),
    )


def counted_tables(network: Evaluated, tables: TableSet) -> TableSet:
    """The tables that the network is counted by: encoders are those of a code that the table's circuit makes."""
    return tables if isinstance(network.encoder, IsiEncoder) else without_encoder(tables)


def without_encoder(tables: TableSet) -> TableSet:
    """The tables less the full-iteration encoder's: for codes that it does not make."""
    return TableSet({name: table for name, table in tables.items() if name != ENCODER}, tables.attributes)


def _with_trim(periphery: Periphery, simulated: Simulated, interfaces: Interfaces) -> Periphery:
    """What the trims' currents take until the decision, and how the interfaces' errors were taken."""
    power = trim_power(simulated.interface_errors, interfaces.trim)
    drawn = "as designed" if interfaces.seed is None else f"drawn with seed {interfaces.seed}"
    lines = (f"column interfaces {drawn} act on the spikes: gains of both sides, offsets, mean delay",)
    return replace(
        periphery,
        breakdown_J={**periphery.breakdown_J, "interface_trim": power * float(simulated.outcome.decision.mean())},
        assumed=periphery.assumed + lines,
    )
