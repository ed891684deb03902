"""SPICE macro-models of neuron and column from their tables: a handful of sources instead of transistors and cells.

Neuron (`lif_neuron_macro`): the membrane and comparator of `memchar.rampneuron`, as circuit elements.

    C dV/dt = I_in - C g(V)                  capacitor and current source
    dy/dt = f(V) until y = 1                 comparator state on a second capacitor
    y falls from 1 to 0 in the dead time     a switch with hysteresis on y remembers that the neuron has fired; while it
                                             is closed, mem is held at 0 V
    spk is high while y > 1 - width / dead time
    supply current = P(V) / V_dd, and the energy of a spike spread over its width

Column (`column_read_macro_N` for N active rows): charge, energy and delay of the table over the device resistance.

    I_sense = G V_d                          G = charge / (read voltage * pulse width), an odd table of ln R
    tau dV_d/dt = V_drive - V_d              tau such that a trapezoid's half crosses `delay` later
    I_drive = (energy / (read voltage * charge)) G V_drive    less what edges make the square of the pulse smaller by

Validity: inputs and resistances of the tables; one corner, one temperature; inputs to the neuron below its leak stay
silent. The other axes of the column are fixed at the values named in the file.

Error against the transistors, between the points of the reference tables (largest; `benchmarks/macromodel.py` prints it
with the speed): neuron delay 0.3 %, interval 0.7 %, energy of a spike interval 1.9 %; column charge and energy 0.5 %,
delay 0.5 ps, which is a third of it: on an edge of 200 ps an amplitude 0.2 % off moves the crossing by 0.2 ps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

if TYPE_CHECKING:
    from circuits.tables import Table, TableSet
    from memchar.rampneuron import RampNeuron

Array = NDArray[np.float64]
RESET_RESISTANCE = 1e3
"""Holds the membrane while the neuron rests after a spike [ohm]: below 0.1 V at 100 uA, as the transistor does."""
STATE = 1e-12
"""Capacitor that holds the comparator's state, 1 V for y = 1 [F]."""
KNOTS = 48
"""Points of each tabulated curve of the neuron."""
COLUMN_KNOTS = 144
"""Points of the conductance over the device resistance: charge 0.1 % off puts a delay of a picosecond 5 % off."""


def macromodel_file(tables: TableSet) -> dict[str, str]:
    """One file with the subcircuits `lif_neuron_macro` and `column_read_macro_N`.

    Raises
    ------
    TableError
        A table, an attribute or a needed point is missing.
    """
    from circuits.exports.values import needed, number
    from memchar.rampneuron import ramp_neuron

    fire, column = needed(tables, "neuron_fire", "column_read")
    neuron = ramp_neuron(tables)
    lines = [
        "* Macro-models made by memchar from its tables; memchar/macromodel.py has the equations. Run them with",
        "* .options method=trap reltol=1e-4 chgtol=1e-15 and a maximum step of a 400th of the run at most.",
        "* Largest errors on the reference tables: neuron delay 0.3 %, interval 0.7 %, energy 1.9 %; column charge and",
        "* energy 0.5 %, delay 0.5 ps. Other tables: benchmarks/macromodel.py measures them.",
        *neuron_lines(neuron, number(fire, "neuron_supply_voltage")),
        *column_lines(column),
    ]
    return {"": "\n".join(lines) + "\n"}


def neuron_lines(neuron: RampNeuron, supply: float) -> list[str]:
    """The subcircuit of the neuron; see the top of the file."""
    volts, trip = neuron.voltage, neuron.trip_voltage
    dead, width, farad = neuron.dead_time, neuron.spike_width, neuron.capacitance
    edge = 0.2 * width / dead
    leak_at = _thinned(volts, neuron.leak)
    power_at = _thinned(volts, neuron.power)
    trip_at = np.unique(np.r_[trip[0], _thinned(trip, np.sqrt(neuron.trip))])
    middle, rate = _rates(trip_at, np.interp(trip_at, trip, neuron.trip))
    pulse = f"v(lat)*min(max((v(y)-{1 - width / dead:.9g})/{edge:.9g}+0.5,0),1)"
    clamped = f"min(max(v(mem,vss),{volts[0]:.9g}),{volts[-1]:.9g})"
    return [
        "",
        "* mem: input current; spk: output; supply current from vdd to vss",
        ".subckt lif_neuron_macro mem vdd vss spk",
        f"Cmem mem vss {farad:.9g}",
        f"Bleak mem vss I={farad:.9g}*pwl({clamped},{_pairs(leak_at, np.interp(leak_at, volts, neuron.leak))})",
        f"Cstate y 0 {STATE:g}",
        f"Bstate 0 y I={STATE:g}*((1-v(lat))*pwl({_within('v(mem,vss)', middle)},{_pairs(middle, rate)})"
        f"-v(lat)*min(max(1000*v(y),0),1)*{1 / dead:.9g})",
        "Rstate y 0 1e12",
        "Sfired one lat y 0 fired",
        "Vone one 0 1",
        "Rlat lat 0 1meg",
        "Sreset mem vss y 0 reset",
        ".model fired sw vt=0.5005 vh=0.4995 ron=1 roff=1e12",
        f".model reset sw vt=0.5005 vh=0.4995 ron={RESET_RESISTANCE:g} roff=1e14",
        f"Bspike out vss V=v(vdd,vss)*{pulse}",
        "Rout out spk 100",
        f"Bsupply vdd vss I=pwl({clamped},{_pairs(power_at, np.interp(power_at, volts, neuron.power) / supply)})"
        f"+{neuron.spike_energy / width / supply:.9g}*{pulse}",
        ".ends",
    ]


