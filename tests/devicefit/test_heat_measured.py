"""All heat measurements at hand, fitted; what they gave replaces assumptions, what failed says why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from devicefit.heat import fit_measured, measured_degradation, parse_electrode
from devicefit.heat.measured import coupling_along
from devicefit.heat.synthesis import HEAT_TRUTH, SINKS, synthetic_array
from measurements import Activity, MeasurementSet, Source, StackSwitching, Sweep
from measurements.errors import FitError


def test_every_heat_record_is_fitted_or_says_why(synthetic_records: MeasurementSet) -> None:
    results = {result.title: result for result in fit_measured(synthetic_records, synthetic_array())}
    assert set(results) == {
        "thermal parameters of synthetic(0,0) (0,0)", "cycles to failure", "neighbour disturb", "isothermal law",
    }  # fmt: skip
    assert all(not result.refused for result in results.values())
    for title, truth in (("cycles to failure", HEAT_TRUTH), ("neighbour disturb", HEAT_TRUTH)):
        for name, parameter in results[title].parameters.items():
            assert abs(np.log(parameter.value / truth[name])) < 3 * parameter.standard_error / parameter.value, name
    for name, truth in SINKS.items():
        assert results["isothermal law"].parameters[f"sink_{name}"].value == pytest.approx(truth, rel=0.05)
    model = measured_degradation(tuple(results.values()))
    assert {model.fresh_cycles.origin, model.rate.origin, model.recovery_time.origin} == {"fitted"}
    assert model.recovery_time.value == results["cycles to failure"].parameters["recovery_Pt"].value  # the slower line


def test_a_bend_that_is_not_heat_stays_out(synthetic_records: MeasurementSet) -> None:
    """The synthetic cell's on branch is a sinh: its resistance falls with voltage while heat would raise it."""
    result = fit_measured(synthetic_records, synthetic_array())[0]
    assert "not heat" in result.note
    assert result.parameters["temperature_coefficient"].value == pytest.approx(1.2e-3, rel=0.1)
    assert result.parameters["thermal_resistance"].value == pytest.approx(6e4, rel=0.01)


def test_a_bend_that_is_heat_is_used(synthetic_records: MeasurementSet) -> None:
    voltage = -np.linspace(0.0, 2.0, 101)
    power = np.zeros(101)
    for _ in range(200):
        power = voltage**2 / (620.0 * (1.0 + 1.2e-3 * 6e4 * power))
    generator = np.random.default_rng(1)
    current = np.where(np.arange(101) < 80, power / np.minimum(voltage, -1e-9), voltage / 1e9)
    current = current * (1.0 + 1e-3 * generator.standard_normal(101))
    place = ("synthetic(0,0)", "(0,0)", 0, 300.0, Source("r", ""))
    sweep = Sweep(0.04 * np.arange(101), voltage, current, Activity.RESET, 20e-3, *place)
    records = replace(synthetic_records, sweeps=(sweep,))
    result = fit_measured(records, synthetic_array())[0]
    assert "used together" in result.note
    alone = fit_measured(replace(records, sweeps=()), synthetic_array())[0]
    name = "temperature_coefficient"
    assert result.parameters[name].standard_error < alone.parameters[name].standard_error
    assert result.parameters[name].value == pytest.approx(1.2e-3, rel=0.05)
    assert alone.note == ""


def test_what_cannot_be_fitted_is_named(synthetic_records: MeasurementSet) -> None:
    other = replace(synthetic_array(), pitch=100e-6)
    heat = tuple(
        replace(record, spread=np.zeros(record.count.size)) if isinstance(record, StackSwitching) else record
        for record in synthetic_records.heat
    )
    results = {result.title: result for result in fit_measured(replace(synthetic_records, heat=heat), other)}
    assert "pitch" in results["neighbour disturb"].refused
    assert "spread" in results["isothermal law"].refused
    model = measured_degradation(tuple(results.values()))
    assert model.fresh_cycles.origin == "fitted"
    assert model.rate.origin == "assumed"


def test_reaches_are_held_against_the_lines_conductances(synthetic_records: MeasurementSet) -> None:
    array = synthetic_array()
    results = {result.title: result for result in fit_measured(synthetic_records, array)}
    assert "not as fins" in results["cycles to failure"].note  # stated 400 and 200 um; fins: 3.78
    thick = replace(array, inert=parse_electrode("Cu35", 10e-6))
    assert "; as fins" in {r.title: r for r in fit_measured(synthetic_records, thick)}["cycles to failure"].note


def test_coupling_is_asked_for_whole_pitches_on_a_line() -> None:
    find = coupling_along(synthetic_array())
    assert find("Cu", 320e-6) > find("Pt", 320e-6) > 0
    for line, distance in (("none", 160e-6), ("Cu", 200e-6), ("Pt", 800e-6)):
        with pytest.raises(FitError):
            find(line, distance)
