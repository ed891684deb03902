"""IF, LIF and CubaLIF membranes between events, in closed form, and where they pass their threshold; compiled.

With u = v - v_leak, and I the synapse's current, both at the last event, after a time t:

    if:       u = u0
    lif:      u = u0 exp(-t/tau)
    cubalif:  I = I0 exp(-t/tau_syn)
              u = u0 exp(-t/tau) + R I0 tau_syn / (tau - tau_syn) (exp(-t/tau) - exp(-t/tau_syn))
              (tau = tau_syn: u = (u0 + R I0 t/tau) exp(-t/tau))

A pulse of charge q = weight * spike duration is taken as short: u jumps by R q (if), R q / tau (lif); I by w_in q /
tau_syn (cubalif). Under a steady input S in place of pulses, if rises by R S t and lif goes to v_leak + R S.
"""

from __future__ import annotations

import numpy as np

from evaluator.compiled import compiled

SAME = 1e-6
"""Relative difference of two time constants below which they count as one [1]."""
NEVER = 1e300
"""Later than any time [s]."""
HALVINGS = 60
"""Bisections of an interval in which a threshold is passed: 2^-60 of it is below the rounding of a double."""


@compiled
def cuba_after(start: float, drive: float, time: float, membrane_time: float, synapse_time: float) -> float:
    """u of a cubalif neuron `time` [s] after it was `start`, with R I0 = `drive`."""
    decayed = np.exp(-time / membrane_time)
    if abs(membrane_time - synapse_time) < SAME * membrane_time:
        return float((start + drive * time / membrane_time) * decayed)
    share = synapse_time / (membrane_time - synapse_time)
    return float(start * decayed + drive * share * (decayed - np.exp(-time / synapse_time)))


@compiled
def cuba_peak(start: float, drive: float, membrane_time: float, synapse_time: float) -> float:
    """Time [s] at which u is highest; 0 where it only falls, `NEVER` where it only rises.

    du/dt = 0 where R I = u: with s = tau_syn / (tau - tau_syn), exp(-t (1/tau_syn - 1/tau)) = (u0 / (s R I0) + 1)
    tau_syn / tau.
    """
    if drive <= start:
        return 0.0
    if abs(membrane_time - synapse_time) < SAME * membrane_time:
        return membrane_time * (1.0 - start / drive)
    share = synapse_time / (membrane_time - synapse_time)
    ratio = (start / drive + share) / share * synapse_time / membrane_time
    if not ratio > 0.0:
        return NEVER
    rate = 1.0 / synapse_time - 1.0 / membrane_time
    return float(-np.log(ratio) / rate)


@compiled
def cuba_crossing(
    start: float, drive: float, swing: float, longest: float, membrane_time: float, synapse_time: float
) -> float:
    """Time [s] at which u rises through `swing`, or -1 where it does not within `longest` [s]."""
    peak = min(cuba_peak(start, drive, membrane_time, synapse_time), longest)
    if peak <= 0.0 or cuba_after(start, drive, peak, membrane_time, synapse_time) < swing:
        return -1.0
    low, high = 0.0, peak
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        if cuba_after(start, drive, middle, membrane_time, synapse_time) < swing:
            low = middle
        else:
            high = middle
    return high


def lif_under_steady_input(start: float, level: float, time: float, membrane_time: float) -> float:
    """u of a lif neuron `time` [s] after `start` under an input that holds R S = `level`.

    >>> round(lif_under_steady_input(0.0, 1.0, 1.0, 1.0), 6)
    0.632121
    """
    return float(level + (start - level) * np.exp(-time / membrane_time))


def lif_interval(reset: float, level: float, swing: float, membrane_time: float) -> float:
    """Time [s] from reset to threshold under R S = `level` > `swing`: tau ln((level - reset) / (level - swing)).

    >>> round(lif_interval(0.0, 2.0, 1.0, 1.0), 6)
    0.693147
    """
    return float(membrane_time * np.log((level - reset) / (level - swing)))
