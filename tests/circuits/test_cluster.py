"""The same points on a Dask cluster: same bits, no point lost with a worker, none computed twice, nothing left over."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest
import xarray as xr
from toydecks import DeadlyRC, ToyRC

from circuits.cache import Cache
from circuits.characterize import characterize
from circuits.ngspice import Ngspice
from circuits.parallel import Interrupted
from circuits.points import PointRun, run_point_list, simulated_on
from circuits.status import Status
from measurements.errors import InputError, SimulationError

cluster = pytest.importorskip("circuits.cluster")
distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

ROOT, HERE = Path(__file__).parents[2], Path(__file__).parent
GRID = ToyRC(tuple(500.0 * 1.1**k for k in range(20)), (5e-12, 1e-11, 3e-11))
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes as Linux shows them")


@dataclass
class Processes:
    """A scheduler and its workers, each a process of its own."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]
    environment: dict[str, str]

    def add_worker(self) -> None:
        command = [sys.executable, "-m", "distributed.cli.dask_worker", self.address, "--no-nanny", "--nthreads=1"]
        self.workers.append(_start([*command, "--no-dashboard", "--death-timeout=60"], self.environment))


def _start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=environment["TMPDIR"], env=environment, stdout=quiet, stderr=quiet)


@pytest.fixture
def processes(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Processes]:
    place = tmp_path / "scheduler.json"
    path = os.pathsep.join([str(ROOT), str(HERE)])
    environment = os.environ | {"PYTHONPATH": path, "MEMCHAR_TEST_WORKER": "1", "TMPDIR": str(tmp_path)}
    if deaths := getattr(request, "param", None):
        environment["DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"] = deaths
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port=0", "--host=127.0.0.1", "--no-dashboard"]
    scheduler = _start([*command, f"--scheduler-file={place}"], environment)
    found = Processes("", scheduler, [], environment)
    try:
        for _ in range(600):
            if place.exists() and place.stat().st_size:
                break
            assert scheduler.poll() is None
            time.sleep(0.1)
        with distributed.Client(scheduler_file=str(place), timeout=60, set_as_default=False) as client:
            found.address = client.scheduler.address
            for _ in range(2):
                found.add_worker()
            client.wait_for_workers(2, timeout=120)
        yield found
    finally:
        below = [child for one in found.workers if one.poll() is None for child in psutil.Process(one.pid).children()]
        for one in [*found.workers, scheduler]:
            one.kill()
            one.wait()
        _, alive = psutil.wait_procs(below, timeout=20)
        assert not alive, "an ngspice outlived its worker"


@pytest.fixture(scope="module")
def expected() -> dict[str, xr.Dataset]:
    return characterize([GRID])


def entries(cache: Cache) -> int:
    return sum(1 for _ in cache.folder.rglob("*.json"))


def test_a_worker_killed_half_way_takes_no_point_with_it(
    processes: Processes, expected: dict[str, xr.Dataset], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "FIRST_ESTIMATE", 0.5)
    cache, killed, seen = Cache(tmp_path / "cache"), [], []

    def progress(finished: int, total: int) -> None:
        seen.append(finished)
        if finished == total // 3:
            killed.append(processes.workers[0].pid)
            processes.workers[0].kill()

    with cluster.connected(processes.address) as place, simulated_on(place):
        found = characterize([GRID], progress=progress, cache=cache)
        assert killed
        assert seen == list(range(1, 61))
        xr.testing.assert_identical(found["toy_rc"], expected["toy_rc"])
        assert entries(cache) == 60
        again = characterize([GRID], cache=cache, progress=_never_slow(seen))
    xr.testing.assert_identical(again["toy_rc"], expected["toy_rc"])


def _never_slow(seen: list[int]):  # type: ignore[no-untyped-def]
    del seen[:]
    return lambda finished, _: seen.append(finished)


def test_ctrl_c_keeps_what_is_finished_and_the_next_call_goes_on(
    processes: Processes, expected: dict[str, xr.Dataset], tmp_path: Path
) -> None:
    cache = Cache(tmp_path / "cache")

    def interrupt(finished: int, _: int) -> None:
        if finished == 20:
            raise KeyboardInterrupt

    with cluster.connected(processes.address) as place, simulated_on(place):
        with pytest.raises(Interrupted):
            characterize([GRID], progress=interrupt, cache=cache)
        kept = entries(cache)
        assert 20 <= kept < 60
        counted: list[int] = []
        found = characterize([GRID], cache=cache, progress=lambda finished, _: counted.append(finished))
    assert counted[-1] == 60
    xr.testing.assert_identical(found["toy_rc"], expected["toy_rc"])


@pytest.mark.parametrize("processes", ["0"], indirect=True, ids=["one death is enough"])
def test_a_point_over_which_workers_die_is_named_and_the_others_are_finished(
    processes: Processes, ngspice: Ngspice
) -> None:
    processes.add_worker()  # two die: once with its neighbours, once alone
    grid = DeadlyRC(resistance=(500.0, 777.0, 1e3, 2e3), capacitance=(5e-12,))
    points = [PointRun(grid, {"resistance": r, "capacitance": 5e-12}) for r in grid.resistance]
    with cluster.connected(processes.address) as place, simulated_on(place):
        outcomes = run_point_list(points)
    assert [outcome.status for outcome in outcomes] == [Status.OK, Status.SIMULATOR_ERROR, Status.OK, Status.OK]
    assert "deadly resistance=777 capacitance=5e-12: every worker that simulated it died" in outcomes[1].message


def test_another_simulator_on_a_worker_is_refused(ngspice: Ngspice) -> None:
    run = PointRun(GRID, {"resistance": 1e3, "capacitance": 1e-11})
    chunk = cluster.Chunk(((0, run),), "38")
    with pytest.raises(SimulationError, match=rf"has ngspice {ngspice.version} .*, the caller 38 .*same version"):
        cluster.run_chunk(chunk)
    with pytest.raises(SimulationError, match=r"revision 1"):
        cluster.run_chunk(replace(chunk, ngspice_version=ngspice.version, revision=1))


def test_chunks_hold_a_second_of_work_and_a_fair_share_of_the_rest(ngspice: Ngspice) -> None:
    class Four:
        address = "x"

        def cores(self) -> int:
            return 4

    runs = [PointRun(GRID, {"resistance": 1e3, "capacitance": 1e-11})] * 1000
    batch = cluster._Batch(Four(), runs, 1000, lambda *_: None, None, ngspice)
    todo = batch._unfinished()
    assert len(batch._next_chunk(todo).points) == 4  # of FIRST_ESTIMATE each
    batch._costs["toy_rc"] = 0.01
    assert len(batch._next_chunk(todo).points) == 100
    batch.count = 960
    assert len(batch._next_chunk(todo).points) == 5
    batch._costs["toy_rc"] = 30.0
    assert len(batch._next_chunk(todo).points) == 1


def test_no_scheduler_and_no_address_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_LIMIT", 0.5)
    for address in ("tcp://127.0.0.1:9", "nonsense://x"):
        with pytest.raises(InputError, match=f"no Dask scheduler answers at {address}"), cluster.connected(address):
            pass
