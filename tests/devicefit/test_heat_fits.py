"""Fits of heat measurements: the stated truth comes back within its intervals, and what is not there is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from devicefit.heat import (
    OnBranch,
    assumed_degradation,
    cycles_left,
    disorder,
    fit_coefficient,
    fit_cycles,
    fit_disturb,
    fit_together,
    heat_response,
    kept_probability,
    on_branch_of,
)
from devicefit.heat.coupling import line_coupling
from devicefit.heat.degradation import rate
from devicefit.heat.synthesis import (
    AMBIENT,
    HEAT_TRUTH,
    PITCH,
    cycles_to_failure,
    neighbour_disturb,
    resistance_temperature,
    synthetic_array,
)
from measurements import Activity, MeasurementSet, Source, Sweep
from measurements.errors import FitError, InputError
from measurements.heat import CyclesToFailure, NeighbourDisturb, ResistanceTemperature, ThermalStep

REACH = line_coupling(synthetic_array())
THERMAL = {"thermal_resistance": 6e4, "thermal_capacitance": 5e-13}
RESISTANCE, COEFFICIENT = HEAT_TRUTH["on_resistance"], HEAT_TRUTH["temperature_coefficient"]


def coupling_of(line: str, distance: float) -> float:
    return REACH[line, round(distance / PITCH)]


def covered(parameter, truth: float) -> bool:
    """Within the 95 % interval of a parameter that was fitted as a logarithm."""
    return abs(np.log(parameter.value / truth)) < 1.96 * parameter.standard_error / parameter.value


def step(generator: np.random.Generator, *, resistance: bool, noise: float = 2e-3) -> ThermalStep:
    """200 points over 200 ns under 2 mW, recorded as resistance (relative noise) or as temperature."""
    time = 1e-9 * np.arange(200)
    blank = ThermalStep(time, np.full(200, 2e-3), np.full(200, AMBIENT), AMBIENT, "d", "c", Source("step.csv", ""))
    clean = heat_response(blank, *THERMAL.values())
    if not resistance:
        return replace(blank, temperature=clean + 0.5 * generator.standard_normal(200))
    ohms = RESISTANCE * (1 + COEFFICIENT * (clean - AMBIENT)) * (1 + noise * generator.standard_normal(200))
    kelvin = AMBIENT + (ohms / RESISTANCE - 1) / COEFFICIENT
    return replace(blank, temperature=kelvin, resistance=ohms, temperature_coefficient=COEFFICIENT)


def on_branch(generator: np.random.Generator) -> OnBranch:
    """A slow ohmic branch up to 1.2 V; its resistance rises by a Rth V I."""
    voltage = np.linspace(0.05, 1.2, 60)
    product = COEFFICIENT * THERMAL["thermal_resistance"]
    ohms = np.full(60, RESISTANCE)
    for _ in range(100):
        ohms = RESISTANCE * (1 + product * voltage**2 / ohms)
    return OnBranch(voltage, voltage / (ohms * (1 + 1e-3 * generator.standard_normal(60))))


def test_temperature_coefficient_and_its_interval() -> None:
    inside, bends = 0, []
    for seed in range(60):
        fit = fit_coefficient(resistance_temperature("d", "c", np.random.default_rng(seed), "synthetic"))
        inside += covered(fit.coefficient, COEFFICIENT) and covered(fit.resistance, RESISTANCE)
        assert fit.coefficient.standard_error < 0.05 * COEFFICIENT
        bends.append(fit.curvature_in_errors)
    assert 48 <= inside <= 59
    assert np.std(bends) == pytest.approx(1.0, abs=0.3)
    assert fit.scatter == pytest.approx(HEAT_TRUTH["resistance_noise"], rel=0.5)


def test_a_bent_line_shows_and_too_little_is_refused() -> None:
    stage = np.linspace(300, 400, 11)
    ohms = 600 * (1 + 1e-3 * (stage - 300) + 4e-6 * (stage - 300) ** 2 + 1e-5 * np.cos(stage))
    bent = ResistanceTemperature(stage, ohms, 0.05, "d", "c", Source("x", ""))
    assert abs(fit_coefficient(bent).curvature_in_errors) > 10
    with pytest.raises(FitError, match="different temperatures"):
        fit_coefficient(replace(bent, stage_temperature=np.full(11, 300.0)))


def test_cycles_to_failure_cover_the_truth_and_tell_the_lines_apart() -> None:
    inside: dict[str, int] = {}
    further = 0
    for seed in range(40):
        fit = fit_cycles(cycles_to_failure("d", np.random.default_rng(seed), "synthetic"))
        for name, parameter in fit.parameters.items():
            inside[name] = inside.get(name, 0) + covered(parameter, HEAT_TRUTH[name])
        further += fit.value("reach_Cu") > fit.value("reach_Pt")
        assert fit.scatter == pytest.approx(0.7, abs=0.25)
    assert set(inside) == {"fresh_cycles", "loss", "reach_Cu", "reach_Pt", "recovery_Cu", "recovery_Pt"}
    assert all(count >= 33 for count in inside.values()), inside
    assert further == 40


def test_ended_tests_are_not_failures() -> None:
    record = cycles_to_failure("d", np.random.default_rng(3), "synthetic")
    ended = replace(
        record, cycles=np.minimum(record.cycles, 12.0), failed=np.where(record.cycles > 12, 0.0, record.failed)
    )
    honest, naive = fit_cycles(ended), fit_cycles(replace(ended, failed=np.ones(ended.cycles.size)))
    assert honest.value("fresh_cycles") > 12.5 > 12.1 > naive.value("fresh_cycles")


def test_cycles_need_fresh_cells_and_heated_ones() -> None:
    record = cycles_to_failure("d", np.random.default_rng(3), "synthetic")
    for word in ("none", "Cu"):
        with pytest.raises(FitError, match="both needed"):
            fit_cycles(_rows(record, np.array(record.shared_line) == word))
    active_only = fit_cycles(_rows(record, np.array(record.shared_line) != "Pt"))
    assert "reach_Pt" not in active_only.parameters
    waits = _rows(record, (record.waiting_time == 5.0) | (np.array(record.shared_line) == "none"))
    assert "recovery_Cu" in fit_cycles(waits).undetermined  # one waiting time gives no recovery


def test_neighbour_disturb_covers_the_truth() -> None:
    inside: dict[str, int] = {}
    for seed in range(60):
        fit = fit_disturb(neighbour_disturb("d", np.random.default_rng(seed), "synthetic"), coupling_of)
        for name, parameter in fit.parameters.items():
            inside[name] = inside.get(name, 0) + covered(parameter, HEAT_TRUTH[name])
    assert set(inside) == {"rate", "activation_energy", "recovery_time"}
    assert all(count >= 51 for count in inside.values()), inside


def test_disturb_without_effect_is_refused() -> None:
    record = neighbour_disturb("d", np.random.default_rng(1), "synthetic")
    with pytest.raises(FitError, match="do not rise"):
        fit_disturb(replace(record, resistance_after=0.9 * record.resistance_before), coupling_of)


def test_stage_step_and_sweep_together_give_everything() -> None:
    inside: dict[str, int] = {}
    truth = {**THERMAL, "on_resistance": RESISTANCE, "temperature_coefficient": COEFFICIENT}
    truth["self_heating"] = COEFFICIENT * THERMAL["thermal_resistance"]
    for seed in range(40):
        g = np.random.default_rng(seed)
        records = [resistance_temperature("d", "c", g, ""), step(g, resistance=True)]
        fit = fit_together(records, [on_branch(g)])
        assert fit.undetermined == ()
        for name, value in truth.items():
            assert fit.parameters[name].standard_error < 0.05 * value
            inside[name] = inside.get(name, 0) + covered(fit.parameters[name], value)
    assert all(count >= 33 for count in inside.values()), inside


def test_together_is_sharper_than_alone() -> None:
    g = np.random.default_rng(5)
    stage, warm, branch = resistance_temperature("d", "c", g, ""), step(g, resistance=True), on_branch(g)
    without, with_sweep = fit_together([stage, warm]), fit_together([stage, warm], [branch])
    error = [fit.parameters["self_heating"].standard_error for fit in (without, with_sweep)]
    assert error[1] < error[0]


def test_a_sweep_alone_gives_only_the_product() -> None:
    fit = fit_together([], [on_branch(np.random.default_rng(2))])
    assert covered(fit.parameters["self_heating"], COEFFICIENT * THERMAL["thermal_resistance"])
    assert fit.undetermined == ("temperature_coefficient", "thermal_resistance", "thermal_capacitance")


def test_branches_of_unlike_filaments_share_only_their_self_heating() -> None:
    g = np.random.default_rng(3)
    first, second = on_branch(g), on_branch(g)
    second = OnBranch(second.voltage, second.current / 1.5)  # another filament, 1.5 times the resistance
    second = OnBranch(second.voltage * np.sqrt(1.5), second.current * np.sqrt(1.5))  # at the same power
    fit = fit_together([], [first, second])
    assert covered(fit.parameters["self_heating"], COEFFICIENT * THERMAL["thermal_resistance"])
    assert "on_resistance" in fit.undetermined
    assert fit.excess_scatter < 1.3


def test_on_branch_ends_before_the_reset_and_keeps_off_the_limit() -> None:
    voltage = np.linspace(0.0, -3.0, 121)
    current = np.where(voltage > -1.5, voltage / 600.0, voltage / 1e8)
    sweep = Sweep(
        np.arange(121) * 0.04, voltage, current, Activity.RESET, 6e-3, "d", "c", 0, None, Source("r.csv", "")
    )  # fmt: skip
    branch = on_branch_of(sweep)
    assert branch is not None
    assert np.abs(branch.voltage).max() == pytest.approx(1.2, abs=0.03)  # 80 % of 1.5 V
    assert np.abs(branch.voltage).min() == pytest.approx(0.1, rel=1e-9)
    assert branch.resistance == pytest.approx(np.full(branch.voltage.size, 600.0), rel=1e-9)
    assert on_branch_of(replace(sweep, activity=Activity.SET)) is None
    assert on_branch_of(replace(sweep, compliance_current=1e-3)) is None
    assert on_branch_of(replace(sweep, current=voltage / 600.0)) is None  # never switches


def test_a_step_in_kelvin_sets_the_scale_of_a_sweep() -> None:
    g = np.random.default_rng(4)
    fit = fit_together([step(g, resistance=False)], [on_branch(g)])
    assert fit.undetermined == ()
    assert fit.parameters["temperature_coefficient"].value == pytest.approx(COEFFICIENT, rel=0.02)
    assert fit.parameters["thermal_capacitance"].value == pytest.approx(5e-13, rel=0.05)


def test_stage_alone_gives_the_coefficient_and_names_the_rest() -> None:
    fit = fit_together([resistance_temperature("d", "c", np.random.default_rng(1), "")])
    assert set(fit.parameters) == {"on_resistance", "temperature_coefficient"}
    assert "thermal_resistance" in fit.undetermined
    with pytest.raises(FitError):
        fit_together([])


def test_disorder_builds_up_heals_and_costs_cycles() -> None:
    model = assumed_degradation()
    r = float(rate(model, 480.0))
    total = r + 1 / 200.0
    x = disorder(model, np.array([30.0, 600.0]), np.array([480.0, 300.0]))
    assert x[0] == pytest.approx(r / total * (1 - np.exp(-30 * total)), rel=1e-12)
    assert x[1] == pytest.approx(x[0] * np.exp(-3.0), rel=1e-3)  # 600 s at 200 s; the cold rate is next to nothing
    halves = disorder(model, np.full(2, 15.0), np.full(2, 480.0))
    assert halves[1] == pytest.approx(x[0], rel=1e-12)
    assert cycles_left(model, 0.0) == 14.0
    assert cycles_left(model, 0.5) == 7.0
    assert rate(model, 400.0) == pytest.approx(3e-3, rel=1e-12)
    assert kept_probability(model, np.array([10.0]), np.array([400.0])) == pytest.approx(np.exp(-0.03), rel=1e-12)
    with pytest.raises(InputError):
        disorder(model, np.array([1.0]), np.array([0.0]))


def test_the_synthetic_files_are_recovered(synthetic_records: MeasurementSet) -> None:
    cycles = next(record for record in synthetic_records.heat if isinstance(record, CyclesToFailure))
    disturb = next(record for record in synthetic_records.heat if isinstance(record, NeighbourDisturb))
    stage = next(record for record in synthetic_records.heat if isinstance(record, ResistanceTemperature))
    for fit in (fit_cycles(cycles), fit_disturb(disturb, coupling_of)):
        for name, parameter in fit.parameters.items():
            assert abs(np.log(parameter.value / HEAT_TRUTH[name])) < 3 * parameter.standard_error / parameter.value, (
                name
            )
    assert abs(fit_coefficient(stage).coefficient.value / COEFFICIENT - 1) < 0.05


def _rows(record: CyclesToFailure, kept: np.ndarray) -> CyclesToFailure:
    arrays = ("compliance_current", "distance", "waiting_time", "cycles", "failed")
    words = {name: tuple(np.array(getattr(record, name))[kept]) for name in ("tested_cell", "shared_line")}
    return replace(record, **words, **{name: getattr(record, name)[kept] for name in arrays})
