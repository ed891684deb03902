"""Refinement on functions that are known everywhere, without a simulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
import xarray as xr

from circuits.procedures.procedure import GridAxis
from circuits.refinement import PointError, additions, refine, size, with_additions
from circuits.tables import Table
from measurements.errors import InputError


def truth(current: np.ndarray, voltage: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Smooth in the voltage, bent sharply in the current at 1e-5, a power law in the rows."""
    return rows * np.exp(0.05 * voltage) * (1.0 + 5.0 / (1.0 + (current / 1e-5) ** -3))


@dataclass(frozen=True)
class Toy:
    """A procedure of three axes, as far as refinement looks at one."""

    current: tuple[float, ...] = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3)
    voltage: tuple[float, ...] = (0.0, 0.5, 1.0)
    rows: tuple[int, ...] = (1, 2, 4)
    name: str = "toy"

    def axes(self) -> tuple[GridAxis, ...]:
        return (
            GridAxis("current", self.current, "A", "", "log"),
            GridAxis("voltage", self.voltage, "V", ""),
            GridAxis("rows", self.rows, "1", "", "log", integer=True),
        )


def tabulate(procedure: Toy) -> Table:
    axes = procedure.axes()
    mesh = np.meshgrid(*(axis.values for axis in axes), indexing="ij")
    names = tuple(axis.name for axis in axes)
    data = xr.Dataset(
        {
            "energy": (names, truth(*mesh), {"units": "J", "role": "quantity", "scale": "log"}),
            "status": (names, np.zeros(mesh[0].shape, np.int32), {}),
        },
        {
            axis.name: (axis.name, np.array(axis.values, float), {"units": axis.unit, "scale": axis.scale})
            for axis in axes
        },
    )
    return Table("toy", data)


def check(procedure: Toy, table: Table, seed: int) -> Sequence[PointError]:
    random = np.random.default_rng(seed)
    found = []
    for _ in range(60):
        at = {
            "current": float(np.exp(random.uniform(np.log(1e-7), np.log(1e-3)))),
            "voltage": float(random.uniform(0.0, 1.0)),
            "rows": 3.0,
        }
        true = float(truth(*(np.array(value) for value in at.values())))
        found.append(PointError("energy", at, abs(float(table.lookup("energy", at).values) / true - 1.0)))
    return found


def test_a_category_is_never_halved() -> None:
    toy = Toy(current=(1e-7, 1e-3))
    miss = [PointError("energy", {"current": 1e-5, "voltage": 0.5, "rows": 2}, 0.5)]
    asked = additions(tabulate(toy), miss, 0.01, axes=toy.axes())
    assert {addition.axis for addition in asked} == {"current"}
    sides = (replace(toy.axes()[0], scale="category"), *toy.axes()[1:])
    assert "current" not in {addition.axis for addition in additions(tabulate(toy), miss, 0.01, axes=sides)}


def test_points_are_added_where_the_function_bends_and_nowhere_else() -> None:
    result = refine(Toy(), 0.01, tabulate, check)  # type: ignore[arg-type]
    assert result.met
    final = result.procedure
    assert isinstance(final, Toy)
    assert final.voltage == Toy.voltage
    assert final.rows == Toy.rows
    near = [value for value in final.current if 1e-6 < value < 1e-4]
    assert len(near) > 2 * (len(final.current) - len(near) - 2)
    fresh = max(error.error for error in check(final, result.table, 12345))
    assert fresh < 0.02
    assert max(error.error for error in check(Toy(), tabulate(Toy()), 0)) > 0.1


def test_fewer_points_than_a_uniform_grid_of_the_same_accuracy() -> None:
    result = refine(Toy(), 0.01, tabulate, check)  # type: ignore[arg-type]
    count = len(result.procedure.current)  # type: ignore[attr-defined]
    uniform = Toy(current=tuple(np.logspace(-7, -3, count)))
    assert max(error.error for error in check(uniform, tabulate(uniform), 1)) > 0.012


def test_the_loop_gives_up_in_the_open() -> None:
    result = refine(Toy(), 1e-5, tabulate, check, maximum_points=200)  # type: ignore[arg-type]
    assert not result.met
    assert size(result.procedure) <= 200
    assert result.rounds[-1].error > 1e-5
    assert result.rounds[-1].added == ()
    short = refine(Toy(), 1e-5, tabulate, check, maximum_rounds=2)  # type: ignore[arg-type]
    assert (len(short.rounds), short.met) == (2, False)


def test_a_table_that_is_good_enough_stays_as_it_is() -> None:
    result = refine(Toy(), 0.9, tabulate, check)  # type: ignore[arg-type]
    assert result.met
    assert result.procedure == Toy()
    assert len(result.rounds) == 1


