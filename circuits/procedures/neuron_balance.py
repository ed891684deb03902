"""Conservation checks on a simulated neuron cell, from the currents of its terminals."""

from __future__ import annotations

import numpy as np

from circuits.waveforms import Waveforms
from netlists.neuron import Neuron


def neuron_closure(neuron: Neuron, waveforms: Waveforms) -> float:
    """Relative violation of charge conservation and of the second law in a neuron cell [1].

    Charge: the integral of |i_vdd + i_mem - i_spk - i_vss|, the currents into and out of the four terminals,
    over the integral of |i_vdd| + |i_mem|. Energy: what enters through the terminals, plus what the membrane
    capacitor gives back (C/2 * (V(0)^2 - V(end)^2)), cannot be negative; if it is, its size over the integral
    of the absolute powers. Energy stored on the internal femtofarads is left out; it is far below what the
    cell dissipates. The point t = 0 is left out, for its currents include the one with which `.ic` holds the
    membrane.
    """
    time = waveforms.time[1:]
    names = ("v(vdd)", "v(mem)", "v(spk)", "i(vdd)", "i(vmem)", "i(vspk)", "i(vss)")
    rail, voltage, output, drawn, membrane, spike, ground = (waveforms.vector(name)[1:] for name in names)
    supply = -drawn
    moved = float(np.trapezoid(np.abs(supply) + np.abs(membrane), time))
    charge = float(np.trapezoid(np.abs(supply + membrane - spike - ground), time)) / moved

    powers = (rail * supply, voltage * membrane, -output * spike)
    gross = float(np.trapezoid(sum(np.abs(power) for power in powers), time))
    given_back = 0.5 * neuron.membrane_capacitance * float(voltage[0] ** 2 - voltage[-1] ** 2)
    dissipated = float(np.trapezoid(sum(powers), time)) + given_back
    return max(charge, -dissipated / gross)
