"""Comparison of the evaluator with whole networks: errors, their summary, and images that are kept."""

from __future__ import annotations

from dataclasses import asdict
from types import SimpleNamespace

import numpy as np
import pytest

import memchar.macrotruth as macrotruth
from circuits import Cache
from circuits.outcome import Failure
from circuits.status import Status
from evaluator import SpikingNetwork, load_network, shipped_weights
from measurements.errors import InputError, SimulationError
from memchar.config import PipelineConfig
from memchar.macro import NETWORKS, compare_macro, reduced_digits
from memchar.macroerrors import compare, decided, macro_rows, summary
from netlists import Deck

WINDOW = 2e-6
NETWORK = SpikingNetwork((np.ones((2, 3), np.int8), np.ones((3, 2), np.int8)), (0.1, 0.2))
NUMBERS = {
    "spike 1 0 0": 2e-7, "spike 1 0 1": 5e-7, "spike 2 1 0": 6e-7, "membrane 2 0": 0.7, "membrane 2 1": 0.2,
    "crossbar 1": 1e-12, "crossbar 2": 2e-13, "neurons 1": 3e-12, "neurons 2": 4e-12,
}  # fmt: skip


def deck(title):
    return Deck(f"* {title}\n.end\n", 1e-6, 1e-9, (), (), ())


def outcome(spikes, energy=1e-12):
    return decided(2, WINDOW, spikes, 3, {"neurons 1": energy, "neurons 2": 2 * energy})


def test_the_first_output_spike_decides():
    found = outcome({(1, 0): [1e-7], (2, 3): [9e-7], (2, 1): [6e-7, 1e-6]})
    assert (found.decided, found.fired, found.latency) == (1, True, 6e-7)
    silent = outcome({(1, 0): [1e-7]})
    assert (silent.decided, silent.fired, silent.latency) == (3, False, WINDOW)


def test_errors_of_one_image():
    truth = outcome({(1, 0): [1e-7, 3e-7], (2, 1): [6e-7]})
    table = outcome({(1, 0): [1.2e-7], (2, 1): [5.6e-7], (2, 0): [1e-6]}, 1.1e-12)
    found = compare(7, 1, truth, table, WINDOW)
    assert found.spike_time_errors == pytest.approx((0.01, 0.02))
    assert (found.spikes, found.unmatched_spikes) == (3, 2)
    assert found.energy_error == pytest.approx(0.1)
    assert (found.ngspice_class, found.evaluator_class) == (1, 1)
    assert found.block_errors["neurons 2"] == pytest.approx(0.1)


def test_summary_and_its_rows():
    truth = outcome({(2, 1): [6e-7]})
    same, other = (
        compare(k, 1, truth, outcome({(2, k): [6e-7]}, 1e-12 * (1 + 0.02 * (1 - k))), WINDOW) for k in (1, 0)
    )
    found = summary([same, other, same, same])
    assert found["class_agreement"] == 0.75
    assert found["unmatched_spikes"] == 2
    assert found["energy_error"]["worst"] == pytest.approx(0.02)
    rows = macro_rows({"macro": "16x8x4", "images": [asdict(same), asdict(other)], "summary": found})
    assert rows[0] == ("16x8x4, 4 images", "median", "p95", "worst")
    assert [row[:2] for row in rows[-4:-1]] == [
        ("same class", "75 %"),
        ("same class, and both or neither by a spike", "75 %"),
        ("the same, 0 ties within 0.2 ns aside", "75 %"),
    ]
    assert rows[-1] == ("image 0", "ngspice 1", "tables 0", "lead 1.4e+03 ns")


def test_ties_are_told_apart_by_what_ngspice_can_resolve():
    """Two outputs 0.05 ns apart, or the window's end as near, are ties; 0.5 ns apart they are not."""
    near, far = outcome({(2, 1): [6e-7], (2, 0): [6.0005e-7]}), outcome({(2, 1): [6e-7], (2, 0): [6.005e-7]})
    late, silent = outcome({(2, 1): [1.99996e-6]}), outcome({(1, 1): [6e-7]})
    other = outcome({(2, 0): [6e-7]})
    compared = [compare(0, 1, truth, other, WINDOW) for truth in (near, far, late, silent)]
    assert [item.margin for item in compared] == pytest.approx((5e-11, 5e-10, 4e-11, 0.0), rel=1e-6)
    found = summary(compared)
    assert (found["same_decision"], found["ties"], found["same_decision_but_ties"]) == (0.0, 2, 0.0)
    assert summary([compared[0], compare(0, 1, far, far, WINDOW)])["same_decision_but_ties"] == 1.0


def test_a_class_by_the_highest_membrane_counts_but_is_told_apart():
    truth, table = outcome({(2, 3): [1.99e-6]}), outcome({(1, 0): [1e-7]})
    found = summary([compare(0, 3, truth, table, WINDOW)])
    assert (found["class_agreement"], found["same_decision"]) == (1.0, 0.0)


def test_a_finished_image_is_not_run_again(tmp_path, monkeypatch):
    ran = []
    engine = SimpleNamespace(ngspice=SimpleNamespace(version="39"), run=lambda one, *_: ran.append(one.text))
    monkeypatch.setattr(macrotruth, "_numbers", lambda *_: NUMBERS)
    monkeypatch.setattr("circuits.parallel.run_tasks", lambda tasks, *_: tuple(task(engine) for task in tasks))
    for titles in (["a"], ["a", "b"], ["b", "a"]):
        decks = [deck(title) for title in titles]
        found = macrotruth.macro_truth(NETWORK, decks, PipelineConfig(), Cache(tmp_path / "kept"), None)
    assert ran == ["* a\n.end\n", "* b\n.end\n"]
    assert found[0].spikes == {(1, 0): [2e-7, 5e-7], (2, 1): [6e-7]}
    assert (found[0].decided, found[0].latency) == (1, 6e-7)
    silent = NUMBERS | {"membrane 2 1": 0.8}
    del silent["spike 2 1 0"]
    assert macrotruth._outcome(NETWORK, silent).decided == 1
    assert macrotruth._outcome(NETWORK, silent | {"membrane 2 1": 0.2}).decided == 0
    assert found[0].energy == {name: NUMBERS[name] for name in ("crossbar 1", "crossbar 2", "neurons 1", "neurons 2")}


def test_a_failed_image_is_named(monkeypatch):
    failure = Failure(Status.NOT_CONVERGED, "timestep too small")
    monkeypatch.setattr("circuits.parallel.run_tasks", lambda *_: (NUMBERS, failure))
    with pytest.raises(SimulationError, match="image 1: timestep too small"):
        macrotruth.macro_truth(NETWORK, [deck("a"), deck("b")], PipelineConfig(), None, None)


@pytest.mark.parametrize(("name", "network"), NETWORKS.items())
def test_each_macro_has_weights_and_digits_of_its_size(name, network):
    sizes = tuple(int(part) for part in name.split("x"))
    assert load_network(shipped_weights(network)).sizes == sizes
    images, labels = np.zeros((4, 28, 28), np.uint8), np.arange(4, dtype=np.uint8)
    pixels, kept = reduced_digits(name)(images, labels)
    assert (pixels.shape, kept.tolist()) == ((4, sizes[0]), [0, 1, 2, 3])


def test_an_unknown_macro_is_refused():
    with pytest.raises(InputError, match="8x8x8"):
        compare_macro("8x8x8", None, None, PipelineConfig(), images=1, mnist=None)
