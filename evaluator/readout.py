"""Readouts: which output neuron names the class, and when.

    ttfs      the first output that spikes, at that moment; the highest membrane at the end where none does
    rate      the output with most spikes in the window; of equals the one with the highest membrane at the end
    membrane  the highest membrane at the end of the window, with the gain of the last layer lowered to `MEMBRANE_GAIN`
              of the network's, so that outputs integrate and do not fire; one that fires all the same goes first

Rate and membrane take the whole window, and all that is spent in it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evaluator.network import SpikingNetwork
from evaluator.outcome import Outcome
from measurements.errors import InputError

TTFS, RATE, MEMBRANE = "ttfs", "rate", "membrane"
READOUTS = (TTFS, RATE, MEMBRANE)
MEMBRANE_GAIN = 0.25
"""Share of the last layer's pulse step that the membrane readout leaves [1]."""


def for_readout(network: SpikingNetwork, readout: str) -> SpikingNetwork:
    """The network as `readout` needs it.

    Raises
    ------
    InputError
        There is no such readout.
    """
    if readout not in READOUTS:
        raise InputError(f"there is no readout {readout!r}", hint=f"use {', '.join(READOUTS)}")
    if readout != MEMBRANE:
        return network
    return replace(network, pulse_steps=(*network.pulse_steps[:-1], MEMBRANE_GAIN * network.pulse_steps[-1]))


def read_out(outcome: Outcome, readout: str, window: float) -> Outcome:
    """The outcome with the winner and the decision [s] of `readout`; `outcome` is of the whole window [s], but for
    ttfs.
    """
    if readout == TTFS:
        return outcome
    rank = np.lexsort((outcome.output_voltage, outcome.output_spikes), axis=-1)
    return outcome._replace(winner=rank[:, -1].astype(np.int64), decision=np.full(len(rank), window))
