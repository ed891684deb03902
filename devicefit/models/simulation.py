"""Time response of any compact model to a voltage waveform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from devicefit.card import DeviceCard
from devicefit.march import STEP_LIMIT, compiled_response, march
from devicefit.models.model import CompactModel
from devicefit.numerics import FloatArray
from devicefit.waveform import checked_waveform
from measurements.errors import ConvergenceError, InputError


@dataclass(frozen=True, eq=False)
class ModelResponse:
    """What a model did under a voltage waveform of n samples.

    Parameters
    ----------
    time [s], voltage [V]
        The waveform (n).
    current
        Into the active electrode [A] (n); clipped at the compliance current where one was given.
    unknowns
        The model's unknowns in its own units (n x m).
    fraction
        Conducting fraction 0..1 [1] (n).
    energy
        Supplied by the source since the first sample [J] (n), before any clipping of the reading.
    """

    time: FloatArray
    voltage: FloatArray
    current: FloatArray
    unknowns: FloatArray
    fraction: FloatArray
    energy: FloatArray


def simulate_model(
    model: CompactModel,
    device: DeviceCard | Mapping[str, float] | FloatArray,
    time: ArrayLike,
    voltage: ArrayLike,
    *,
    fraction: float = 0.0,
    unknowns: ArrayLike | None = None,
    compliance_current: float | None = None,
) -> ModelResponse:
    """Response of a device to `voltage`, taken as linear between samples.

    Parameters
    ----------
    model, device
        The equations, and a card, parameter values by name, or the parameter vector.
    time [s], voltage [V]
        Equal-length waveforms; time never decreases (an equal time is a voltage jump).
    fraction
        Conducting fraction at the first sample [1]: 0 off, 1 on. `unknowns`, where given, is used instead.
    compliance_current
        Limit of the instrument [A]: the reading is clipped to it, the device sees the full voltage.

    Raises
    ------
    InputError
        The waveform, the state or a parameter cannot be used.
    ConvergenceError
        The step limit was reached.
    """
    parameters = _vector(model, device)
    seconds, volts = checked_waveform(time, voltage)
    start = np.array(model.at_fraction(parameters, fraction) if unknowns is None else unknowns, dtype=np.float64)
    if start.shape != (len(model.unknowns),) or not np.all(np.isfinite(start)):
        raise InputError(f"{model.name} starts from {len(model.unknowns)} finite unknowns, {start!r} was given")
    if compliance_current is not None and not compliance_current > 0:
        raise InputError(f"compliance current is {compliance_current!r} A, a positive number or None is needed")
    history, current, _, reached = march(
        compiled_response(model.response), parameters, *tolerances(model), seconds, volts, start
    )
    if reached < seconds.size - 1 or not np.isfinite(history).all():
        raise ConvergenceError(
            f"{model.name} was not solved past {seconds[max(reached, 0)]:.6g} s within {STEP_LIMIT} steps; "
            "check the parameters, or sample the waveform more finely"
        )
    reading = current if compliance_current is None else np.clip(current, -compliance_current, compliance_current)
    return ModelResponse(
        time=seconds,
        voltage=volts,
        current=reading,
        unknowns=history[:, :-1].copy(),
        fraction=model.fraction(parameters, history[:, :-1]),
        energy=history[:, -1].copy(),
    )


def tolerances(model: CompactModel) -> tuple[FloatArray, FloatArray]:
    """Absolute and relative error that one step may make in each unknown."""
    return (
        np.array([unknown.tolerance for unknown in model.unknowns]),
        np.array([unknown.relative for unknown in model.unknowns]),
    )


def _vector(model: CompactModel, device: DeviceCard | Mapping[str, float] | FloatArray) -> FloatArray:
    if isinstance(device, DeviceCard):
        return model.vector(device)
    if isinstance(device, Mapping):
        return model.vector_of(device)
    return model.vector_of(dict(zip((spec.name for spec in model.parameters), device, strict=True)))
