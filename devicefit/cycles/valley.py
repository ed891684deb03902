"""Along the valley of a joint fit: shared parameters moved by finite steps, what cycles have of their own found anew.

Where an event jumps, a cycle's own threshold and the kinetics trade against one another along a curved valley: readings
on the edge of the jump are steep within little, and a search down all coordinates by their tangents creeps or stops.
With own values eta_k found anew for every trial of the shared theta (variable projection: G. H. Golub, V. Pereyra, SIAM
J. Numer. Anal. 10, 413 (1973), doi 10.1137/0710036), the residual r_k(theta, eta_k(theta)) is smooth in theta. Its
derivative is taken by secants over about a standard error (the cost rises by 1 there), which also give the error bars
of theta: those of a profile of the likelihood, where a tangent tells the slope within one dent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from devicefit.cycles.owncycles import LOSS_SCALE
from devicefit.cycles.problem import CycleProblem
from devicefit.cycles.valleycoordinates import (
    coordinate_of,
    moved_by,
    root_weight,
    size_of,
    slope_of,
    soft_cost,
    value_at,
)
from devicefit.estimation.unknowns import FloatArray, Unknown

FIRST_STEP, LEAST_STEP, LARGEST_STEP = 3e-3, 1e-3, 0.03  # of a shared coordinate, in parts of its size
OWN_STEP = 1e-4  # the same of an own one, for its tangent
CORRECTIONS = 2  # of the own values beside a known place
MOST_CORRECTIONS = 25  # at a new one
FARTHEST_CORRECTION = 0.2  # in parts of the size of a coordinate
SETTLED_COST = 1e-3  # of chi^2: a correction that gains less is the last
LOST = 1e-9  # part of the largest singular value below which a direction of own values is none


@dataclass(eq=False)
class Own:
    """Own values of a cycle at some shared ones: coordinates, residual, cost, and its tangent where it was taken."""

    place: FloatArray
    residual: FloatArray
    cost: float
    tangent: FloatArray | None = None


@dataclass(eq=False)
class Valley:
    """Residuals of all cycles as a function of the shared unknowns alone."""

    problem: CycleProblem
    shared: Sequence[Unknown]
    own: Sequence[Sequence[Unknown]]
    _known: dict[tuple[float, ...], list[Own]] = field(default_factory=dict)
    _best: tuple[float, list[Own]] | None = None
    steps: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._sizes = [np.array([size_of(u) for u in items]) for items in self.own]

    def residual(self, values: Mapping[str, float]) -> FloatArray:
        """Of all cycles, with own values found anew; not finite where a cycle is not solved."""
        return np.concatenate([own.residual for own in self.at(values)])

    def at(self, values: Mapping[str, float]) -> list[Own]:
        """Own values of all cycles."""
        key = tuple(values[u.name] for u in self.shared)
        if key not in self._known:
            begun = self._begun() if self._best is None else [own.place for own in self._best[1]]
            found = [self._found(group, values, place) for group, place in enumerate(begun)]
            cost = sum(own.cost for own in found)
            if self._best is None or cost < self._best[0]:
                self._best = cost, found
            if len(self._known) > 20:
                self._known.clear()
            self._known[key] = found
        return self._known[key]

    def own_values(self, values: Mapping[str, float]) -> list[dict[str, float]]:
        """The same by name."""
        return [self._named(group, own.place) for group, own in enumerate(self.at(values))]

    def jacobian(self, values: Mapping[str, float]) -> FloatArray:
        """d residual/d value [1/own unit] by forward secants, a column for each shared unknown."""
        return self._secants(values, False)

    def central(self, values: Mapping[str, float]) -> FloatArray:
        """The same by central secants."""
        return self._secants(values, True)

    def _secants(self, values: Mapping[str, float], central: bool) -> FloatArray:
        here = self.at(values)
        for group, own in enumerate(here):
            if own.tangent is None:
                own.tangent = self._tangent(group, values, own)
        level = self._all_beside(values, here)
        columns = [self._column(values, here, unknown, level, central) for unknown in self.shared]
        return np.column_stack(columns)

    def _all_beside(self, values: Mapping[str, float], here: Sequence[Own]) -> FloatArray:
        return np.concatenate([self._beside(group, values, own) for group, own in enumerate(here)])

    def _column(
        self, values: Mapping[str, float], here: Sequence[Own], unknown: Unknown, level: FloatArray, central: bool
    ) -> FloatArray:
        """One secant; `level` is the residual at `values`, own values corrected as beside it."""
        step = self.steps.get(unknown.name, FIRST_STEP) * size_of(unknown)
        base = np.concatenate([own.residual for own in here])
        sides = []
        for sign in (1.0, -1.0):
            moved = moved_by(unknown, values[unknown.name], sign * step)
            if moved == values[unknown.name]:
                continue
            changed = dict(values) | {unknown.name: moved}
            beside = self._all_beside(changed, here)
            if np.all(np.isfinite(beside)):
                sides.append((moved - values[unknown.name], beside))
            if sides and not central:
                break
        if not sides:
            return np.full(base.size, np.nan)
        if len(sides) == 2:
            slope = (sides[0][1] - sides[1][1]) / (sides[0][0] - sides[1][0])
        else:
            slope = (sides[0][1] - level) / sides[0][0]
        weight = root_weight(base)
        slope = self._projected(slope, here)
        length = float(np.linalg.norm(weight * slope)) * slope_of(unknown, values[unknown.name])
        if not central:
            self.steps[unknown.name] = float(
                np.clip(1.0 / max(length * size_of(unknown), 1e-12), LEAST_STEP, LARGEST_STEP)
            )
        return np.asarray(slope)

    def _projected(self, slope: FloatArray, here: Sequence[Own]) -> FloatArray:
        """Without what own values, not quite found, would still take of it."""
        found, row = slope.copy(), 0
        for own in here:
            rows = slice(row, row + own.residual.size)
            row = rows.stop
            if own.place.size and own.tangent is not None:
                weight = root_weight(own.residual)
                matrix = weight[:, None] * own.tangent
                lengths = np.linalg.norm(matrix, axis=0)
                lengths = np.where(lengths > 0.0, lengths, 1.0)
                taken = np.linalg.lstsq(matrix / lengths, weight * slope[rows], rcond=LOST)[0] / lengths
                found[rows] -= own.tangent @ taken
        return found

    def _beside(self, group: int, values: Mapping[str, float], own: Own) -> FloatArray:
        """Residual of a cycle beside a place whose tangent is known, own values corrected along it."""
        place, residual = own.place, self._residual(group, values, own.place)
        if own.tangent is None or not own.place.size:
            return residual
        for _ in range(CORRECTIONS):
            place = self._corrected(group, place, own.tangent, residual)
            residual = self._residual(group, values, place)
            if not np.all(np.isfinite(residual)):
                break
        return residual

    def _found(self, group: int, values: Mapping[str, float], place: FloatArray) -> Own:
        """Own values of a cycle, by corrections along tangents taken anew where the last one gained little."""
        residual = self._residual(group, values, place)
        own = Own(place, residual, soft_cost(residual))
        if not place.size or not np.isfinite(own.cost):
            return own
        fresh = False
        tangent: FloatArray | None = None
        for _ in range(MOST_CORRECTIONS):
            if tangent is None:
                tangent, fresh = self._tangent(group, values, own), True
            if not np.all(np.isfinite(tangent)):
                break
            better = self._better(group, values, own, tangent)
            gain = own.cost - better.cost
            own = better
            if gain < SETTLED_COST:
                if fresh:
                    break
                tangent = None
            else:
                fresh = False
                if gain < 0.5 * own.cost:
                    tangent = None
        own.tangent = tangent
        return own

    def _better(self, group: int, values: Mapping[str, float], own: Own, tangent: FloatArray) -> Own:
        """One correction, shortened until it gains."""
        tried = self._corrected(group, own.place, tangent, own.residual)
        for part in (1.0, 0.3, 0.1, 0.03):
            place = own.place + part * (tried - own.place)
            residual = self._residual(group, values, place)
            if soft_cost(residual) < own.cost:
                return Own(place, residual, soft_cost(residual))
        return own

    def _corrected(self, group: int, place: FloatArray, tangent: FloatArray, residual: FloatArray) -> FloatArray:
        weight = root_weight(residual)
        sizes = self._sizes[group]
        matrix = weight[:, None] * tangent * sizes
        lengths = np.linalg.norm(matrix, axis=0)
        lengths = np.where(lengths > 0.0, lengths, 1.0)
        score = residual / np.sqrt(1.0 + (residual / LOSS_SCALE) ** 2) ** 0.5
        step = -np.linalg.lstsq(matrix / lengths, score, rcond=LOST)[0] / lengths
        step *= min(1.0, FARTHEST_CORRECTION / max(float(np.max(np.abs(step))), 1e-300))
        lower, upper = self._bounds(group)
        return np.asarray(np.clip(place + step * sizes, lower, upper))

    def _tangent(self, group: int, values: Mapping[str, float], own: Own) -> FloatArray:
        """d residual/d own coordinate."""
        columns = []
        _, upper = self._bounds(group)
        for which, size in enumerate(self._sizes[group]):
            step = OWN_STEP * size if own.place[which] + OWN_STEP * size <= upper[which] else -OWN_STEP * size
            moved = own.place.copy()
            moved[which] += step
            there = self._residual(group, values, moved)
            if not np.all(np.isfinite(there)):
                moved[which] -= 2.0 * step
                step, there = -step, self._residual(group, values, moved)
            columns.append((there - own.residual) / step)
        return np.column_stack(columns)

    def _residual(self, group: int, values: Mapping[str, float], place: FloatArray) -> FloatArray:
        return self.problem.residual(group, {**values, **self._named(group, place)})

    def _named(self, group: int, place: FloatArray) -> dict[str, float]:
        return {u.name: value_at(u, float(c)) for u, c in zip(self.own[group], place, strict=True)}

    def _begun(self) -> list[FloatArray]:
        return [np.array([coordinate_of(u, u.start) for u in items]) for items in self.own]

    def _bounds(self, group: int) -> tuple[FloatArray, FloatArray]:
        items = self.own[group]
        return (
            np.array([coordinate_of(u, u.lower) for u in items]),
            np.array([coordinate_of(u, u.upper) for u in items]),
        )
