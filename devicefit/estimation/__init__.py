"""Estimation: values, error bars, intervals, identifiability and distributions; knows nothing of devices.

`unknowns` (what is sought, and its coordinates), `problem` (residuals in blocks), `derivatives`, `search` (lmfit),
`errorbars` (covariance), `minimise` (the fit calls) and `result`; from a result, `intervals` and `bootstrap`, and
`identifiability`. Over cycles and devices: `laws`, `families` (fit and choice; `likelihood`), `goodness`, `levels`
(variance between and within devices), `distributions` (joint, with correlations) and `distributionjson`.
"""

from devicefit.estimation.bootstrap import Bootstrap, bootstrap
from devicefit.estimation.distributionjson import joint_from_dict
from devicefit.estimation.distributions import JointDistribution, Quantity, fit_joint_distribution
from devicefit.estimation.families import Choice, FamilyFit, choose, fit_family
from devicefit.estimation.goodness import Goodness, goodness_of_fit
from devicefit.estimation.identifiability import Identifiability, Verdict, identifiability
from devicefit.estimation.intervals import Interval, interval
from devicefit.estimation.laws import Distribution
from devicefit.estimation.levels import VarianceSplit, split_variance
from devicefit.estimation.minimise import estimate, estimate_joint
from devicefit.estimation.result import Estimate
from devicefit.estimation.unknowns import Unknown

__all__ = [
    "Bootstrap",
    "Choice",
    "Distribution",
    "Estimate",
    "FamilyFit",
    "Goodness",
    "Identifiability",
    "Interval",
    "JointDistribution",
    "Quantity",
    "Unknown",
    "VarianceSplit",
    "Verdict",
    "bootstrap",
    "choose",
    "estimate",
    "estimate_joint",
    "fit_family",
    "fit_joint_distribution",
    "goodness_of_fit",
    "identifiability",
    "interval",
    "joint_from_dict",
    "split_variance",
]
