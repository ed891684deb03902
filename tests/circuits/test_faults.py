"""A small campaign of every kind of fault; `make faults` runs the long one."""

from __future__ import annotations

import sys

import pytest

from benchmarks.faults import FULL_SIZE, campaign


@pytest.mark.skipif(sys.platform != "linux", reason="finds its processes in /proc")
def test_no_wrong_number_no_lost_point_no_orphan_and_every_cause_named() -> None:
    findings = campaign(share=0.008, seed=4, cases=12)
    assert findings.faults == []
    left_out = {line.split(":")[0] for line in findings.left_out}
    assert set(findings.injected) | left_out == set(FULL_SIZE)
    assert all(count > 0 for count in findings.injected.values())
