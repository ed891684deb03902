import numpy as np
import pytest
from handmade import close, make_card
from scipy.optimize import brentq

from measurements.errors import NetlistError
from netlists import ColumnRead, RowDriver, Wire, column_read_deck


def test_one_row_by_hand(linear_card, batch) -> None:
    """V*t/R of charge and V^2/R of energy through 100 + 700 + 20000 + 2.5 + 10 ohm."""
    deck = column_read_deck(ColumnRead(1, 1, 700.0, 0.0, linear_card))
    printed = batch(deck.text)
    resistance = 100 + 700 + 20e3 + 2.5 + 10
    assert printed["charge"] == close(0.1 * 5e-9 / resistance, rel=1e-4)
    flat, edge = 4.8e-9, 0.2e-9
    assert printed["energy"] == close(0.1**2 / resistance * (flat + 2 / 3 * edge), rel=1e-3)


def test_row_load_loads_the_driver_but_is_not_in_the_energy(linear_card, batch) -> None:
    """2.5 mS behind 100 ohm takes the row to 80 % (Thevenin); energy is drive voltage times cell current."""
    printed = batch(column_read_deck(ColumnRead(1, 1, 700.0, 2.5e-3, linear_card)).text)
    divider = 1 / (1 + 100 * 2.5e-3)
    current = 0.1 * divider / (100 * divider + 700 + 20e3 + 12.5)
    assert printed["charge"] == close(current * 5e-9, rel=1e-4)
    assert printed["energy"] == close(0.1 * current * (4.8e-9 + 2 / 3 * 0.2e-9), rel=1e-3)


def test_delay_of_a_single_pole_by_hand(linear_card, batch) -> None:
    """A ramp into one RC: 50 % of the output against 50 % of the ramp."""
    wire = Wire(segment_resistance=1.0, segment_capacitance=100e-15)
    spec = ColumnRead(1, 1, 500.0, 0.0, linear_card, sense_resistance=10e3, wire=wire)
    source, edge = 100 + 500 + 20e3 + 1.0, 0.2e-9
    constant = 100e-15 / (1 / source + 1 / 10e3)

    def output(time: float) -> float:
        ended = max(time - edge, 0.0)
        rising = min(time, edge) - constant * (np.exp(-ended / constant) - np.exp(-time / constant))
        return float(rising / edge)

    half = brentq(lambda time: output(time) - 0.5, 0.0, 5e-9)
    printed = batch(column_read_deck(spec).text)
    assert printed["delay"] == close(half - edge / 2, rel=2e-3)


@pytest.mark.parametrize(("rows", "active_rows"), [(4, 1), (98, 14), (98, 98)])
def test_energy_and_charge_are_conserved(rows: int, active_rows: int, card, simulate) -> None:
    """The sources give what every element takes, and what enters the column leaves it."""
    spec = ColumnRead(rows, active_rows, 610.0, 2e-3, card)
    spice = simulate(column_read_deck(spec).text)

    def integral(values: np.ndarray) -> float:
        return float(np.trapezoid(values, spice["time"]))

    nodes = np.stack([*(spice[f"v(col{i})"] for i in range(rows)), spice["v(sense)"]])
    row, middle = (np.stack([spice[f"v({part}{i})"] for i in spec.active]) for part in ("row", "mid"))
    own = nodes[list(spec.active)]
    idle = np.delete(nodes[:-1], list(spec.active), axis=0)
    g1, g3, g5 = spec.polynomial
    device = row - middle
    power = ((spice["v(drive)"] - row) ** 2).sum(axis=0) / 100 + 2e-3 * (row**2).sum(axis=0)
    power = power + (device * (g1 * device + g3 * device**3 + g5 * device**5)).sum(axis=0)
    power = power + ((middle - own) ** 2).sum(axis=0) / 20e3 + (idle**2).sum(axis=0) / spec.idle_resistance
    power = power + (np.diff(nodes, axis=0) ** 2).sum(axis=0) / 2.5 + nodes[-1] ** 2 / 10
    given = integral(-spice["v(drive)"] * spice["i(vdrive)"])
    assert integral(power) == close(given, rel=2e-4)

    entered = integral(((middle - own) / 20e3).sum(axis=0))
    left = integral(nodes[-1] / 10) + integral(idle.sum(axis=0) / spec.idle_resistance)
    assert left == close(entered, rel=2e-4)


