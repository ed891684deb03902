"""An evaluation of a few images together with the trace of its energy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from circuits.tables import TableSet
from devicefit.card import DeviceCard
from evaluator.accounting import Account
from evaluator.evaluate import checked_images, checked_labels, simulate
from evaluator.evaluation import Evaluation
from evaluator.interface import Interfaces
from evaluator.network import SpikingNetwork
from evaluator.readout import TTFS, for_readout
from evaluator.tracing import Trace

UInt8Array = NDArray[np.uint8]


def explain_images(
    network: SpikingNetwork, tables: TableSet, card: DeviceCard, images: UInt8Array, labels: UInt8Array, *,
    spread_seed: int | None = None, readout: str = TTFS, interfaces: Interfaces | None = None,
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
    simulated = simulate(
        network, tables, card, pixels, spread_seed=spread_seed, stop_at_first=readout == TTFS, interfaces=interfaces
    )
    account = Account(network, simulated, tables, pixels, labels, readout, interfaces)
    return account.trace(card), account.evaluation()
