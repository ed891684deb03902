"""A second, plain simulation of a spiking network: tiny equal time steps, whole layers at once, no events.

It shares with the kernel only the numbers it is given. Forward Euler, all pulses rectangular; feel
and coupling of the comparator alike at all nodes; widths of spikes do not depend on the comparator.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import RegularGridInterpolator


def simulate(pixels, trains, layers, membrane, window, step):
    """Spikes [(time, layer, neuron)], energy-like integrals per layer (S s, J), up to the end of the window."""
    grid = membrane.start + np.arange(membrane.leak.size) / membrane.inverse_step
    comparator = membrane.comparator
    volts = comparator.start + np.arange(comparator.rate.shape[0]) / comparator.inverse_step
    nodes = comparator.node_start + np.arange(comparator.rate.shape[1]) / comparator.inverse_node_step
    rate = RegularGridInterpolator((volts, nodes), comparator.rate, bounds_error=False, fill_value=None)
    begins = []
    for row, value in enumerate(pixels):
        for time in trains.times[trains.offset[value] : trains.offset[value + 1]] + trains.row_delay[row]:
            if time <= trains.last_start:
                begins.append((time + layers[0].delay, row))
    starts = [(np.array([]), np.array([], int)) for _ in layers]
    weights = [np.array([]) for _ in layers]
    starts[0] = (np.array([time for time, _ in begins]), np.array([row for _, row in begins]))
    weights[0] = np.ones(len(begins))
    sizes = [layer.conductance.shape[1] for layer in layers]
    voltage, node = [np.zeros(n) for n in sizes], [np.full(n, comparator.rest) for n in sizes]
    mirror, returned, tired, last = ([np.zeros(n) for n in sizes] for _ in range(4))
    asleep, charge, static = [np.full(n, -1.0) for n in sizes], np.zeros(len(layers)), np.zeros(len(layers))
    spikes = []
    for index in range(round(window / step)):
        now = index * step
        for k, layer in enumerate(layers):
            begin, rows = starts[k]
            share = np.clip(np.minimum(now + step, begin + layer.width) - np.maximum(now, begin), 0, step) / step
            on = np.bincount(rows, share * weights[k], layer.conductance.shape[0])
            current = on @ layer.conductance
            charge[k] += on @ layer.drawn * step
            static[k] += np.interp(voltage[k], grid, membrane.power).sum() * step
            awake = now >= asleep[k]
            drive = layer.slope * current + offsets(layer.offset, begin, rows, now, voltage[k])
            shift = np.interp(voltage[k], grid, membrane.kick) - returned[k]
            lost = np.interp(voltage[k], grid, membrane.leak) + np.interp(voltage[k], grid, membrane.feel) * shift
            returned[k] += shift / membrane.calming * step
            change = (drive - lost) * step
            voltage[k] = np.where(awake, np.maximum(voltage[k] + change, membrane.floor), 0.0)
            falls = rate((np.maximum(voltage[k], 0.0), node[k])) + comparator.feel[0] * mirror[k]
            falls = np.where(awake, np.maximum(falls, (node[k] - comparator.rest) / step), 0.0)
            mirror[k] -= np.where(awake, (mirror[k] / comparator.recovery + comparator.coupling[0] * falls) * step, 0.0)
            moved = node[k] - falls * step
            node[k] = np.where(awake, np.minimum(moved, comparator.rest), comparator.rest)
            for neuron in np.flatnonzero(node[k] <= comparator.level):
                time = now + step + np.interp(falls[neuron], comparator.pace, comparator.lag)
                spikes.append((time, k, int(neuron)))
                voltage[k][neuron], node[k][neuron] = 0.0, comparator.rest
                again = asleep[k][neuron] >= 0.0
                kick = membrane.later_kick[0] if again else comparator.kick
                mirror[k][neuron] = kick + comparator.keep * mirror[k][neuron]
                tired[k][neuron] *= np.exp((last[k][neuron] - time) / membrane.resting)
                asleep[k][neuron] = time + membrane.dead_time + membrane.tiring * tired[k][neuron]
                tired[k][neuron], last[k][neuron] = tired[k][neuron] + 1.0, time
                if k + 1 < len(layers):
                    begin, rows = starts[k + 1]
                    starts[k + 1] = (np.append(begin, time + layers[k + 1].delay), np.append(rows, neuron))
                    weights[k + 1] = np.append(weights[k + 1], membrane.later[0] if again else 1.0)
    return spikes, charge, static


def offsets(offset, begin, rows, now, voltage):
    """What the interfaces of the tiles that are strobed now add [V/s]."""
    if len(offset.slope) == 0:
        return 0.0
    open_now = (begin <= now) & (now < begin + offset.strobe)
    units = offset.strobed
    tiles = np.unique(units.unit[units.first[rows[open_now].astype(int)]])
    grid = offset.start + np.arange(offset.common.size) / offset.inverse_step
    return offset.slope[tiles].sum(axis=0) + len(tiles) * np.interp(voltage, grid, offset.common)
