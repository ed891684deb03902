"""Spiking cells of ideal elements, with answers by hand."""

from __future__ import annotations

import math

from netlists.spikingcell import Pin, SpikingCell

# A membrane of 1 pF; switches close above 1 V and open below 0.1 V: one empties it through 200 kohm, one is the output.
IDEAL = """
.subckt ideal mem vdd vss spk gain
Cm mem vss 1p
Sreset mem vss mem vss slow
Sspike vdd spk mem vss quick
Rspike spk vss 200k
Bspend vdd vss I=1n+1u*v(spk,vss)/2
Rgain gain vss 1meg
.model slow sw vt=0.55 vh=0.45 ron=200k roff=1e15
.model quick sw vt=0.55 vh=0.45 ron=20k roff=1e15
.ends ideal
"""
LEAKY = IDEAL.replace("Cm mem vss 1p", "Cm mem vss 1p\nRleak mem vss 1g")
PAST_THE_PINS = IDEAL.replace("Rgain gain vss 1meg", "Rgain gain vss 1meg\nRpast vdd 0 1meg")
"""Draws current into node 0."""


def dead_time(current: float) -> float:
    """Time in which the switch takes the membrane from 1 V to 0.1 V against the input current [s]."""
    held = 200e3 * current
    return 200e3 * 1e-12 * math.log((1.0 - held) / (0.1 - held))


def ideal_cell(text: str = IDEAL) -> SpikingCell:
    """Fires first after C*1 V/I, then every C*0.9 V/I + `dead_time`; bias pin `gain` draws 0.5 uA at 0.5 V."""
    pins = (
        Pin("mem", "input", initial_voltage=0.0),
        Pin("vdd", "supply", voltage=2.0),
        Pin("vss", "ground"),
        Pin("spk", "output", load=1e-14),
        Pin("gain", "bias", voltage=0.5),
    )
    return SpikingCell("ideal", pins, (text,), charge_per_spike=1.05e-12, dead_time=1e-6)
