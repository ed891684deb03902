"""Estimation: values, error bars, intervals, identifiability and distributions; knows nothing of devices.

`unknowns` (what is sought, and its coordinates), `problem` (residuals in blocks), `derivatives`, `search` (lmfit),
`errorbars` (covariance), `minimise` (the fit calls) and `result`.
"""

from devicefit.estimation.minimise import estimate, estimate_joint
from devicefit.estimation.result import Estimate
from devicefit.estimation.unknowns import Unknown

__all__ = ["Estimate", "Unknown", "estimate", "estimate_joint"]
