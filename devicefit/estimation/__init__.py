"""Estimation: values, error bars, intervals, identifiability and distributions; knows nothing of devices.

`unknowns` (what is sought, and its coordinates), `problem` (residuals in blocks), `derivatives`, `search` (lmfit),
`errorbars` (covariance), `minimise` (the fit calls) and `result`; from a result, `intervals` and `bootstrap`, and
`identifiability`.
"""

from devicefit.estimation.bootstrap import Bootstrap, bootstrap
from devicefit.estimation.identifiability import Identifiability, Verdict, identifiability
from devicefit.estimation.intervals import Interval, interval
from devicefit.estimation.minimise import estimate, estimate_joint
from devicefit.estimation.result import Estimate
from devicefit.estimation.unknowns import Unknown

__all__ = [
    "Bootstrap",
    "Estimate",
    "Identifiability",
    "Interval",
    "Unknown",
    "Verdict",
    "bootstrap",
    "estimate",
    "estimate_joint",
    "identifiability",
    "interval",
]
