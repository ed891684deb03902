"""Work on a cluster comes back in order, with what it raised; what was not taken is given up."""

from __future__ import annotations

import operator
import sys

import pytest

cluster = pytest.importorskip("circuits.cluster")
distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="starts processes as Linux does")

from circuits.clusterwork import on_cluster  # noqa: E402


@pytest.fixture(scope="module")
def workers():
    with cluster.connected("local", 1) as found:
        yield found


def test_results_come_in_the_order_of_the_parts_and_few_are_sent_ahead(workers):
    asked = []

    def parts():
        for number in range(20):
            asked.append(number)
            yield number

    results = on_cluster(workers, operator.mul, 3, parts())
    assert next(results) == 0
    assert len(asked) <= cluster.CHUNKS_AHEAD * workers.cores()
    assert list(results) == [3 * number for number in range(1, 20)]


def test_an_error_of_the_work_is_raised_here(workers):
    results = on_cluster(workers, operator.floordiv, 6, [3, 2, 0, 1])
    assert [next(results), next(results)] == [2, 3]
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert list(on_cluster(workers, operator.floordiv, 6, [6])) == [1]
