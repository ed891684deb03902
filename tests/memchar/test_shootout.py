"""One device after the other in the same accelerator."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from circuits.cache import Cache
from circuits.tables import read_tables
from devicefit import card_from_json, card_to_json
from devicefit.card import DeviceCard, Parameter, Spread
from devicefit.synthesis import reference_truth
from evaluator import load_mnist
from measurements.errors import InputError
from memchar.cli import run
from memchar.heatplan import comparison_on
from memchar.shootout import (
    Contender,
    Standing,
    best_of,
    published_contenders,
    read_contenders,
    shoot_out,
    standing_rows,
    with_better_sink,
)


def scaled(card: DeviceCard, factor: float) -> DeviceCard:
    """A device whose currents are `factor` times larger: on and off resistance smaller by it."""
    changed = {
        name: replace(card.parameters[name], value=card.value(name) * factor) for name in ("on_current", "off_current")
    }
    changed["series_resistance"] = Parameter(card.value("series_resistance") / factor, "ohm", "assumed")
    return replace(card, cell=f"x{factor:g}", parameters={**card.parameters, **changed}, variability={})


@pytest.fixture(scope="module")
def standings(short_run, shared_data, tmp_path_factory):
    folder, summary = short_run
    cards = [Contender("own", summary.card, ""), Contender("weak", scaled(summary.card, 1e-2), "")]
    steps = []
    cache = Cache(tmp_path_factory.mktemp("devices"))
    mnist, tables = load_mnist(shared_data / "mnist"), read_tables(folder / "tables.h5")
    found = list(shoot_out(cards, tables, mnist, 200, None, cache, lambda done, total: steps.append((done, total))))
    assert steps == [(1, 2), (2, 2)]
    return found


def test_the_tables_own_device_gives_the_runs_own_figures(standings, short_run, shared_data, capsys):
    folder, _ = short_run
    arguments = [str(folder / "tables.h5"), "--device", str(folder / "device.json"), "--images", "200", "--json"]
    assert run(["evaluate", *arguments, "--data", str(shared_data / "mnist")]) == 0
    own = json.loads(capsys.readouterr().out)
    assert standings[0].drawn.accuracy == own["accuracy"]
    assert standings[0].drawn.energy_per_image_J == pytest.approx(own["energy_per_image_J"], rel=1e-12)


def test_a_device_of_a_hundred_times_the_resistance_takes_less_and_needs_more_gain(standings):
    own, weak = standings
    assert weak.on_resistance == pytest.approx(100 * own.on_resistance, rel=0.01)
    assert weak.drawn is None  # no spread in its card
    assert weak.crossbar_energy < 0.5 * own.crossbar_energy
    # 20 kohm in series: as the sums of resistances, less what wires and drivers take of the stronger device's current
    ratio = (20e3 + weak.on_resistance) / (20e3 + own.on_resistance)
    assert 0.65 * ratio < weak.nominal.gains[0] / own.nominal.gains[0] < ratio


def test_rows_compare_with_the_first_device(standings):
    header, own, weak = standing_rows(standings)
    assert len(header) == len(own) == len(weak)
    place = header.index("energy an image")
    assert "%" not in own[place]
    assert "(-" in weak[place]
    assert weak[header.index("with spread")] == "none known"


def test_published_cards_take_part_and_examples_do_not():
    names = [one.name for one in published_contenders()]
    assert "yakopcic: Miao TaOx" in names
    assert not any(one.card.synthetic for one in published_contenders())
    assert len(names) == len(set(names))


def test_a_card_given_twice_is_refused(short_run):
    folder, _ = short_run
    with pytest.raises(InputError, match="two cards"):
        read_contenders([folder / "device.json"] * 2)
    again = card_from_json((folder / "device.json").read_text())
    assert card_to_json(again) == card_to_json(read_contenders([folder / "device.json"])[0].card)


def test_a_better_sink_narrows_the_spread_and_leaves_the_rest() -> None:
    card = reference_truth()
    series = card.value("series_resistance")
    spread = Spread(600.0, 100.0, series + 100.0, series + 300.0, series + 900.0, 20, "ohm")
    given = Contender("cell", replace(card, variability={"on_resistance": spread}), "fitted")
    sink = comparison_on("Rh50/Cr20")
    share = sink.change["rise"]
    assert 0.8 < share < 0.95
    found = with_better_sink(given, sink)
    narrowed = found.card.variability["on_resistance"]
    assert narrowed.median == spread.median
    assert (narrowed.p90 - series) / 300.0 == pytest.approx(3.0**share)
    assert (narrowed.p10 - series) / 300.0 == pytest.approx(3.0**-share)
    assert found.card.parameters == card.parameters
    assert found.name == "cell, Rh50/Cr20 for Pt50/Ti20"
    with pytest.raises(InputError, match="no spread"):
        with_better_sink(Contender("cell", card, ""), sink)


def standing(select: float, accuracy: float, energy: float, failure: str = "") -> Standing:
    figures = None if failure else SimpleNamespace(accuracy=accuracy, energy_per_image_J=energy)
    return Standing(Contender("one", reference_truth(), ""), 600.0, 1e8, select, 1e-6, figures, None, failure)


def test_of_series_elements_the_cheapest_within_a_point_counts() -> None:
    tried = [standing(0.0, 0.97, 3e-9), standing(1e5, 0.965, 1e-9), standing(1e6, 0.95, 5e-10)]
    assert best_of(tried).select_resistance == 1e5
    assert best_of([standing(0.0, 0.0, 0.0, "no"), *tried[2:]]).select_resistance == 1e6
    assert best_of([standing(0.0, 0.0, 0.0, "no"), standing(1.0, 0.0, 0.0, "none")]).failure == "no"