def test_a_miss_halves_its_own_cell_on_the_scale_of_the_axis() -> None:
    table = tabulate(Toy())
    miss = PointError("energy", {"current": 4e-6, "voltage": 0.2, "rows": 3.0}, 0.2)
    (found,) = additions(table, [miss], 0.01, axes=Toy().axes())
    assert (found.axis, found.error) == ("current", 0.2)
    assert found.value == pytest.approx(np.sqrt(1e-6 * 1e-5))
    assert additions(table, [miss], 0.3, axes=Toy().axes()) == ()
    (voltage,) = additions(table, [miss], 0.01, axes=Toy().axes(), refined=["voltage"])
    assert (voltage.axis, voltage.value) == ("voltage", 0.25)
    larger = with_additions(Toy(), [found, voltage])  # type: ignore[arg-type]
    assert [len(axis.values) for axis in larger.axes()] == [6, 4, 3]


def test_counts_stay_whole_and_neighbours_are_not_halved() -> None:
    miss = PointError("energy", {"current": 4e-6, "voltage": 0.2, "rows": 3.0}, 0.2)
    (found,) = additions(tabulate(Toy()), [miss], 0.01, axes=Toy().axes(), refined=["rows"])
    assert found.value == 3.0
    dense = Toy(rows=(1, 2, 3, 4))
    assert additions(tabulate(dense), [miss], 0.01, axes=dense.axes(), refined=["rows"]) == ()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [({"tolerance": 0.0}, "tolerance 0"), ({"quantile": 1.5}, "quantile"), ({"refined": ["speed"]}, "no axis speed")],
)
def test_wrong_questions_are_refused(arguments: dict[str, object], text: str) -> None:
    with pytest.raises(InputError, match=text):
        refine(Toy(), **{"tolerance": 0.01, "run": tabulate, "check": check, **arguments})  # type: ignore[arg-type]


def test_only_as_many_misses_are_answered_as_the_quantile_asks_the_most_wanted_first() -> None:
    table, axes = tabulate(Toy()), Toy().axes()
    good = [PointError("energy", {"current": 4e-6, "voltage": 0.2, "rows": 3.0}, 0.001)] * 94
    bend = [PointError("energy", {"current": 4e-6, "voltage": 0.2, "rows": 3.0}, 0.05)] * 5
    far = [PointError("energy", {"current": 4e-4, "voltage": 0.2, "rows": 3.0}, 0.2)]
    assert additions(table, [*good, *bend], 0.01, axes=axes, quantile=0.949) == ()
    (found,) = additions(table, [*good, *bend, *far], 0.01, axes=axes, quantile=0.95)
    assert found.value == pytest.approx(np.sqrt(1e-6 * 1e-5))
    both = additions(table, [*good, *bend, *far], 0.01, axes=axes, quantile=1.0)
    assert [addition.axis for addition in both] == ["current", "current"]
    assert [addition.error for addition in both] == [0.05, 0.2]


def test_points_of_an_axis_that_multiply_others_are_taken_last() -> None:
    """Two axes within SHARE of each other: a value of the first costs nine points of the grid, of the second four."""
    values = {"first": (1.0, 2.0, 3.0, 4.0), "second": tuple(float(k) for k in range(1, 10))}
    axes = tuple(GridAxis(name, value, "1", "") for name, value in values.items())
    mesh = np.meshgrid(*values.values(), indexing="ij")
    data = {
        "energy": (
            tuple(values),
            np.sin(3.0 * mesh[0]) + np.sin(3.0 * mesh[1]) + 5.0,
            {"units": "J", "role": "quantity"},
        )
    }
    data["status"] = (tuple(values), np.zeros(mesh[0].shape, np.int32), {})
    table = Table("toy", xr.Dataset(data, {n: (n, np.array(v), {"scale": "linear"}) for n, v in values.items()}))
    (found,) = additions(table, [PointError("energy", {"first": 2.5, "second": 5.5}, 0.1)], 0.01, axes=axes)
    assert found.axis == "second"


def test_a_table_is_judged_at_points_no_refinement_has_used() -> None:
    asked: list[list[int]] = [[]]

    def counted(procedure: Toy) -> Table:
        asked.append([])
        return tabulate(procedure)

    def checked(procedure: Toy, table: Table, seed: int) -> Sequence[PointError]:
        asked[-1].append(seed)
        return check(procedure, table, seed)

    result = refine(Toy(), 0.01, counted, checked, quantile=0.95)  # type: ignore[arg-type]
    assert result.met
    assert asked[1] == [0]
    assert asked[2][0] == 0
    last = asked[-1][-1]
    assert all(last not in seeds for seeds in asked[:-1])
    assert asked[-1] == list(range(last + 1))
