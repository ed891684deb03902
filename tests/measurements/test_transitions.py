"""Transitions of loops and one-way sweeps against known truth, then of measured cells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from loops import gradual_loop

from measurements import Activity, FactRule, FileFacts, Import, Source, Sweep, analyse_sweep, import_files
from measurements.transitions import Transition, find_transitions

Make = Callable[..., Sweep]


def only(sweep: Sweep) -> Transition:
    (found,) = find_transitions(sweep)
    return found


@pytest.mark.parametrize(("window", "kind"), [(4.0, Activity.SET), (-4.0, Activity.RESET)])
@pytest.mark.parametrize("polarity", [1, -1])
def test_gradual_loop_tells_kind_voltage_and_width(
    make_sweep: Make, window: float, kind: Activity, polarity: int
) -> None:
    voltage, current = gradual_loop(1.2, 0.08, window, 0.0, polarity=polarity)
    found = only(make_sweep(voltage, current, Activity.CYCLE))
    assert (found.kind, found.polarity, found.abrupt, found.clean) == (kind, polarity, False, True)
    assert found.voltage is not None
    assert found.width is not None
    assert found.voltage.value == pytest.approx(polarity * 1.2, abs=0.006)
    assert found.width.value == pytest.approx(2 * 0.08 * np.log(9), rel=0.03)  # logistic from 10 to 90 %
    assert found.ratio == pytest.approx(np.exp(4.0), rel=0.02)
    assert found.current is not None
    assert found.power is not None
    expected = 1e-5 * np.sinh(2.4) * np.exp(-window / 2)
    assert found.current.value == pytest.approx(expected, rel=0.1)
    assert found.current.low <= expected <= found.current.high
    assert found.power.value == pytest.approx(found.current.value * 1.2, rel=0.02)
    assert found.time is not None
    assert found.time.low <= 120 * 0.04 <= found.time.high + 0.04


def test_interval_of_a_gradual_voltage_covers_the_truth(make_sweep: Make) -> None:
    random = np.random.default_rng(9)
    inside = seen = 0
    for seed in range(200):
        truth = float(random.uniform(0.8, 1.4))
        voltage, current = gradual_loop(truth, 0.06, 3.0, 0.05, seed=seed)
        estimate = only(make_sweep(voltage, current, Activity.CYCLE)).voltage
        assert estimate is not None
        inside += estimate.low <= truth <= estimate.high
        seen += estimate.low <= 1.05 * truth <= estimate.high
    assert inside / 200 >= 0.9
    assert seen / 200 < 0.3


def test_abrupt_set_into_an_unstated_limit(make_sweep: Make) -> None:
    out = np.arange(0.0, 2.005, 0.01)
    voltage = np.concatenate([out, out[-2::-1]])
    on = np.zeros(voltage.size, dtype=bool)
    on[131:] = True
    current = np.where(on, np.minimum(voltage / 1e3, 5e-4), voltage / 1e7)
    found = only(make_sweep(-voltage, -current, Activity.SET))
    assert (found.kind, found.abrupt, found.polarity) == (Activity.SET, True, -1)
    assert found.voltage is not None
    assert (found.voltage.low, found.voltage.high) == pytest.approx((-1.31, -1.30), abs=1e-9)
    assert found.on_resistance is not None
    assert found.off_resistance is not None
    assert found.on_resistance.value == pytest.approx(1e3, rel=1e-6)
    assert found.off_resistance.value == pytest.approx(1e7, rel=1e-6)


def test_loop_without_hysteresis_never_switched(make_sweep: Make) -> None:
    voltage, current = gradual_loop(1.2, 0.08, 0.05, 0.02)
    found = only(make_sweep(voltage, current, Activity.CYCLE))
    assert found.voltage is None
    assert not found.clean
    assert "never switched" in found.reason


def test_name_against_what_the_cell_did(make_sweep: Make) -> None:
    voltage, current = gradual_loop(1.2, 0.08, 3.0, 0.0)
    found = only(make_sweep(voltage, current, Activity.RESET))
    assert found.kind is Activity.SET
    assert not found.clean
    assert found.reason.startswith("named reset, but the cell did a set")


def test_loop_with_negative_set_is_judged_by_its_hysteresis(make_sweep: Make) -> None:
    plus = gradual_loop(1.0, 0.02, -3.0, 0.0)
    minus = gradual_loop(1.3, 0.02, 3.0, 0.0, polarity=-1)
    sweep = make_sweep(np.concatenate([plus[0], minus[0][1:]]), np.concatenate([plus[1], minus[1][1:]]), Activity.CYCLE)
    assert [(one.kind, one.polarity) for one in find_transitions(sweep)] == [
        (Activity.RESET, 1),
        (Activity.SET, -1),
    ]
    assert [event.kind for event in analyse_sweep(sweep)] == [Activity.RESET, Activity.SET]


def test_one_way_set_keeps_the_step(make_set: Make) -> None:
    found = only(make_set(index=60))
    assert found.voltage is not None
    assert (found.voltage.low, found.voltage.high) == pytest.approx((2.95, 3.0))
    assert found.abrupt
    assert found.width is not None
    assert found.width.high == pytest.approx(0.05)
    assert only(make_set(index=101)).voltage is None


def test_one_way_events_agree_with_the_judged_ones(real_import: Import) -> None:
    count = 0
    for sweep in real_import.records.sweeps:
        events = analyse_sweep(sweep)
        found = find_transitions(sweep)
        if len(events) != len(found):
            continue
        for event, transition in zip(events, found, strict=True):
            assert transition.clean or not event.clean
            if event.clean and event.voltage is not None and transition.voltage is not None:
                count += 1
                assert transition.voltage.value == event.voltage
    assert count > 200


def test_untimed_sweep_has_no_moment_and_no_energy(make_set: Make) -> None:
    sweep = make_set(index=60, timed=False)
    assert only(sweep).voltage is not None
    assert only(sweep).time is None
    (event,) = analyse_sweep(sweep)
    assert (event.energy, event.energy_before) == (None, None)
    assert event.power is not None


def workbook_sweeps(path: object, activity: Activity) -> list[tuple[Sweep, dict[str, float]]]:
    """Runs of a Clarius workbook with the instrument's own figures of the first row."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    found = []
    for name in book.sheetnames:
        if not name.startswith("Run"):
            continue
        rows = list(book[name].iter_rows(values_only=True))
        place = {column: rows[0].index(column) for column in ("Time", "AV", "AI")}
        numbers = [row for row in rows[1:] if all(isinstance(row[i], int | float) for i in place.values())]
        data = {column: np.array([row[i] for row in numbers], dtype=float) for column, i in place.items()}
        stated = {c: v for c, v in zip(rows[0], rows[1], strict=True) if isinstance(c, str) and isinstance(v, float)}
        sweep = Sweep(data["Time"], data["AV"], data["AI"], activity, None, "d", "c", 0, None, Source(name, ""))
        found.append((sweep, stated))
    return found


