"""Ends a run once everything asked of it is known: what follows would be computed for nobody.

How long a neuron takes for two spikes is known when it has fired twice; its deck has to allow for the slowest corner,
and more than half of its time points used to lie behind the second spike. libngspice pauses where a saved vector
passes a level and goes on from there with the same bits (tests/circuits/test_ending.py); a process of its own computes
on to the stop time. Either way the waveforms are cut behind the same point, so both give the same numbers.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from types import MappingProxyType

from netlists.deck import Crossing, Deck

from .measure import crossed
from .waveforms import Waveforms

# What may be in a `stop` command: a node by name, never a quote, blank or semicolon that could end the command.
_VOLTAGE = re.compile(r"v\([a-z0-9_.]+\)")
MOST_PAUSES = 9


def pauses(deck: Deck) -> tuple[tuple[str, ...], ...]:
    """Conditions at which ngspice is to pause in turn, the last of which ends the run; none where it runs through.

    The vector must be before the level and beyond it in turn. There are two lists, for a run that begins below the
    level and for one that begins above: where the operating point meets the first condition of the first, the second
    holds. A condition on the time would not do: it puts a breakpoint there, which moves the time points before it.

    >>> event = Crossing("first", "v(out)", 0.5, "fall")
    >>> pauses(Deck("", 1e-6, 1e-9, ("v(out)",), ends_with=event))
    (('v(out) gt 0.5', 'v(out) le 0.5'), ('v(out) le 0.5',))
    """
    event = deck.ends_with
    if event is None or not _VOLTAGE.fullmatch(event.vector) or not math.isfinite(event.level):
        return ()
    if 2 * event.number - 1 > MOST_PAUSES:
        return ()
    before, beyond = ("lt", "ge") if event.edge == "rise" else ("gt", "le")
    whole = tuple(f"{event.vector} {side} {event.level!r}" for side in (before, beyond) * event.number)
    return (whole[1:], whole) if event.edge == "rise" else (whole, whole[1:])


def ended(waveforms: Waveforms, deck: Deck) -> Waveforms:
    """The waveforms up to the first time point behind `deck.ends_with`; all of them where it did not happen."""
    if deck.ends_with is None:
        return waveforms
    points = _points(waveforms, deck.ends_with)
    if points is None or points == len(waveforms.time):
        return waveforms
    vectors = MappingProxyType({name: values[:points] for name, values in waveforms.vectors.items()})
    return replace(waveforms, time=waveforms.time[:points], vectors=vectors)


def has_ended(waveforms: Waveforms, deck: Deck) -> bool:
    """True where `deck.ends_with` is in the waveforms, so that nothing more is needed of them."""
    return deck.ends_with is not None and _points(waveforms, deck.ends_with) is not None


def _points(waveforms: Waveforms, event: Crossing) -> int | None:
    """Time points up to the first one behind the crossing, that one included; None where it did not happen."""
    rising = event.edge == "rise"
    before, _ = crossed(waveforms, event.vector, event.level, rising=rising, start=event.start)
    return int(before[event.number - 1]) + 2 if len(before) >= event.number else None
