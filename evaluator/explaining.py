"""An evaluation of a few images together with the trace of its energy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from circuits.tables import TableSet
from devicefit.card import DeviceCard
from evaluator.encoding import IsiEncoder
from evaluator.evaluate import checked_images, checked_labels, simulate, without_encoder
from evaluator.evaluation import Evaluation
from evaluator.network import SpikingNetwork
from evaluator.periphery import count_periphery
from evaluator.readout import TTFS, for_readout, read_out
from evaluator.summary import summarize
from evaluator.tracing import Trace, trace

UInt8Array = NDArray[np.uint8]


def explain_images(
    network: SpikingNetwork, tables: TableSet, card: DeviceCard, images: UInt8Array, labels: UInt8Array, *,
    spread_seed: int | None = None, readout: str = TTFS,
) -> tuple[Trace, Evaluation]:  # fmt: skip
    """As `evaluate`, for a few images: the trace of their energy, and the evaluation whose energy it is.

    Raises
    ------
    InputError
        Images or labels do not fit the network, or there is no such readout.
    TableError
        A table lacks something, the simulation leaves a table, or a block cannot be traced.
    """
    pixels = checked_images(network, images)
    labels = checked_labels(network, pixels, labels)
    network = for_readout(network, readout)
    simulated = simulate(network, tables, card, pixels, spread_seed=spread_seed, stop_at_first=readout == TTFS)
    simulated = replace(simulated, outcome=read_out(simulated.outcome, readout, network.encoder.window))
    counted = tables if isinstance(network.encoder, IsiEncoder) else without_encoder(tables)
    periphery = count_periphery(network, simulated, counted, pixels)
    found = trace(network, simulated, counted, card, pixels, periphery)
    return found, summarize(network, simulated, labels, periphery)
