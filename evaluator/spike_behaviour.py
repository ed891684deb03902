"""What spikes do to a neuron, and it to the rows of the next layer, from the table `neuron_fire`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from evaluator.membrane import Membrane, ramp_up, stirred, width_share
from evaluator.neuron_points import FirePoints
from measurements.errors import TableError

FloatArray = NDArray[np.float64]
RAMP_STEP, LONGEST_RAMP = 5e-9, 100e-6
"""Step and longest time of the ramps that `neuron_fire` is held against [s]."""
STILL = 1e-5
"""A voltage that varies by less over the table is taken as constant [V]."""


class Ramps(NamedTuple):
    """Per current: time to the spike [s], supply energy [J], comparator's mirror then [V], what has gone of the leak's
    kick [V].
    """

    time: FloatArray
    energy: FloatArray
    mirror: FloatArray
    returned: FloatArray


def with_spikes(
    membrane: Membrane, fire: FirePoints, heights: FloatArray, farad: float
) -> tuple[Membrane, float, dict[str, float]]:
    """The membrane with its dead time and what spikes leave behind; the energy of a spike [J]; spreads.

    `heights`: the kernel's membrane voltage at each spike of `fire` [V].

    A neuron is dead for longer while its refractory mirror has not forgotten the spike before: `tiring` exp(-interval /
    `resting`), from the two resets of `neuron_fire`; what more than one earlier spike leaves is taken to add up. The
    width of a spike is linear in the comparator's mirror and in how far its node falls on meanwhile. Width and what the
    spike leaves in the mirror are those of a first spike, or of one so long after another.

    Raises
    ------
    TableError
        The comparator does not trip at a current at which the neuron fired.
    """
    slopes, comparator = fire.current / farad, membrane.comparator
    still = np.zeros(slopes.size)
    first = _ramps(membrane, slopes, 0.0, still, still)
    pause = float(np.median(fire.reset))
    left = np.array([stirred(membrane, 0.0, float(gone), pause) for gone in first.returned])
    beyond = fire.interval - fire.delay + first.time - _ramps(membrane, slopes, 0.0, fire.mirror_shift, left).time
    # A membrane that wakes up below 0 V has the longer way the slower its input is.
    wake = -line(1.0 / slopes, beyond)[0]
    second = _ramps(membrane, slopes, wake, fire.mirror_shift, left)
    dead = fire.interval - fire.delay + first.time - second.time
    dead_time = float(np.median(dead))
    keep = float(np.exp(-dead_time / comparator.recovery))
    rest = float(
        np.interp(0.0, membrane.start + np.arange(membrane.power.size) / membrane.inverse_step, membrane.power)
    )
    spikes = fire.spike_energy - second.energy - rest * dead_time
    recovery = float(np.median(fire.recovery_energy)) - 0.5 * rest * dead_time
    spike = float(np.median(spikes)) - recovery
    # A slow comparator leaves more for the spike to draw; its mirror tells how slow it was.
    burst_slope, burst = line(second.mirror, spikes - spike - recovery)
    kicks = fire.mirror_shift - keep * first.mirror
    again = fire.mirror_shift + fire.mirror_change - keep * second.mirror
    trips = fire.interval.argsort()
    tired = _with_tiring(membrane, fire, dead_time)._replace(
        since=np.log(fire.interval[trips]), later_kick=again[trips], falling=float(np.median(fire.spike_width))
    )
    made, errors = _with_widths(tired, fire, heights, first.mirror, second.mirror)
    errors |= {
        "dead_time": float(np.ptp(dead)) / 2 / dead_time,
        "delay": float(np.max(np.abs(first.time / fire.delay - 1))),
        "spike_energy": float(
            np.max(np.abs((spike + recovery + burst + burst_slope * second.mirror - spikes) / fire.spike_energy))
        ),
    }
    made = made._replace(
        dead_time=dead_time,
        wake=wake,
        comparator=comparator._replace(kick=float(np.median(kicks)), keep=keep),
        recovery=recovery,
        burst=burst,
        burst_slope=burst_slope,
    )
    return made, spike, errors


def _ramps(membrane: Membrane, slopes: FloatArray, voltage: float, mirrors: FloatArray, gone: FloatArray) -> Ramps:
    """From `voltage` [V] to the spike at each input slope."""
    each = zip(slopes, mirrors, gone, strict=True)
    made = [ramp_up(membrane, voltage, float(m), float(q), float(s), RAMP_STEP, LONGEST_RAMP) for s, m, q in each]
    if min(time for time, *_ in made) < 0.0:
        raise TableError("neuron_comparator: the comparator does not trip at a current at which the neuron fires")
    return Ramps(*np.array(made).T)


def _with_tiring(membrane: Membrane, fire: FirePoints, dead_time: float) -> Membrane:
    """What the second reset lasts longer than the first, A exp(-interval / tau): A, tau by least squares."""
    longer = fire.later_reset - fire.reset

    def amount(logarithm: float) -> tuple[float, FloatArray]:
        share = np.exp(-fire.interval / np.exp(logarithm))
        largest = float(np.max(share))
        return (float(share @ longer) / float(share @ share) if largest > 0.0 else 0.0), share

    def missed(logarithm: float) -> float:
        size, share = amount(logarithm)
        return float(np.sum((longer - size * share) ** 2)) / dead_time**2

    bounds = (np.log(dead_time / 5), np.log(float(np.max(fire.interval))))
    best = float(minimize_scalar(missed, bounds=bounds, method="bounded").x)
    return membrane._replace(tiring=amount(best)[0], resting=float(np.exp(best)))


def _with_widths(
    membrane: Membrane, fire: FirePoints, heights: FloatArray, mirror: FloatArray, later_mirror: FloatArray
) -> tuple[Membrane, dict[str, float]]:
    """Widths of spikes that begin with the membrane at `heights` [V]; the largest miss of the first ones."""
    width = membrane.falling
    first, second = (_terms(membrane, heights, mirrors) for mirrors in (mirror, later_mirror))
    middle, wide = first.mean(axis=0), np.ptp(first, axis=0)
    # What does not vary over the table says nothing of the width.
    scale = np.where(wide > STILL, 1.0 / np.maximum(wide, STILL), 0.0)
    mean = float(np.mean(fire.spike_width)) / width
    found = scale * np.linalg.lstsq((first - middle) * scale, fire.spike_width / width - mean, rcond=1e-6)[0]
    share = mean - float(middle @ found)
    order = fire.interval.argsort()
    later = (fire.later_width / width / (share + second @ found))[order]
    slope, tilt = (float(value) for value in found)
    made = membrane._replace(width_share=share, width_slope=slope, width_tilt=tilt, later=later)
    return made, {"spike_width": float(np.max(np.abs(share + first @ found - fire.spike_width / width)))}


def _terms(membrane: Membrane, heights: FloatArray, mirrors: FloatArray) -> FloatArray:
    """What `evaluator.membrane.width_share` takes its slope and its tilt times, per spike [V]."""
    tilted = membrane._replace(width_share=0.0, width_slope=0.0, width_tilt=1.0)
    falls = [width_share(tilted, float(v), float(p)) for v, p in zip(heights, mirrors, strict=True)]
    return np.column_stack([mirrors, falls])


def line(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    """Slope and value at 0 of the least-squares line; a level one where x does not vary."""
    if np.ptp(x) <= 1e-12 * np.max(np.abs(x), initial=0.0):
        return 0.0, float(np.mean(y))
    slope, start = np.polyfit(x, y, 1)
    return float(slope), float(start)
