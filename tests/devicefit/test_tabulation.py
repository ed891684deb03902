"""Tables from measured sweeps: the truth behind synthetic ones, honest marks, refusals, and a real cell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from devicefit.card import DeviceCard
from devicefit.cardfile import card_from_json, card_to_json
from devicefit.cycles.bases import tabulated_card
from devicefit.cycles.fit import prepare_cell
from devicefit.cycles.trace import Trace
from devicefit.models.registry import MODELS
from devicefit.models.simulation import simulate_model
from devicefit.models.static import static_current
from devicefit.synthesis import reference_truth
from measurements.errors import InputError
from measurements.importer import import_files
from measurements.records import MeasurementSet
from measurements.sweep import Activity

CELL = ("synthetic(0,0)", "(0,0)")


@pytest.fixture(scope="module")
def traces(synthetic_records: MeasurementSet) -> tuple[Trace, ...]:
    return prepare_cell(synthetic_records, *CELL).traces


@pytest.fixture(scope="module")
def card(traces: tuple[Trace, ...]) -> DeviceCard:
    return tabulated_card(traces)


def test_the_branches_are_those_of_the_truth(card: DeviceCard) -> None:
    truth = reference_truth()
    volts = np.linspace(0.2, 2.5, 24)
    off = static_current(card, volts, 0.0) / static_current(truth, volts, 0.0)
    assert np.abs(np.log(off)).max() < 0.05
    on = static_current(card, -volts[:8], 1.0) / static_current(truth, -volts[:8], 1.0)
    assert np.abs(np.log(on)).max() < 0.15  # the on current differs from cycle to cycle
    assert np.ptp(on) < 0.05


def test_simulated_events_are_where_the_measured_ones_are(card: DeviceCard, traces: tuple[Trace, ...]) -> None:
    for kind, sign, fraction in ((Activity.SET, 1, 0.0), (Activity.RESET, -1, 1.0)):
        chosen = [trace for trace in traces if trace.kind is kind and trace.event is not None]
        measured = [float(np.interp(t.event.time, t.time, t.voltage)) for t in chosen if t.event is not None]
        simulated = []
        ramp = np.linspace(0.0, 5.0, 101)  # traces end soon after their own event
        for trace in chosen:
            ours = simulate_model(MODELS[card.model], card, ramp / trace.ramp_rate, sign * ramp, fraction=fraction)
            half = np.flatnonzero(np.abs(ours.fraction - fraction) > 0.5)
            simulated.append(ramp[half[0]])
        error = np.std(measured, ddof=1) / np.sqrt(len(measured))
        assert abs(np.mean(simulated) - np.mean(measured)) < 2.0 * error + 0.05


def test_what_was_not_measured_says_so(card: DeviceCard) -> None:
    origins = {name: parameter.origin for name, parameter in card.parameters.items()}
    assert {origins[f"on_positive_{k}"] for k in range(1, 9)} == {"assumed"}
    assert {origins[f"off_negative_{k}"] for k in range(1, 9)} == {"assumed"}
    assert {origins[f"on_negative_{k}"] for k in range(1, 9)} == {"fitted"}
    assert all(card.parameters[f"on_negative_{k}"].standard_error for k in range(1, 9))
    assert "mirrored" in card.parameters["on_positive_3"].note
    assert card_from_json(card_to_json(card)) == card


def test_a_table_needs_a_set_and_a_reset(traces: tuple[Trace, ...]) -> None:
    with pytest.raises(InputError, match="no set that shows its event"):
        tabulated_card([trace for trace in traces if trace.kind is Activity.RESET])


def test_a_real_cell_whose_off_state_hides_in_the_noise(shared_data: Path) -> None:
    files = import_files([shared_data / "vt-cu-taox-pt"])
    real = tabulated_card(prepare_cell(files.records, "wafer2(0,7)", "(1,1)").traces)
    bounds = [real.parameters[f"off_positive_{k}"] for k in range(1, 9)]
    assert all(bound.origin == "assumed" and "floor" in bound.note for bound in bounds)
    assert 300 < 0.1 / abs(static_current(real, np.array([-0.1]), 1.0)[0]) < 700
    assert 2.0 < real.value("set_voltage") < 4.5
