"""`memchar population`: several synthetic cells to a card of both levels, and random devices from it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from devicefit.cardfile import card_from_json, card_to_json
from devicefit.cycles import Protocol, draw_device, draw_typical, synthetic_cycles
from devicefit.models import yakopcic
from measurements import write_store
from measurements.errors import FitError
from measurements.records import MeasurementSet
from memchar import population
from memchar.cli import run

TRUTH = yakopcic.MODEL.cards["Aguirre C2"]
PROTOCOL = Protocol(1.5, 1.5, set_points=21, reset_points=21, ramp_rates=(0.1,), noise=1e-11)
COMMON = ["--fewest-cycles", "4", "-o"]
BETWEEN, WITHIN, CELLS = 0.15, 0.05, 6


def cells() -> MeasurementSet:
    """Six cells, synthetic, whose set voltages differ by 15 %, cycles of one by 5 %; a seventh with one cycle."""
    rng, sweeps = np.random.default_rng(11), []
    for number in range(CELLS + 1):
        typical = TRUTH.value("set_voltage") * math.exp(BETWEEN * rng.normal())
        set_voltage = replace(TRUTH.parameters["set_voltage"], value=typical)
        truth = replace(TRUTH, parameters={**TRUTH.parameters, "set_voltage": set_voltage})
        cycles = 4 if number < CELLS else 1
        made = synthetic_cycles(
            yakopcic.MODEL, truth, PROTOCOL, {"set_voltage": WITHIN, "reset_voltage": WITHIN}, cycles, seed=20 + number
        )
        for sweep in made.records.sweeps:
            name = f"(0,{number})"
            sweeps.append(replace(sweep, cell=name, source=replace(sweep.source, file=f"{name} {sweep.source.file}")))
    return MeasurementSet(sweeps=tuple(sweeps))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with store, card, page and the fits of the cells."""
    folder = tmp_path_factory.mktemp("population")
    write_store(folder / "cells.h5", cells())
    assert run(["population", str(folder / "cells.h5"), *COMMON, str(folder / "card.json"), "--json"]) == 0
    return folder


def test_both_levels_hold_the_truth(finished: Path) -> None:
    card = card_from_json((finished / "card.json").read_text())
    assert card.format_version == 2
    assert card.synthetic
    assert card.population is not None
    assert len(card.population.members) == CELLS
    (found,) = [q for q in card.population.quantities if q.name == "set_voltage"]
    assert found.device.deviation_low < BETWEEN < found.device.deviation_high
    assert found.device.centre_low < TRUTH.value("set_voltage") < found.device.centre_high
    assert found.cycle is not None
    assert found.cycle.deviation_low < WITHIN < found.cycle.deviation_high
    assert found.device.p_value < 1e-3
    assert card.parameters["set_voltage"].value == found.device.centre
    (same,) = [q for q in card.population.quantities if q.name == "reset_voltage"]
    assert same.device.deviation_low < 0.03
    assert same.device.deviation < 0.5 * found.device.deviation
    assert card.variability["set_voltage"].count >= 20
    assert card_to_json(card_from_json(card_to_json(card))) == card_to_json(card)


def test_devices_and_then_their_cycles_are_drawn(finished: Path) -> None:
    card = card_from_json((finished / "card.json").read_text())
    assert card.population is not None
    (found,) = [q for q in card.population.quantities if q.name == "set_voltage"]
    typical = np.log([draw_typical(card, seed).value("set_voltage") for seed in range(150)])
    assert float(typical.std()) == pytest.approx(found.device.deviation, rel=0.25)
    device = draw_device(card, 5)
    assert device.population is None
    assert device.format_version == 1
    assert card_to_json(device)
    again = np.log([draw_device(device, seed).value("set_voltage") for seed in range(150)])
    assert found.cycle is not None
    assert float(again.std()) == pytest.approx(found.cycle.deviation, rel=0.25)
    assert math.exp(float(np.median(again))) == pytest.approx(draw_typical(card, 5).value("set_voltage"), rel=0.03)
    with pytest.raises(FitError, match="memchar population"):
        draw_typical(device, 1)


def test_page_and_inspect_show_both_levels(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (finished / "card.html").read_text()
    for words in ("From device to device", "From cycle to cycle", "synthetic", "(0,6)", "1 set and 1 reset sweeps"):
        assert words in page, words
    assert run(["inspect", str(finished / "card.json")]) == 0
    text = capsys.readouterr().out
    assert "from device to device:" in text
    assert "of ln" in text
    assert run(["inspect", str(finished / "card.json"), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["card"]["population"]["devices"]) == CELLS


def test_an_interrupted_run_goes_on_from_the_finished_cells(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The third cell is interrupted; what is finished lies in the folder and is not fitted again."""
    kept = sorted((finished / "card.cells").iterdir())
    assert len(kept) == CELLS
    fitted: list[str] = []

    def interrupted(_own: MeasurementSet, _device: str, cell: str, _model: object) -> object:
        fitted.append(cell)
        raise KeyboardInterrupt

    monkeypatch.setattr("devicefit.cycles.fit.fit_model", interrupted)
    folder = tmp_path / "card.cells"
    folder.mkdir()
    for path in kept[:2]:
        (folder / path.name).write_text(path.read_text())
    assert run(["population", str(finished / "cells.h5"), *COMMON, str(tmp_path / "card.json")]) == 1
    assert "interrupted" in capsys.readouterr().err
    assert fitted == ["(0,2)"]
    assert len(list(folder.iterdir())) == 2
    assert not (tmp_path / "card.json").exists()
    for path in kept:
        (folder / path.name).write_text(path.read_text())
    assert run(["population", str(finished / "cells.h5"), *COMMON, str(tmp_path / "card.json")]) == 0
    assert fitted == ["(0,2)"]
    assert (tmp_path / "card.json").read_text() == (finished / "card.json").read_text()
    (folder / kept[0].name).write_text("{")
    assert run(["population", str(finished / "cells.h5"), *COMMON, str(tmp_path / "card.json")]) == 2
    assert kept[0].name in capsys.readouterr().err


def test_other_data_are_fitted_again_and_few_cells_are_refused(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["population", str(finished / "cells.h5"), *COMMON, str(tmp_path / "few.json"), "--cell", "(0,[0-3])"]
    for path in (finished / "card.cells").iterdir():
        (tmp_path / "few.cells").mkdir(exist_ok=True)
        (tmp_path / "few.cells" / path.name).write_text(path.read_text())
    assert run(command) == 1
    assert "4 device(s): the spread from device to device needs at least 5" in capsys.readouterr().err
    assert not (tmp_path / "few.json").exists()
    assert run(["population", str(finished / "cells.h5"), *COMMON, str(tmp_path / "x.json"), "--cell", "no*"]) == 2
    records = cells().of_cell("synthetic", "(0,1)")
    other = replace(records, sweeps=records.sweeps[:-1])
    assert population._key(records, yakopcic.MODEL) != population._key(other, yakopcic.MODEL)
