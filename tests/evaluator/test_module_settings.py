"""Settings of a module: origins, thresholds that a device cannot follow, and the own device from pulse trains."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from evaluator.mixedprecision import own_module, published_module
from evaluator.mixedprecision.ownmodule import refuse_card_alone
from evaluator.mixedprecision.programming import own_programming, published_programming
from evaluator.mixedprecision.settings import NUMBERS
from evaluator.mixedprecision.wear import Wear, life_of
from measurements.errors import InputError
from measurements.pulses import PulseDirection, PulseTrain
from measurements.sweep import Source

UP, DOWN = PulseDirection.POTENTIATION, PulseDirection.DEPRESSION


def train(way: PulseDirection, number: int, read_noise: float = 0.0, **more: object) -> PulseTrain:
    """101 reads from 10 to 60 uS or back, 0.5 uS a pulse, with normal noise of reads [S]."""
    conductance = np.linspace(10e-6, 60e-6, 101)[:: 1 if way is UP else -1]
    noise = np.random.default_rng(number + 100 * (way is UP)).normal(0, 1, 101) * read_noise
    return PulseTrain(
        pulse=np.arange(101.0), current=0.1 * (conductance + noise), read_voltage=0.1, direction=way, train=number,
        device="made", cell=str(more.get("cell", "(0,0)")), source=Source("made.csv", "0" * 64),
        amplitude=np.full(101, 2.0), width=np.full(101, 1e-6),
    )  # fmt: skip


def trains(read_noise: float) -> list[PulseTrain]:
    return [train(way, number, read_noise) for way in (UP, DOWN) for number in range(6)]


def test_published_numbers_and_origins():
    module = published_module("simulator")
    assert module.levels == 16
    assert module.step * module.read_voltage == pytest.approx(0.4e-6)
    assert (module.program_error, module.read_error) == (pytest.approx(0.5), pytest.approx(0.3))
    assert module.threshold_steps == pytest.approx(1.0)
    # the published deviation is two steps of the published converter
    assert module.output_deviation == pytest.approx(2 * module.output_range / 255, rel=0.001)
    assert {module.sources[name].origin for name in NUMBERS} == {"published"}
    chip = published_module("chip")
    assert (chip.levels, chip.sources["program_deviation"].origin) == (4, "assumed")
    assert chip.highest_conductance * chip.read_voltage == pytest.approx(3.29e-6)
    with pytest.raises(InputError, match="simulator or chip"):
        published_module("other")


def test_a_threshold_below_the_devices_step_says_what_to_change():
    with pytest.raises(InputError, match=r"the device's step is 0\.06667.*take a threshold of 0\.06667.*21 levels"):
        published_module("simulator").changed(threshold=0.05)
    with pytest.raises(InputError, match="never passed"):
        published_module("simulator").changed(threshold=1.0)


def test_what_is_changed_is_assumed():
    made = published_module("simulator").changed(threshold=0.2, read_deviation=1e-6)
    assert made.threshold_steps == pytest.approx(3.0)
    assert made.sources["threshold"].origin == made.sources["read_deviation"].origin == "assumed"
    assert made.sources["levels"].origin == "published"
    with pytest.raises(InputError, match="no 'colour'"):
        made.changed(colour=1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"levels": 1}, "2 or more"),
        ({"lowest_conductance": 1.0}, "rising"),
        ({"program_deviation": -1.0}, "0 or more"),
        ({"output_range": 0.0}, "above 0"),
        ({"input_bits": 0}, "1 to 16"),
        ({"sources": {}}, "no origin of levels"),
    ],
)
def test_impossible_numbers_are_refused(change, words):
    with pytest.raises(InputError, match=words):
        dataclasses.replace(published_module("simulator"), **change)


def test_an_own_module_from_pulses():
    made = own_module(trains(0.2e-6))
    assert made.lowest_conductance == pytest.approx(10e-6, rel=0.02)
    assert made.highest_conductance == pytest.approx(60e-6, rel=0.02)
    assert made.read_deviation == pytest.approx(0.2e-6, rel=0.25)
    assert made.levels == 16
    # a verified write ends within one pulse of 0.5 uS: uniform, 0.144 uS, beside the noise of the step
    assert 0.14e-6 < made.program_deviation < 0.2e-6
    origins = {name: source.origin for name, source in made.sources.items()}
    assert origins["program_deviation"] == origins["levels"] == "characterized"
    assert origins["threshold"] == origins["output_range"] == "assumed"
    assert origins["input_bits"] == "published"
    assert own_module(trains(2e-6)).levels < 10 < own_module(trains(0.5e-6)).levels
    assert own_module(trains(0.2e-6), levels=5).threshold == pytest.approx(0.25)


def test_pulses_that_make_no_module_are_refused():
    with pytest.raises(InputError, match="no depression pulses"):
        own_module([train(UP, number) for number in range(3)])
    with pytest.raises(InputError, match="2 cells"):
        own_module([train(UP, 0), train(DOWN, 0, cell="(1,1)")])
    with pytest.raises(InputError, match="leaves one level"):
        own_module(trains(25e-6))
    with pytest.raises(InputError, match=r"no programming data.*measure trains of 16 or more"):
        refuse_card_alone("device (0,7)")


def test_energy_of_writes_and_life_of_cells():
    module = own_module(trains(0.2e-6))
    write = own_programming(module, trains(0.2e-6))
    # 50 uS in 15 levels is 6.7 pulses of 2 V and 1 us; a pair's cells are at 10 uS + a quarter of 50 uS on average
    assert write.pulses == pytest.approx(50 / 15 / 0.5, rel=0.02)
    assert write.energy == pytest.approx(write.pulses * 4.0 * 22.5e-6 * 1e-6, rel=0.02)
    assert (write.origin, write.endurance_bound) == ("characterized", True)
    assert write.endurance == pytest.approx(12 * 100 / write.pulses)
    wear = Wear(100, 5000, 10.0, 25, 1400, (10.0,))
    life = life_of(wear, published_programming(published_module("simulator")))
    assert (life.trainings_mean, life.trainings_busiest) == (pytest.approx(1000 / 7), pytest.approx(40))
    assert life.energy == pytest.approx(1400 * published_programming(published_module("simulator")).energy)
    assert published_programming(published_module("simulator")).origin == "assumed"
    assert wear.fewer == pytest.approx(500)
    assert life_of(Wear(100, 5000, 0.0, 0, 0, (0.0,)), write).trainings_busiest is None
