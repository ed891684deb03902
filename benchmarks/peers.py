"""Images a second of 784-100-10 beside other simulators: same run, same shipped weights, same MNIST images and threads.

    pip install -e '.[peers]'
    python -m benchmarks.peers [--json PATH]      (MEMCHAR_RUN: folder of a run with tables.h5 and device.json, else the
                                                   tables are made in the run; MEMCHAR_IMAGES: 2000,
                                                   MEMCHAR_THREADS: 2 if not said)

A peer that is not installed is named. One that cannot be had from a package index stands with the figure that it gave
on two other cores of the same kind, said to be from elsewhere; no ratio is made of it. Rates are the best of three
rounds, of wall-clock time and of processor time: on a busy machine the latter says more, and with one thread most,
since threads of a product wait for each other at work. What is made once for all images is not counted on either side.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.aihwkit_peer import AihwkitPeer
from benchmarks.evaluation import STEP, runs, tables_and_card
from benchmarks.figures import Figure, main
from benchmarks.sanafe_peer import SanaFePeer
from benchmarks.snntorch_peer import STEPS, SnnTorchPeer, binned_spikes
from evaluator import SpikingNetwork, evaluate, load_mnist, load_network, shipped_weights
from evaluator.crossbar import ArrayWiring, effective_conductance
from evaluator.crossbar.noise import noisy_currents

FloatArray = NDArray[np.float64]
THREADS, ROUNDS = int(os.environ.get("MEMCHAR_THREADS", "2")), 3
IMAGES, FEW = int(os.environ.get("MEMCHAR_IMAGES", "2000")), 3
"""Images of each round, and of peers that take them one by one."""
ON, OFF = 1e-4, 1e-6
"""Conductance of a cell that is on and of one that is off in the crossbars [S]."""
DEVIATION = 0.1
"""Standard deviation of a conductance from one read to the next, of its value [1]."""
WIRES = ArrayWiring(1.0, 1.0, 1.0, 1.0)
ELSEWHERE = "measured elsewhere, not in this run"


class Rate:
    """Images a second of wall-clock time, the best of some rounds, and of processor time [1/s]."""

    def __init__(self, work: Callable[[], object], images: int, rounds: int = ROUNDS) -> None:
        wall, processor = [], []
        for _ in range(rounds):
            began = time.perf_counter(), time.process_time()
            work()
            wall.append(time.perf_counter() - began[0])
            processor.append(time.process_time() - began[1])
        self.wall, self.processor = images / min(wall), images / min(processor)


def beside(name: str, own: Rate, peer_name: str, peer: Rate) -> list[Figure]:
    """Both rates of the same work."""
    return [
        Figure(f"{name}, images a second", own.wall, "1/s", peer_name, peer.wall),
        Figure(f"{name}, images a processor second", own.processor, "1/s", peer_name, peer.processor),
    ]


def installed(make: Callable[[], Any], name: str) -> Any | None:
    """The peer, or None after saying that it is not there."""
    try:
        return make()
    except ImportError as error:
        print(f"{name} is left out: {error}; pip install -e '.[peers]'")
        return None


def _spiking(network: SpikingNetwork, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> list[Figure]:
    tables, card = tables_and_card()
    pixels = images.reshape(len(images), -1)
    own, figures = [], []
    for (way, run), step in zip(runs(network, tables, card, THREADS).items(), (None, STEP), strict=True):
        found = evaluate(network, tables, card, images, labels, threads=THREADS, time_step=step)
        figures.append(Figure(f"accuracy, {way}, with energy and latency of each image", found.accuracy, "1"))
        own.append((way, Rate(partial(run, pixels), len(images))))
    spikes = binned_spikes(network, images)
    peer = installed(lambda: SnnTorchPeer(network), "snnTorch")
    if peer is not None:
        peer.torch.set_num_threads(THREADS)
        ready = peer.torch.tensor(spikes)
        each = float(spikes.sum()) / len(images)
        right = float(np.mean(peer.decide(ready) == labels))
        figures.append(Figure(f"accuracy of snnTorch on the same spikes, {STEPS} steps", right, "1"))
        alone = Rate(lambda: peer.decide(ready), len(images))
        coded = Rate(lambda: peer.decide(peer.encode(images, each)), len(images))
        for way, rate in own:
            figures += beside(f"spiking network, {way}", rate, "snnTorch with its encoding, no energy", coded)
            figures += beside(f"spiking network, {way}", rate, "snnTorch, network alone, no energy", alone)
    peer = installed(lambda: SanaFePeer(network), "SANA-FE")
    if peer is not None:
        slow = Rate(lambda: [peer.energy(spikes[:, k]) for k in range(FEW)], FEW, 1)
        for way, rate in own:
            figures += beside(f"spiking network, {way}", rate, "SANA-FE, with energy", slow)
    return figures


def _analog(network: SpikingNetwork, images: NDArray[np.uint8]) -> list[Figure]:
    plus, minus = (
        [effective_conductance(np.where(sign * matrix > 0, ON, OFF), WIRES) for matrix in network.weights]
        for sign in (1, -1)
    )
    wired = [p - m for p, m in zip(plus, minus, strict=True)]
    spread = [DEVIATION * np.sqrt(p**2 + m**2) for p, m in zip(plus, minus, strict=True)]
    inputs, generator = images / 255.0 * 0.1, np.random.default_rng(0)

    def exact() -> FloatArray:
        return np.asarray(np.maximum(inputs @ wired[0], 0.0) @ wired[1])

    def noisy() -> FloatArray:
        hidden = noisy_currents(inputs, wired[0], spread[0], generator)
        return noisy_currents(np.maximum(hidden, 0.0), wired[1], spread[1], generator)

    exact_rate, noisy_rate = Rate(exact, len(images)), Rate(noisy, len(images))
    fixed = f"CrossSim 3.2.0: 2.9, aihwkit: 8 to 17, {ELSEWHERE}"
    drawn = f"CrossSim 3.2.0, a draw for each cell: 168, aihwkit's C++ tile: 87,400 on one thread, {ELSEWHERE}"
    figures = [
        Figure("exact wires, images a second", exact_rate.wall, "1/s", fixed),
        Figure("exact wires, images a processor second", exact_rate.processor, "1/s", fixed),
        Figure("fresh read noise on every read, images a second", noisy_rate.wall, "1/s", drawn),
        Figure("fresh read noise on every read, images a processor second", noisy_rate.processor, "1/s", drawn),
    ]
    peer = installed(lambda: AihwkitPeer(network), "aihwkit")
    if peer is not None:
        peer.torch.set_num_threads(THREADS)
        single = inputs.astype(np.float32)
        tile = Rate(lambda: peer.outputs(single), len(images))
        figures += beside(
            "fresh read noise and exact wires", noisy_rate, "aihwkit's torch tile, output noise only", tile
        )
    return figures


def measure() -> list[Figure]:
    """All figures."""
    network, mnist = load_network(shipped_weights()), load_mnist()
    images, labels = mnist.test_images[:IMAGES], mnist.test_labels[:IMAGES]
    with threadpool_limits(THREADS):
        return _spiking(network, images, labels) + _analog(network, images.reshape(len(images), -1))


if __name__ == "__main__":
    main("peers", measure)