def test_the_position_of_a_row_matters(linear_card, batch) -> None:
    """Active rows are spread evenly: 1 of 5 is row 2, so three wire segments and the idle cells are on its
    way.
    """
    spec = ColumnRead(5, 1, 700.0, 0.0, linear_card, wire=Wire(segment_resistance=500.0))
    assert spec.active == (2,)
    conductance = np.zeros((6, 6))

    def join(a: int, b: int | None, resistance: float) -> None:
        for node, other in ((a, b), (b, a)):
            if node is not None:
                conductance[node, node] += 1 / resistance
                if other is not None:
                    conductance[node, other] -= 1 / resistance

    for i in range(5):
        join(i, i + 1, 500.0)
        if i != 2:
            join(i, None, 100 + 500 + 20e3)
    join(5, None, 10.0)
    join(2, None, 100 + 700 + 20e3)
    injected = np.zeros(6)
    injected[2] = 0.1 / (100 + 700 + 20e3)
    sense = np.linalg.solve(conductance, injected)[5] / 10.0
    printed = batch(column_read_deck(spec).text)
    assert printed["charge"] == close(sense * 5e-9, rel=1e-3)


def test_idle_cells_carry_the_mean_conductance_of_on_and_off() -> None:
    """Linear cells of 500 ohm and 20 kohm behind 100 + 20000 ohm, a quarter of them on."""
    card = make_card(
        on_current=0.2, on_slope=0.01, series_resistance=0.0, off_current=5e-3, off_slope=0.01, state_limit=60.0
    )
    spec = ColumnRead(4, 1, 500.0, 0.0, card, on_fraction=0.25)
    assert 1 / spec.idle_resistance == close(0.25 / 20.6e3 + 0.75 / 40.1e3)
    with pytest.raises(NetlistError, match="on_fraction"):
        ColumnRead(4, 1, 500.0, 0.0, card, on_fraction=1.5)


def test_step_halving_moves_nothing(card, batch) -> None:
    deck = column_read_deck(ColumnRead(98, 14, 610.0, 1e-3, card))
    coarse, fine = batch(deck.text), batch(deck.with_maximum_step(deck.maximum_step / 2).text)
    for name in ("charge", "energy", "delay"):
        assert coarse[name] == close(fine[name], rel=2e-3)
        assert coarse[name] > 0


def test_every_measure_is_printed_by_batch_ngspice(card, batch) -> None:
    deck = column_read_deck(ColumnRead(8, 3, 610.0, 0.0, card))
    assert {measure.name for measure in deck.measures} <= set(batch(deck.text))


def test_same_column_same_key(card) -> None:
    keys = [column_read_deck(ColumnRead(8, 3, 610.0, 0.0, make_card())).key for _ in range(2)]
    assert keys[0] == keys[1]
    assert keys[0] != column_read_deck(ColumnRead(8, 3, 611.0, 0.0, card)).key


def test_what_is_no_column_is_refused(card) -> None:
    with pytest.raises(NetlistError, match="active_rows"):
        ColumnRead(4, 5, 610.0, 0.0, card)
    with pytest.raises(NetlistError, match="row_load"):
        ColumnRead(4, 1, 610.0, -1.0, card)
    with pytest.raises(NetlistError, match="pulse_width"):
        ColumnRead(4, 1, 610.0, 0.0, card, pulse_width=0.3e-9)
    with pytest.raises(NetlistError, match="segment_resistance"):
        Wire(segment_resistance=0.0)
    with pytest.raises(NetlistError, match="driver"):
        RowDriver(0.0)
