"""One table point: two runs, the second at half the maximum step, and the checks that make it a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from measurements.errors import MemcharError

from .journal import Journal, PointResult, point_key
from .parallel import failure_of
from .procedures.procedure import DidNotFire, Point, Procedure, Quantity, label
from .runner import DEFAULT_TIMEOUT, run_deck
from .status import Status

if TYPE_CHECKING:
    from netlists.deck import Deck

    from .children import Children
    from .ngspice import Ngspice
    from .waveforms import Waveforms

REVISION = 1
"""Part of every journal key; raised whenever quantities are taken differently from the same waveforms."""


def simulate_point(
    procedure: Procedure,
    point: Point,
    ngspice: Ngspice,
    *,
    timeout: float = DEFAULT_TIMEOUT,
    children: Children | None = None,
    journal: Journal | None = None,
) -> PointResult:
    """Simulate `point` of `procedure` at the deck's maximum step and at half of it.

    The numbers are those of the half step. The status is `ok` only where both runs ended well, no quantity
    moved by more than `step_tolerance`, and conservation holds to `closure_tolerance`; any other point has no
    quantities. A point that `journal` holds is not run again, unless it timed out or the simulator failed.

    Raises
    ------
    MemcharError
        Only where the batch was stopped (`children` closed) or the journal cannot be written.
    """
    coarse = procedure.deck(point)
    fine = coarse.with_maximum_step(coarse.maximum_step / 2.0)
    key = point_key(procedure.name, coarse.key, fine.key, ngspice.version, str(REVISION))
    if journal is not None and key in journal.finished and journal.finished[key].status.is_final:
        return journal.finished[key]
    task = label(procedure.name, point)

    def run(deck: Deck) -> Waveforms:
        return run_deck(deck, timeout, task=task, ngspice=ngspice, children=children)

    try:
        result = _judged(procedure, point, (coarse, run(coarse)), (fine, run(fine)), task)
    except MemcharError as error:
        if children is not None and children.closed:
            raise
        failure = failure_of(error)
        result = PointResult(failure.status, {}, {}, failure.message, fine.key)
    if journal is not None:
        journal.append(key, result)
    return result


def relative_error(value: float, reference: float, quantity: Quantity) -> float:
    """|value - reference| over max(|reference|, the quantity's error floor) [1]."""
    scale = max(abs(reference), quantity.error_floor)
    if scale == 0.0:
        return 0.0 if value == reference else float("inf")
    return abs(value - reference) / scale


def _judged(
    procedure: Procedure,
    point: Point,
    coarse: tuple[Deck, Waveforms],
    fine: tuple[Deck, Waveforms],
    task: str,
) -> PointResult:
    key = fine[0].key
    closure = procedure.closure_error(point, *fine)
    diagnostics = {"closure_error": closure}
    if not closure <= procedure.closure_tolerance:
        limit = procedure.closure_tolerance
        message = f"{task}: conservation violated by {closure:.3g}, at most {limit:g} is accepted"
        return PointResult(Status.CONSERVATION_VIOLATED, {}, diagnostics, message, key)
    before, after = _quantities(procedure, point, *coarse), _quantities(procedure, point, *fine)
    if before is None and after is None:
        return PointResult(Status.DID_NOT_FIRE, {}, diagnostics, "", key)
    if before is None or after is None:
        message = f"{task}: fires at one maximum step and not at half of it"
        return PointResult(Status.STEP_UNCONVERGED, {}, diagnostics, message, key)
    errors = {q.name: relative_error(before[q.name], after[q.name], q) for q in procedure.measured}
    diagnostics |= {f"step_error_{name}": error for name, error in errors.items()}
    worst = max(errors, key=lambda name: errors[name])
    if not errors[worst] <= procedure.step_tolerance:
        message = f"{task}: {worst} changes by {errors[worst]:.3g} on halving the maximum step; shorten it"
        return PointResult(Status.STEP_UNCONVERGED, {}, diagnostics, message, key)
    return PointResult(Status.OK, after, diagnostics, "", key)


def _quantities(procedure: Procedure, point: Point, deck: Deck, waveforms: Waveforms) -> Mapping[str, float] | None:
    """Quantities of one run; None where the neuron rightly did not fire."""
    try:
        return procedure.quantities(point, deck, waveforms)
    except DidNotFire:
        return None
