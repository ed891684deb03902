"""All encodings by name, with the circuit that each needs and what that circuit spends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from evaluator.code import Encoder
from evaluator.encoders import (
    BurstEncoder,
    LatencyEncoder,
    MultiplexedEncoder,
    PartialIsiEncoder,
    PhaseEncoder,
    RateEncoder,
)
from evaluator.encoding import IsiEncoder
from evaluator.encoding_poisson import PoissonEncoder
from measurements.errors import InputError


@dataclass(frozen=True)
class Encoding:
    """A code and its circuit.

    equation
        Spike times, as in the docstring of the encoder's class.
    table
        Characterization table of the circuit; None: there is no circuit of it here.
    spike_energy, rest_power, clock_power
        Of one such circuit, typical corner, 1.8 V, brightness current 2.5 uA: supply energy of a spike beyond the rest
        power [J], power while it waits [W] and, of those with a phase clock, what the clock's driver spends on the pin
        [W]; measured in ngspice (`memchar characterize` with the procedure of the table's name; heads of
        encoders.cir, burst_encoder.cir and phase_encoders.cir in netlists/cells). None: not characterized. No published
        figure is known for any of them (PhD thesis hdl 10919/93591: abstract only).
    """

    name: str
    encoder: Encoder
    equation: str
    table: str | None = None
    spike_energy: float | None = None
    rest_power: float | None = None
    clock_power: float = 0.0


_ALL = (
    Encoding("isi-full", IsiEncoder(), "t_k = k T(x)", "encoder_full", 0.41e-12, 0.20e-6),
    Encoding("isi-parallel", IsiEncoder(spikes=3), "t_k = k T(x), k <= 3", "encoder_parallel", 0.71e-12, 18.7e-6),
    Encoding("isi-partial", PartialIsiEncoder(), "t_k = (2k - 1) T(x)", "encoder_partial", 0.61e-12, 11.6e-6),
    Encoding("latency", LatencyEncoder(), "t = t_min + (1 - x)(t_max - t_min)", "encoder_latency", 0.35e-12, 0.20e-6),
    Encoding("rate", RateEncoder(), "t_k = k / (x f_max)", "encoder_rate", 0.39e-12, 0.51e-6),
    Encoding("poisson", PoissonEncoder(), "random, mean rate x f_max"),
    Encoding("phase", PhaseEncoder(), "t_k = (k - 1) P + (1 - x)(P - w)", "encoder_phase", 0.68e-12, 0.51e-6, 0.018e-6),
    Encoding("burst", BurstEncoder(), "t_k = T_min + (k - 1) T(x), k <= ceil(n x)", "encoder_burst", 0.92e-12, 9.4e-6),
    Encoding(
        "multiplexed",
        MultiplexedEncoder(),
        "t_k = P ceil(k T(x) / P)",
        "encoder_multiplexed",
        0.93e-12,
        0.76e-6,
        0.12e-6,
    ),
)
ENCODINGS: Mapping[str, Encoding] = {one.name: one for one in _ALL}


def circuit_of(encoder: Encoder) -> str | None:
    """Table of the circuit that makes this code, whatever its times; None: there is no circuit of it here.

    >>> [circuit_of(one) for one in (IsiEncoder(phases=2), IsiEncoder(spikes=3, pulse_width=9e-9), PoissonEncoder())]
    ['encoder_full', 'encoder_parallel', None]
    """
    width = encoder.pulse_width
    alike = [one for one in _ALL if type(one.encoder) is type(encoder)]
    same = [one for one in alike if replace(one.encoder, pulse_width=width) == encoder]
    return next((one.table for one in (*same, *alike)), None)


def encoding_named(name: str) -> Encoding:
    """The encoding called `name`.

    Raises
    ------
    InputError
        There is none of that name.

    >>> encoding_named("latency").table
    'encoder_latency'
    """
    if name not in ENCODINGS:
        raise InputError(f"there is no encoding {name!r}", hint=f"use {', '.join(ENCODINGS)}")
    return ENCODINGS[name]
