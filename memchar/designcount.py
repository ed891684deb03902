"""What a search over designs comes to before anything is simulated."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from memchar.config import PipelineConfig
from memchar.designtables import ARRAY, Workshop, procedures_in_order
from memchar.plancount import RUNS_A_POINT, SECONDS_A_RUN, PlanRow


def planned_rows(configs: Sequence[PipelineConfig], shop: Workshop) -> list[PlanRow]:
    """Points and time of all designs, what several have in common counted once.

    Column and interface are characterized twice: the second time with sizes that follow from the first.
    """
    points: dict[str, list[int]] = {}
    seen = set()
    for config in configs:
        for place, procedure in enumerate(procedures_in_order(config, shop)):
            sized = (place, str(config)) if procedure.name in ARRAY else 0
            key = (procedure.name, sized, str(procedure.axes()), str(procedure.settings()))
            if key not in seen:
                seen.add(key)
                points.setdefault(procedure.name, []).append(prod(len(axis.values) for axis in procedure.axes()))
    return [_row(name, counts) for name, counts in points.items()]


def _row(name: str, counts: Sequence[int]) -> PlanRow:
    runs = RUNS_A_POINT * sum(counts)
    seconds = SECONDS_A_RUN[ARRAY[1] if name.startswith(ARRAY[1]) else name]
    return PlanRow(name, "all designs", sum(counts), len(counts), runs, runs * seconds, ())
