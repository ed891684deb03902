import numpy as np
import pytest
from handmade import close, rises

from measurements.errors import NetlistError
from netlists import Neuron, fire_stop_time, load_technology, neuron_fire_deck, neuron_leak_deck
from netlists.neuron import INPUT_START, neuron_geometries

TYPICAL = load_technology()


def fired(simulate, current: float, voltage: float = 0.0, corner: str = "typical"):
    stop = fire_stop_time(Neuron(), current, voltage)
    return simulate(neuron_fire_deck(Neuron(), load_technology(corner=corner), current, voltage, stop).text)


@pytest.mark.parametrize("current", [3e-7, 1e-5, 1e-4])
def test_it_fires_twice_and_every_current_is_accounted_for(current: float, simulate) -> None:
    spice = fired(simulate, current)
    time = spice["time"]
    spikes = rises(time, spice["v(spk)"], 0.9)
    assert len(spikes) >= 2
    assert spice["v(spk)"].max() == pytest.approx(1.8, abs=0.1)
    inward = -spice["i(vdd)"] + spice["i(vmem)"] - spice["i(vspk)"] - spice["i(vss)"]
    assert np.abs(inward).max() < 1e-9 * np.abs(spice["i(vdd)"]).max()
    # The membrane balance: input charge up to the spike = C*V + what leaked.
    trip = np.interp(spikes[0], time, spice["v(mem)"])
    charge = current * (spikes[0] - INPUT_START)
    leaked = charge - 1e-12 * trip
    assert 0 <= leaked < 40e-9 * (spikes[0] - INPUT_START) + 0.03e-12
    # From onset on the supply gives energy, and less than 3 pJ a spike beyond 0.25 uW of bias.
    window = (time >= spikes[0]) & (time <= spikes[1])
    energy = np.trapezoid(-1.8 * spice["i(vdd)"][window], time[window])
    assert 0.2e-12 < energy < 3e-12


def test_the_figures_stated_in_the_cell_are_true(simulate) -> None:
    """At 1 uA; a change of the cell must change its comment."""
    spice = fired(simulate, 1e-6)
    time = spice["time"]
    spikes = rises(time, spice["v(spk)"], 0.9)
    assert np.interp(spikes[0], time, spice["v(mem)"]) == close(0.940, rel=0.01)
    width = rises(time, -spice["v(spk)"], -0.9)[0] - spikes[0]
    assert width == close(11.3e-9, rel=0.02)
    reset = rises(time, spice["v(xneuron.rst)"], 0.9)[0]
    release = rises(time, -spice["v(xneuron.rst)"], -0.9)[0]
    assert release - reset == close(112e-9, rel=0.02)
    held = (time > reset + 10e-9) & (time < release)
    assert np.abs(spice["v(mem)"][held]).max() < 0.02
    interval = spikes[1] - spikes[0]
    assert interval == close(1.105e-6, rel=0.01)
    window = (time >= spikes[0]) & (time <= spikes[1])
    energy = np.trapezoid(-1.8 * spice["i(vdd)"][window], time[window]) - 0.198e-6 * interval
    assert energy == close(0.77e-12, rel=0.04)


def test_rate_follows_the_ideal_neuron(simulate) -> None:
    """Interval = C*(trip)/(I - leak) + dead time, dead time the same for both currents, within 8 ns."""
    dead = []
    for current in (2e-6, 2e-5):
        spice = fired(simulate, current)
        first, second = rises(spice["time"], spice["v(spk)"], 0.9)[:2]
        trip = np.interp(first, spice["time"], spice["v(mem)"])
        dead.append(second - first - 1.012e-12 * trip / (current - 30e-9))
    assert dead[0] == pytest.approx(dead[1], abs=8e-9)
    assert 100e-9 < dead[0] < 140e-9


@pytest.mark.parametrize("corner", ["ff", "ss", "fs", "sf"])
def test_it_fires_in_every_corner(corner: str, simulate) -> None:
    spice = fired(simulate, 1e-5, corner=corner)
    assert len(rises(spice["time"], spice["v(spk)"], 0.9)) >= 2


