"""Look-ups a second in a table of three axes, on one core, beside SciPy's RegularGridInterpolator in the same run.

The table is a function known everywhere, with two logarithmic axes and one linear, 20 x 15 x 18 points, its quantity on
a logarithmic scale: the kind that characterization makes. The peer gets logarithms that are already taken and gives
logarithms, so it does less. Both find every point of the batch anew; the figure is the best of five batches, by the CPU
time of the process.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.interpolate import RegularGridInterpolator

from benchmarks.figures import Figure, main
from circuits.status import Status
from circuits.tables import Table

Array = NDArray[np.float64]
_POINTS = 1_000_000
_CURRENT, _VOLTAGE, _RESISTANCE = np.logspace(-7, -4, 20), np.linspace(-0.3, 0.6, 15), np.logspace(2, 6, 18)


def truth(current: Array, voltage: Array, resistance: Array) -> Array:
    """A smooth positive function of the three axes."""
    return np.exp(0.3 * np.log(current) + 0.2 * np.sin(3.0 * voltage)) * (1.0 + 1e4 / resistance) ** 0.7


def table_of_three_axes() -> Table:
    """The table of `truth`."""
    grid = np.meshgrid(_CURRENT, _VOLTAGE, _RESISTANCE, indexing="ij")
    names = ("input_current", "initial_voltage", "device_resistance")
    flags = {"flag_values": np.array([s.value for s in Status]), "flag_meanings": " ".join(s.meaning for s in Status)}
    quantity = {"units": "J", "role": "quantity", "scale": "log"}
    return Table(
        "example",
        xr.Dataset(
            {"energy": (names, truth(*grid), quantity), "status": (names, np.zeros(grid[0].shape, np.int32), flags)},
            {
                name: (name, values, {"units": unit, "scale": scale})
                for name, values, unit, scale in zip(
                    names, (_CURRENT, _VOLTAGE, _RESISTANCE), ("A", "V", "ohm"), ("log", "linear", "log"), strict=True
                )
            },
        ),
    )


def measure() -> list[Figure]:
    """Points a second of values and of gradients, and the largest relative errors."""
    generator = np.random.default_rng(4)
    current = np.exp(generator.uniform(np.log(_CURRENT[0]), np.log(_CURRENT[-1]), _POINTS))
    voltage = generator.uniform(_VOLTAGE[0], _VOLTAGE[-1], _POINTS)
    resistance = np.exp(generator.uniform(np.log(_RESISTANCE[0]), np.log(_RESISTANCE[-1]), _POINTS))
    at = {"input_current": current, "initial_voltage": voltage, "device_resistance": resistance}
    table, expected = table_of_three_axes(), truth(current, voltage, resistance)

    axes = (np.log(_CURRENT), _VOLTAGE, np.log(_RESISTANCE))
    logarithms = np.log(table.dataset["energy"].to_numpy())
    places = np.stack([np.log(current), voltage, np.log(resistance)], axis=1)
    figures = []
    for method, what in (("linear", "linear"), ("pchip", "pchip, 2,000 points")):
        peer = RegularGridInterpolator(axes, logarithms, method=method)
        used = places if method == "linear" else places[:2000]
        seconds = _best(lambda peer=peer, used=used: peer(used), 5 if method == "linear" else 1)  # type: ignore[misc]
        name = f"RegularGridInterpolator, {what}"
        own = _POINTS / _best(lambda: table.lookup("energy", at), 5)
        error = float(np.max(np.abs(table.lookup("energy", at).values / expected - 1.0)))
        theirs = float(np.max(np.abs(np.exp(peer(used)) / expected[: len(used)] - 1.0)))
        figures.append(Figure("points a second", own, "1/s", name, len(used) / seconds))
        figures.append(Figure("largest relative error", error, "1", name, theirs))
    gradient = _POINTS / _best(lambda: table.gradient("energy", at), 5)
    return [*figures, Figure("points a second, with three derivatives", gradient, "1/s")]


def _best(work: Callable[[], object], times: int) -> float:
    """Least CPU time of several repetitions, after one that is not counted where there are several [s]."""
    if times > 1:
        work()
    found = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


if __name__ == "__main__":
    main("lookup", measure)
