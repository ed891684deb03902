"""Pulse trains that a fitted device would show, for the exports that need update curves where none were measured."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from devicefit.card import DeviceCard
from devicefit.cardfile import card_to_json
from devicefit.models.model import CompactModel
from devicefit.models.registry import model_of
from devicefit.models.simulation import simulate_model
from devicefit.numerics import FloatArray
from measurements.errors import InputError
from measurements.pulses import PulseDirection, PulseTrain
from measurements.sweep import Source

SIMULATED = "simulated from the device card"
"""Source of such trains."""
EDGE = 0.1
"""Rise and fall of a pulse as shares of its width [1]."""
REST = 1.0
"""Pause after a pulse, in widths [1]."""


@dataclass(frozen=True)
class PulseProgramme:
    """Pulses of one kind up, then of one kind down.

    Parameters
    ----------
    set_voltage, reset_voltage
        Pulse heights with their signs [V].
    width
        [s]
    count
        Pulses of a train [1].
    read_voltage
        [V]
    """

    set_voltage: float
    reset_voltage: float
    width: float
    count: int
    read_voltage: float

    def __post_init__(self) -> None:
        if not (self.width > 0 and self.count >= 8 and self.read_voltage != 0):
            raise InputError("a pulse programme needs a positive width, 8 or more pulses and a read voltage")
        if self.set_voltage * self.reset_voltage >= 0:
            raise InputError("set and reset pulses need voltages of opposite signs")


def simulated_trains(card: DeviceCard, programme: PulseProgramme) -> tuple[PulseTrain, PulseTrain]:
    """A potentiation train from the off state and the depression train after it, each read after every pulse.

    The device is without cycle-to-cycle spread and noise: the trains show its mean behaviour, and the exports made of
    them say so.

    Raises
    ------
    InputError
        The card does not fit its model.
    ConvergenceError
        The model was not solved.
    """
    model = model_of(card)
    parameters = model.vector(card)
    state = np.asarray(model.at_fraction(parameters, 0.0), dtype=np.float64)
    source = Source(SIMULATED, hashlib.sha256(card_to_json(card).encode()).hexdigest())
    trains = []
    for direction, voltage in zip(PulseDirection, (programme.set_voltage, programme.reset_voltage), strict=True):
        states = _states(model, parameters, state, voltage, programme)
        slopes = np.empty(states.shape[1])
        current = [model.response(parameters, programme.read_voltage, row, slopes) for row in states]
        trains.append(
            PulseTrain(
                pulse=np.arange(len(states), dtype=np.float64),
                current=np.array(current),
                read_voltage=programme.read_voltage,
                direction=direction,
                train=0,
                device=card.device,
                cell=card.cell,
                source=source,
                amplitude=np.full(len(states), voltage),
                width=np.full(len(states), programme.width),
                comment=f"{SIMULATED}, without spread or noise",
            )
        )
        state = states[-1]
    return trains[0], trains[1]


def _states(
    model: CompactModel, parameters: FloatArray, start: FloatArray, voltage: float, programme: PulseProgramme
) -> FloatArray:
    """Unknowns before the first pulse and after each pulse's pause (count + 1 x unknowns)."""
    shape_time = programme.width * np.array([EDGE, 1.0, 1.0 + EDGE, 1.0 + EDGE + REST])
    period = float(shape_time[-1])
    time = np.concatenate([[0.0], *(period * k + shape_time for k in range(programme.count))])
    volts = np.concatenate([[0.0], *([voltage, voltage, 0.0, 0.0] for _ in range(programme.count))])
    response = simulate_model(model, parameters, time, volts, unknowns=start)
    return np.asarray(response.unknowns[:: shape_time.size])
