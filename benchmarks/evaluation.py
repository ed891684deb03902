"""Images a second of the spiking network on tables, beside bare BLAS of a time-stepped network of the same size.

    python -m benchmarks.evaluation [--json PATH]      (MEMCHAR_RUN: folder of a run with tables.h5 and device.json;
                                                        MEMCHAR_IMAGES: 10,000 if not said)

Without a run the tables are made now, with coarse grids, from the stated truth behind the synthetic reference. The
network is evaluated event by event, and in 100 equal steps of 20 ns. The peer is the least that a time-stepped
evaluation on dense products has to do: at each of those steps, one matrix product of the binary input vectors with each
layer's weights, as BLAS calls on all images at once, accounting for nothing. MNIST is found as in `memchar evaluate`
(MEMCHAR_MNIST, the cache, a download).
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
from evaluator.evaluation import Evaluation
from evaluator.prepared import Run
from evaluator.timestepped import stepped
from memchar.config import PipelineConfig, SimulationConfig
from memchar.files import read_card
from memchar.pipeline import characterize, compose

_IMAGES = int(os.environ.get("MEMCHAR_IMAGES", "10000"))
STEPS, STEP = 100, 20e-9
"""Time steps over the window of 2 us, and their length [s]."""
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
    for _ in range(STEPS):
        np.matmul(batch, first, out=hidden)
        hidden @ second
    return time.perf_counter() - start, time.process_time() - processor


def runs(network: SpikingNetwork, tables: TableSet, card: DeviceCard, threads: int) -> dict[str, Run]:
    """The network ready for images, event by event and in steps."""
    pixels = np.zeros((1, network.sizes[0]), np.uint8)
    run = simulate(network, tables, card, pixels, threads=threads).run
    assert run is not None
    return {"events": run, f"{STEPS} steps": stepped(run, STEP)}


def _processor_time(network: SpikingNetwork, tables: TableSet, card: DeviceCard, images: np.ndarray) -> list[Figure]:
    """Images a second of processor time on one thread each, the best of some rounds: others' work counts least."""
    pixels = images[:1000].reshape(-1, 784)
    ways = runs(network, tables, card, 1)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    peer = []
    with threadpool_limits(1):
        for run in ways.values():
            run(pixels[:1])
        for _ in range(_ROUNDS):
            for name, run in ways.items():
                began = time.process_time()
                run(pixels)
                seconds[name].append(time.process_time() - began)
            peer.append(_blas(network, pixels)[1])
    name, count = f"{STEPS} BLAS time steps, one thread", len(pixels)
    return [
        Figure(f"{way}, images a processor second", count / min(found), "1/s", name, count / min(peer))
        for way, found in seconds.items()
    ]


def _agreement(event: Evaluation, step: Evaluation) -> list[Figure]:
    """Figures in steps beside those event by event."""
    return [
        Figure("accuracy in steps", step.accuracy, "1", "events", event.accuracy),
        Figure("energy an image in steps", step.energy_per_image_J, "J", "events", event.energy_per_image_J),
        Figure("latency in steps", step.latency_per_image_s, "s", "events", event.latency_per_image_s),
        Figure("images decided alike", float(np.mean(step.predictions == event.predictions)), "1"),
        Figure("median miss of a latency", float(np.median(np.abs(step.latencies - event.latencies))), "s"),
    ]


def measure() -> list[Figure]:
    """One thread and all of them; the peer with as many BLAS threads as the environment allows it."""
    tables, card = tables_and_card()
    mnist, network = load_mnist(), load_network(shipped_weights())
    images, labels = mnist.test_images[:_IMAGES], mnist.test_labels[:_IMAGES]
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "all")
    peer = len(images) / _blas(network, images)[0]
    one = evaluate(network, tables, card, images, labels, threads=1)
    all_threads = evaluate(network, tables, card, images, labels)
    in_steps = [evaluate(network, tables, card, images, labels, threads=count, time_step=STEP) for count in (1, None)]
    name = f"{STEPS} BLAS time steps, threads: {threads}"
    return [
        Figure("events, images a second, 1 thread", one.images_per_second, "1/s", name, peer),
        Figure("events, images a second, all cores", all_threads.images_per_second, "1/s", name, peer),
        Figure(f"{STEPS} steps, images a second, 1 thread", in_steps[0].images_per_second, "1/s", name, peer),
        Figure(f"{STEPS} steps, images a second, all cores", in_steps[1].images_per_second, "1/s", name, peer),
        *_processor_time(network, tables, card, images),
        *_agreement(all_threads, in_steps[1]),
        Figure("10,000 images", 10_000 / all_threads.images_per_second, "s"),
        Figure("accuracy", all_threads.accuracy, "1"),
        Figure("spikes an image", all_threads.spikes_per_image, "1"),
        Figure(
            "synaptic events a second", all_threads.synaptic_events_per_image * all_threads.images_per_second, "1/s"
        ),
    ]


if __name__ == "__main__":
    main("evaluation", measure)
