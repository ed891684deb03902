"""Synthetic cycles of any compact model from a stated truth: what an instrument would have read, and the truth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from devicefit.card import DeviceCard
from devicefit.models.model import CompactModel
from devicefit.models.simulation import simulate_model
from devicefit.numerics import FloatArray
from measurements.errors import InputError
from measurements.records import MeasurementSet
from measurements.sweep import Activity, Source, Sweep


@dataclass(frozen=True)
class Protocol:
    """How synthetic cycles are measured.

    Parameters
    ----------
    set_voltage, reset_voltage
        Ends of the ramps, magnitudes [V].
    set_points, reset_points
        Samples of each ramp, the way back not counted.
    ramp_rates
        Taken in turn, cycle after cycle [V/s].
    set_limit, reset_limit
        Current limits [A]; None for none.
    offset, noise
        Of the instrument [A].
    relative_noise
        Of a reading [1].
    way_back
        Whether the ramp comes back to 0 V.
    """

    set_voltage: float
    reset_voltage: float
    set_points: int = 81
    reset_points: int = 81
    ramp_rates: tuple[float, ...] = (0.1, 1.0, 10.0)
    set_limit: float | None = None
    reset_limit: float | None = None
    offset: float = 0.0
    noise: float = 1e-10
    relative_noise: float = 0.01
    way_back: bool = False


@dataclass(frozen=True)
class SyntheticCycles:
    """Records, and the parameter values of each cycle behind them."""

    records: MeasurementSet
    values: tuple[Mapping[str, float], ...] = field(default_factory=tuple)


def synthetic_cycles(
    model: CompactModel,
    truth: DeviceCard,
    protocol: Protocol,
    spread: Mapping[str, float],
    cycles: int,
    seed: int,
) -> SyntheticCycles:
    """`cycles` sets and resets of a device that follows `truth`.

    `spread` gives the standard deviation of ln(value) from cycle to cycle by parameter name. Every cycle starts fully
    off for its set and fully on for its reset. The records carry the word synthetic.

    Raises
    ------
    InputError
        No cycle asked for, or a spread of a parameter that the model does not have.
    """
    if cycles < 1:
        raise InputError(f"{cycles} cycles asked for, one or more are needed")
    generator = np.random.default_rng(seed)
    central = {name: parameter.value for name, parameter in truth.parameters.items()}
    unknown = sorted(set(spread) - set(central))
    if unknown:
        raise InputError(f"{model.name} has no parameter {unknown[0]!r} to spread")
    sweeps, values = [], []
    for cycle in range(cycles):
        drawn = central | {n: central[n] * math.exp(generator.normal(0.0, s)) for n, s in spread.items()}
        vector = model.vector_of(drawn)
        rate = protocol.ramp_rates[cycle % len(protocol.ramp_rates)]
        for kind in (Activity.SET, Activity.RESET):
            sweeps.append(_sweep(model, vector, protocol, kind, rate, cycle, generator))
        values.append(drawn)
    return SyntheticCycles(MeasurementSet(sweeps=tuple(sweeps)), tuple(values))


def _sweep(
    model: CompactModel,
    vector: FloatArray,
    protocol: Protocol,
    kind: Activity,
    rate: float,
    cycle: int,
    generator: np.random.Generator,
) -> Sweep:
    setting = kind is Activity.SET
    highest, points, limit = (
        (protocol.set_voltage, protocol.set_points, protocol.set_limit)
        if setting
        else (protocol.reset_voltage, protocol.reset_points, protocol.reset_limit)
    )
    out = np.linspace(0.0, highest, points)
    volts = np.concatenate([out, out[-2::-1]]) if protocol.way_back else out
    time = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(volts)))]) / rate
    volts = volts if setting else -volts
    current = simulate_model(model, vector, time, model.set_polarity * volts, fraction=0.0 if setting else 1.0).current
    noisy = model.set_polarity * current * (1.0 + protocol.relative_noise * generator.standard_normal(time.size))
    reading = noisy + protocol.offset + protocol.noise * generator.standard_normal(time.size)
    if limit is not None:
        reading = np.clip(reading, -limit, limit)
    return Sweep(
        time=time,
        voltage=volts,
        current=reading,
        activity=kind,
        compliance_current=limit,
        device="synthetic",
        cell="(0,0)",
        cycle=cycle,
        temperature=None,
        source=Source(f"synthetic_{kind.value}_{cycle}", ""),
        comment=f"synthetic: made by devicefit.cycles.synthetic from {model.name}, ramp {rate:g} V/s",
    )
