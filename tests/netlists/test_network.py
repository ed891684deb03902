import numpy as np
import pytest
from handmade import close, rises

from measurements.errors import NetlistError
from netlists import NetworkSpec, load_technology, network_deck
from netlists.network import membrane_vector, spike_vector

TECHNOLOGY = load_technology()
# Row 0 excites neuron 0 and inhibits neuron 1; row 1 excites neuron 2 only. Layer 2 has one neuron per hidden
# pair.
FIRST = np.array([[1, -1, 0], [0, 0, 1]])
SECOND = np.array([[1, 0], [0, 1], [-1, 1]])


def spec(**changed: object) -> NetworkSpec:
    settings = {
        "weights": (FIRST, SECOND),
        "input_spikes": ((20e-9, 60e-9, 100e-9), (50e-9,)),
        "gains": (20.0, 30.0),
        "stop_time": 260e-9,
    } | changed
    return NetworkSpec(**settings)  # type: ignore[arg-type]


def test_spikes_follow_the_weights(card, simulate) -> None:
    spice = simulate(network_deck(spec(), TECHNOLOGY, card).text)
    time = spice["time"]
    assert time[-1] == close(260e-9, rel=1e-9)
    # One read charge of row 0: 0.1 V * 5 ns over driver, memristor, select resistor, wires and sense, times
    # the gain.
    charge = 20.0 * 0.1 * 5e-9 / (100 + 610.6 + 20e3 + 15.0)
    before = time < 59e-9
    mem = spice[membrane_vector(1, 0)]
    assert mem[before][-1] == close(charge / 1.012e-12, rel=0.02)
    assert spice[membrane_vector(1, 1)][before][-1] < -0.9 * 0.35
    assert np.interp(48e-9, time, spice[membrane_vector(1, 2)]) == pytest.approx(0.0, abs=2e-3)
    assert spice[membrane_vector(1, 2)][before][-1] == close(charge / 1.012e-12, rel=0.03)

    spikes = {(k, j): rises(time, spice[spike_vector(k, j)], 0.9) for k, n in ((1, 3), (2, 2)) for j in range(n)}
    assert len(spikes[1, 0]) == 1
    assert 60e-9 < spikes[1, 0][0] < 110e-9
    assert len(spikes[1, 1]) == len(spikes[1, 2]) == 0
    assert len(spikes[2, 0]) == 1
    assert 0 < spikes[2, 0][0] - spikes[1, 0][0] < 15e-9
    assert len(spikes[2, 1]) == 0
    # The spike drives its row at read voltage, into one on cell and its column.
    drive = spice["v(xdrive_2_0.out)"]
    np.testing.assert_allclose(drive, spice[spike_vector(1, 0)] * 0.1 / 1.8, atol=1e-7)
    sense = spice["v(sense_l2_0_p)"]
    assert sense.max() == close(10.0 * drive.max() / (100 + 610.6 + 20e3 + 17.5), rel=0.01)


def test_energies_by_block(card, batch) -> None:
    """Layer 1: three pulses into a pair of (on, off) cells and so on: every row sees three columns of on
    cells or fewer.
    """
    deck = network_deck(spec(), TECHNOLOGY, card)
    printed = batch(deck.text)
    assert {measure.name for measure in deck.measures} <= set(printed)
    # Row 0 drives two on cells (plus of neuron 0, minus of neuron 1), row 1 one: 3*2 + 1 cell reads.
    read = 0.1**2 / (610.6 + 20e3) * (4.8e-9 + 2 / 3 * 0.2e-9)
    assert printed["crossbar_energy_1"] == close(7 * read, rel=0.02)
    halved = batch(deck.with_maximum_step(deck.maximum_step / 2).text)
    for name, value in printed.items():
        assert halved[name] == close(value, rel=5e-3)
    assert 0 < printed["crossbar_energy_2"] < 7 * read
    biases = 3 * 1.8 * 110e-9 * 260e-9
    assert biases < printed["neuron_energy_1"] < biases + 3e-12


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(NetlistError, match="gains"):
        spec(gains=(1.0,))
    with pytest.raises(NetlistError, match="rows"):
        spec(input_spikes=((20e-9,),))
    with pytest.raises(NetlistError, match="row 0"):
        spec(input_spikes=((20e-9, 22e-9), ()))
    with pytest.raises(NetlistError, match="only -1, 0 and 1"):
        spec(weights=(2 * FIRST, SECOND))


def test_a_quiet_network_draws_its_biases(card, batch) -> None:
    """0.198 uW a neuron, nothing from the rows."""
    printed = batch(network_deck(spec(input_spikes=((), ()), stop_time=100e-9), TECHNOLOGY, card).text)
    assert printed["neuron_energy_1"] == close(3 * 0.198e-6 * 100e-9, rel=5e-3)
    assert printed["neuron_energy_2"] == close(2 * 0.198e-6 * 100e-9, rel=5e-3)
    assert abs(printed["crossbar_energy_1"]) + abs(printed["crossbar_energy_2"]) < 1e-20
