import numpy as np
import pytest
from handmade import close, make_card

from devicefit.models.registry import model_named
from devicefit.models.simulation import simulate_model
from measurements.errors import NetlistError
from netlists.model import sweep_deck
from netlists.voltagesweep import VoltageSweep, triangle


def switching_voltages(voltage, logit):
    """Voltage just before each sign change of the logit [V]."""
    return voltage[np.flatnonzero((logit[1:] > 0) != (logit[:-1] > 0))]


@pytest.mark.parametrize("period", [1e-3, 10.0])
@pytest.mark.parametrize("series_resistance", [55.0, 500.0])
def test_ngspice_and_the_integrator_of_devicefit_agree(period: float, series_resistance: float, simulate) -> None:
    """Two independent solvers of the same equations; ngspice step = period/4000."""
    card = make_card(series_resistance=series_resistance)
    deck = sweep_deck(card, triangle(2.0, -2.0, period))
    spice = simulate(deck.text)
    time, voltage = spice["time"], spice["v(te)"]
    assert time[-1] == close(period, rel=1e-9)
    reference = simulate_model(model_named("threshold-memdiode"), card, time, voltage)

    step = 8.0 / 4000
    here, there = (switching_voltages(voltage, u) for u in (spice["v(xdevice.u)"], reference.unknowns[:, 0]))
    assert len(here) == len(there) == 2
    np.testing.assert_allclose(here, there, atol=step)

    # Away from a snap: 80 mV or more from where the logit moves by more than 0.05 per step of 2 mV.
    rate = np.abs(np.diff(reference.unknowns[:, 0])) / np.maximum(np.diff(time), 1e-12 * period)
    snaps = time[:-1][rate > 0.05 * 4000 / period]
    after = np.minimum(np.searchsorted(snaps, time), len(snaps) - 1)
    distance = np.minimum(np.abs(time - snaps[after]), np.abs(time - snaps[np.maximum(after - 1, 0)]))
    away = (distance > 40 * period / 4000) & (np.abs(voltage) > 0.05)
    error = np.abs(-spice["i(vte)"][away] / reference.current[away] - 1)
    assert away.mean() > 0.7
    assert error.max() < 5e-3

    energy = np.trapezoid(-spice["i(vte)"] * voltage, time)
    assert energy == close(reference.energy[-1], rel=2e-3)
    heat = spice["v(xdevice.rise)"]
    assert heat.max() == close(reference.unknowns[:, 1].max(), rel=0.02)


@pytest.mark.parametrize("series_resistance", [0.0, 2000.0])
@pytest.mark.parametrize("thermal_resistance", [1e3, 3e5])
@pytest.mark.parametrize("period", [1e-6, 10.0])
def test_fast_and_slow_sweeps_converge(series_resistance, thermal_resistance, period, simulate) -> None:
    card = make_card(series_resistance=series_resistance, thermal_resistance=thermal_resistance)
    spice = simulate(sweep_deck(card, triangle(2.0, -1.5, period), maximum_step=period / 1000).text)
    assert spice["time"][-1] == close(period, rel=1e-9)
    assert spice["v(xdevice.u)"].max() > -3  # 2 kohm in series stop the set half way
    assert all(np.isfinite(values).all() for values in spice.values())


def test_a_hot_reset_that_runs_away_converges(simulate) -> None:
    """Rates of 1e18 1/s, reached here without the rate limit, ended in 'timestep too small'."""
    card = make_card(
        on_current=1e-3, on_slope=3.0, off_slope=1.2, series_resistance=300.0, set_voltage=2.6,
        set_slope=12.0, reset_voltage=0.55, activation_energy=1.0, thermal_resistance=6e4,
        thermal_capacitance=5e-13,
    )  # fmt: skip
    spice = simulate(sweep_deck(card, triangle(5.0, -3.0, 1e-3)).text)
    assert spice["time"][-1] == close(1e-3, rel=1e-9)
    assert spice["v(xdevice.u)"][-1] < -5


def test_the_energy_of_a_read(card, batch) -> None:
    deck = sweep_deck(card, VoltageSweep(((0.0, 0.0), (1e-6, 0.1))), fraction=1.0)
    printed = batch(deck.text)
    # A ramp to 0.1 V across 610.6 ohm: V^2/R/3 over 1 us.
    assert printed["energy"] == close(0.1**2 / 610.6 / 3 * 1e-6, rel=5e-3)


def test_sweeps_must_run_forward() -> None:
    with pytest.raises(NetlistError, match="rising"):
        VoltageSweep(((0.0, 0.0), (1.0, 1.0), (1.0, 2.0)))
    with pytest.raises(NetlistError, match="corners"):
        VoltageSweep(((0.0, 0.0),))
