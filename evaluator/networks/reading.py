"""Any file that holds a network, known by its content: our own, weights of `evaluator.train`, NIR; never a pickle."""

from __future__ import annotations

import zipfile
from pathlib import Path

from evaluator.code import Encoder
from evaluator.networks.description import LayeredNetwork, Timing, layered
from evaluator.networks.networkfile import load_layers
from evaluator.networks.nirfile import is_hdf5, read_nir_file
from evaluator.networks.nirgraph import network_from_nir
from evaluator.weights_file import load_network
from measurements.errors import InputError


def read_network(
    path: Path, *, timing: Timing | None = None, encoder: Encoder | None = None, levels: int | None = None
) -> LayeredNetwork:
    """The network in a file; `timing`, `encoder` and `levels` are for NIR graphs, which do not say them.

    Raises
    ------
    InputError
        The file is none of these, is damaged or too large, or holds pickled data, which is never opened.
    """
    if is_hdf5(path):
        graph = read_nir_file(path)
        try:
            return network_from_nir(graph, timing=timing, encoder=encoder, levels=levels)
        except InputError as error:
            raise InputError(error.reason, path=path, hint=error.hint) from error
    names = _members(path)
    if any(name.endswith((".pkl", ".pickle")) for name in names):
        raise InputError(
            "is a file of PyTorch: it holds pickled objects, which are never opened, and no layers without them",
            path=path, hint="convert the module with evaluator.networks.torchmodules, or export it to NIR",
        )  # fmt: skip
    if "weights_0.npy" in names:
        return layered(load_network(path))
    return load_layers(path)


def _members(path: Path) -> list[str]:
    """Names in a zip archive.

    Raises
    ------
    InputError
        It is no zip archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(
            "is neither a network of this project (.npz) nor a NIR graph (HDF5)", path=path,
            hint="docs/networks.md describes both",
        ) from error  # fmt: skip
