"""A module of the project's own device: levels and noise from its pulse trains, converters those of the published one.

What a card of a fitted device holds (switching voltages, on and off resistances and their spread) does not say to how
many levels a cell can be programmed nor how well; only pulse trains in both directions do. A card alone is refused.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from evaluator.mixedprecision.published import simulator_module
from evaluator.mixedprecision.settings import ModuleSettings, Source
from measurements.errors import InputError
from measurements.pulse_update import MINIMUM_READS, PulseUpdate, pulse_update
from measurements.pulses import PulseDirection, PulseTrain

MOST_LEVELS = 16
"""Levels that are used of a device that has more: those of the published module [1]."""
CELLS_IN_FULL_SCALE = 10.0
"""Cells of the highest level that fill the output converter: 70 uA over 7 uA of the published module [1]."""


def own_module(trains: Sequence[PulseTrain], levels: int | None = None) -> ModuleSettings:
    """The module of the cell that `trains` were taken on.

    The range of conductance is what both directions cover; levels are as many as the read noise leaves apart (at most
    16), since cells are written and verified; a cell is then programmed to within one pulse: the deviation is that of a
    uniform error of one mean step and the noise of that step. Full scale of the output converter and its deviation
    grow with the highest conductance, as a designer would choose them; they are assumed.

    Raises
    ------
    InputError
        Trains of one direction, of several cells, without a common range, or with noise that leaves one level.
    FitError
        No train of 16 reads whose conductance changes.
    """
    up, down = _both(trains)
    low = max(up.start_conductance.value, down.end_conductance.value)
    high = min(up.end_conductance.value, down.start_conductance.value)
    if not 0 < low < high:
        raise InputError(
            f"potentiation ends at {up.end_conductance.value:.3g} S and depression at {down.end_conductance.value:.3g}"
            " S: no range of conductance that both cover",
            hint="measure trains that go up and down over the same range",
        )
    read = max((side.read_noise.value for side in (up, down) if side.read_noise is not None), default=0.0)
    pulse = max(abs(side.step.value) for side in (up, down))
    written = math.hypot(pulse / math.sqrt(12), max(side.update_noise.value for side in (up, down)))
    counted = [side.read_levels for side in (up, down) if side.read_levels is not None]
    found = min([MOST_LEVELS, *counted])
    chosen = found if levels is None else levels
    if chosen < 2:
        raise InputError(
            f"the noise of reads ({read:.3g} S) leaves one level between {low:.3g} and {high:.3g} S",
            hint="read longer or average, or widen the range of the pulses",
        )
    volts, cell = abs(trains[0].read_voltage), f"{trains[0].device} {trains[0].cell}".strip()
    published = simulator_module()
    scale = high / published.highest_conductance * volts / published.read_voltage
    measured = f"{up.trains} potentiation and {down.trains} depression trains of {cell}"
    own = {
        "levels": Source("characterized" if levels is None else "assumed", f"{found} apart by read noise; {measured}"),
        "lowest_conductance": Source("characterized", f"both directions reach it; {measured}"),
        "highest_conductance": Source("characterized", f"both directions reach it; {measured}"),
        "program_deviation": Source("characterized", f"one pulse, uniform, and its noise (verified); {measured}"),
        "read_deviation": Source("characterized", f"steps that undo each other; {measured}"),
        "read_voltage": Source("characterized", f"of the reads; {measured}"),
        "threshold": Source("assumed", "one step, as in the published simulator"),
        "output_range": Source("assumed", f"{CELLS_IN_FULL_SCALE:g} cells of the highest level, as published"),
        "output_deviation": Source("assumed", "2 steps of the converter, as published"),
    }
    return replace(
        published,
        name=f"own, {cell}",
        levels=chosen,
        lowest_conductance=low,
        highest_conductance=high,
        program_deviation=written,
        read_deviation=read,
        threshold=1 / (chosen - 1),
        read_voltage=volts,
        output_range=published.output_range * scale,
        output_deviation=published.output_deviation * scale,
        sources={**published.sources, **own},
    )


def refuse_card_alone(label: str) -> None:
    """Say what a card lacks.

    Raises
    ------
    InputError
        Always.
    """
    raise InputError(
        f"the card of {label} has no programming data: levels, their range and the error of a write are not in it",
        hint=f"measure trains of {MINIMUM_READS} or more set and reset pulses with a read after each and name them with"
        " --set pulses=FILE (memchar import reads them)",
    )


def _both(trains: Sequence[PulseTrain]) -> tuple[PulseUpdate, PulseUpdate]:
    cells = sorted({f"{train.device} {train.cell}" for train in trains})
    if len(cells) > 1:
        raise InputError(
            f"pulse trains of {len(cells)} cells ({', '.join(cells[:3])})", hint="name one with --set cell="
        )
    if len({train.read_voltage for train in trains}) > 1:
        raise InputError("pulse trains read at several voltages", hint="take those of one")
    sides = []
    for way in PulseDirection:
        chosen = [train for train in trains if train.direction is way]
        if not chosen:
            raise InputError(f"no {way.value} pulses", hint="a module that is trained needs trains of both directions")
        sides.append(pulse_update(chosen))
    up, down = sides if next(iter(PulseDirection)) is PulseDirection.POTENTIATION else sides[::-1]
    return up, down
