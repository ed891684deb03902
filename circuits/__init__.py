"""Runs decks in ngspice, measures the waveforms, and builds and reads tables of what one operation costs.

run_deck, run_decks          one deck, many decks: waveforms, or a typed failure with the reason
evaluate                     a measure of a deck on its waveforms
ColumnReadProcedure, ...     what is measured over which axes
Cache                        finished points by content, in a folder that processes and machines may share
plan                         the points of a characterization, counted and named without a simulator
run_characterization         `characterize.characterize`: tables with provenance, step and conservation checks
write_tables, read_tables    the tables as one netCDF-4 file
run_validation               `validate.validate`: fresh runs off the grid against the tables

Names are loaded when first used: `import circuits.tables` imports no simulator, and nothing is ever started.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .cache import Cache
    from .characterize import characterize as run_characterization
    from .characterize import plan
    from .measure import MeasureError, evaluate
    from .ngspice import find_ngspice
    from .outcome import Failure
    from .parallel import Interrupted, run_decks
    from .procedures.column_read import ColumnReadProcedure
    from .procedures.neuron_fire import NeuronFireProcedure
    from .procedures.neuron_leak import NeuronLeakProcedure
    from .procedures.procedure import Procedure
    from .rawfile import read_raw
    from .runner import SimulationTimeout, run_deck
    from .status import Status
    from .tables import Table, TableSet, read_tables, read_variants, write_tables
    from .validate import ValidationReport
    from .validate import validate as run_validation
    from .waveforms import Waveforms

__all__ = [
    "Cache",
    "ColumnReadProcedure",
    "Failure",
    "Interrupted",
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
    "plan",
    "read_raw",
    "read_tables",
    "read_variants",
    "run_characterization",
    "run_deck",
    "run_decks",
    "run_validation",
    "write_tables",
]

_HOME = {
    "Cache": "cache.Cache",
    "ColumnReadProcedure": "procedures.column_read.ColumnReadProcedure",
    "Failure": "outcome.Failure",
    "Interrupted": "parallel.Interrupted",
    "MeasureError": "measure.MeasureError",
    "NeuronFireProcedure": "procedures.neuron_fire.NeuronFireProcedure",
    "NeuronLeakProcedure": "procedures.neuron_leak.NeuronLeakProcedure",
    "Procedure": "procedures.procedure.Procedure",
    "SimulationTimeout": "runner.SimulationTimeout",
    "Status": "status.Status",
    "Table": "tables.Table",
    "TableSet": "tables.TableSet",
    "ValidationReport": "validate.ValidationReport",
    "Waveforms": "waveforms.Waveforms",
    "evaluate": "measure.evaluate",
    "find_ngspice": "ngspice.find_ngspice",
    "plan": "characterize.plan",
    "read_raw": "rawfile.read_raw",
    "read_tables": "tables.read_tables",
    "read_variants": "tables.read_variants",
    "run_characterization": "characterize.characterize",
    "run_deck": "runner.run_deck",
    "run_decks": "parallel.run_decks",
    "run_validation": "validate.validate",
    "write_tables": "tables.write_tables",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _HOME[name].rpartition(".")
    return getattr(importlib.import_module(f".{module}", __name__), attribute)
