"""Train the networks that the package ships: `python -m evaluator.train --network mnist-784-100-10`.

Needs torch (`pip install memchar[train]`) and MNIST (`--data DIR`, or any way of `evaluator.load_mnist`). The
weights file carries the command, seed and score. With one seed the result may differ in the last digits
between machines.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluator.digits import SMALL_CLASSES, middle_digits, small_digits
from evaluator.encodings import ENCODINGS, encoding_named
from evaluator.mnist import Mnist, load_mnist
from evaluator.network import SpikingNetwork
from evaluator.networks.networkfile import save_layers
from evaluator.weights_file import SHIPPED_CODE, save_network, shipped_weights, weights_name
from measurements.errors import InputError, MemcharError

Labelled = tuple[NDArray[np.uint8], NDArray[np.uint8]]
LARGE, MIDDLE, SMALL, CONVOLUTION = "mnist-784-100-10", "mnist-64-16-10", "mnist-16-8-4", "mnist-conv8-10"
CONVOLUTION_STEP = 50e-9
"""Time step in which the convolutional network is trained [s]: 40 in the window, for speed."""
REDUCED = {MIDDLE: middle_digits, SMALL: small_digits}


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, train, write the file; 0 done, 2 bad input."""
    parser = argparse.ArgumentParser(prog="python -m evaluator.train", description=__doc__.splitlines()[0])
    parser.add_argument("--network", choices=(LARGE, MIDDLE, SMALL, CONVOLUTION), default=LARGE)
    parser.add_argument("--data", type=Path, help="folder with the four MNIST files")
    parser.add_argument("--output", type=Path, help="weights file; default: the one the package ships")
    parser.add_argument("--epochs", type=int, help="passes over the training set")
    parser.add_argument("--encoding", choices=tuple(ENCODINGS), default=SHIPPED_CODE, help="how pixels become spikes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--images", type=int, help=f"training images of {CONVOLUTION}, from the first; default: all")
    options = parser.parse_args(arguments)
    try:
        if options.network == CONVOLUTION:
            return _train_layers(options)
        network = train_network(options.network, options.data, options.epochs, options.seed, options.encoding)
        output = options.output or shipped_weights(weights_name(options.network, options.encoding))
        output.parent.mkdir(parents=True, exist_ok=True)
        save_network(output, network)
    except MemcharError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{output}: {network.recipe}")
    return 0


def _train_layers(options: argparse.Namespace) -> int:
    """Train the convolutional network and write its file, which must be named."""
    if options.output is None:
        raise InputError(f"{CONVOLUTION} is not shipped", hint="name a file with --output")
    try:
        import torch

        from evaluator.networks.convtraining import ConvolutionPlan, train_convolution
        from evaluator.networks.torchdevice import TrainingDevice
        from evaluator.training import TrainingPhysics
    except ImportError as error:
        raise InputError("training needs torch", hint="pip install 'memchar[train]'") from error
    plan = ConvolutionPlan()
    epochs = options.epochs or plan.schedule.epochs
    plan = replace(plan, schedule=replace(plan.schedule, seed=options.seed, epochs=epochs))
    train_set, test_set = labelled(load_mnist(options.data), CONVOLUTION)
    train_set = (train_set[0][: options.images], train_set[1][: options.images])
    encoder = encoding_named(options.encoding).encoder
    command = f"python -m evaluator.train --network {CONVOLUTION} --epochs {epochs} --seed {options.seed}"
    command += "" if options.encoding == SHIPPED_CODE else f" --encoding {options.encoding}"
    command += "" if options.images is None else f" --images {options.images}"
    recipe = f"{command}; torch {torch.__version__}; {len(train_set[1])} training images"
    physics = TrainingPhysics(step=CONVOLUTION_STEP)
    network = train_convolution(train_set, test_set, plan, physics, encoder, TrainingDevice(), recipe, print)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    save_layers(options.output, network)
    print(f"{options.output}: {network.recipe}")
    return 0


def train_network(
    name: str, data: Path | None, epochs: int | None, seed: int, code: str = SHIPPED_CODE
) -> SpikingNetwork:
    """Train one of the networks; every epoch is reported on standard output.

    Raises
    ------
    InputError
        torch or MNIST is missing.
    """
    try:
        import torch

        from evaluator.training import TrainingPhysics, TrainingPlan, train
    except ImportError as error:
        raise InputError("training needs torch", hint="pip install 'memchar[train]'") from error
    plan = TrainingPlan(seed=seed)
    if name == SMALL:
        plan = replace(
            plan,
            hidden=8,
            classes=SMALL_CLASSES,
            epochs=25,
            batch=100,
            pulse_steps=(0.1, 0.12),
            shift=0,
            urgency=1.0,
        )
    if name == MIDDLE:
        plan = replace(plan, hidden=16, epochs=6, pulse_steps=(0.05, 0.1), shift=0, urgency=1.0)
    plan = plan if epochs is None else replace(plan, epochs=epochs)
    train_set, test_set = labelled(load_mnist(data), name)
    encoder = encoding_named(code).encoder
    trained = train(train_set, test_set, plan, TrainingPhysics(), encoder, print)
    command = f"python -m evaluator.train --network {name} --epochs {plan.epochs} --seed {seed}"
    command += "" if code == SHIPPED_CODE else f" --encoding {code}"
    recipe = (
        f"{command}; torch {torch.__version__}; {len(train_set[1])} training images; accuracy in training's "
        f"time steps on {len(test_set[1])} test images {trained.test_accuracy:.4f}"
    )
    return SpikingNetwork(trained.weights, trained.pulse_steps, encoder, recipe)


def labelled(mnist: Mnist, name: str) -> tuple[Labelled, Labelled]:
    """Flattened images and labels of the training and the test set of a network's task."""
    if name in REDUCED:
        reduced = REDUCED[name]
        return reduced(mnist.train_images, mnist.train_labels), reduced(mnist.test_images, mnist.test_labels)
    train_images = mnist.train_images.reshape(len(mnist.train_images), -1)
    test_images = mnist.test_images.reshape(len(mnist.test_images), -1)
    return (train_images, mnist.train_labels), (test_images, mnist.test_labels)


if __name__ == "__main__":
    sys.exit(main())
