"""Starts are compared by all readings, also those that a jump in the wrong place takes out of the residuals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from devicefit.cycles import Protocol, synthetic_cycles
from devicefit.cycles.fit import fitted_names, prepare_cell
from devicefit.cycles.likelihood import TraceModel
from devicefit.cycles.owncycles import own_values
from devicefit.cycles.ownnames import BEFORE_SET, OWN, own_name, parameter_of
from devicefit.cycles.preparation import Preparation
from devicefit.cycles.problem import CycleProblem
from devicefit.cycles.scatter import PARTS, Scatter
from devicefit.cycles.tracedata import trace_data
from devicefit.models import dynamic_memdiode, yakopcic
from measurements.sweep import Activity

MODEL = yakopcic.MODEL
TRUTH = MODEL.cards["Aguirre C2"]
VALUES = {name: parameter.value for name, parameter in TRUTH.parameters.items()}


@pytest.fixture(scope="module")
def prepared() -> Preparation:
    protocol = Protocol(1.5, 1.5, set_points=41, reset_points=41, ramp_rates=(1.0,), noise=1e-11)
    records = synthetic_cycles(MODEL, TRUTH, protocol, {"set_voltage": 0.3}, 4, seed=4).records
    return prepare_cell(records, "synthetic", "(0,0)")


@pytest.fixture(scope="module")
def problem(prepared: Preparation) -> CycleProblem:
    names = ("set_voltage", "reset_voltage")
    made = CycleProblem(MODEL, prepared.groups, MODEL.vector(TRUTH), names, names)
    made.scatter = Scatter(np.full(PARTS, 0.03))
    return made


def test_a_reset_that_never_comes_costs_what_it_gets_wrong(problem: CycleProblem, prepared: Preparation) -> None:
    costs = []
    for reset_voltage in (VALUES["reset_voltage"], 2.5):
        values = VALUES | {own_name(name): VALUES[name] for name in problem.informed[1]}
        costs.append(problem.misfit(1, values | {"reset_voltage" + OWN: reset_voltage}))
    assert costs[1] > 5.0 * costs[0]
    reset = next(trace for trace in prepared.traces if trace.kind is Activity.RESET)
    assert reset.event is not None
    data = trace_data(replace(reset, event=replace(reset.event, abrupt=True)), 1)
    never, scatter = MODEL.vector_of(VALUES | {"reset_voltage": 2.5}), Scatter(np.full(PARTS, 0.03))
    masked, plain = (TraceModel(MODEL).readings(data, never, scatter, masked=m)[:-1] for m in (True, False))
    assert np.sum(np.abs(plain)) > 2.0 * np.sum(np.abs(masked))  # the residuals of a fit do not see it


def test_a_cycle_far_from_the_others_finds_its_own_threshold(problem: CycleProblem) -> None:
    far = VALUES | {"set_voltage": 2.2 * VALUES["set_voltage"], "offset in sets": 0.0, "offset in resets": 0.0}
    found = [own_values(problem, group, far)["set_voltage"] for group in range(4)]
    near = [own_values(problem, group, far | VALUES)["set_voltage"] for group in range(4)]
    assert found == pytest.approx(near, rel=0.05)


def test_a_falling_current_above_the_level_is_no_reset(prepared: Preparation) -> None:
    reset = next(trace for trace in prepared.traces if trace.kind is Activity.RESET)
    assert reset.event is not None
    low = replace(reset, event=replace(reset.event, level=1e-12))  # the model's off state carries more than this
    found = TraceModel(MODEL).simulate(trace_data(low, 1), MODEL.vector(TRUTH))
    assert found.event_error > 0.2


def test_the_off_state_is_that_of_the_lobe() -> None:
    model = dynamic_memdiode.MODEL
    assert model.per_lobe == ("off_current",)
    name = "off_current" + BEFORE_SET
    assert (own_name(name), parameter_of(name)) == ("off_current of the cycle before its set", "off_current")
    assert own_name("on_current") == "on_current of the cycle"


def test_how_a_reset_ends_is_asked_of_gradual_resets_only(prepared: Preparation) -> None:
    model = dynamic_memdiode.MODEL

    def asked(abrupt: bool) -> tuple[str, ...]:
        traces = [replace(t, event=replace(t.event, abrupt=abrupt)) for t in prepared.traces if t.event is not None]
        return fitted_names(model, traces)

    assert asked(abrupt=True) == model.fitted
    assert asked(abrupt=False) == (*model.fitted, "reset_shape")
