"""How far evaluation in equal steps is from evaluation by events, over the length of the step.

    MEMCHAR_RUN=runs/vt python -m benchmarks.timesteps [--json PATH]       (MEMCHAR_IMAGES: 10,000 if not said)

Without MEMCHAR_RUN, a folder of a run with tables.h5 and device.json, the tables are made now, with coarse grids.
"""

from __future__ import annotations

import os

import numpy as np

from benchmarks.evaluation import tables_and_card
from benchmarks.figures import Figure, main
from evaluator import Evaluation, evaluate, load_mnist, load_network, shipped_weights
from evaluator.evaluate import simulate

IMAGES = int(os.environ.get("MEMCHAR_IMAGES", "10000"))
STEPS = (40e-9, 20e-9, 10e-9, 5e-9)
"""Lengths of a step [s]."""
SEED = 1
"""Of the drawn on-resistances, as `memchar evaluate` draws them where a plan says nothing else."""
RECORDED = 400
"""Spikes of an image that are kept, for the outputs' among them."""


def leads(times: np.ndarray, layers: np.ndarray, neurons: np.ndarray, last: int) -> np.ndarray:
    """By how much the first output to spike leads the next other one in each image [s]; infinite without one."""
    found = np.full(len(times), np.inf)
    for image, (time, layer, neuron) in enumerate(zip(times, layers, neurons, strict=True)):
        kept = (layer == last) & np.isfinite(time)
        firsts = sorted(float(time[kept & (neuron == one)].min()) for one in np.unique(neuron[kept]))
        if len(firsts) > 1:
            found[image] = firsts[1] - firsts[0]
    return found


def _row(step: float, found: Evaluation, event: Evaluation) -> list[Figure]:
    name = f"{step * 1e9:g} ns"
    missed = np.median(np.abs(found.latencies - event.latencies))
    return [
        Figure(f"accuracy, {name}", found.accuracy, "1", "events", event.accuracy),
        Figure(f"images decided alike, {name}", float(np.mean(found.predictions == event.predictions)), "1"),
        Figure(f"energy an image, {name}", found.energy_per_image_J, "J", "events", event.energy_per_image_J),
        Figure(f"latency, {name}", found.latency_per_image_s, "s", "events", event.latency_per_image_s),
        Figure(f"median miss of a latency, {name}", float(missed), "s"),
    ]


def measure() -> list[Figure]:
    """All lengths of a step; and how close those images are that 20 ns decide otherwise."""
    tables, card = tables_and_card()
    mnist, network = load_mnist(), load_network(shipped_weights())
    images, labels = mnist.test_images[:IMAGES], mnist.test_labels[:IMAGES]
    event = evaluate(network, tables, card, images, labels, spread_seed=SEED)
    figures = []
    otherwise = np.zeros(len(images), np.bool_)
    for step in STEPS:
        found = evaluate(network, tables, card, images, labels, spread_seed=SEED, time_step=step)
        figures += _row(step, found, event)
        if step == 20e-9:
            otherwise = found.predictions != event.predictions
    whole = simulate(network, tables, card, images, spread_seed=SEED, stop_at_first=False, recorded=RECORDED).outcome
    lead = leads(whole.spike_time, whole.spike_layer, whole.spike_neuron, len(network.weights) - 1)
    for name, chosen in (("alike", ~otherwise), ("otherwise", otherwise)):
        close = float(np.mean(lead[chosen & np.isfinite(lead)] < 50e-9))
        figures.append(Figure(f"first output leads the next by less than 50 ns, images decided {name}", close, "1"))
    return figures


if __name__ == "__main__":
    main("timesteps", measure)
