"""Tables from measured sweeps: the truth behind synthetic ones, honest marks, refusals, and a real cell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from devicefit.branches import collect_branches
from devicefit.cardfile import card_from_json, card_to_json
from devicefit.models.registry import MODELS
from devicefit.models.simulation import simulate_model
from devicefit.models.static import static_current
from devicefit.synthesis import reference_truth
from devicefit.tabulation import tabulate_cell
from measurements.errors import FitError, InputError
from measurements.importer import import_files
from measurements.records import MeasurementSet
from measurements.sweep import Activity

CELL = ("synthetic(0,0)", "(0,0)")


@pytest.fixture(scope="module")
def card(synthetic_records: MeasurementSet):
    return tabulate_cell(synthetic_records, *CELL)


def test_the_branches_are_those_of_the_truth(card) -> None:
    truth = reference_truth()
    volts = np.linspace(0.2, 2.5, 24)
    off = static_current(card, volts, 0.0) / static_current(truth, volts, 0.0)
    assert np.abs(np.log(off)).max() < 0.05
    on = static_current(card, -volts[:8], 1.0) / static_current(truth, -volts[:8], 1.0)
    assert np.abs(np.log(on)).max() < 0.15  # the on current differs from cycle to cycle
    assert np.ptp(on) < 0.05


def test_simulated_events_are_where_the_measured_ones_are(card, synthetic_records) -> None:
    for kind, sign, fraction in ((Activity.SET, 1, 0.0), (Activity.RESET, -1, 1.0)):
        branches = [b for b in collect_branches(synthetic_records.of_cell(*CELL)) if b.kind is kind and b.anchor]
        measured = [float(np.interp(b.anchor.time, b.time, b.voltage)) for b in branches]
        simulated = []
        for b in branches:
            ours = simulate_model(MODELS[card.model], card, b.time, sign * b.voltage, fraction=fraction)
            half = np.flatnonzero(np.abs(ours.fraction - fraction) > 0.5)
            simulated.append(b.voltage[half[0]])
        error = np.std(measured, ddof=1) / np.sqrt(len(measured))
        assert abs(np.mean(simulated) - np.mean(measured)) < 2.0 * error + np.median(np.diff(branches[0].voltage))


def test_what_was_not_measured_says_so(card) -> None:
    origins = {name: parameter.origin for name, parameter in card.parameters.items()}
    assert {origins[f"on_positive_{k}"] for k in range(1, 9)} == {"assumed"}
    assert {origins[f"off_negative_{k}"] for k in range(1, 9)} == {"assumed"}
    assert {origins[f"on_negative_{k}"] for k in range(1, 9)} == {"fitted"}
    assert all(card.parameters[f"on_negative_{k}"].standard_error for k in range(1, 9))
    assert "mirrored" in card.parameters["on_positive_3"].note
    assert card.synthetic
    assert card_from_json(card_to_json(card)) == card


def test_a_cell_that_sets_with_negative_voltage_is_refused(synthetic_records) -> None:
    turned = MeasurementSet(tuple(replace(s, voltage=-s.voltage, current=-s.current) for s in synthetic_records.sweeps))
    with pytest.raises(FitError, match="exchange the electrodes"):
        tabulate_cell(turned, *CELL)
    with pytest.raises(InputError, match="no sweep"):
        tabulate_cell(synthetic_records, "synthetic(0,0)", "(9,9)")


def test_a_real_cell_whose_off_state_hides_in_the_noise(shared_data: Path) -> None:
    files = import_files([shared_data / "vt-cu-taox-pt"])
    real = tabulate_cell(files.records, "wafer2(0,7)", "(1,1)")
    bounds = [real.parameters[f"off_positive_{k}"] for k in range(1, 9)]
    assert all(bound.origin == "assumed" and "floor" in bound.note for bound in bounds)
    assert not real.synthetic
    assert 300 < 0.1 / abs(static_current(real, np.array([-0.1]), 1.0)[0]) < 700
    assert 2.0 < real.variability["set_voltage"].median < 4.5
