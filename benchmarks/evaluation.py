"""Images a second of the spiking network on tables, beside bare BLAS of a time-stepped network of the same size.

The tables are made in the run, with coarse grids, from the stated truth behind the synthetic reference. The peer is the
least that any time-stepped evaluation has to do: at each of 80 steps of 25 ns, one matrix product of the binary input
vectors with each layer's weights, as BLAS calls on all images at once, accounting for nothing. MNIST is found as in
`memchar evaluate` (MEMCHAR_MNIST, the cache, a download).
"""

from __future__ import annotations

import os
import time

import numpy as np

from benchmarks.figures import Figure, main
from circuits.tables import TableSet
from devicefit import DeviceCard, reference_truth
from evaluator import SpikingNetwork, evaluate, load_mnist, load_network, shipped_weights
from memchar.config import PipelineConfig, SimulationConfig
from memchar.pipeline import characterize, compose

_IMAGES = 10_000
_STEPS = 80
"""Time steps of the peer: 25 ns each over the window of 2 us."""


def made_tables(card: DeviceCard) -> TableSet:
    """Coarse tables, made now."""
    config = PipelineConfig(simulation=SimulationConfig(grid="coarse"))
    return characterize(compose(card, config), config)


def _blas(network: SpikingNetwork, pixels: np.ndarray) -> float:
    """Seconds for the matrix products of a time-stepped network on all images."""
    generator = np.random.default_rng(0)
    first, second = (matrix.astype(np.float32) for matrix in network.weights)
    batch = (pixels.reshape(len(pixels), -1) > generator.integers(0, 256, (len(pixels), 784))).astype(np.float32)
    hidden = np.zeros((len(pixels), first.shape[1]), np.float32)
    start = time.perf_counter()
    for _ in range(_STEPS):
        np.matmul(batch, first, out=hidden)
        hidden @ second
    return time.perf_counter() - start


def measure() -> list[Figure]:
    """One thread and all of them; the peer with as many BLAS threads as the environment allows it."""
    card = reference_truth()
    tables, mnist, network = made_tables(card), load_mnist(), load_network(shipped_weights())
    images, labels = mnist.test_images[:_IMAGES], mnist.test_labels[:_IMAGES]
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "all")
    peer = _IMAGES / _blas(network, images)
    one = evaluate(network, tables, card, images, labels, threads=1)
    all_threads = evaluate(network, tables, card, images, labels)
    name = f"{_STEPS} BLAS time steps, threads: {threads}"
    return [
        Figure("images a second, 1 thread", one.images_per_second, "1/s", name, peer),
        Figure("images a second, all cores", all_threads.images_per_second, "1/s", name, peer),
        Figure("10,000 images", 10_000 / all_threads.images_per_second, "s"),
        Figure("accuracy", all_threads.accuracy, "1"),
        Figure("spikes an image", all_threads.spikes_per_image, "1"),
        Figure(
            "synaptic events a second", all_threads.synaptic_events_per_image * all_threads.images_per_second, "1/s"
        ),
    ]


if __name__ == "__main__":
    main("evaluation", measure)
