"""The comparison calibrates on training images alone and keeps its books."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import synthetic_tables as ideal

from evaluator import IsiEncoder, SpikingNetwork, encoding_named
from evaluator.encoding_calibration import FIRST_SCALES, LAST_SCALES, Task, calibrated, fixed, in_window, scaled
from evaluator.encoding_comparison import compare, encoder_energy
from measurements.errors import InputError, TableError

PATTERNS = np.array([[255, 255, 0, 0], [0, 0, 255, 255], [255, 200, 0, 0], [0, 0, 180, 255]], np.uint8)
LABELS = np.array([0, 1, 0, 1])
FIRST = np.array([[1, -1], [1, -1], [-1, 1], [-1, 1]], np.int8)
NETWORK = SpikingNetwork((FIRST, np.eye(2, dtype=np.int8)), (0.15, 0.4), IsiEncoder(phases=2))


def in_code(name):
    return replace(NETWORK, encoder=encoding_named(name).encoder)


@pytest.fixture(scope="module")
def task(tables, card):
    return Task(tables, card, (PATTERNS, LABELS), (PATTERNS, LABELS), windows=(1e-6,))


@pytest.fixture(scope="module")
def compared(task):
    names = ("isi-full", "latency", "phase")
    steps = []
    found = compare(
        [encoding_named(name) for name in names],
        {"isi-full": NETWORK},
        "isi-full",
        task,
        lambda done, total: steps.append((done, total)),
    )
    assert steps == [(1, 3), (2, 3), (3, 3)]
    return dict(zip(names, found.compared, strict=True))


def test_every_encoding_gets_figures_and_a_curve(compared):
    for name, one in compared.items():
        assert one.encoding.name == name
        assert one.weights == "isi-full"
        assert [point.window for point in one.curve] == [1e-6, 2e-6]
        assert one.curve[-1].energy == one.evaluation.energy_per_image_J
        assert one.scales[0] in FIRST_SCALES
        assert one.scales[1] in (1.0, *LAST_SCALES)
    assert compared["isi-full"].evaluation.accuracy == 1.0


def test_points_within_an_energy_are_chosen_in_training(task, compared):
    """The budget is what ISI takes of the training images, so its own choice is one of those; no choice is above it."""
    one = compared["isi-full"]
    found = calibrated({"isi-full": in_code("isi-full")}, task)
    chosen = found.within(found.best.energy)
    assert chosen.rank >= found.best.rank
    assert (one.within.scales, one.within.window) == (chosen.scales, chosen.network.encoder.window)
    assert one.within.energy == task.evaluate(chosen.network, task.test).energy_per_image_J
    assert found.within(0.5 * min(tried.energy for tried in found.tried)) is None
    cheap = found.within(0.999 * found.best.energy)
    assert cheap is None or cheap.energy < found.best.energy
    assert {tried.network.encoder.window for tried in found.tried} == {1e-6, 2e-6}


def test_the_same_circuit_changes_nothing_but_the_spikes(task, compared):
    """ISI is the same with its own gain; a single spike goes through the steps that were made for many."""
    best = calibrated({"isi-full": in_code("isi-full")}, replace(task, windows=())).best
    isi = compared["isi-full"]
    assert isi.same_circuit.whole == isi.whole
    encoder = encoding_named("latency").encoder
    expected = task.evaluate(replace(best.network, encoder=encoder), task.test)
    found = compared["latency"].same_circuit
    assert found.whole.energy == expected.energy_per_image_J
    assert found.evaluation.undecided == expected.undecided
    assert [point.window for point in found.curve] == [1e-6, 2e-6]
    assert found.curve[0].energy < found.curve[1].energy


def test_the_circuit_may_be_that_of_another_code(task):
    """The energy to keep to is then that of ISI in it, which is not that of ISI with its own gain."""
    task, chosen = replace(task, windows=()), [encoding_named("isi-full")]
    found = compare(chosen, {"isi-full": NETWORK}, "isi-full", task, circuit="latency")
    other = calibrated({"isi-full": in_code("latency")}, task)
    assert (found.circuit, found.circuit_scales) == ("latency", other.best.scales)
    assert found.compared[0].same_circuit.whole.scales == other.best.scales
    expected = task.evaluate(scaled(in_code("isi-full"), *other.best.scales), task.calibration)
    assert found.circuit_budget == expected.energy_per_image_J


def test_encoders_are_counted_from_their_circuits_figures(compared):
    """Four rows at 0.2 uW until the decision, and 0.41 pJ each spike; a clock adds to the rest; Poisson has none."""
    found = compared["isi-full"].evaluation
    expected = 4 * 0.2e-6 * found.latency_per_image_s + 0.41e-12 * found.spikes_by_layer[0]
    assert compared["isi-full"].encoder_energy == pytest.approx(expected)
    found = compared["phase"].evaluation
    expected = 4 * (0.51e-6 + 0.018e-6) * found.latency_per_image_s + 0.68e-12 * found.spikes_by_layer[0]
    assert compared["phase"].encoder_energy == pytest.approx(expected)
    assert encoder_energy(encoding_named("poisson"), found, 4) is None
    assert encoder_energy(encoding_named("phase"), found, 8) > compared["phase"].encoder_energy


def test_test_images_decide_nothing(task):
    """With the test set's labels turned round the choice is the same."""
    whole = replace(task, windows=())
    turned = replace(whole, test=(PATTERNS, 1 - LABELS))
    assert calibrated({"isi-full": NETWORK}, turned).best.rank == calibrated({"isi-full": NETWORK}, whole).best.rank


def test_the_better_weights_are_taken(task):
    """Weights that tell nothing lose against those that do, whichever they were trained for."""
    bad = replace(NETWORK, weights=(FIRST, np.ones((2, 2), np.int8)))
    for good in ("latency", "isi-full"):
        networks = {"latency": bad, "isi-full": bad} | {good: NETWORK}
        (found,) = compare([encoding_named("latency")], networks, "isi-full", replace(task, windows=())).compared
        assert found.weights == good


def test_scales_multiply_the_steps():
    assert scaled(NETWORK, 2.0, 0.5).pulse_steps == pytest.approx((0.3, 0.2))


def test_a_window_cuts_the_spikes_that_no_longer_fit():
    short = in_window(NETWORK, 0.5e-6)
    assert short.encoder.window == 0.5e-6
    assert short.encoder.spike_times(1.0).size == 4
    assert NETWORK.encoder.spike_times(1.0).size == 16


def test_refusals(task):
    with pytest.raises(InputError, match="no encoding to compare"):
        compare([], {"isi-full": NETWORK}, "isi-full", task)
    with pytest.raises(InputError, match="no weights of 'isi-full'"):
        compare([encoding_named("rate")], {"rate": NETWORK}, "isi-full", task)
    data = ideal.comparator_table()
    narrow = ideal.ideal_tables(
        neuron_comparator=data.isel(membrane_voltage=data["membrane_voltage"].to_numpy() < 1.25)
    )
    wild = replace(NETWORK, pulse_steps=(6.0, 6.0))
    assert fixed(wild, "isi-full", (1.0, 1.0), replace(task, tables=narrow)) is None
    with pytest.raises(TableError, match="no scale"):
        compare([encoding_named("isi-full")], {"isi-full": wild}, "isi-full", replace(task, tables=narrow))