def test_clarius_runs_agree_with_the_instrument(shared_data: Path) -> None:
    """Independent: the instrument's own formulas gave VSET and VRESET (voltage of the highest current)."""
    folder = shared_data / "clarius-h16248l-b12"
    if not folder.is_dir():
        pytest.skip("the Clarius workbooks are not beside the project")
    sets = [run for n in (3, 4) for run in workbook_sweeps(folder / f"0{n} endurance set.xlsx", Activity.SET)]
    distances = []
    for sweep, stated in sets:
        found = only(sweep)
        assert (found.kind, found.polarity, found.clean) == (Activity.SET, -1, True)
        assert found.voltage is not None
        distances.append(abs(-found.voltage.value - stated["VSET"]))
    assert len(distances) == 60
    assert sum(distance < 0.02 for distance in distances) >= 54
    assert max(distances) < 0.12
    close = []
    for sweep, stated in workbook_sweeps(folder / "03 endurance reset.xlsx", Activity.RESET):
        found = only(sweep)
        assert (found.kind, found.polarity) == (Activity.RESET, 1)
        assert found.onset is not None
        close.append(abs(found.onset.value - stated["VRESET"]) < 0.03)
    assert len(close) == 10
    assert all(close)


def test_interface_loops_switch_gradually_set_up_reset_down(shared_data: Path) -> None:
    """Nb:SrTiO3, 14 loops from three instruments: set at positive, reset at negative voltage; the reset needs
    the more voltage the further it was driven, as the plots show.
    """
    folder = shared_data / "nbsto-sweeps"
    if not folder.is_dir():
        pytest.skip("the Nb:SrTiO3 loops are not beside the project")
    sweeps = import_files([folder]).records.sweeps
    assert len(sweeps) == 14
    driven = []
    for sweep in sweeps:
        found = {one.kind: one for one in find_transitions(sweep)}
        assert set(found) == {Activity.SET, Activity.RESET}
        for kind, sign in ((Activity.SET, 1), (Activity.RESET, -1)):
            one = found[kind]
            assert (one.polarity, one.abrupt, one.clean) == (sign, False, True)
            assert one.voltage is not None
            assert one.width is not None
            assert 0.1 < abs(one.voltage.value) < abs(sweep.voltage).max()
            assert one.width.value > 0.2
            assert one.voltage.high - one.voltage.low < 0.1
        reset = found[Activity.RESET].voltage
        assert reset is not None
        driven.append((float(sweep.voltage.min()), reset.value))
    lowest, reset_voltage = np.array(driven).T
    assert np.corrcoef(lowest, reset_voltage)[0, 1] > 0.95


def test_triangle_without_hysteresis_is_mostly_no_switching(shared_data: Path) -> None:
    """100 periods of +-0.25 V: the plotted ways lie on each other but for noise and delay of the channels."""
    file = shared_data / "scope-sdc" / "triangle250m250m1ka1.csv"
    if not file.is_file():
        pytest.skip("the oscilloscope record is not beside the project")
    stated = FileFacts(series_resistance=1000.0, activity=Activity.CYCLE)
    (sweep,) = import_files([file], [FactRule("*", stated)]).records.sweeps
    found = find_transitions(sweep)
    assert len(found) == 200
    assert np.mean([one.voltage is None for one in found]) > 0.85
    assert all(one.ratio is None or one.ratio < 2 for one in found)
