"""The results of one procedure's grid as they come, in arrays, and as a dataset in the end."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from .procedures.procedure import GridAxis, Procedure
from .result import PointResult
from .status import Status

Variable = tuple[tuple[str, ...], NDArray[np.generic], dict[str, object]]


class Gathering:
    """Takes results of single points of `procedure` by grid index; 100,000 of them fit into a few megabytes."""

    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure
        self._axes = procedure.axes()
        shape = tuple(len(axis.values) for axis in self._axes)
        names = [quantity.name for quantity in procedure.measured]
        self._quantities = {name: np.full(shape, math.nan) for name in names}
        self._diagnostics = {name: np.full(shape, math.nan) for name in (*map(_step, names), "closure_error")}
        self._status = np.zeros(shape, dtype=np.int32)
        self._keys = np.full(shape, b"", dtype="S64")
        self._messages: dict[tuple[int, ...], str] = {}

    def put(self, index: tuple[int, ...], result: PointResult) -> None:
        """Take in the result of one point."""
        for arrays, values in ((self._quantities, result.quantities), (self._diagnostics, result.diagnostics)):
            for name, value in values.items():
                arrays[name][index] = value
        self._status[index] = result.status
        self._keys[index] = result.deck_key.encode()
        if result.message:
            self._messages[index] = result.message

    def dataset(self, attributes: Mapping[str, str | float]) -> xr.Dataset:
        """The table: quantities, `step_error_*`, `closure_error`, `status` and `deck_key` over the axes."""
        dims = tuple(axis.name for axis in self._axes)
        variables: dict[str, Variable] = {}
        for quantity in self.procedure.measured:
            name = quantity.name
            described = _attributes(quantity.long_name, quantity.unit, "quantity")
            described |= {"scale": quantity.scale, "error_floor": quantity.error_floor}
            described |= {"ancillary_variables": f"status {_step(name)}"}
            change = f"relative change of {name} on halving the maximum step"
            variables[name] = (dims, self._quantities[name], described)
            variables[_step(name)] = (dims, self._diagnostics[_step(name)], _attributes(change, "1", "diagnostic"))
        closure = _attributes("relative violation of conservation", "1", "diagnostic")
        variables["closure_error"] = (dims, self._diagnostics["closure_error"], closure)
        variables["status"] = (dims, self._status, _status_attributes())
        keys = self._keys.astype("U64").astype(object)
        variables["deck_key"] = (dims, keys, _attributes("SHA-256 of the deck at half step", "1", "provenance"))
        coordinates = {axis.name: (axis.name, np.asarray(axis.values), _axis_attributes(axis)) for axis in self._axes}
        failures = "\n".join(self._messages[index] for index in sorted(self._messages))
        return xr.Dataset(variables, coordinates, attrs={**attributes, "failures": failures})


def _step(name: str) -> str:
    return f"step_error_{name}"


def _attributes(long_name: str, units: str, role: str) -> dict[str, object]:
    return {"units": units, "long_name": long_name, "role": role}


def _axis_attributes(axis: GridAxis) -> dict[str, object]:
    return {
        "units": axis.unit, "long_name": axis.long_name, "scale": axis.scale, "integer": int(axis.integer)
    }  # fmt: skip


def _status_attributes() -> dict[str, object]:
    values = np.array([flag.value for flag in Status], dtype=np.int32)
    meanings = " ".join(flag.meaning for flag in Status)
    return _attributes("how the simulation of the point ended", "1", "status") | {
        "flag_values": values,
        "flag_meanings": meanings,
    }
