"""One device after the other in the same accelerator."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from circuits.cache import Cache
from circuits.tables import read_tables
from devicefit import card_from_json, card_to_json
from devicefit.card import DeviceCard, Parameter
from evaluator import load_mnist
from measurements.errors import InputError
from memchar.cli import run
from memchar.shootout import Contender, published_contenders, read_contenders, shoot_out, standing_rows


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
