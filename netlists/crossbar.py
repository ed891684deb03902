"""A crossbar array with ternary weights on differential column pairs, as part of a larger circuit."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySpice.Spice.Netlist import Circuit

from devicefit.card import DeviceCard
from measurements.errors import NetlistError
from netlists.checks import identifier, positive
from netlists.composition import number
from netlists.memristor import read_polynomial
from netlists.wires import Wire

SIGNS = ("p", "m")
"""Suffixes of the plus and the minus column of a neuron."""


@dataclass(frozen=True)
class CrossbarCells:
    """What one crosspoint and one column are made of.

    Parameters
    ----------
    select_resistance, sense_resistance
        In series with each memristor, and from the end of each column to ground [ohm].
    wire
        Column wire between neighbouring rows; the row wire is left out (one column pair crosses it per
        neuron).
    """

    select_resistance: float = 20e3
    sense_resistance: float = 10.0
    wire: Wire = field(default_factory=Wire)

    def __post_init__(self) -> None:
        positive("select_resistance [ohm]", self.select_resistance)
        positive("sense_resistance [ohm]", self.sense_resistance)


def ternary(weights: ArrayLike) -> NDArray[np.int8]:
    """A weight matrix (rows, neurons) of -1, 0 and +1, checked.

    >>> ternary([[1, 0], [-1, 1]]).tolist()
    [[1, 0], [-1, 1]]
    """
    given = np.asarray(weights)
    if given.ndim != 2 or given.size == 0:
        raise NetlistError(f"weights have shape {given.shape}; (rows, neurons) with one or more of each is needed")
    if not np.isin(given, (-1, 0, 1)).all():
        raise NetlistError(
            f"weights hold {np.setdiff1d(given, (-1, 0, 1))[0]}; only -1, 0 and 1 can be mapped on pairs"
        )
    return given.astype(np.int8)


def sense_node(layer: str, neuron: int, sign: str) -> str:
    """Node at the end of a column, above its sense resistor."""
    return f"sense_{layer}_{neuron}_{sign}"


def add_crossbar(
    circuit: Circuit,
    card: DeviceCard,
    cells: CrossbarCells,
    layer: str,
    weights: NDArray[np.int8],
    rows: list[str],
) -> None:
    """Add a crossbar: two columns a neuron, a memristor and a select resistor (`read_cell`) at each
    crosspoint.

    A weight of +1 is (on, off) on the (plus, minus) column, -1 is (off, on), 0 is (off, off). On and off are
    the card's states 1 and 0 as frozen read polynomials. Column wires run from row 0 to the sense resistor
    past the last row.

    Parameters
    ----------
    layer
        Name in front of the array's own nodes.
    weights
        (rows, neurons), ternary.
    rows
        Node of each row, behind its driver.
    """
    identifier(layer)
    if len(rows) != weights.shape[0]:
        raise NetlistError(f"{len(rows)} rows are given for weights of {weights.shape[0]} rows")
    polynomials = {state: read_polynomial(card, float(state)) for state in (0, 1)}
    for neuron in range(weights.shape[1]):
        for sign, positive_weight in zip(SIGNS, (1, -1), strict=True):
            states = (weights[:, neuron] == positive_weight).astype(int)
            column = f"{layer}_{neuron}_{sign}"
            for i, row in enumerate(rows):
                _add_cell(circuit, cells, f"{column}_{i}", row, polynomials[int(states[i])])
            _add_wire(circuit, cells, column, len(rows), sense_node(layer, neuron, sign))


def _add_cell(
    circuit: Circuit, cells: CrossbarCells, place: str, row: str, polynomial: tuple[float, float, float]
) -> None:
    g1, g3, g5 = (number(value) for value in polynomial)
    select = number(cells.select_resistance)
    circuit.X(
        f"cell_{place}",
        "read_cell",
        row,
        f"mid_{place}",
        f"col_{place}",
        g1=g1,
        g3=g3,
        g5=g5,
        select_resistance=select,
    )


def _add_wire(circuit: Circuit, cells: CrossbarCells, column: str, rows: int, sense: str) -> None:
    for i in range(rows):
        following = f"col_{column}_{i + 1}" if i + 1 < rows else sense
        circuit.R(f"wire_{column}_{i}", f"col_{column}_{i}", following, number(cells.wire.segment_resistance))
        circuit.C(f"wire_{column}_{i}", following, circuit.gnd, number(cells.wire.segment_capacitance))
    circuit.R(f"sense_{column}", sense, circuit.gnd, number(cells.sense_resistance))