@pytest.mark.parametrize("voltage", [-0.5, 0.8])
def test_initial_voltage_shifts_the_first_spike(voltage: float, simulate) -> None:
    spice, rest = fired(simulate, 1e-5, voltage), fired(simulate, 1e-5)
    assert spice["v(mem)"][0] == pytest.approx(voltage, abs=1e-6)
    first, reference = (rises(s["time"], s["v(spk)"], 0.9)[0] for s in (spice, rest))
    assert reference - first == close(1e-12 * voltage / 1e-5, rel=0.25)
    assert first > INPUT_START


def test_an_input_below_the_leak_never_fires(simulate) -> None:
    spice = simulate(neuron_fire_deck(Neuron(), TYPICAL, 20e-9, 0.0, 10e-6).text)
    assert spice["v(spk)"].max() < 0.1
    assert spice["v(mem)"].max() < 0.2


def test_step_halving(batch) -> None:
    """Energy within 1 %, times within 0.1 %."""
    deck = neuron_fire_deck(Neuron(), TYPICAL, 1e-5, 0.0, 0.6e-6)
    coarse, fine = batch(deck.text), batch(deck.with_maximum_step(deck.maximum_step / 2).text)
    for name, tolerance in (
        ("supply_energy", 5e-3),
        ("delay", 1e-3),
        ("second_spike", 1e-3),
        ("spike_time", 2e-3),
    ):
        assert coarse[name] == close(fine[name], rel=tolerance)


def test_leak_is_the_bias_current_at_mid_swing(batch) -> None:
    printed = batch(neuron_leak_deck(Neuron(), TYPICAL, 0.5, 1e-6).text)
    assert printed["initial_voltage"] == pytest.approx(0.5, abs=1e-6)
    leak = 1e-12 * (0.5 - printed["final_voltage"]) / 1e-6
    assert leak == close(30e-9, rel=0.03)
    # At rest the cell draws its biases (30 + 50 + 30 nA) and little else.
    assert 1.8 * 109.9e-9 * 1e-6 < printed["supply_energy"] < 1.8 * 114e-9 * 1e-6


def test_inhibition_decays_slowly_and_is_clamped(batch) -> None:
    """Leak of a membrane below 0 V: 43 nA at -0.1 V, 0.21 uA at -0.3 V, 4.3 uA at -0.5 V."""
    for voltage, leak in ((-0.1, 42.6e-9), (-0.3, 207e-9), (-0.5, 4.33e-6)):
        printed = batch(neuron_leak_deck(Neuron(), TYPICAL, voltage, 1e-8).text)
        lost = 1e-12 * (printed["final_voltage"] - voltage) / 1e-8
        assert lost == close(leak, rel=0.04)


def test_a_longer_leak_bias_leaks_more(batch) -> None:
    final = [
        batch(neuron_leak_deck(Neuron(leak_bias=bias), TYPICAL, 0.5, 1e-6).text)["final_voltage"]
        for bias in (15e-9, 60e-9)
    ]
    assert (0.5 - final[1]) / (0.5 - final[0]) == close(4.0, rel=0.1)


def test_decks_print_every_measure_and_are_self_contained(batch) -> None:
    deck = neuron_fire_deck(Neuron(), TYPICAL, 1e-5, 0.0, 0.6e-6)
    assert {measure.name for measure in deck.measures} <= set(batch(deck.text))
    assert ".include" not in deck.text
    assert ".lib" not in deck.text
    assert deck.includes == (TYPICAL.source,)
    assert deck.key == neuron_fire_deck(Neuron(), TYPICAL, 1e-5, 0.0, 0.6e-6).key


def test_geometries_are_read_from_the_cell() -> None:
    geometries = neuron_geometries()
    assert len(geometries) == 22
    assert {geometry.polarity for geometry in geometries} == {"nfet", "pfet"}


def test_what_is_no_neuron_is_refused() -> None:
    with pytest.raises(NetlistError, match="leak_bias"):
        Neuron(leak_bias=-1.0)
    with pytest.raises(NetlistError, match="does not exceed"):
        fire_stop_time(Neuron(), 1e-9)
    with pytest.raises(NetlistError, match="stop_time"):
        neuron_fire_deck(Neuron(), TYPICAL, 1e-5, 0.0, 1e-9)
