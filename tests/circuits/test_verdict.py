"""What the log of a run says about it."""

from __future__ import annotations

import pytest

from circuits.verdict import judge_log
from measurements.errors import ConvergenceError, SimulationError

HARMLESS = """
Note: No compatibility mode selected!
No .measure possible in batch mode (-b) with -r rawfile set!
Note: Starting dynamic gmin stepping
Trying gmin =   1.0000E-12 Warning: Dynamic gmin stepping failed
Note: Starting true gmin stepping
Trying gmin =   9.9996E-03 Warning: True gmin stepping failed
Note: Starting source stepping
Note: One successful source step
Note: Source stepping completed
Reference temperature error_margin terrors
"""


def test_a_start_that_needed_stepping_is_good() -> None:
    judge_log(HARMLESS, "deck")


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("Warning: singular matrix:  check node a", ConvergenceError),
        ('doAnalyses: TRAN:  Timestep too small; time = 6e-09: trouble with node "b"', ConvergenceError),
        ("Supplies reduced to   0.0000% Warning: source stepping failed", ConvergenceError),
        ("run simulation(s) aborted", ConvergenceError),
        ("Error: Transient op failed, timestep too small", ConvergenceError),
        ("doAnalyses: iteration limit reached", ConvergenceError),
        ("warning, can't find model 'nomodel' from line", SimulationError),
        ("Error: unknown subckt: x1 a b nothing", SimulationError),
        ("ERROR: fatal error in ngspice, exit(1)", SimulationError),
        ("    unknown parameter (foo)", SimulationError),
        ("Undefined parameter [vx]", SimulationError),
        ("Error on line 3 or its substitute:", SimulationError),
    ],
)
def test_each_fault_is_found_and_quoted(line: str, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        judge_log(f"{HARMLESS}{line}\nmore\n", "point 3")
    assert type(caught.value) is error
    assert str(caught.value).startswith("point 3: ")
    assert line.split()[-1] in str(caught.value)
