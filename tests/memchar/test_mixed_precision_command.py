"""`memchar evaluate --workload mixed-precision-lenet`: a short run whose finished seeds are kept, and refusals."""

from __future__ import annotations

import json

import pytest

from memchar.cli import run
from memchar.workloads import settings_of
from memchar.workloads.mixedcosts import COMPARED
from memchar.workloads.mixedfigure import mixed_figure, mixed_page

COMMAND = ["evaluate", "--workload", "mixed-precision-lenet"]


def test_a_short_run_is_kept_and_goes_on(shared_data, tmp_path, capsys):
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    output = tmp_path / "lenet.json"
    short = [
        "--set",
        "epochs=1",
        "--set",
        "train_images=128",
        "--set",
        "chips=1",
        "--set",
        "rate=0.05",
        "--images",
        "40",
    ]
    arguments = [*COMMAND, "--data", str(shared_data / "mnist"), *short, "-o", str(output), "--json"]
    try:
        assert run([*arguments, "--set", "seeds=1"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert json.loads(output.read_text()) == document
        # as after Ctrl-C in the last mode: what was finished is taken over as it is, the rest is made again
        finished = [line for line in document["runs"] if line["mode"] != "naive"]
        finished[0]["epochs"][0]["loss"] = 123.0
        output.write_text(json.dumps(document | {"runs": [*finished, {"mode": "naive"}]}))
        assert run([*arguments, "--set", "seeds=1"]) == 0
        again = json.loads(capsys.readouterr().out)
    finally:
        torch.set_num_threads(threads)
    assert [line["mode"] for line in document["runs"]] == ["software", "mixed", "naive"]
    assert all(len(line["epochs"]) == 1 and line["finished"] for line in document["runs"])
    mixed, naive = document["summary"]["mixed"], document["summary"]["naive"]
    assert (naive["writes_of_a_weight"], naive["fewer_writes"]) == (2.0, 1.0)
    assert 0.1 < mixed["writes_of_a_weight"] <= 2
    assert document["summary"]["transfer"]["chips"] == 1
    assert document["life"]["energy_origin"] == "assumed"
    assert {line["origin"] for line in document["module"]["numbers"]} == {"published"}
    assert [entry["computed"]["tile_operations"] for entry in document["accounts"]] == [707, 7713, 81922]
    assert set(document["accounts"][0]["published"]) == set(COMPARED)
    assert again["runs"][0]["epochs"][0]["loss"] == 123.0
    assert again["runs"][2]["epochs"][0]["accuracy"] == document["runs"][2]["epochs"][0]["accuracy"]
    assert mixed_figure(document)[:4] == b"\x89PNG"
    page = mixed_page(document)
    assert all(words in page for words in ("97.73% (chip)", "ResNet-18 (256x64), published", "1/15 of the range"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["threshold=0.01"], "the device's step is 0.06667"),
        (["module=own"], "no programming data"),
        (["module=own", "pulses=absent.csv"], "absent.csv"),
        (["pulses=absent.csv"], "add --set module=own"),
        (["module=other"], "--set module"),
        (["colour=1"], "--set colour"),
        (["epochs=0"], "--set epochs"),
        (["modes=mixed,other"], "--set modes"),
        (["epochs"], "not NAME=VALUE"),
        (["epochs=1", "epochs=2"], "set before"),
    ],
)
def test_bad_settings_are_refused(settings, words, capsys):
    assert run([*COMMAND, *(part for pair in settings for part in ("--set", pair))]) == 2
    assert words in capsys.readouterr().err


def test_other_workloads(capsys):
    assert run(["evaluate", "--workload", "other"]) == 2
    assert "use mnist-isi-ttfs, deep-dfr, mixed-precision-lenet" in capsys.readouterr().err
    assert run([*COMMAND, "--batch", "5"]) == 2
    assert "are for spiking networks" in capsys.readouterr().err
    assert run(["evaluate"]) == 2
    assert "needs tables and --device" in capsys.readouterr().err
    assert settings_of(None) == {}
