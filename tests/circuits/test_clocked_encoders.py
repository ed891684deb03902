"""The two encoders with a phase clock: every spike against its equation, books, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from circuits.engine import Engine
from circuits.measure import MeasureError, crossings
from circuits.procedures.clocked_encoder import ClockedEncoderProcedure
from circuits.simulate import simulate_point
from circuits.status import Status
from circuits.waveforms import Waveforms
from measurements.errors import NetlistError
from netlists.clockedencoder import RAMP, SHIPPED, ClockedEncoder, clocked_encoder_deck
from netlists.encoder import Encoder
from netlists.technology import load_technology

TYPICAL = load_technology()
PHASE, MULTIPLEXED = SHIPPED
SHORT = 0.85e-6
HALF = 0.9


def found(encoder: ClockedEncoder, current: float, engine: Engine) -> dict[str, float]:
    result = simulate_point(ClockedEncoderProcedure(encoder, TYPICAL), {"input_current": current}, engine)
    assert result.status is Status.OK, result.message
    assert result.diagnostics["closure_error"] < 1e-5
    return dict(result.quantities)


def edges(encoder: ClockedEncoder, waves: Waveforms, vector: str) -> np.ndarray:
    return crossings(waves, vector, HALF, rising=True, start=encoder.start) - encoder.start


def test_phase_is_one_latency_in_every_period(engine: Engine) -> None:
    """t_k = (k - 1) P + C V/(I - I_leak), whatever came in the period before."""
    for current, first in ((2.5e-6, 106.1e-9), (0.8e-6, 307.0e-9)):
        measured = found(replace(PHASE, window=SHORT), current, engine)
        assert measured["first_spike"] == pytest.approx(first, rel=0.02)
        assert 1.05 < measured["first_spike"] * (current - 3e-9) / 203e-15 < 1.35
        assert measured["interval_1"] == pytest.approx(PHASE.period, rel=1e-3)
        assert measured["static_power"] == pytest.approx(0.5095e-6, rel=0.02)
        assert measured["clock_power"] == pytest.approx(18.3e-9, rel=0.03)
    encoder = replace(PHASE, window=1.25e-6)
    spikes = edges(encoder, engine.run(clocked_encoder_deck(encoder, TYPICAL, 2.5e-6)), "v(pin_spk)")
    assert spikes.size == 3
    assert spikes == pytest.approx(spikes[0] + PHASE.period * np.arange(3), rel=1e-3)


def test_multiplexed_sends_every_ramp_with_the_next_edge(engine: Engine) -> None:
    """t_k = P ceil(k T/P) + t_d, spike by spike, and ramps later by 5 % would be another train."""
    encoder = replace(MULTIPLEXED, window=SHORT)
    procedure, point = ClockedEncoderProcedure(encoder, TYPICAL), {"input_current": 2.5e-6}
    deck = procedure.deck(point)
    waves = engine.run(deck)
    ramps, spikes = edges(encoder, waves, RAMP)[:5], edges(encoder, waves, "v(pin_spk)")
    assert spikes.size == ramps.size == 5

    def snapped(times: np.ndarray) -> np.ndarray:
        return encoder.period * np.unique(np.ceil(times / encoder.period))

    delay = spikes - snapped(ramps)
    assert np.all((delay > 0.3e-9) & (delay < 1.2e-9))
    assert not np.array_equal(snapped(1.05 * ramps), snapped(ramps))
    measured = procedure.quantities(point, deck, waves)
    assert measured["first_ramp"] == pytest.approx(97.7e-9, rel=0.02)
    assert measured["ramp_interval"] == pytest.approx(161.3e-9, rel=0.02)
    assert measured["clock_delay"] == pytest.approx(0.52e-9, rel=0.05)
    assert measured["spike_width"] == pytest.approx(encoder.clock_high, rel=0.03)
    assert measured["spikes"] == 5.0
    assert measured["energy_per_spike"] == pytest.approx(0.926e-12, rel=0.02)
    assert measured["static_power"] == pytest.approx(0.759e-6, rel=0.02)
    assert measured["clock_power"] == pytest.approx(0.12e-6, rel=0.03)
    assert procedure.closure_error(point, deck, waves) < 1e-5


def test_two_ramps_in_one_period_are_one_spike(engine: Engine) -> None:
    encoder = replace(MULTIPLEXED, period=250e-9, window=SHORT)
    waves = engine.run(clocked_encoder_deck(encoder, TYPICAL, 6e-6))
    ramps, spikes = edges(encoder, waves, RAMP), edges(encoder, waves, "v(pin_spk)")
    assert ramps.size == 8
    assert spikes == pytest.approx(250e-9 * np.arange(1, 4), rel=5e-3)


def test_books_and_silence(engine: Engine) -> None:
    encoder = replace(PHASE, window=SHORT)
    procedure, point = ClockedEncoderProcedure(encoder, TYPICAL), {"input_current": 4e-6}
    deck = procedure.deck(point)
    waves = engine.run(deck)
    assert procedure.closure_error(point, deck, waves) < 1e-5
    vectors = dict(waves.vectors)
    for name in ("i(vpin_vdd)", "i(vpin_in)"):
        wrong = Waveforms(waves.time, vectors | {name: 1.05 * waves.vector(name)})
        assert procedure.closure_error(point, deck, wrong) > 20 * procedure.closure_tolerance
    silent = Waveforms(waves.time, {name: np.zeros_like(values) for name, values in vectors.items()})
    with pytest.raises(MeasureError, match="0 spikes"):
        procedure.quantities(point, deck, silent)


def test_what_is_no_clocked_encoder_is_refused() -> None:
    with pytest.raises(NetlistError, match="one of phase, multiplexed"):
        ClockedEncoder("full")
    with pytest.raises(NetlistError, match="one of full, parallel"):
        Encoder("phase")
    with pytest.raises(NetlistError, match="less than period"):
        ClockedEncoder("phase", period=380e-9)
    with pytest.raises(NetlistError, match="4 leak_bias"):
        clocked_encoder_deck(PHASE, TYPICAL, 1e-8)
