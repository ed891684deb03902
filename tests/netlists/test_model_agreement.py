"""Every compact model: our integrator and ngspice solve the same equations to within 0.5 % of the current."""

from dataclasses import replace

import numpy as np
import pytest
from handmade import close, make_card

from devicefit.models.registry import MODELS, model_of, published_card
from devicefit.models.simulation import simulate_model
from netlists.model import STEPS, model_subcircuit, sweep_deck
from netlists.voltagesweep import VoltageSweep, triangle

# (model, published card): first and second peak of the triangle [V], its period [s]; the first one sets.
DRIVES = {
    ("threshold-memdiode", None): (2.0, -2.0, 1e-3),
    ("dynamic-memdiode", "Aguirre oxidation 0.1"): (1.1, -2.5, 10.0),
    ("dynamic-memdiode", "shaped reset"): (1.1, -1.8, 4.0),
    ("stanford-gap", "MemTorch"): (1.7, -1.7, 1e-4),
    ("stanford-gap", "MemTorch without field limit"): (1.2, -1.5, 1e-2),
    ("vteam", "MemTorch default"): (-0.25, 0.3, 2e-6),
    ("vteam", "exponential law"): (-0.4, 0.3, 1.0),
    ("yakopcic", "Miao TaOx"): (0.5, -1.5, 1.0),
    ("yakopcic", "Jo Ag/Si"): (6.0, -4.0, 1.0),
    ("sky130-reram", "SkyWater SKY130"): (2.4, -1.6, 1e-6),
    ("ecm", "assumed Cu/TaOx/Pt"): (4.0, -3.0, 14.0),
    ("jart-vcm-v1b", "HfO2/TiOx"): (-1.5, 1.5, 6e-5),
    ("quasi-static-table", "synthetic"): (2.2, -1.7, 1e-3),
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


def worst_error(ngspice, ours, voltage, time):
    """Largest distance of ngspice's current from our current of the same or a neighbouring step, relative.

    Neighbouring are two points, or twice the longest step where ngspice took shorter ones: a snap's time is known no
    better than that. Currents below a millionth of the largest count relative to that; at 0 V ngspice leaves the rest
    of its last Newton step.
    """
    floor = 1e-6 * np.abs(ngspice).max()
    driven = np.abs(voltage) > 1e-6 * np.abs(voltage).max()
    count, nearby = np.arange(time.size), 2.0 * time[-1] / STEPS
    first = np.minimum(np.searchsorted(time, time - nearby), np.maximum(count - 2, 0))
    last = np.maximum(np.searchsorted(time, time + nearby, side="right"), np.minimum(count + 3, time.size))
    beside = np.array([(ours[a:b].min(), ours[a:b].max()) for a, b in zip(first, last, strict=True)])
    distance = np.maximum(np.maximum(ngspice - beside[:, 1], beside[:, 0] - ngspice), 0.0)
    return float((distance / np.maximum(np.abs(ngspice), floor))[driven].max())


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
    assert worst_error(current, ours.current, voltage, time) < 5e-3
    assert np.trapezoid(current * voltage, time) == close(ours.energy[-1], rel=5e-3)
    assert ours.fraction.max() - ours.fraction.min() > 0.02, "the drive must move the state"


def test_a_wrong_parameter_is_noticed(simulate) -> None:
    card = published_card("yakopcic", "Miao TaOx")
    off = replace(card.parameters["set_rate"], value=card.value("set_rate") * 1.05)
    spice = simulate(sweep_deck(card, triangle(0.5, -1.5, 1.0)).text)
    wrong = replace(card, parameters={**card.parameters, "set_rate": off})
    ours = simulate_model(model_of(card), wrong, spice["time"], spice["v(te)"])
    current = -spice["i(vte)"]
    assert worst_error(current, ours.current, spice["v(te)"], spice["time"]) > 5e-3


@pytest.mark.parametrize(
    ("model", "name"), [(m, n) for m in MODELS.values() for n in m.cards], ids=lambda x: str(x)[:20]
)
def test_published_cards_fill_their_subcircuit(model, name) -> None:
    text = model_subcircuit(model.cards[name], "named")
    assert ".subckt named te be" in text
    for spec in model.parameters:
        assert f"+ {spec.name}=" in text
