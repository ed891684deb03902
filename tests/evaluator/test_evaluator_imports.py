"""Evaluating needs neither torch nor a simulator, and the package shows few names."""

from __future__ import annotations

import subprocess
import sys

import evaluator


def test_evaluation_loads_no_torch_and_starts_no_simulator():
    script = "import sys, evaluator; print(sorted({'torch', 'circuits.runner', 'netlists'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names():
    assert len(evaluator.__all__) <= 25
    assert evaluator.__all__ == sorted(evaluator.__all__)
    assert all(hasattr(evaluator, name) for name in evaluator.__all__)
