"""Instrument files to checked, frozen records, and what the cells did in them.

Reader's path: `importer` finds the layout of each file by content and calls `keithley` (I-V sweeps) or
`heatcsv` (five heat layouts); both give frozen records (`sweep`, `heat`) with the SHA-256 of their file,
collected in a `MeasurementSet` (`records`). `store` keeps a set in HDF5, bit for bit. `switching` finds form,
set and reset events with their resistances and energies: `ramp` → `events` → `floor` → `resistance` →
`judgement`, with all thresholds in `criteria`. `transitions` does the same for loops (`legs` → `hysteresis` →
`looptransition`) with an interval for each figure (`estimate`), and `cellreport` gathers everything that the
records of a cell give: instrument, ramps, resistances, events, endurance, retention, pulse updates, noise.

    found = import_files(["data/"])              # found.refused lists file, line and reason
    cell = found.records.of_cell("wafer2(0,7)", "(1,1)")
    analyse_cell(cell).set_voltage               # [V], one value per clean set event
"""

from measurements.content import Content
from measurements.criteria import Criteria
from measurements.errors import InputError, MemcharError
from measurements.facts import FactRule, FileFacts, read_facts
from measurements.files import Refusal
from measurements.heat import (
    CyclesToFailure,
    HeatRecord,
    NeighbourDisturb,
    Operation,
    ResistanceTemperature,
    SharedLine,
    StackSwitching,
    ThermalStep,
)
from measurements.heatcsv import heat_text, read_heat
from measurements.importer import FileExplanation, Import, import_files, read_measurement
from measurements.pulses import PulseDirection, PulseTrain
from measurements.quantities import QuantityTable
from measurements.readers.keithley import keithley_text, read_keithley
from measurements.readers.reader import Origin, Reader, Reading, Recognition
from measurements.reads import ReadSeries
from measurements.records import MeasurementSet
from measurements.reference import reference_directory
from measurements.store import read_store, write_store
from measurements.sweep import Activity, Source, Sweep
from measurements.switching import CellSwitching, SwitchingEvent, analyse, analyse_cell, analyse_sweep

__all__ = [
    "Activity",
    "CellSwitching",
    "Content",
    "Criteria",
    "CyclesToFailure",
    "FactRule",
    "FileExplanation",
    "FileFacts",
    "HeatRecord",
    "Import",
    "InputError",
    "MeasurementSet",
    "MemcharError",
    "NeighbourDisturb",
    "Operation",
    "Origin",
    "PulseDirection",
    "PulseTrain",
    "QuantityTable",
    "ReadSeries",
    "Reader",
    "Reading",
    "Recognition",
    "Refusal",
    "ResistanceTemperature",
    "SharedLine",
    "Source",
    "StackSwitching",
    "Sweep",
    "SwitchingEvent",
    "ThermalStep",
    "analyse",
    "analyse_cell",
    "analyse_sweep",
    "heat_text",
    "import_files",
    "keithley_text",
    "read_facts",
    "read_heat",
    "read_keithley",
    "read_measurement",
    "read_store",
    "reference_directory",
    "write_store",
]
