"""The encoders of transistors that need no clock: their laws, their figures, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from circuits.engine import Engine
from circuits.measure import MeasureError, crossings
from circuits.procedures.encoder import EncoderProcedure
from circuits.result import PointResult
from circuits.simulate import simulate_point
from circuits.status import Status
from circuits.waveforms import Waveforms
from measurements.errors import NetlistError
from netlists.encoder import START, Encoder, EncoderKind, encoder_deck
from netlists.technology import load_technology

TYPICAL = load_technology()


def encoded(kind: EncoderKind, current: float, engine: Engine) -> dict[str, float]:
    result: PointResult = simulate_point(EncoderProcedure(Encoder(kind), TYPICAL), {"input_current": current}, engine)
    assert result.status is Status.OK, result.message
    assert result.diagnostics["closure_error"] < 1e-5
    return dict(result.quantities)


def test_full_iteration_is_a_ramp_and_a_refractory_time(engine: Engine) -> None:
    """T(I) = C V(I)/(I - I_leak) + T_r: the interval exceeds the first spike by T_r, whatever the brightness."""
    for current, first in ((1e-6, 226.2e-9), (2.5e-6, 97.8e-9)):
        found = encoded("full", current, engine)
        assert found["first_spike"] == pytest.approx(first, rel=0.02)
        assert found["interval_1"] - found["first_spike"] == pytest.approx(63.4e-9, rel=0.03)
        threshold = found["first_spike"] * (current - 3e-9) / 203e-15
        assert 1.05 < threshold < 1.25
    assert found["spikes"] == 12.0
    assert found["energy_per_spike"] == pytest.approx(0.434e-12, rel=0.03)
    assert found["energy"] == pytest.approx(6.55e-12, rel=0.03)
    assert found["static_power"] == pytest.approx(0.203e-6, rel=0.02)


def test_rate_has_less_dead_time_and_latency_one_spike(engine: Engine) -> None:
    rate, latency = encoded("rate", 2.5e-6, engine), encoded("latency", 2.5e-6, engine)
    assert rate["interval_1"] - rate["first_spike"] == pytest.approx(24.3e-9, rel=0.03)
    assert rate["spikes"] == 15.0
    assert rate["energy_per_spike"] == pytest.approx(0.449e-12, rel=0.03)
    assert latency["spikes"] == 1.0
    assert "interval_1" not in latency
    assert latency["first_spike"] == pytest.approx(97.9e-9, rel=0.02)
    assert latency["energy"] == pytest.approx(1.024e-12, rel=0.03)


def test_parallel_spikes_at_multiples_of_one_ramp(engine: Engine) -> None:
    """Membranes of C, 2C and 3C: later spikes come at a lower threshold, so the intervals are a little shorter."""
    found = encoded("parallel", 2.5e-6, engine)
    assert found["spikes"] == 3.0
    assert found["interval_1"] == pytest.approx(77.7e-9, rel=0.02)
    assert found["interval_2"] == pytest.approx(75.8e-9, rel=0.02)
    assert found["first_spike"] == pytest.approx(100.4e-9, rel=0.02)
    assert found["static_power"] == pytest.approx(18.65e-6, rel=0.02)


def test_partial_iterates_with_half_of_the_signal(engine: Engine) -> None:
    """First spike with the whole current, then a ramp of twice its length, later ones a refractory time longer."""
    found = encoded("partial", 2.5e-6, engine)
    assert found["first_spike"] == pytest.approx(100e-9, rel=0.02)
    assert found["interval_1"] == pytest.approx(188.7e-9, rel=0.02)
    assert found["interval_2"] - found["interval_1"] == pytest.approx(63.6e-9, rel=0.03)
    assert found["spikes"] == 8.0
    assert found["energy"] == pytest.approx(28.5e-12, rel=0.03)


def test_a_burst_ends_after_the_number_that_its_interval_says(engine: Engine) -> None:
    """T = C V/(I - I_leak) + T_r from a common start; ceil(5 x) spikes with x = (600 ns - T)/(500 ns)."""
    encoder = Encoder("burst", window=1.2e-6)
    procedure = EncoderProcedure(encoder, TYPICAL)
    for current, interval in ((0.6e-6, 435.8e-9), (0.8e-6, 347.6e-9), (1.2e-6, 258.6e-9), (2.5e-6, 163.9e-9)):
        point = {"input_current": current}
        deck = procedure.deck(point)
        waves = engine.run(deck)
        found = procedure.quantities(point, deck, waves)
        assert found["first_spike"] == pytest.approx(5.8e-9, rel=0.03)
        assert found["interval_1"] == pytest.approx(interval, rel=0.02)
        assert found["spikes"] == np.ceil(5 * (600e-9 - interval) / 500e-9)
        spikes = crossings(waves, "v(pin_spk)", 0.9, rising=True, start=START)
        assert np.diff(spikes) == pytest.approx(found["interval_1"], rel=0.01)
        assert procedure.closure_error(point, deck, waves) < 1e-5
    assert found["energy"] == pytest.approx(17.65e-12, rel=0.02)
    assert found["static_power"] == pytest.approx(9.39e-6, rel=0.02)


def test_a_dark_burst_is_one_spike(engine: Engine) -> None:
    encoder = Encoder("burst", window=1.2e-6)
    procedure, point = EncoderProcedure(encoder, TYPICAL), {"input_current": 0.45e-6}
    deck = procedure.deck(point)
    with pytest.raises(MeasureError, match="1 spikes"):
        procedure.quantities(point, deck, engine.run(deck))


def test_a_false_current_is_noticed_and_silence_is_no_number(engine: Engine) -> None:
    procedure, point = EncoderProcedure(Encoder("latency"), TYPICAL), {"input_current": 4e-6}
    deck = procedure.deck(point)
    waves = engine.run(deck)
    assert procedure.closure_error(point, deck, waves) < 1e-5
    vectors = dict(waves.vectors)
    wrong = Waveforms(waves.time, vectors | {"i(vpin_vdd)": 1.05 * waves.vector("i(vpin_vdd)")})
    assert procedure.closure_error(point, deck, wrong) > 20 * procedure.closure_tolerance
    silent = Waveforms(waves.time, {name: np.zeros_like(values) for name, values in vectors.items()})
    with pytest.raises(MeasureError, match="0 spikes"):
        procedure.quantities(point, deck, silent)


def test_what_is_no_encoder_is_refused() -> None:
    with pytest.raises(NetlistError, match="one of full, parallel"):
        Encoder("binary")  # type: ignore[arg-type]
    with pytest.raises(NetlistError, match="4 leak_bias"):
        encoder_deck(Encoder(), TYPICAL, 1e-8)
