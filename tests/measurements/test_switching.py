"""Events of hand-made sweeps whose figures are known, then of the measured cells."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurements import (
    Activity,
    Criteria,
    Import,
    InputError,
    MeasurementSet,
    Source,
    Sweep,
    SwitchingEvent,
    analyse,
    analyse_cell,
    analyse_sweep,
)

Make = Callable[..., Sweep]
STEP, STEP_TIME = 0.05, 0.04  # as in conftest


def only(sweep: Sweep) -> SwitchingEvent:
    (event,) = analyse_sweep(sweep)
    return event


def test_set_event_of_known_figures(make_set: Make) -> None:
    event = only(make_set(index=60, off_resistance=1e7))
    assert (event.kind, event.clean, event.reason, event.index) == (Activity.SET, True, "", 60)
    assert event.voltage == pytest.approx(2.975, rel=1e-9)  # middle of 2.95 and 3.00 V
    assert event.voltage_uncertainty == pytest.approx(0.025, rel=1e-9)
    assert event.current == pytest.approx(2.95e-7, rel=1e-3)
    assert event.power == pytest.approx(2.95**2 / 1e7, rel=1e-3)
    rate, duration = STEP / STEP_TIME, 59 * STEP_TIME
    assert event.energy_before == pytest.approx(rate**2 * duration**3 / 3 / 1e7, rel=2e-3)  # integral of V^2/R
    last_step = 0.5 * STEP_TIME * (2.95**2 / 1e7 + 3.0 * 20e-6)
    assert event.energy == pytest.approx(rate**2 * duration**3 / 3 / 1e7 + last_step, rel=2e-3)
    assert event.off_resistance is not None
    assert event.off_resistance.value == pytest.approx(1e7, rel=1e-3)
    assert not event.off_resistance.is_bound
    assert event.limited_points == 41
    assert event.floor is not None
    assert event.floor.offset == pytest.approx(-1.4e-9, rel=1e-3)


def test_off_resistance_below_the_floor_is_a_bound(make_set: Make) -> None:
    noise = 5e-11 * np.cos(2.7 * np.arange(101))
    clean = make_set(off_resistance=1e12, offset=-1.4e-9)
    event = only(make_set(off_resistance=1e12, offset=-1.4e-9 + noise))
    assert event.off_resistance is not None
    assert event.off_resistance.is_bound
    assert event.off_resistance.value == pytest.approx(0.1 / 1.4e-9, rel=0.15)
    bound = only(clean).off_resistance
    assert bound is not None
    assert bound.value == pytest.approx(0.1 / 1.4e-9, rel=1e-3)


@pytest.mark.parametrize("resistance", [110.0, 610.0, 5_000.0])
def test_reset_event_of_known_figures(make_reset: Make, resistance: float) -> None:
    event = only(make_reset(index=35, on_resistance=resistance, compliance_current=0.1))
    assert (event.kind, event.clean, event.index) == (Activity.RESET, True, 35)
    assert event.voltage == pytest.approx(-1.725, rel=1e-9)  # between 1.70 and 1.75 V
    assert event.voltage_uncertainty == pytest.approx(0.025, rel=1e-9)
    assert event.on_resistance is not None
    assert event.on_resistance.value == pytest.approx(resistance, rel=1e-6)
    assert event.current == pytest.approx(1.70 / resistance, rel=1e-6)
    assert event.power == pytest.approx(1.70**2 / resistance, rel=1e-6)
    rate, duration = STEP / STEP_TIME, 34 * STEP_TIME
    assert event.energy_before == pytest.approx(rate**2 * duration**3 / 3 / resistance, rel=1e-3)
    assert event.floor is not None
    assert event.floor.offset == pytest.approx(-100e-9, rel=1e-3)


def test_five_percent_shows(make_reset: Make) -> None:
    """The tolerances above are worth something: a resistance 5 % off moves resistance and energy by 5 %."""
    right, wrong = only(make_reset()), only(make_reset(on_resistance=610.0 * 1.05))
    assert right.on_resistance is not None
    assert wrong.on_resistance is not None
    assert right.energy is not None
    assert wrong.energy is not None
    assert wrong.on_resistance.value / right.on_resistance.value == pytest.approx(1.05, rel=1e-6)
    assert right.energy / wrong.energy == pytest.approx(1.05, rel=1e-6)


def test_mirrored_polarity_gives_mirrored_voltage(make_set: Make, make_reset: Make) -> None:
    for make, polarity in ((make_set, -1), (make_reset, 1)):
        event, mirrored = only(make(offset=0.0)), only(make(offset=0.0, polarity=polarity))
        assert event.voltage is not None
        assert mirrored.voltage == -event.voltage
        assert mirrored.energy == event.energy
        assert mirrored.on_resistance == event.on_resistance


def test_time_scales_energy_only(make_reset: Make) -> None:
    slow = only(make_reset(time=10 * STEP_TIME * np.arange(61)))
    fast = only(make_reset())
    assert fast.energy is not None
    assert slow.energy == pytest.approx(10 * fast.energy, rel=1e-9)
    assert slow.voltage == fast.voltage


def test_spikes_are_no_events(make_set: Make, make_reset: Make) -> None:
    sweep = make_set()
    current = sweep.current.copy()
    current[20:22] = 15e-6
    assert only(make_set(current=current)).index == 60
    broken = make_reset().current.copy()
    broken[10:12] = 0.0
    assert only(make_reset(current=broken)).index == 35
    broken[45] = -1e-3  # conducts for one point after the event
    assert only(make_reset(current=broken)).clean


def test_unclean_sweeps_say_why(make_set: Make, make_reset: Make) -> None:
    points = np.arange(101)
    voltage = STEP * points
    reasons = {
        "already conducting": make_set(index=2),
        "never switched": make_set(index=101),
        "gradual": make_set(current=np.minimum(voltage / 50e3, 20e-6)),
        "falls back": make_set(current=np.where(points < 60, 0.0, np.where(points < 70, 20e-6, 1e-9))),
        "starts in the high": make_reset(index=0),
        "in current limit before": make_reset(
            on_resistance=200.0, current=-np.minimum(STEP * np.arange(61) / 200, 6e-3) * (np.arange(61) < 50)
        ),
        "conducts again": make_reset(current=-STEP * np.arange(61) / 610 * (abs(np.arange(61) - 35) > 5)),
    }
    for words, sweep in reasons.items():
        event = only(sweep)
        assert not event.clean
        assert words in event.reason, event.reason
    never = only(make_reset(index=61))
    assert (never.reason, never.voltage, never.energy) == ("never switched", None, None)
    assert never.on_resistance is not None
    assert never.on_resistance.value == pytest.approx(610.0)


def test_set_without_any_limit_is_the_largest_lasting_jump(make_set: Make) -> None:
    points = np.arange(101)
    current = np.where(points < 60, 1e-9 * np.exp(points / 30), STEP * points / 1e3)
    current[30] = 1e-3
    event = only(make_set(current=current, compliance_current=None))
    assert (event.index, event.clean) == (60, True)


def test_loop_gives_a_set_and_a_reset(make_sweep: Make) -> None:
    up, down = STEP * np.arange(61), STEP * np.arange(60, -1, -1)
    voltage = np.concatenate([up, down, -up[1:41], -down[20:]])
    on = np.zeros(voltage.size, dtype=bool)
    on[50:152] = True  # set at 2.5 V, reset at -1.5 V
    current = np.where(on, voltage / 610.0, voltage / 1e8)
    set_event, reset_event = analyse_sweep(make_sweep(voltage, current, Activity.CYCLE))
    assert (set_event.kind, set_event.index, set_event.clean) == (Activity.SET, 50, True)
    assert set_event.voltage == pytest.approx(2.475)
    assert (reset_event.kind, reset_event.index, reset_event.clean) == (Activity.RESET, 152, True)
    assert reset_event.voltage == pytest.approx(-1.525)
    assert reset_event.on_resistance is not None
    assert reset_event.on_resistance.value == pytest.approx(610.0, rel=1e-6)


def test_cell_arrays_hold_clean_events_in_order(make_set: Make, make_reset: Make, make_sweep: Make) -> None:
    read = make_sweep(np.array([0.1]), np.array([2e-5]), Activity.READ)
    sweeps = (
        make_set(index=60),
        make_reset(index=35),
        read,
        make_set(index=101),
        make_reset(index=61),
        make_set(index=40),
        make_reset(index=21, on_resistance=400.0),
    )
    cell = analyse_cell(MeasurementSet(sweeps))
    assert cell.set_voltage == pytest.approx([2.975, 1.975])
    assert cell.reset_voltage == pytest.approx([1.725, 1.025])
    assert cell.form_voltage.size == 0
    assert cell.on_resistance == pytest.approx([610.0, 400.0])  # the ramp that never reset counts no second time
    assert cell.off_resistance.shape == cell.off_resistance_is_bound.shape == (3,)
    assert cell.reset_energy.shape == (2,)
    assert len(cell.events) == 6


def test_one_cell_at_a_time(make_set: Make) -> None:
    records = MeasurementSet((make_set(), make_set(cell="(9,9)")))
    with pytest.raises(InputError, match="found 2 cells"):
        analyse_cell(records)
    assert [cell.cell for cell in analyse(records)] == ["(1,2)", "(9,9)"]


numbers = st.sampled_from([0.0, -0.0, 100.0, -100.0, 5e-324, -1e-320, 1e-9, 1.0]) | st.floats(-100.0, 100.0)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=30),
    activity=st.sampled_from(Activity),
    limit=st.sampled_from([None, 0.0, 1e-5]),
)
def test_any_sweep_is_judged_without_a_warning(
    rows: list[tuple[float, float, float]], activity: Activity, limit: float | None
) -> None:
    time, voltage, current = np.array(rows).T
    source = Source("any", "")
    sweep = Sweep(np.sort(time), voltage, current, activity, limit, "d", "c", 0, None, source)
    for event in analyse_sweep(sweep):
        assert event.clean == (event.reason == "")
        assert (event.index is None) == (event.voltage is None)
        assert event.ratio is None or np.isfinite(event.ratio)


def test_measured_events_agree_with_the_operators_notes(real_import: Import) -> None:
    """Independent check: the people at the instrument wrote the voltage they saw into the comments."""
    noted = re.compile(r"(?i)\b(?:set|formed|form|reset) *(?:success)?[a-z ]* at[a-z ]* -?(\d+\.\d+)")
    differences = []
    for sweep in real_import.records.sweeps:
        match = noted.search(sweep.comment)
        for event in analyse_sweep(sweep) if match else ():
            assert match is not None
            differences.append(np.inf if event.voltage is None else abs(abs(event.voltage) - float(match[1])))
    assert len(differences) > 100
    assert np.mean(np.array(differences) <= 0.12) > 0.95


def test_measured_distributions_agree_with_an_earlier_extraction(real_import: Import) -> None:
    """The same laboratory's 715 sweeps, extracted by other code; our copy holds 599 of them."""
    cells = [cell for cell in analyse(real_import.records) if cell.device.startswith("wafer2")]
    set_voltage = np.concatenate([cell.set_voltage for cell in cells])
    assert set_voltage.size >= 100
    assert np.mean(set_voltage) == pytest.approx(2.96, abs=0.2)
    assert np.std(set_voltage) == pytest.approx(0.97, abs=0.1)
    # that extraction looked for the limit only at the last point; a fall out of the limit takes one sample more
    lenient = analyse(real_import.records, Criteria(limit_guard=1))
    reset_voltage = np.concatenate([cell.reset_voltage for cell in lenient if cell.device.startswith("wafer2")])
    assert np.median(reset_voltage) == pytest.approx(1.70, abs=0.05)
    guarded = np.concatenate([cell.reset_voltage for cell in cells])
    assert reset_voltage.size - guarded.size == 5
    assert np.median(guarded) < np.median(reset_voltage)
    form_voltage = np.concatenate([cell.form_voltage for cell in cells])
    assert np.median(form_voltage) == pytest.approx(4.05, abs=0.1)
    on_resistance = np.concatenate([cell.on_resistance for cell in cells])
    assert np.median(on_resistance) == pytest.approx(610.0, rel=0.12)
    bounds = np.concatenate([cell.off_resistance_is_bound for cell in cells])
    assert bounds.mean() > 0.9
    (cell,) = (cell for cell in cells if (cell.device, cell.cell) == ("wafer2(0,7)", "(1,1)"))
    assert cell.set_voltage.size == 20
    assert np.mean(cell.set_voltage) == pytest.approx(3.29, abs=0.05)
    assert np.std(cell.set_voltage, ddof=1) == pytest.approx(0.72, abs=0.02)
