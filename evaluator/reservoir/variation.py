"""What the variation of the readout's cells does to a task: error and accuracy over many drawn chips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluator.reservoir.memristors import CellPairs, MappedReadout, map_readout, require_variation, weight_disturbance
from evaluator.reservoir.training import Trained, error_of, train_rows
from measurements.errors import InputError


@dataclass(frozen=True)
class VariedError:
    """Test error at one `variation` (deviation of ln R) [1]: mean and standard deviation over chips, for the readout
    trained without knowledge of it (`plain`) and for the one trained for it (`prepared`).
    """

    variation: float
    plain: float
    plain_deviation: float
    prepared: float
    prepared_deviation: float


def mapped_readout(trained: Trained, pairs: CellPairs) -> MappedReadout:
    """The readout of a task in cells."""
    return map_readout(trained.readout, pairs, *trained.training_rows)


def variation_curve(
    trained: Trained, pairs: CellPairs, variations: Sequence[float], chips: int, seed: int
) -> list[VariedError]:
    """Test error at each variation, over `chips` drawn chips whose cells are the same draws at every variation.

    Raises
    ------
    InputError
        A variation that is negative or beyond 3, or fewer than 2 chips.
    """
    for variation in variations:
        require_variation(variation)
    if chips < 2:
        raise InputError(f"{chips} chips have no spread", hint="2 or more")
    plain, states = mapped_readout(trained, pairs), trained.training_rows[0]
    found = []
    for variation in variations:
        prepared = plain
        if variation > 0.0:
            known = train_rows(trained.task, trained.rows, weight_disturbance(variation, states))
            prepared = mapped_readout(known, pairs)
        errors = [
            [_error(trained, one.varied(variation, np.random.default_rng([seed, chip]))) for chip in range(chips)]
            for one in (plain, prepared)
        ]
        means, spreads = np.mean(errors, axis=1), np.std(errors, axis=1, ddof=1)
        found.append(VariedError(variation, float(means[0]), float(spreads[0]), float(means[1]), float(spreads[1])))
    return found


def _error(trained: Trained, readout: MappedReadout) -> float:
    part = trained.task.test
    return error_of(trained.task, readout(trained.rows[part]), part)
