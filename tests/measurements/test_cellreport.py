"""Reports of cells: every figure or the reason it is missing."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from measurements import Activity, Import, InputError, MeasurementSet, Source, Sweep
from measurements.cellreport import describe, describe_cell
from measurements.pulses import PulseDirection, PulseTrain
from measurements.quantities import QuantityTable
from measurements.reads import ReadSeries

Make = Callable[..., Sweep]
HERE = Source("made", "")


def test_report_of_a_switching_cell(make_set: Make, make_reset: Make) -> None:
    noise = 2e-11 * np.cos(2.7 * np.arange(101))
    sweeps = [sweep for _ in range(7) for sweep in (make_set(off_resistance=1e7, offset=-1.4e-9 + noise), make_reset())]
    (report,) = describe(MeasurementSet(tuple(sweeps)))
    figures = report.figures
    assert figures["offset_current"].value == pytest.approx(-1.4e-9, rel=0.02)
    assert figures["set_voltage"].value == pytest.approx(2.975)
    assert figures["reset_voltage"].value == pytest.approx(-1.725)
    assert figures["on_resistance"].value == pytest.approx(610.0)
    assert figures["off_resistance"].value == pytest.approx(1e7, rel=0.01)
    assert figures["ramp_rate"].value == pytest.approx(1.25)
    assert figures["series_resistance"].bound is not None
    assert "form_voltage" in report.missing
    assert any("current at 0 V" in flag for flag in report.flags)


@pytest.mark.parametrize(
    "sweeps",
    [
        pytest.param(lambda make_set, _: (make_set(index=101),), id="never switches"),
        pytest.param(lambda make_set, _: (make_set(index=0),), id="all compliance"),
        pytest.param(lambda _, make: (make(np.array([0.1]), np.array([1e-5]), Activity.READ),), id="one point"),
        pytest.param(lambda _, make: (make(0.1 * np.arange(10), 1e-9 * np.arange(10), Activity.SET),), id="ten points"),
    ],
)
def test_poor_cells_say_why(make_set: Make, make_sweep: Make, sweeps: Callable[..., tuple[Sweep, ...]]) -> None:
    report = describe_cell(MeasurementSet(sweeps(make_set, make_sweep)))
    assert "set_voltage" not in report.figures
    assert report.missing["set_voltage"]
    assert all(reason for reason in report.missing.values())


def test_reads_pulses_and_tables_are_reported() -> None:
    random = np.random.default_rng(0)
    time = np.arange(200.0)
    reads = ReadSeries(time, np.full(200, 0.1), 1e-6 + 1e-8 * random.normal(0, 1, 200), "d", "c", HERE)
    curve = np.linspace(1e-6, 2e-6, 30)
    pulse = np.arange(1.0, 31.0)
    up = PulseTrain(pulse, curve, 0.1, PulseDirection.POTENTIATION, 0, "d", "c", HERE)
    columns = {"resistance_after_set": np.full(20, 1e3), "resistance_after_reset": np.full(20, 1e5)}
    table = QuantityTable("cycling", columns, dict.fromkeys(columns, "ohm"), "d", "c", HERE)
    report = describe_cell(MeasurementSet(reads=(reads,), pulses=(up,), tables=(table,)))
    assert report.figures["relative_read_noise"].value == pytest.approx(0.01, rel=0.15)
    assert report.figures["potentiation_nonlinearity"].value == pytest.approx(0.0, abs=1e-3)
    assert report.figures["cycling window"].value == pytest.approx(100.0)
    assert report.missing["depression_curve"]
    assert report.missing["telegraph_levels"]


def test_one_cell_at_a_time(make_set: Make) -> None:
    records = MeasurementSet((make_set(), make_set(cell="(9,9)")))
    with pytest.raises(InputError, match="found 2 cells"):
        describe_cell(records)
    assert [report.cell for report in describe(records)] == ["(1,2)", "(9,9)"]


def test_every_measured_cell_is_described(real_import: Import) -> None:
    reports = describe(real_import.records)
    assert len(reports) == len(real_import.records.devices_and_cells())
    for report in reports:
        for name, one in report.figures.items():
            assert math.isfinite(one.value), name
            assert one.method
            if math.isfinite(one.low):
                assert one.low <= one.value <= one.high, name
            assert one.bound is not None or not one.standard_error or one.standard_error >= 0
    switching = [r for r in reports if r.polarity is not None and r.polarity.set_sign is not None]
    assert len(switching) > 25
    assert all(r.polarity is not None and r.polarity.set_sign == 1 for r in switching)
