"""Heat measurements: what was measured, one frozen record type a file.

`ThermalStep` (temperature against time under a power step), `ResistanceTemperature` (resistance against stage
temperature), `StackSwitching` (switching power against electrode stack), `CyclesToFailure` and
`NeighbourDisturb`. `HeatRecord` is any of them.
"""

from measurements.heat.cycles_to_failure import CyclesToFailure
from measurements.heat.neighbour_disturb import NeighbourDisturb
from measurements.heat.resistance_temperature import ResistanceTemperature
from measurements.heat.shared_line import SharedLine
from measurements.heat.stack_switching import Operation, StackSwitching
from measurements.heat.thermal_step import ThermalStep

HeatRecord = ThermalStep | ResistanceTemperature | StackSwitching | CyclesToFailure | NeighbourDisturb

__all__ = [
    "CyclesToFailure",
    "HeatRecord",
    "NeighbourDisturb",
    "Operation",
    "ResistanceTemperature",
    "SharedLine",
    "StackSwitching",
    "ThermalStep",
]
