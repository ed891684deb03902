"""Runs that end with the last event asked for: a prefix of the whole run, bit for bit, in the library and a process."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from toydecks import assert_same, toy_deck

from circuits.ending import ended, has_ended, pauses
from circuits.procedures.neuron_fire import NeuronFireProcedure
from circuits.runner import run_deck
from circuits.session import LibraryFailed, Session
from circuits.verdict import judge_data
from circuits.waveforms import Waveforms
from measurements.errors import ConvergenceError
from netlists import Neuron, load_technology
from netlists.deck import Crossing, Deck

SINE = toy_deck(
    "V1 b 0 SIN(0 1 10meg)\nR1 b c 1k\nC1 c 0 1p\nV2 x.y 0 SIN(0 1 10meg)", 1e-6, 1e-9, ("v(b)", "v(c)", "v(x.y)")
)
"""Ten periods of 0.1 us: the n-th rise through 0.5 V is at (n - 1 + 1/12) periods."""


def ending(deck: Deck, level: float, number: int, vector: str = "v(b)", edge: str = "rise", start: float = 0.0) -> Deck:
    return replace(deck, ends_with=Crossing("end", vector, level, edge, number, start))  # type: ignore[arg-type]


def same_start(short: Waveforms, whole: Waveforms) -> bool:
    points = len(short.time)
    pairs = [(short.time, whole.time), *((short.vectors[name], whole.vectors[name]) for name in whole.vectors)]
    return all(one.tobytes() == other[:points].tobytes() for one, other in pairs)


def computed(waveforms: Waveforms) -> int:
    """Time points that the simulator came to, those cut off included."""
    assert waveforms.block is not None
    return waveforms.block.shape[1]


@pytest.mark.parametrize("point", [(-0.3, 1e-4), (0.6, 1e-5), (0.4, 1e-6)])
def test_a_neuron_that_has_fired_twice_is_run_no_further(worker: Session, point: tuple[float, float]) -> None:
    fire = NeuronFireProcedure(Neuron(), load_technology())
    names = {"initial_voltage": point[0], "input_current": point[1]}
    deck = fire.deck(names)
    for step in (deck, deck.with_maximum_step(0.5 * deck.maximum_step)):
        whole = worker.run(replace(step, ends_with=None), 30.0, "whole")
        used = worker.seconds
        short = worker.run(step, 30.0, "short")
        assert worker.seconds > used
        assert len(short.time) < 0.7 * len(whole.time)
        assert computed(short) == len(short.time)
        assert same_start(short, whole)
        assert_same(short, run_deck(step))
        assert fire.quantities(names, step, short) == fire.quantities(names, step, whole)


@pytest.mark.parametrize(
    ("level", "number", "edge"),
    [(0.5, 1, "rise"), (0.5, 5, "rise"), (-0.1, 2, "rise"), (-0.5, 3, "fall"), (0.25, 4, "fall"), (0.1, 1, "fall")],
)
def test_the_run_ends_behind_the_event(worker: Session, level: float, number: int, edge: str) -> None:
    deck = ending(SINE, level, number, edge=edge)
    short, whole = worker.run(deck, 30.0, "short"), worker.run(SINE, 30.0, "whole")
    assert computed(short) == len(short.time)
    assert same_start(short, whole)
    assert_same(short, run_deck(deck))
    phase = np.arcsin(level) if edge == "rise" else np.pi - np.arcsin(level)
    time = 1e-7 * (number - 1 + phase / (2 * np.pi) % 1.0)
    assert short.time[-2] <= time * (1 + 1e-4)
    assert short.time[-1] >= time * (1 - 1e-4)


@pytest.mark.parametrize(
    "deck",
    [
        ending(SINE, 0.5, 11),  # above the number of pauses
        ending(SINE, 2.0, 1),  # never
        ending(SINE, 0.5, 4, edge="rise", vector="v(x.y)"),
        ending(SINE, 1e-9, 2),  # passed by the operating point's neighbour
        ending(SINE, -0.1, 2),  # met by the operating point
        ending(SINE, 0.1, 2, edge="fall"),
    ],
)
def test_whatever_the_event_library_and_process_agree(worker: Session, deck: Deck) -> None:
    short = worker.run(deck, 30.0, "short")
    assert_same(short, run_deck(deck))
    assert same_start(short, worker.run(replace(deck, ends_with=None), 30.0, "whole"))
    assert (len(short.time) < len(run_deck(SINE).time)) == has_ended(short, deck)


def test_events_before_the_start_do_not_count(worker: Session) -> None:
    deck = ending(SINE, 0.5, 1, start=1.5e-7)
    with pytest.raises(LibraryFailed):  # it stopped too early, and a process has the last word
        worker.run(deck, 30.0, "early")
    assert run_deck(deck).time[-1] == pytest.approx(1e-7 * (2 + 1 / 12), rel=0.01)


def test_a_run_that_stopped_without_its_event_is_refused() -> None:
    time = np.linspace(0.0, 5e-7, 501)
    waves = {name: np.sin(2e7 * np.pi * time) for name in SINE.saved}
    with pytest.raises(ConvergenceError, match=r"ended at 5e-07 s of 1e-06 s"):
        judge_data(Waveforms(time, waves), ending(SINE, 0.5, 6), "x")
    judge_data(Waveforms(time, waves), ending(SINE, 0.5, 5), "x")


@pytest.mark.parametrize("vector", ["v(b);shell x", "v(b) gt 0\nquit", "i(v1)", "v(`ls`)", "v($x)", "v()", "time"])
def test_only_the_name_of_a_node_goes_into_a_command(vector: str) -> None:
    assert pauses(ending(SINE, 0.5, 1, vector)) == ()


def test_without_an_event_nothing_is_cut() -> None:
    waves = Waveforms(np.array([0.0, 1.0, 2.0]), {"v(b)": np.array([0.0, 1.0, 0.0])})
    assert pauses(SINE) == ()
    assert ended(waves, SINE) is waves
    assert ended(waves, ending(SINE, 0.5, 2)) is waves
    assert ended(waves, ending(SINE, 0.5, 1)).time.tolist() == [0.0, 1.0]
    assert pauses(ending(SINE, float("nan"), 1)) == ()
