"""Every compact model: our integrator and ngspice solve the same equations to within 0.5 % of the current."""

from dataclasses import replace

import numpy as np
import pytest
from handmade import close, make_card

from devicefit.models.registry import MODELS, model_of, published_card
from devicefit.models.simulation import simulate_model
from netlists.model import model_subcircuit, sweep_deck
from netlists.voltagesweep import VoltageSweep, triangle

# (model, published card): highest and lowest voltage of the triangle [V], its period [s].
DRIVES = {
    ("threshold-memdiode", None): (2.0, -2.0, 1e-3),
    ("yakopcic", "Miao TaOx"): (0.5, -1.5, 1.0),
    ("yakopcic", "Jo Ag/Si"): (6.0, -4.0, 1.0),
}


def card_of(model: str, name: str | None):
    return make_card() if name is None else published_card(model, name)


def pulses(highest: float, lowest: float, period: float) -> VoltageSweep:
    """Four set pulses, then four reset pulses, with edges of a quarter of their width."""
    width = period / 16
    corners = [(0.0, 0.0)]
    for k in range(8):
        level, start = (highest if k < 4 else lowest), k * 2 * width + 0.1 * width
        corners += [(start, 0.0), (start + width / 4, level), (start + width, level), (start + 1.25 * width, 0.0)]
    return VoltageSweep((*corners, (period + width, 0.0)))


def worst_error(ngspice, ours, voltage):
    """Largest distance of ngspice's current from our current of the same or a neighbouring step, relative.

    Currents below a millionth of the largest count relative to that; at 0 V ngspice leaves the rest of its last
    Newton step.
    """
    floor = 1e-6 * np.abs(ngspice).max()
    driven = np.abs(voltage[2:-2]) > 1e-6 * np.abs(voltage).max()
    beside = np.stack([np.roll(ours, shift)[2:-2] for shift in (-2, -1, 0, 1, 2)])
    here = ngspice[2:-2]
    distance = np.maximum(np.maximum(here - beside.max(axis=0), beside.min(axis=0) - here), 0.0)
    return float((distance / np.maximum(np.abs(here), floor))[driven].max())


def test_every_model_is_driven() -> None:
    assert {model for model, _ in DRIVES} == set(MODELS)


@pytest.mark.parametrize("shape", ["sweep", "pulses"])
@pytest.mark.parametrize(("model", "name"), DRIVES)
def test_ngspice_and_our_integrator_agree(model, name, shape, simulate) -> None:
    highest, lowest, period = DRIVES[model, name]
    card = card_of(model, name)
    sweep = triangle(highest, lowest, period) if shape == "sweep" else pulses(highest, lowest, period)
    spice = simulate(sweep_deck(card, sweep).text)
    time, voltage, current = spice["time"], spice["v(te)"], -spice["i(vte)"]
    assert time[-1] == close(sweep.stop_time, rel=1e-9)
    ours = simulate_model(MODELS[model], card, time, voltage)
    assert np.abs(current).max() > 0
    assert worst_error(current, ours.current, voltage) < 5e-3
    assert np.trapezoid(current * voltage, time) == close(ours.energy[-1], rel=5e-3)
    assert ours.fraction.max() - ours.fraction.min() > 0.02, "the drive must move the state"


def test_a_wrong_parameter_is_noticed(simulate) -> None:
    card = published_card("yakopcic", "Miao TaOx")
    off = replace(card.parameters["set_rate"], value=card.value("set_rate") * 1.05)
    spice = simulate(sweep_deck(card, triangle(0.5, -1.5, 1.0)).text)
    wrong = replace(card, parameters={**card.parameters, "set_rate": off})
    ours = simulate_model(model_of(card), wrong, spice["time"], spice["v(te)"])
    current = -spice["i(vte)"]
    assert worst_error(current, ours.current, spice["v(te)"]) > 5e-3


@pytest.mark.parametrize(
    ("model", "name"), [(m, n) for m in MODELS.values() for n in m.cards], ids=lambda x: str(x)[:20]
)
def test_published_cards_fill_their_subcircuit(model, name) -> None:
    text = model_subcircuit(model.cards[name], "named")
    assert ".subckt named te be" in text
    for spec in model.parameters:
        assert f"+ {spec.name}=" in text
