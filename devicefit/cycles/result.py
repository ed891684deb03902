"""What the fit of any compact model hands over, and whether it may be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from devicefit.card import DeviceCard
from devicefit.cycles.prediction import Errors, ModelCurve
from devicefit.cycles.scatter import Scatter
from devicefit.estimation import Estimate
from devicefit.estimation.identifiability import Identifiability
from devicefit.estimation.intervals import Interval


@dataclass(frozen=True, eq=False)
class ModelFit:
    """Result of `fit_model`.

    Parameters
    ----------
    card
        The device: parameters with standard error and origin, spread over cycles, ranges, provenance.
    intervals
        95 % interval of each fitted parameter: of its mean over cycles where it varies (Student's law over cycles).
    cycles, places
        Values that each cycle has of its own, by parameter name (an off state also as `… before its set`, which the
        cycle before left), and where it stands among the cell's cycles.
    curves
        Each trace with the model's, every cycle with its own values.
    errors
        Of these curves.
    identifiability
        What the data determine of all unknowns of the joint fit.
    undetermined
        Parameters held because the data do not determine them, with the reason.
    excluded
        (file, reason) of ramps not used.
    scatter
        How far the readings lie from the curves, as the likelihood took it.
    faults
        Why the fit should not be used; empty where it may be.
    estimate
        Of the estimation package: covariance, correlations, residuals.
    """

    card: DeviceCard
    intervals: Mapping[str, Interval]
    cycles: tuple[Mapping[str, float], ...]
    places: tuple[int, ...]
    curves: tuple[ModelCurve, ...]
    errors: Errors
    identifiability: Identifiability
    undetermined: Mapping[str, str]
    excluded: tuple[tuple[str, str], ...]
    scatter: Scatter
    faults: tuple[str, ...]
    estimate: Estimate

    @property
    def usable(self) -> bool:
        """Whether exports may go ahead without being told to."""
        return not self.faults
