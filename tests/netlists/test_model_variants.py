"""Options of the models that no published card uses: ngspice and our integrator still agree within 0.5 %."""

from dataclasses import replace

import numpy as np
import pytest
from handmade import close
from test_model_agreement import worst_error

from devicefit.models.registry import model_of, published_card
from devicefit.models.simulation import simulate_model
from netlists.model import sweep_deck
from netlists.voltagesweep import triangle

# (model, published card): what differs from the card, first and second peak of the triangle [V], its period [s].
VARIANTS = [
    ("vteam", "exponential law", {"exponential_share": 0.5, "edge": 0.1, "set_exponent": 2.5}, (-0.4, 0.3, 1.0)),
    ("stanford-gap", "MemTorch", {"series_resistance": 1000.0, "thermal_resistance": 1e5}, (1.8, -2.2, 1e-4)),
    ("stanford-gap", "MemTorch without field limit", {"series_resistance": 1000.0}, (1.2, -1.8, 1e-3)),
    (
        "dynamic-memdiode",
        "shaped reset",
        {
            "snapback_current": 1e-3,
            "snapback_voltage": 0.7,
            "on_series_resistance": 100.0,
            "off_series_resistance": 1000.0,
            "asymmetry": 0.3,
            "counter_rate": 1.0,
            "reset_shape": 0.0,
        },
        (1.5, -2.0, 4.0),
    ),
]


@pytest.mark.parametrize(("model", "name", "changes", "drive"), VARIANTS, ids=lambda x: x if isinstance(x, str) else "")
def test_ngspice_and_our_integrator_agree_on_variants(model, name, changes, drive, simulate) -> None:
    card = published_card(model, name)
    changed = {key: replace(card.parameters[key], value=value) for key, value in changes.items()}
    card = replace(card, parameters={**card.parameters, **changed})
    sweep = triangle(*drive)
    spice = simulate(sweep_deck(card, sweep, maximum_step=sweep.stop_time / 20_000).text)
    time, voltage, current = spice["time"], spice["v(te)"], -spice["i(vte)"]
    ours = simulate_model(model_of(card), card, time, voltage)
    assert worst_error(current, ours.current, voltage, time) < 5e-3
    assert np.trapezoid(current * voltage, time) == close(ours.energy[-1], rel=5e-3)
    assert np.ptp(ours.fraction) > 0.4
