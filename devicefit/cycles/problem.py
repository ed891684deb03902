"""The joint problem of several cycles: shared parameters, those of each cycle, and the law that ties these together.

A parameter that varies from cycle to cycle is theta_k, with ln theta_k (theta_k itself where zero is possible) normal
around the shared centre mu with deviation tau: a residual (ln theta_k - ln mu)/tau for each cycle. The centre, and not
one cycle's value, is what the card states; its error bar is that of a mean over cycles.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from devicefit.cycles.likelihood import TraceModel
from devicefit.cycles.ownnames import BEFORE_SET, OWN, offset_name, offset_of, own_name, parameter_of
from devicefit.cycles.scatter import Scatter
from devicefit.cycles.trace import Trace
from devicefit.cycles.tracedata import TraceData, trace_data
from devicefit.estimation import Unknown
from devicefit.models.model import CompactModel, ParameterSpec
from devicefit.numerics import FloatArray
from measurements.sweep import Activity

FIRST_SCATTER = (0.1, 0.3, 0.1) * 2  # of ln I before, near and after sets and resets, until the residuals tell it
FIRST_DEVIATION = 0.3  # of ln theta from cycle to cycle, until the cycles tell it
WIDE_BLEND, NARROW_BLEND = 1.0, 0.1  # while jumps are far from where they belong, and at the end
FEWEST_CYCLES = 3  # that must tell a parameter before it may differ between them
INFLUENCE = 1e-3  # residuals by which 1 % of a parameter must move a cycle to count as seen in it


@dataclass(eq=False)
class CycleProblem:
    """Residuals of the cycles of one cell under a model.

    Parameters
    ----------
    model, groups
        Equations, and the traces of each cycle.
    base
        Values of all parameters, in the model's order; those not varied stay there.
    free, varying
        Shared parameters that are varied, and those of them that differ from cycle to cycle.
    scatter
        How far readings lie from the model.
    deviations
        tau of each varying parameter, of its logarithm where it is positive by nature.
    blend
        Sampling steps over which readings beside a jump lose their weight.
    masked
        Whether readings between a measured and a modelled jump are left out.
    """

    model: CompactModel
    groups: Sequence[Sequence[Trace]]
    base: FloatArray
    free: tuple[str, ...]
    varying: tuple[str, ...]
    scatter: Scatter = field(default_factory=lambda: Scatter(np.array(FIRST_SCATTER)))
    deviations: dict[str, float] = field(default_factory=dict)
    blend: float = WIDE_BLEND
    masked: bool = True

    def __post_init__(self) -> None:
        self._answers: dict[Activity, NDArray[np.bool_]] = {}
        self.simulator = TraceModel(self.model)
        self.data = tuple(tuple(self._data(trace) for trace in group) for group in self.groups)
        self.offset_doubts = {
            kind: max(data.trace.offset_doubt for _, data in group_data(self) if data.trace.kind is kind)
            for kind in dict.fromkeys(data.trace.kind for _, data in group_data(self))
        }
        self.own_offsets = tuple(
            {offset_name(data.trace.kind) + OWN: data.trace.noise for data in group} for group in self.data
        )
        self.places = {spec.name: place for place, spec in enumerate(self.model.parameters)}
        self.varying = tuple(name for name in self.varying if name in self.free)
        self.deviations = dict.fromkeys(self.varying, FIRST_DEVIATION) | self.deviations
        told = [self._informed(group) for group in range(len(self.groups))]
        self.varying = tuple(n for n in self.varying if sum(n in names for names in told) >= FEWEST_CYCLES)
        self.informed = tuple(self._own_names(names, group) for group, names in enumerate(told))

    def _data(self, trace: Trace) -> TraceData:
        found = self.simulator.with_relevance(
            trace_data(trace, self.model.set_polarity), self.base, self._answers.get(trace.kind)
        )
        self._answers[trace.kind] = found.relevant
        return found

    def _informed(self, group: int) -> tuple[str, ...]:
        """Varying parameters that the readings of a cycle answer to."""
        here = self.readings(group, self.base)
        found = []
        for name in self.varying:
            moved = self.base.copy()
            spec = self.model.spec(name)
            moved[self.places[name]] *= 1.01 if moved[self.places[name]] * 1.01 <= spec.upper else 0.99
            change = self.readings(group, moved) - here
            if not np.all(np.isfinite(change)) or float(np.linalg.norm(change)) > INFLUENCE:
                found.append(name)
        return tuple(found)

    def _own_names(self, told: Sequence[str], group: int) -> tuple[str, ...]:
        """What a cycle has of its own: a name that its readings answer to, and again where its set has another value.

        The set's is another where both the set and the reset answer.
        """
        found: list[str] = []
        for name in told:
            if name not in self.varying:
                continue
            found.append(name)
            place = self.places[name]
            if name in self.model.per_lobe and len(self.data[group]) > 1 and self._all_answer(group, place):
                found.append(name + BEFORE_SET)
        return tuple(found)

    def _all_answer(self, group: int, place: int) -> bool:
        return all(data.relevant[place] for data in self.data[group])

    def holding(self, names: Sequence[str], base: FloatArray) -> CycleProblem:
        """The same problem with the parameters `names` held; all that are not varied are at `base`."""
        found = copy(self)
        found.base = base
        found.free = tuple(name for name in self.free if name not in names)
        found.varying = tuple(name for name in self.varying if name not in names)
        found.informed = tuple(
            tuple(name for name in told if parameter_of(name) not in names) for told in self.informed
        )
        found.deviations = {name: tau for name, tau in self.deviations.items() if name not in names}
        return found

    def readings(self, group: int, vector: FloatArray, offsets: Mapping[str, float] | None = None) -> FloatArray:
        """Residuals of the readings and events of a cycle with parameter `vector`."""
        return self._readings(group, [vector] * len(self.data[group]), offsets or {})

    def _readings(self, group: int, vectors: Sequence[FloatArray], offsets: Mapping[str, float]) -> FloatArray:
        return np.concatenate(
            [
                self.simulator.readings(
                    data, vector, self.scatter, offset_of(data.trace, offsets), self.blend, self.masked
                )
                for data, vector in zip(self.data[group], vectors, strict=True)
            ]
        )

    def misfit(self, group: int, values: Mapping[str, float]) -> float:
        """How far a cycle is from its readings, those between a measured and a modelled jump included; not finite
        where the model is not solved.

        The sum of |residual|: for comparing starts, which the residuals of the fit cannot, as a jump in the wrong place
        takes the readings that contradict it out of these.
        """
        parts = [
            self.simulator.readings(data, vector, self.scatter, masked=False)
            for data, vector in zip(self.data[group], self.vectors(group, values), strict=True)
        ]
        found = float(np.sum(np.abs(np.concatenate(parts))))
        return found if math.isfinite(found) else math.inf

    def vectors(self, group: int, values: Mapping[str, float]) -> list[FloatArray]:
        """Parameters of each trace of a cycle from shared and own values."""
        vector = self.base.copy()
        for name in self.free:
            vector[self.places[name]] = values[name]
        before = {}
        for name in self.informed[group]:
            if name.endswith(BEFORE_SET):
                before[self.places[parameter_of(name)]] = values[own_name(name)]
            else:
                vector[self.places[name]] = values[own_name(name)]
        if not before:
            return [vector] * len(self.data[group])
        setting = vector.copy()
        setting[list(before)] = list(before.values())
        return [setting if data.trace.kind is Activity.SET else vector for data in self.data[group]]

    def residual(self, group: int, values: Mapping[str, float]) -> FloatArray:
        """Residuals of a cycle: readings, events, what is left of offsets over their doubt (in all cycles, and in each
        sweep), and the place of its own parameters among those of the others.
        """
        readings = self._readings(group, self.vectors(group, values), values)
        own = [
            values.get(offset_name(kind), 0.0) / (doubt * math.sqrt(len(self.groups)))
            for kind, doubt in self.offset_doubts.items()
        ]
        own += [values.get(name, 0.0) / doubt for name, doubt in self.own_offsets[group].items()]
        for name in self.informed[group]:
            shared = parameter_of(name)
            spec = self.model.spec(shared)
            distance = spec.coordinate(values[own_name(name)]) - spec.coordinate(values[shared])
            own.append(distance / self.deviations[shared])
        return np.concatenate([readings, own])

    def with_own(self, group: int, cycle: Mapping[str, float]) -> dict[str, float]:
        """The values of a cycle by parameter, and by the names of the unknowns behind what it has of its own."""
        own = {own_name(name): cycle.get(name, cycle[parameter_of(name)]) for name in self.informed[group]}
        return {**cycle, **own}

    def reading_rows(self) -> list[slice]:
        """Where the readings of each trace stand among the residuals of all cycles, in the order of `group_data`."""
        return [rows for cycle, _ in self._rows() for rows in cycle]

    def tie_rows(self) -> dict[str, NDArray[np.int64]]:
        """Where the ties of each varying parameter's own values to their centre stand among the same residuals."""
        found: dict[str, list[int]] = {name: [] for name in self.varying}
        for informed, (_, first) in zip(self.informed, self._rows(), strict=True):
            for place, name in enumerate(informed):
                found[parameter_of(name)].append(first + place)
        return {name: np.array(rows, dtype=np.int64) for name, rows in found.items()}

    def _rows(self) -> Iterator[tuple[list[slice], int]]:
        """Of each cycle among the residuals of all: rows of each trace's readings, and the first of its ties."""
        row = 0
        for group, traces in enumerate(self.data):
            readings = []
            for data in traces:
                readings.append(slice(row, row + data.trace.time.size))
                row += data.trace.time.size + (data.trace.event is not None)
            row += len(self.offset_doubts) + len(self.own_offsets[group])
            yield readings, row
            row += len(self.informed[group])

    def size_of_spread(self, name: str, centre: float) -> float:
        """What the spread of a parameter is measured in: 1 of a logarithm, the size of its centre [own unit]."""
        return 1.0 if self.model.spec(name).scale == "log" else max(abs(centre), 1e-12)

    def shared_unknowns(self, values: Mapping[str, float]) -> list[Unknown]:
        """The shared unknowns, starting at `values`: parameters, and what is left of the instrument's offsets."""
        found = [_unknown(self.model.spec(name), name, values[name]) for name in self.free]
        for kind, doubt in self.offset_doubts.items():
            name = offset_name(kind)
            found.append(_offset(name, values.get(name, 0.0), doubt))
        return found

    def own_unknowns(self, values: Sequence[Mapping[str, float]]) -> list[list[Unknown]]:
        """The unknowns of each cycle, starting at its `values`."""
        found = []
        for group, informed in enumerate(self.informed):
            here = values[group]
            found.append(
                [
                    _unknown(self.model.spec(parameter_of(n)), own_name(n), here.get(n, here[parameter_of(n)]))
                    for n in informed
                ]
            )
            for name, doubt in self.own_offsets[group].items():
                found[-1].append(_offset(name, here.get(name, 0.0), doubt))
        return found


def _unknown(spec: ParameterSpec, name: str, start: float) -> Unknown:
    return Unknown(name, spec.unit, float(np.clip(start, spec.lower, spec.upper)), spec.lower, spec.upper, spec.scale)


def _offset(name: str, start: float, doubt: float) -> Unknown:
    return Unknown(name, "A", start, -10.0 * doubt, 10.0 * doubt, "linear")


def group_data(problem: CycleProblem) -> list[tuple[int, TraceData]]:
    """All traces with the number of their cycle."""
    return [(number, data) for number, group in enumerate(problem.data) for data in group]
