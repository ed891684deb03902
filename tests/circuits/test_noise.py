"""Noise of a resistor against its law, and of the column interface against the figures in its cell."""

from __future__ import annotations

import numpy as np
import pytest

from circuits.noise import Noise, run_noise
from measurements.errors import ConvergenceError, InputError, NetlistError
from netlists.columninterface import ColumnInterface, column_interface_noise_text
from netlists.technology import load_technology

KT = 1.380649e-23 * 300.15
RESISTOR = "resistor\nI1 0 b DC 0 AC 1\nR1 b 0 1k\nC1 b 0 1p\n"


def test_a_resistor_has_the_noise_of_johnson_and_nyquist() -> None:
    noise = run_noise(RESISTOR, "b", "I1", lowest=1e3, highest=1e13)
    assert noise.output[0] == pytest.approx(np.sqrt(4 * KT * 1e3), rel=1e-3)
    assert noise.input[0] == pytest.approx(np.sqrt(4 * KT / 1e3), rel=1e-3)
    assert noise.total() == pytest.approx(np.sqrt(KT / 1e-12), rel=5e-3)
    assert noise.integrated(1e-6) == pytest.approx(np.sqrt(4 * KT * 1e3 * 1e-6 / 2), rel=0.02)


def test_noise_of_the_column_interface() -> None:
    interface = ColumnInterface()
    elements = column_interface_noise_text(
        interface, load_technology(), sign=1, input_current=2e-5, rest_conductance=0.0, membrane_voltage=0.5
    )
    noise = run_noise(elements, "noise", "Inoise", lowest=1e5, highest=1e10)
    middle = int(np.argmin(np.abs(noise.frequency - 1e8)))
    assert noise.input[middle] == pytest.approx(8.24e-12, rel=0.02)
    assert noise.output[middle] / noise.input[middle] == pytest.approx(0.5, rel=0.05)
    assert noise.integrated(interface.strobe_width) == pytest.approx(0.326e-15, rel=0.03)


def test_what_gives_no_noise_is_refused() -> None:
    with pytest.raises(InputError, match="rising frequencies"):
        run_noise(RESISTOR, "b", "I1", lowest=1e6, highest=1e3)
    with pytest.raises(InputError, match="no name"):
        run_noise(RESISTOR, "b) .control", "I1")
    with pytest.raises(ConvergenceError, match="0 frequencies"):
        run_noise(RESISTOR, "b", "I2")
    with pytest.raises(NetlistError):
        run_noise(RESISTOR + ".include /etc/passwd\n", "b", "I1")
    assert Noise(np.array([1.0, 2.0]), np.zeros(2), np.zeros(2)).total() == 0.0
