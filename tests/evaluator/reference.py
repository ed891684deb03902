"""A second, plain simulation of a spiking network: tiny equal time steps, whole layers at once, no events.

It shares with the kernel only the numbers it is given. Forward Euler, all pulses rectangular.
"""

from __future__ import annotations

import numpy as np


def simulate(pixels, trains, layers, membrane, window, step):
    """Spikes [(time, layer, neuron)], energy-like integrals per layer (S s, J), up to the end of the window."""
    grid = membrane.start + np.arange(membrane.leak.size) / membrane.inverse_step
    trip_grid = membrane.trip_start + np.arange(membrane.trip.size) / membrane.inverse_trip_step
    trip_slope = np.gradient(membrane.trip, trip_grid)
    begins = []
    for row, value in enumerate(pixels):
        for time in trains.times[trains.offset[value] : trains.offset[value + 1]] + trains.row_delay[row]:
            if time <= trains.last_start:
                begins.append((time + layers[0].delay, row))
    starts = [(np.array([]), np.array([], int)) for _ in layers]
    starts[0] = (np.array([time for time, _ in begins]), np.array([row for _, row in begins]))
    sizes = [layer.conductance.shape[1] // 2 for layer in layers]
    voltage, trip = [np.zeros(n) for n in sizes], [np.zeros(n) for n in sizes]
    asleep, charge, static = [np.full(n, -1.0) for n in sizes], np.zeros(len(layers)), np.zeros(len(layers))
    spikes = []
    for index in range(round(window / step)):
        now = index * step
        for k, layer in enumerate(layers):
            begin, rows = starts[k]
            share = np.clip(np.minimum(now + step, begin + layer.width) - np.maximum(now, begin), 0, step) / step
            on = np.bincount(rows, share, layer.conductance.shape[0])
            current = np.zeros(2 * sizes[k])
            for tile in range(layer.tile.max() + 1):
                active = (on * (layer.tile == tile)) @ layer.conductance
                current += active * np.polyval(layer.loss[::-1], active)
            charge[k] += current.sum() * step
            static[k] += np.interp(voltage[k], grid, membrane.power).sum() * step
            awake = now >= asleep[k]
            drive = layer.slope * (current[: sizes[k]] - current[sizes[k] :])
            change = (drive - np.interp(voltage[k], grid, membrane.leak)) * step
            voltage[k] = np.where(awake, np.maximum(voltage[k] + change, membrane.floor), 0.0)
            above = voltage[k] > membrane.trip_start
            gain = np.interp(voltage[k], trip_grid, trip_slope) * step
            trip[k] = np.where(above & awake, trip[k] + gain, 0.0)
            for neuron in np.flatnonzero(trip[k] >= 1):
                time = now + step
                spikes.append((time, k, int(neuron)))
                voltage[k][neuron], trip[k][neuron], asleep[k][neuron] = 0.0, 0.0, time + membrane.dead_time
                if k + 1 < len(layers):
                    begin, rows = starts[k + 1]
                    starts[k + 1] = (np.append(begin, time + layers[k + 1].delay), np.append(rows, neuron))
    return spikes, charge, static
