"""Everything that the measurements of a cell give, with uncertainty, and what they do not give and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from measurements.criteria import Criteria
from measurements.endurance import Endurance, endurance
from measurements.errors import InputError
from measurements.estimate import Estimate
from measurements.findings import Findings
from measurements.polarity import Polarity, find_polarity
from measurements.pulsefigures import pulse_figures
from measurements.readfigures import read_figures
from measurements.records import MeasurementSet
from measurements.sweepfigures import sweep_figures
from measurements.tablefigures import table_figures
from measurements.transition import Transition
from measurements.transitions import find_transitions


@dataclass(frozen=True, eq=False)
class CellReport:
    """Figures of one cell.

    Parameters
    ----------
    device, cell
        Names.
    counts
        Number of records of each kind.
    figures
        Quantity to its estimate; a bound says so.
    missing
        Quantity that the records might have given but do not, and why.
    flags
        What a user should look at before he trusts the figures.
    transitions
        Of the sweeps, in the order taken; failed attempts too.
    polarity, endurance
        None without sweeps that switch.
    """

    device: str
    cell: str
    counts: Mapping[str, int]
    figures: Mapping[str, Estimate]
    missing: Mapping[str, str]
    flags: tuple[str, ...]
    transitions: tuple[Transition, ...]
    polarity: Polarity | None
    endurance: Endurance | None


def describe(records: MeasurementSet, criteria: Criteria | None = None) -> tuple[CellReport, ...]:
    """One report for each cell, in the order of the records."""
    used = Criteria() if criteria is None else criteria
    return tuple(describe_cell(records.of_cell(*names), used) for names in records.devices_and_cells())


def describe_cell(records: MeasurementSet, criteria: Criteria | None = None) -> CellReport:
    """Report of the one cell in `records`.

    Raises
    ------
    InputError
        No record, or records of more than one cell.
    """
    names = records.devices_and_cells()
    if len(names) != 1:
        raise InputError(f"expected the records of one cell, found {len(names)} cells", hint="select with of_cell")
    used = Criteria() if criteria is None else criteria
    findings = Findings()
    transitions = tuple(one for sweep in records.sweeps for one in find_transitions(sweep, used))
    polarity = course = None
    if records.sweeps:
        course = findings.attempt("endurance", lambda: endurance(transitions, used))
        polarity = find_polarity(transitions)
        findings.flags += polarity.flags
        sweep_figures(findings, records.sweeps, transitions, course, used)
    if records.reads:
        read_figures(findings, records.reads)
    if records.pulses:
        pulse_figures(findings, records.pulses)
    for table in records.tables:
        table_figures(findings, table, used)
    ((device, cell),) = names
    counts = {
        "sweeps": len(records.sweeps),
        "pulse trains": len(records.pulses),
        "read series": len(records.reads),
        "tables": len(records.tables),
        "heat records": len(records.heat),
    }
    return CellReport(
        device=device,
        cell=cell,
        counts={name: count for name, count in counts.items() if count},
        figures=findings.figures,
        missing=findings.missing,
        flags=tuple(findings.flags),
        transitions=transitions,
        polarity=polarity,
        endurance=course,
    )
