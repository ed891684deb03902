"""Runs decks in ngspice, measures the waveforms, and builds and reads tables of what one operation costs.

run_deck, run_decks          one deck, many decks: waveforms, or a typed failure with the reason
evaluate                     a measure of a deck on its waveforms
ColumnReadProcedure, ...     what is measured over which axes
characterize.plan            the points of a characterization, counted and named without a simulator
characterize.characterize    the tables, with provenance, step-halving and conservation checks
write_tables, read_tables    the tables as one netCDF-4 file
validate.validate            fresh runs off the grid against the tables

Names are loaded when first used: `import circuits.tables` imports no simulator, and nothing is ever started.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .journal import Journal
    from .measure import MeasureError, evaluate
    from .ngspice import find_ngspice
    from .parallel import Failure, Interrupted, run_decks
    from .procedures.column_read import ColumnReadProcedure
    from .procedures.neuron_fire import NeuronFireProcedure
    from .procedures.neuron_leak import NeuronLeakProcedure
    from .procedures.procedure import Procedure
    from .rawfile import read_raw
    from .runner import SimulationTimeout, run_deck
    from .status import Status
    from .tables import Table, TableSet, read_tables, write_tables
    from .validate import ValidationReport
    from .waveforms import Waveforms

__all__ = [
    "ColumnReadProcedure",
    "Failure",
    "Interrupted",
    "Journal",
    "MeasureError",
    "NeuronFireProcedure",
    "NeuronLeakProcedure",
    "Procedure",
    "SimulationTimeout",
    "Status",
    "Table",
    "TableSet",
    "ValidationReport",
    "Waveforms",
    "evaluate",
    "find_ngspice",
    "read_raw",
    "read_tables",
    "run_deck",
    "run_decks",
    "write_tables",
]

_HOME = {
    "ColumnReadProcedure": "procedures.column_read",
    "Failure": "parallel",
    "Interrupted": "parallel",
    "Journal": "journal",
    "MeasureError": "measure",
    "NeuronFireProcedure": "procedures.neuron_fire",
    "NeuronLeakProcedure": "procedures.neuron_leak",
    "Procedure": "procedures.procedure",
    "SimulationTimeout": "runner",
    "Status": "status",
    "Table": "tables",
    "TableSet": "tables",
    "ValidationReport": "validate",
    "Waveforms": "waveforms",
    "evaluate": "measure",
    "find_ngspice": "ngspice",
    "read_raw": "rawfile",
    "read_tables": "tables",
    "run_deck": "runner",
    "run_decks": "parallel",
    "write_tables": "tables",
}


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
