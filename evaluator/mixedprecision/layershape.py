"""Layers as crossbars see them: how many rows, columns and operations an image takes; three published networks."""

from __future__ import annotations

from dataclasses import dataclass

from measurements.errors import InputError


@dataclass(frozen=True)
class LayerShape:
    """A convolution or a dense layer (`kernel` and `positions` 1).

    Parameters
    ----------
    name
        For tables.
    channels, outputs
        Maps that come in and go out; of a dense layer inputs and neurons [1].
    kernel
        Side of the kernel [1].
    positions
        Places of the output map, each one operation [1].
    beside
        It works beside the layers of the main path (a shortcut's projection) and is no stage of a pipeline.
    """

    name: str
    channels: int
    outputs: int
    kernel: int = 1
    positions: int = 1
    beside: bool = False

    def __post_init__(self) -> None:
        for field in ("channels", "outputs", "kernel", "positions"):
            if getattr(self, field) < 1:
                raise InputError(f"layer {self.name}: {field} is {getattr(self, field)}; at least 1 is needed")

    @property
    def rows(self) -> int:
        """Inputs of one operation [1]."""
        return self.channels * self.kernel**2

    @property
    def weights(self) -> int:
        """Weights without biases, which stay digital [1]."""
        return self.rows * self.outputs

    @property
    def flops(self) -> int:
        """Multiplications and additions of an image [1]."""
        return 2 * self.positions * self.weights


@dataclass(frozen=True)
class NetworkShape:
    """Layers of a network in the order in which an image passes them."""

    name: str
    layers: tuple[LayerShape, ...]

    @property
    def weights(self) -> int:
        """Of all layers [1]."""
        return sum(layer.weights for layer in self.layers)

    @property
    def flops(self) -> int:
        """Of one image [1]."""
        return sum(layer.flops for layer in self.layers)

    @property
    def operations(self) -> int:
        """Vector-matrix products of an image, one a place of each layer [1]."""
        return sum(layer.positions for layer in self.layers)


def lenet() -> NetworkShape:
    """LeNet for MNIST: 4 and 12 kernels of 5x5 without padding, each pooled by 2, and 192 inputs to 10 neurons.

    The publication gives devices, operations and arrays only; these widths are the ones that answer all of them.
    """
    layers = (LayerShape("conv1", 1, 4, 5, 24 * 24), LayerShape("conv2", 4, 12, 5, 8 * 8), LayerShape("fc", 192, 10))
    return NetworkShape("LeNet", layers)


def vgg8() -> NetworkShape:
    """VGG-8 for CIFAR-10: pairs of 3x3 convolutions of 32, 64 and 128 kernels, each pair pooled, and 2048-128-10."""
    layers: list[LayerShape] = []
    channels, side = 3, 32
    for width in (32, 64, 128):
        for _ in range(2):
            layers.append(LayerShape(f"conv{len(layers) + 1}", channels, width, 3, side * side))
            channels = width
        side //= 2
    layers += [LayerShape("fc1", channels * side * side, 128), LayerShape("fc2", 128, 10)]
    return NetworkShape("VGG-8", tuple(layers))


def resnet18() -> NetworkShape:
    """ResNet-18 for CIFAR-10 (He et al. 2016, doi 10.1109/CVPR.2016.90): 64 to 512 kernels, 1x1 projections beside."""
    layers, channels, side = [LayerShape("conv1", 3, 64, 3, 32 * 32)], 64, 32
    for group, width in enumerate((64, 128, 256, 512), start=1):
        if group > 1:
            side //= 2
            layers.append(LayerShape(f"projection{group}", channels, width, 1, side * side, beside=True))
        for number in range(1, 5):
            layers.append(LayerShape(f"conv{group}_{number}", channels, width, 3, side * side))
            channels = width
    layers.append(LayerShape("fc", 512, 10))
    return NetworkShape("ResNet-18", tuple(layers))


NETWORKS = {"lenet": lenet, "vgg-8": vgg8, "resnet-18": resnet18}
"""Networks by the name that commands take."""
