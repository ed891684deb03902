"""Images a second of the spiking network on tables, beside bare BLAS of a time-stepped network of the same size.

    python -m benchmarks.evaluation [--json PATH]      (MEMCHAR_RUN: folder of a run with tables.h5 and device.json;
                                                        MEMCHAR_IMAGES: 10,000 if not said)

Without a run the tables are made now, with coarse grids, from the stated truth behind the synthetic reference. The peer
is the least that any time-stepped evaluation has to do: at each of 80 steps of 25 ns, one matrix product of the binary
input vectors with each layer's weights, as BLAS calls on all images at once, accounting for nothing. MNIST is found as
in `memchar evaluate` (MEMCHAR_MNIST, the cache, a download).
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.figures import Figure, main
from circuits.tables import TableSet, read_tables
from devicefit import DeviceCard, reference_truth
from evaluator import SpikingNetwork, evaluate, load_mnist, load_network, shipped_weights
from evaluator.evaluate import simulate
from memchar.config import PipelineConfig, SimulationConfig
from memchar.files import read_card
from memchar.pipeline import characterize, compose

_IMAGES = int(os.environ.get("MEMCHAR_IMAGES", "10000"))
_STEPS = 80
"""Time steps of the peer: 25 ns each over the window of 2 us."""
_ROUNDS = 5
"""Of both in turn, where processor time is compared."""


def tables_and_card() -> tuple[TableSet, DeviceCard]:
    """Those of the run that MEMCHAR_RUN names, or of the synthetic reference, made now with coarse grids."""
    folder = os.environ.get("MEMCHAR_RUN")
    if folder is not None:
        return read_tables(Path(folder) / "tables.h5"), read_card(Path(folder) / "device.json")
    card = reference_truth()
    config = PipelineConfig(simulation=SimulationConfig(grid="coarse"))
    return characterize(compose(card, config), config), card


def _blas(network: SpikingNetwork, pixels: np.ndarray) -> tuple[float, float]:
    """Seconds of wall-clock and of processor time for the products of a time-stepped network on all images."""
    generator = np.random.default_rng(0)
    first, second = (matrix.astype(np.float32) for matrix in network.weights)
    batch = (pixels.reshape(len(pixels), -1) > generator.integers(0, 256, (len(pixels), 784))).astype(np.float32)
    hidden = np.zeros((len(pixels), first.shape[1]), np.float32)
    start, processor = time.perf_counter(), time.process_time()
    for _ in range(_STEPS):
        np.matmul(batch, first, out=hidden)
        hidden @ second
    return time.perf_counter() - start, time.process_time() - processor


def _processor_time(network: SpikingNetwork, tables: TableSet, card: DeviceCard, images: np.ndarray) -> Figure:
    """Images a second of processor time on one thread each, the best of some rounds: others' work counts least."""
    pixels = images[:1000].reshape(-1, 784)
    run = simulate(network, tables, card, pixels[:1], threads=1).run
    own, peer = [], []
    with threadpool_limits(1):
        for _ in range(_ROUNDS):
            began = time.process_time()
            run(pixels)
            own.append(time.process_time() - began)
            peer.append(_blas(network, pixels)[1])
    name = f"{_STEPS} BLAS time steps, one thread"
    count = len(pixels)
    return Figure("images a processor second", count / min(own), "1/s", name, count / min(peer))


def measure() -> list[Figure]:
    """One thread and all of them; the peer with as many BLAS threads as the environment allows it."""
    tables, card = tables_and_card()
    mnist, network = load_mnist(), load_network(shipped_weights())
    images, labels = mnist.test_images[:_IMAGES], mnist.test_labels[:_IMAGES]
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "all")
    peer = len(images) / _blas(network, images)[0]
    one = evaluate(network, tables, card, images, labels, threads=1)
    all_threads = evaluate(network, tables, card, images, labels)
    name = f"{_STEPS} BLAS time steps, threads: {threads}"
    return [
        Figure("images a second, 1 thread", one.images_per_second, "1/s", name, peer),
        Figure("images a second, all cores", all_threads.images_per_second, "1/s", name, peer),
        _processor_time(network, tables, card, images),
        Figure("10,000 images", 10_000 / all_threads.images_per_second, "s"),
        Figure("accuracy", all_threads.accuracy, "1"),
        Figure("spikes an image", all_threads.spikes_per_image, "1"),
        Figure(
            "synaptic events a second", all_threads.synaptic_events_per_image * all_threads.images_per_second, "1/s"
        ),
    ]


if __name__ == "__main__":
    main("evaluation", measure)