def column_lines(column: Table) -> list[str]:
    """A subcircuit for each tabulated number of active rows."""
    from circuits.exports.values import axis_of, number
    from circuits.status import Status

    load, share = axis_of(column, "row_load").values[0], axis_of(column, "on_fraction").values[-1]
    voltage, width, edge = (number(column, name) for name in ("read_voltage", "pulse_width", "edge_time"))
    squared = 1.0 - edge / (3.0 * width)  # integral of the squared trapezoid over that of a rectangle
    ohm = np.log(axis_of(column, "device_resistance").values)
    lines = []
    for active in axis_of(column, "active_rows").values:
        line = column.dataset.sel(active_rows=active, row_load=load, on_fraction=share)
        good = line["status"].to_numpy() == Status.OK
        if good.sum() < 2:
            lines += ["", f"* {active:g} active rows: fewer than two points have numbers"]
            continue
        charge, energy, delay = (line[name].to_numpy()[good] for name in ("charge", "energy", "delay"))
        at = np.linspace(ohm[good][0], ohm[good][-1], COLUMN_KNOTS)
        few = at[:: len(at) // KNOTS] + 0.0
        few[-1] = at[-1]
        log_g = _smooth(at, ohm[good], np.log(charge / (voltage * width)))
        ratio = _smooth(few, ohm[good], energy / (voltage * charge * squared))
        rate = 1.0 / np.array([lag(float(value), edge) for value in _smooth(few, ohm[good], delay)])
        place, other = _within("v(r)", at), _within("v(r)", few)
        lines += [
            "",
            f"* {active:g} active rows of {number(column, 'rows'):g}; row load {load:g} S, share of idle cells on"
            f" {share:g};",
            "* resistance: of each active device [ohm]; drive and sense against 0",
            f".subckt column_read_macro_{active:g} drive sense resistance={np.exp(at[len(at) // 2]):.6g}",
            "Vr r 0 {ln(resistance)}",
            f"Bg g 0 V=exp(pwl({place},{_pairs(at, log_g)}))",
            f"Bratio e 0 V=pwl({other},{_pairs(few, ratio)})",
            f"Brate rate 0 V=pwl({other},{_pairs(few, rate * 1e-12)})",
            "Clag d 0 1p",
            "Rlag d 0 1g",
            "Blag 0 d I=v(rate)*(v(drive)-v(d))",
            "Bsense 0 sense I=v(g)*v(d)",
            "Bdrive drive 0 I=v(g)*v(e)*v(drive)",
            ".ends",
        ]
    return lines


def lag(delay: float, edge: float) -> float:
    """Time constant of the first-order lag whose answer to a ramp of `edge` [s] crosses half `delay` [s] after it.

    On the ramp, u = (t - tau (1 - exp(-t/tau))) / edge; after it the lag runs into 1. A delay below a thousandth of the
    edge, or none, is that thousandth.
    """
    wanted = max(delay, 1e-3 * edge)

    def half(tau: float) -> float:
        """Value at `wanted` after the half of the edge, less one half."""
        t = 0.5 * edge + wanted
        on_ramp = (min(t, edge) - tau * (1.0 - np.exp(-min(t, edge) / tau))) / edge
        return float(1.0 - (1.0 - on_ramp) * np.exp(-max(t - edge, 0.0) / tau) - 0.5)

    return float(brentq(half, 1e-4 * wanted, 10.0 * wanted, xtol=1e-9 * wanted))


def _smooth(at: Array, grid: Array, values: Array) -> Array:
    from circuits.interpolation import interpolate

    return interpolate([grid], values, [at])


def _rates(volts: Array, integral: Array) -> tuple[Array, Array]:
    """Piecewise linear f whose integral passes through `integral` at the ends: secants at the middles, 0 before."""
    middle = 0.5 * (volts[1:] + volts[:-1])
    return np.r_[volts[0], middle], np.r_[0.0, np.diff(integral) / np.diff(volts)]


def _thinned(x: Array, y: Array) -> Array:
    """`KNOTS` positions, denser where y bends: even steps of the integral of the square root of its curvature."""
    bend = np.sqrt(np.abs(np.gradient(np.gradient(y, x), x)))
    weight = bend / max(float(bend.mean()), 1e-300) + 0.3
    length = np.r_[0.0, np.cumsum(0.5 * (weight[1:] + weight[:-1]) * np.diff(x))]
    return np.interp(np.linspace(0.0, length[-1], KNOTS), length, x)


def _within(node: str, grid: Array) -> str:
    """The voltage of a node held inside the table, since pwl would go on beyond it."""
    return f"min(max({node},{grid[0]:.9g}),{grid[-1]:.9g})"


def _pairs(x: Sequence[float] | Array, y: Sequence[float] | Array) -> str:
    return ",".join(f"{a:.9g},{b:.9g}" for a, b in zip(x, y, strict=True))
