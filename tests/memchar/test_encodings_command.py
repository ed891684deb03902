"""`memchar encodings` and `memchar evaluate --encoding` on files alone, with digits and with another set of images."""

from __future__ import annotations

import gzip
import json
import struct

import numpy as np
import pytest

from measurements.errors import InputError
from memchar.cli import run
from memchar.encodings import document_rows, encoding_figure, same_circuit_rows
from memchar.report import build_report


@pytest.fixture(scope="module")
def fashion(tmp_path_factory):
    """Synthetic images in the four IDX files of Fashion-MNIST, unpacked: bars whose place is the class."""
    folder = tmp_path_factory.mktemp("fashion")
    for part, count in (("train", 1000), ("t10k", 40)):
        labels = np.arange(count, dtype=np.uint8) % 10
        images = np.zeros((count, 28, 28), np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[4:24, 4 + 2 * int(label) : 7 + 2 * int(label)] = 220
        (folder / f"{part}-images-idx3-ubyte").write_bytes(
            struct.pack(">4B3I", 0, 0, 8, 3, count, 28, 28) + images.tobytes()
        )
        content = struct.pack(">4BI", 0, 0, 8, 1, count) + labels.tobytes()
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(content))
    return folder


@pytest.fixture
def arguments(short_run, fashion):
    folder, _ = short_run
    return [str(folder / "tables.h5"), "--device", str(folder / "device.json"), "--data", str(fashion)]


def test_another_set_of_images_by_the_same_commands(arguments, short_run, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("memchar.encodings.CALIBRATION_IMAGES", 50)
    output, figure = tmp_path / "encodings.json", tmp_path / "encodings.png"
    chosen = ["--encoding", "latency", "--encoding", "isi-full", "--images", "20"]
    assert run(["encodings", *arguments, *chosen, "-o", str(output), "--figure", str(figure)]) == 0
    printed = capsys.readouterr().out
    document = json.loads(output.read_text())
    assert [entry["encoding"] for entry in document["encodings"]] == ["latency", "isi-full"]
    assert "against the best other code, latency" in printed
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert encoding_figure(document).startswith(b"\x89PNG")
    assert [len(row) for row in document_rows(document)] == [13, 13, 13]
    assert [row[0] for row in same_circuit_rows(document)] == ["same circuit", "latency", "isi-full"]
    with pytest.raises(InputError, match="older version"):
        document_rows({name: value for name, value in document.items() if name != "same_circuit"})
    assert all(point["energy_J"] > 0 for entry in document["encodings"] for point in entry["curve"])
    folder, _ = short_run
    (folder / "encodings.json").write_text(output.read_text())
    try:
        page = build_report(folder)
    finally:
        (folder / "encodings.json").unlink()
    assert "Encodings at an equal window" in page
    assert "Encodings at an equal window" not in build_report(folder)


def test_evaluate_takes_an_encoding_and_a_readout(arguments, capsys):
    found = {}
    for code, readout in (("isi-full", "ttfs"), ("isi-full", "membrane"), ("rate", "ttfs")):
        assert run(["evaluate", *arguments, "--images", "10", "--encoding", code, "--readout", readout, "--json"]) == 0
        found[code, readout] = json.loads(capsys.readouterr().out)
    assert found["isi-full", "membrane"]["latency_per_image_s"] == pytest.approx(2e-6)
    assert found["isi-full", "membrane"]["energy_per_image_J"] > found["isi-full", "ttfs"]["energy_per_image_J"]
    assert found["rate", "ttfs"]["spikes_by_layer"] != found["isi-full", "ttfs"]["spikes_by_layer"]
    assert found["rate", "ttfs"]["weights"] == found["isi-full", "ttfs"]["weights"]


@pytest.mark.parametrize(("option", "message"), [
    (["--encoding", "morse"], "no encoding 'morse'"), (["--readout", "guess"], "no readout 'guess'"),
    (["--weights", "none.npz"], "none.npz"),
])  # fmt: skip
def test_bad_choices_are_said_in_one_line(arguments, capsys, option, message):
    assert run(["evaluate", *arguments, "--images", "10", *option]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert message in error
