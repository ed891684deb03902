"""How complete and how true a table is: its coverage, and what validation found, as attributes in the file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from .status import Status

if TYPE_CHECKING:
    from .validate import ValidationReport


@dataclass(frozen=True)
class Validation:
    """Relative errors of one quantity against fresh simulations off the grid [1], and where the worst was."""

    points: int
    seed: int
    median: float
    p95: float
    worst: float
    worst_at: Mapping[str, float]


def coverage(dataset: xr.Dataset) -> float:
    """Share of the points whose simulation gave an answer: a number, or that the neuron rightly stays silent [1]."""
    answered = np.isin(dataset["status"].to_numpy(), (Status.OK, Status.DID_NOT_FIRE))
    return float(np.mean(answered))


def with_coverage(dataset: xr.Dataset) -> xr.Dataset:
    """The dataset with `points`, `points_ok` and `coverage` among its attributes."""
    codes = dataset["status"].to_numpy()
    counts = {"points": int(codes.size), "points_ok": int(np.sum(codes == Status.OK)), "coverage": coverage(dataset)}
    return dataset.assign_attrs(counts)


def with_validation(datasets: Mapping[str, xr.Dataset], report: ValidationReport) -> dict[str, xr.Dataset]:
    """Datasets whose validated quantities carry the errors found; what an earlier validation said is replaced."""
    result = {name: _without_validation(dataset) for name, dataset in datasets.items()}
    for entry in report.procedures:
        dataset = result[entry.procedure]
        for found in entry.errors:
            dataset[found.quantity].attrs |= {
                "validation_points": entry.compared,
                "validation_seed": report.seed,
                "validation_median": found.median,
                "validation_p95": found.p95,
                "validation_worst": found.worst,
                "validation_worst_at": json.dumps(dict(found.worst_at)),
            }
        dataset.attrs["validation_worst"] = max(found.worst for found in entry.errors)
        dataset.attrs["validation_failures"] = "\n".join(entry.failures)
    return result


def validation_of(dataset: xr.Dataset, quantity: str) -> Validation | None:
    """What the last validation found for a quantity; None where there was none."""
    attributes = dataset[quantity].attrs
    if "validation_worst" not in attributes:
        return None
    return Validation(
        points=int(attributes["validation_points"]),
        seed=int(attributes["validation_seed"]),
        median=float(attributes["validation_median"]),
        p95=float(attributes["validation_p95"]),
        worst=float(attributes["validation_worst"]),
        worst_at={str(k): float(v) for k, v in json.loads(attributes["validation_worst_at"]).items()},
    )


def _without_validation(dataset: xr.Dataset) -> xr.Dataset:
    copy = dataset.copy()
    copy.attrs = _kept(dataset.attrs)
    for name in copy.data_vars:
        copy[name].attrs = _kept(dataset[name].attrs)
    return copy


def _kept(attributes: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in attributes.items() if not key.startswith("validation_")}
