"""What a write costs a cell, and how many it takes: of the published module, and of the project's own pulse trains."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evaluator.mixedprecision.owncost import mean_conductance
from evaluator.mixedprecision.published import CYCLES_SHOWN, PAPER, PULSE_VOLTAGES, TRIALS
from evaluator.mixedprecision.settings import ModuleSettings, Source
from evaluator.mixedprecision.wear import Programming
from measurements.pulse_update import pulse_update
from measurements.pulses import PulseDirection, PulseTrain

PULSE_WIDTH = 1e-6
"""Of a programming pulse where nobody says it [s]; assumed."""
VOLTAGE_STEP = 0.1
"""From one pulse to the next of the published ramps [V]; assumed."""
PULSE_VOLTAGE = 1.5
"""Of a pulse of own trains whose files do not say it [V]; assumed."""


def published_programming(settings: ModuleSettings) -> Programming:
    """A write of the published module: trials of a set ramp and a reset ramp, each on average half of the way.

    The voltages and the number of trials are published, the step and the length of pulses are not.
    """
    first, last = PULSE_VOLTAGES
    ramp = (last - first) / VOLTAGE_STEP + 1
    squares = (last**3 - first**3) / 3 / (last - first)
    published = Source("published", f"{PAPER}: pulses of {first:g} to {last:g} V, at most {TRIALS} set-reset trials")
    return Programming(
        pulses=TRIALS * 2 * ramp / 2,
        pulse_voltage=math.sqrt(squares),
        pulse_width=PULSE_WIDTH,
        conductance=mean_conductance(settings),
        endurance=CYCLES_SHOWN,
        endurance_bound=True,
        sources={
            "pulses": Source("assumed", f"{TRIALS} trials (published) of both ramps in steps of {VOLTAGE_STEP:g} V,"
                             " each half of the way"),
            "pulse_voltage": published,
            "pulse_width": Source("assumed", "not published"),
            "conductance": settings.sources["highest_conductance"],
            "endurance": Source("published", f"{PAPER}: {CYCLES_SHOWN:g} DC cycles shown, none failed"),
        },
    )  # fmt: skip


def own_programming(settings: ModuleSettings, trains: Sequence[PulseTrain]) -> Programming:
    """A write of the own cell: as many pulses as one level takes; the pulses of the trains bound the endurance."""
    steps = [
        abs(pulse_update([train for train in trains if train.direction is way]).step.value) for way in PulseDirection
    ]
    pulses = max(1.0, settings.step / (sum(steps) / len(steps)))
    given = sum(float(train.pulse[-1] - train.pulse[0]) for train in trains)
    voltage, voltage_source = _recorded(trains, "amplitude", PULSE_VOLTAGE, "V")
    width, width_source = _recorded(trains, "width", PULSE_WIDTH, "s")
    return Programming(
        pulses=pulses,
        pulse_voltage=voltage,
        pulse_width=width,
        conductance=mean_conductance(settings),
        endurance=given / pulses,
        endurance_bound=True,
        sources={
            "pulses": Source("characterized", "one level over the mean step of a pulse"),
            "pulse_voltage": voltage_source,
            "pulse_width": width_source,
            "conductance": settings.sources["highest_conductance"],
            "endurance": Source("characterized", f"{given:.0f} pulses of the trains, none failed"),
        },
    )


def _recorded(trains: Sequence[PulseTrain], name: str, otherwise: float, unit: str) -> tuple[float, Source]:
    arrays = [getattr(train, name) for train in trains]
    if any(array is None for array in arrays):
        return otherwise, Source("assumed", f"the files do not say the {name} of the pulses [{unit}]")
    squares = [float((array**2).mean()) for array in arrays]
    return math.sqrt(sum(squares) / len(squares)), Source("characterized", f"{name} of the trains, root mean square")
