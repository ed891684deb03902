"""Time response of a device card to a voltage waveform."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from devicefit.card import DeviceCard
from devicefit.numerics import FloatArray
from devicefit.rosenbrock import STEP_LIMIT, integrate
from devicefit.threshold_memdiode import parameter_vector
from devicefit.waveform import checked_waveform
from measurements.errors import ConvergenceError, InputError


@dataclass(frozen=True, eq=False)
class Response:
    """What a device did under a voltage waveform; every array has the shape of `time`.

    Parameters
    ----------
    time [s], voltage [V]
        The waveform.
    current
        Current as an instrument reads it [A]: clipped at the compliance current where one was given.
    state
        Logit u of the conducting fraction [1]; `fraction` is x = 1/(1 + exp(-u)).
    temperature [K], internal_voltage [V]
        Of the filament.
    energy
        Energy supplied by the source since the first sample [J], before any clipping of the reading.
    series_energy, conducted_energy
        Its parts lost in the series resistance and conducted to ambient [J]; the rest is stored, C_th (T -
        T0).
    """

    time: FloatArray
    voltage: FloatArray
    current: FloatArray
    state: FloatArray
    temperature: FloatArray
    internal_voltage: FloatArray
    energy: FloatArray
    series_energy: FloatArray
    conducted_energy: FloatArray

    @property
    def fraction(self) -> FloatArray:
        """Conducting fraction x [1]."""
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * self.state)))


def simulate(
    card: DeviceCard,
    time: ArrayLike,
    voltage: ArrayLike,
    initial_state: float | None = None,
    compliance_current: float | None = None,
    initial_temperature: float | None = None,
) -> Response:
    """Response of `card` to `voltage`, taken as linear between the samples.

    Parameters
    ----------
    time [s], voltage [V]
        Equal-length waveforms of at least one point; time never decreases (an equal time is a voltage jump).
    initial_state
        Logit u at the first sample [1]; default: off, minus the card's `state_limit`.
    compliance_current
        Limit of the instrument [A]; the reading is clipped to plus or minus this. The device itself sees the
        full voltage: the on-resistance measured on Cu/TaOx/Pt cells does not depend on the limit, so the
        instrument overshoots it during the jump.
    initial_temperature
        Of the filament at the first sample [K]; default: the card's ambient.

    Step errors are held to 3e-4 in u (that is, 0.03 % of the current), 0.1 % of the temperature rise and 0.1
    % of the energy.

    Raises
    ------
    InputError
        The waveform or the card cannot be used.
    ConvergenceError
        The step limit was reached.
    """
    parameters = parameter_vector(card)
    seconds, volts = checked_waveform(time, voltage)
    if compliance_current is not None and not compliance_current > 0:
        raise InputError(f"compliance current is {compliance_current!r} A, a positive number or None is needed")
    logit = -card.value("state_limit") if initial_state is None else float(initial_state)
    kelvin = card.value("ambient_temperature") if initial_temperature is None else float(initial_temperature)
    if not np.isfinite(logit) or not kelvin > 0:
        raise InputError(
            f"initial state {logit!r} or temperature {kelvin!r} K is not usable; the state is a finite logit"
        )
    history, current, _, reached = integrate(parameters, seconds, volts, logit, kelvin, 0.0)
    if reached < seconds.size - 1 or not np.all(np.isfinite(history)):
        raise ConvergenceError(
            f"the device equations of {card.device} {card.cell} were not solved past "
            f"{seconds[max(reached, 0)]:.6g} s within {STEP_LIMIT} steps; "
            "check the card's slopes and thresholds, or sample the waveform more finely"
        )
    reading = current if compliance_current is None else np.clip(current, -compliance_current, compliance_current)
    return Response(
        time=seconds,
        voltage=volts,
        current=reading,
        state=history[:, 0].copy(),
        temperature=history[:, 1].copy(),
        internal_voltage=volts - parameters[4] * current,
        energy=history[:, 2].copy(),
        series_energy=history[:, 3].copy(),
        conducted_energy=history[:, 4].copy(),
    )
