"""Any work on the workers of a Dask cluster: parts in order, what they share sent once, few in flight."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from typing import TypeVar

from circuits.cluster import CHUNKS_AHEAD, Cluster
from measurements.errors import SimulationError

Shared = TypeVar("Shared")
Part = TypeVar("Part")
Result = TypeVar("Result")


def on_cluster(
    cluster: Cluster, work: Callable[[Shared, Part], Result], shared: Shared, parts: Iterable[Part]
) -> Iterator[Result]:
    """`work(shared, part)` of every part, in their order; a worker that dies takes no part with it.

    At most `CHUNKS_AHEAD` parts for each core are sent before their results are taken: neither this process nor a
    worker holds more. Whatever `work` raises is raised here; parts that still run are then given up.

    Raises
    ------
    SimulationError
        The scheduler is gone, or every worker that was given a part died over it.
    """
    from distributed import Future, KilledWorker

    flying: deque[Future] = deque()
    there = cluster.client.scatter(shared, broadcast=False, hash=False)
    try:
        for part in parts:
            flying.append(cluster.client.submit(work, there, part, pure=False))
            if len(flying) >= CHUNKS_AHEAD * cluster.cores():
                yield flying.popleft().result()
        while flying:
            yield flying.popleft().result()
    except KilledWorker as error:
        raise SimulationError(f"every worker of {cluster.address} that was given a part of the work died") from error
    except CancelledError as error:
        raise SimulationError(f"the scheduler at {cluster.address} is gone; what was finished is kept") from error
    finally:
        for future in flying:
            with contextlib.suppress(Exception):
                future.cancel(force=True)
