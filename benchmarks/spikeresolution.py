"""How well ngspice itself knows when a neuron fires: `python -m benchmarks.spikeresolution`.

Neurons under random read pulses of 23 uA, 5 ns, for 2 us, as in a whole macro: each run as macros are, again with a
quarter of the longest step and a tenth of the tolerances, and again with Gear's method. Printed is by how much spikes
move.
"""

from __future__ import annotations

import numpy as np

from circuits import run_decks
from circuits.measure import crossings
from netlists import Deck, Neuron, load_technology
from netlists.composition import compose, number
from netlists.neuron import BENCH_VECTORS, MAXIMUM_STEP, TRANSIENT_OPTIONS, neuron_bench

TRAINS, WINDOW, PULSE, EDGE, CURRENT, RATE = 4, 2e-6, 5e-9, 0.2e-9, 23e-6, 2e7
TIGHT = "method=trap trtol=1 chgtol=1e-17 reltol=1e-4 vntol=1e-7 abstol=1e-13"
GEAR = "method=gear maxord=2 trtol=1 chgtol=1e-16"


def pulses(seed: int) -> str:
    """A piecewise linear current of pulses at random times, three quarters of them upwards."""
    draws = np.random.default_rng(seed)
    time, corners = 5e-9, [(0.0, 0.0)]
    while (time := time + PULSE + 2 * EDGE + draws.exponential(1 / RATE)) < WINDOW - 2 * PULSE:
        height = CURRENT * draws.choice([-1.0, 1.0], p=[0.25, 0.75])
        corners += [(time, 0.0), (time + EDGE, height), (time + PULSE, height), (time + PULSE + EDGE, 0.0)]
    return " ".join(f"{number(at)} {number(value)}" for at, value in corners)


def deck(train: str, step: float, options: str) -> Deck:
    """One neuron under one train."""
    technology = load_technology()
    text = f"{str(neuron_bench(Neuron(), technology, 'resolution')).rstrip()}\nIin 0 mem_in PWL({train})"
    return compose(
        text, stop_time=WINDOW, maximum_step=step, saved=BENCH_VECTORS, measures=(), includes=(technology.source,),
        initial_voltages={"mem": 0.0}, options=options, temperature=technology.temperature,
    )  # fmt: skip


def main() -> None:
    """Run and print."""
    settings = ((MAXIMUM_STEP, TRANSIENT_OPTIONS), (MAXIMUM_STEP / 4, TIGHT), (MAXIMUM_STEP / 8, GEAR))
    trains = [pulses(seed) for seed in range(TRAINS)]
    found = run_decks([deck(train, *setting) for setting in settings for train in trains], 1, 600.0, None)
    spikes = [crossings(waveforms, "v(spk)", 0.9, rising=True, start=0.0) for waveforms in found]
    usual, tight, gear = (np.concatenate(spikes[k * TRAINS : (k + 1) * TRAINS]) for k in range(3))
    print(f"{usual.size} spikes of {TRAINS} neurons")
    for name, other in (("a quarter of the step, a tenth of the tolerances", tight), ("Gear's method", gear)):
        print(f"{name}: the same spikes, moved by at most {1e12 * np.max(np.abs(other - usual)):.3g} ps")


if __name__ == "__main__":
    main()
