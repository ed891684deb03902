"""Plan, points and tables of a procedure with known answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from toydecks import NO_SOLUTION, ToyRC, rc_answers

from circuits.cache import Cache
from circuits.characterize import characterize, plan
from circuits.engine import Engine
from circuits.procedures.procedure import Point
from circuits.status import Status
from circuits.tables import TableSet, read_tables, write_tables
from circuits.validate import validate
from circuits.waveforms import Waveforms
from measurements.errors import InputError, SimulationError, TableError
from netlists.deck import Deck


class BadCorner(ToyRC):
    """A ToyRC whose largest resistance has no solution."""

    def deck(self, point: Point) -> Deck:
        return NO_SOLUTION if point["resistance"] == self.resistance[-1] else super().deck(point)


class Wavering(ToyRC):
    """A ToyRC whose delay depends on the number of time points."""

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:
        return super().quantities(point, deck, waveforms) | {"delay": float(len(waveforms.time))}


def test_plan_counts_points_without_a_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMCHAR_NGSPICE", "/nowhere")
    tasks = plan([ToyRC()])
    assert len(tasks) == 12
    assert tasks[1].index == (0, 1)
    assert tasks[1].point == {"resistance": 500.0, "capacitance": 1e-11}
    with pytest.raises(SimulationError, match="apt-get install"):
        characterize([ToyRC()])


def test_every_point_stands_at_its_place_with_its_checks() -> None:
    procedure = ToyRC()
    dataset = characterize([procedure])["toy_rc"]
    assert dataset["delay"].dims == ("resistance", "capacitance")
    for task in plan([procedure]):
        answers = rc_answers(task.point["resistance"], task.point["capacitance"])
        for name, answer in answers.items():
            assert float(dataset[name].to_numpy()[task.index]) == pytest.approx(answer, rel=1e-3), name
        assert dataset["deck_key"].to_numpy()[task.index] != procedure.deck(task.point).key  # that of the half step
    keys = set(dataset["deck_key"].to_numpy().ravel())
    assert len(keys) == 12
    assert (dataset["status"] == Status.OK).all()
    assert 0.0 < float(dataset["step_error_delay"].max()) < 1e-3
    assert float(dataset["closure_error"].max()) < 1e-3
    assert dataset.attrs["ngspice_version"]
    assert dataset.attrs["failures"] == ""
    assert dataset["energy"].attrs["units"] == "J"


@pytest.mark.parametrize(
    ("procedure", "status", "message"),
    [
        (
            BadCorner(),
            Status.NOT_CONVERGED,
            "toy_rc resistance=4000 capacitance=5e-12: ngspice did not solve",
        ),
        (ToyRC(closure=0.01), Status.CONSERVATION_VIOLATED, "conservation violated by 0.01"),
        (Wavering(), Status.STEP_UNCONVERGED, "delay changes by"),
        (ToyRC(quiet_capacitance=1e-12), Status.DID_NOT_FIRE, ""),
    ],
)
def test_a_failed_point_is_nan_with_its_status(procedure: ToyRC, status: Status, message: str) -> None:
    dataset = characterize([procedure])["toy_rc"]
    assert int(dataset["status"].to_numpy()[3, 0]) == status
    for name in ("energy", "heat", "delay"):
        assert np.isnan(dataset[name].to_numpy()[3, 0])
    assert message in dataset.attrs["failures"]
    if isinstance(procedure, BadCorner):
        assert (dataset["status"].to_numpy()[:3] == Status.OK).all()


def test_a_resume_runs_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path)
    runs = _counted(monkeypatch)
    first = characterize([ToyRC(resistance=(500.0, 1e3))], cache=cache)["toy_rc"]
    assert len(runs) == 12
    again = characterize([ToyRC(resistance=(500.0, 1e3))], cache=cache)["toy_rc"]
    assert len(runs) == 12
    assert first.identical(again)
    wider = characterize([ToyRC(resistance=(500.0, 1e3, 2e3))], cache=cache)["toy_rc"]
    assert len(runs) == 18
    assert wider["delay"].to_numpy()[:2].tobytes() == first["delay"].to_numpy().tobytes()
    characterize([ToyRC(resistance=(500.0, 1e3), height=0.9)], cache=cache)
    assert len(runs) == 30


def test_a_resume_tries_timeouts_again_but_not_convergence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path)
    quick = characterize([ToyRC(resistance=(500.0,))], cache=cache, timeout=1e-4)["toy_rc"]
    assert (quick["status"] == Status.TIMED_OUT).all()
    assert (characterize([ToyRC(resistance=(500.0,))], cache=cache)["toy_rc"]["status"] == Status.OK).all()
    procedure = BadCorner(resistance=(500.0, 1e3), capacitance=(5e-12,))
    characterize([procedure], cache=cache)
    runs = _counted(monkeypatch)
    characterize([procedure], cache=cache)
    assert runs == []


def test_two_procedures_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="two procedures of one name"):
        characterize([ToyRC(), ToyRC()])


def test_a_characterized_table_round_trips_and_validates(tmp_path: Path) -> None:
    procedure = ToyRC()
    path = tmp_path / "tables.h5"
    datasets = characterize([procedure])
    write_tables(path, datasets, {"origin": "toy"})
    tables = read_tables(path)
    assert tables["toy_rc"].dataset.attrs["height"] == 1.0
    report = validate([procedure], tables, points=12, seed=4)
    entry = report.procedures[0]
    assert (entry.compared, entry.not_predicted, entry.failures) == (12, 0, ())
    assert [errors.quantity for errors in entry.errors] == ["energy", "heat", "delay"]
    for errors in entry.errors:
        assert 0.0 < errors.median <= errors.p95 <= errors.worst < 5e-3
    assert report == validate([procedure], tables, points=12, seed=4)
    assert report != validate([procedure], tables, points=12, seed=5)
    assert report.to_json()["seed"] == 4


def test_validation_finds_a_table_that_is_5_percent_wrong() -> None:
    datasets = characterize([ToyRC()])
    datasets["toy_rc"]["heat"] = datasets["toy_rc"]["heat"] * 1.05
    datasets["toy_rc"]["heat"].attrs.update(role="quantity", scale="log", units="J")
    errors = {entry.quantity: entry for entry in validate([ToyRC()], TableSet.of(datasets, {}), 8).procedures[0].errors}
    assert errors["heat"].median == pytest.approx(0.05, abs=0.005)
    assert errors["energy"].worst < 5e-3


def test_validation_draws_around_silent_points_and_reports_disagreement() -> None:
    quiet = characterize([ToyRC(quiet_capacitance=2e-11)])
    tables = TableSet.of(quiet, {})
    entry = validate([ToyRC(quiet_capacitance=2e-11)], tables, 6).procedures[0]
    assert entry.compared == 6
    assert entry.not_predicted > 0
    stricter = validate([ToyRC(quiet_capacitance=7e-12)], tables, 12).procedures[0]
    assert stricter.compared + len(stricter.failures) == 12
    assert any("the table predicts a spike" in failure for failure in stricter.failures)
    nowhere = TableSet.of(characterize([ToyRC(quiet_capacitance=1e-12)]), {})
    with pytest.raises(TableError, match="predicts almost nowhere"):
        validate([ToyRC()], nowhere, 1)


def _counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the runs from now on."""
    runs: list[str] = []
    original: Callable[..., Waveforms] = Engine.run

    def counted(engine: Engine, deck: Deck, *rest: object) -> Waveforms:
        runs.append(deck.key)
        return original(engine, deck, *rest)

    monkeypatch.setattr(Engine, "run", counted)
    return runs
