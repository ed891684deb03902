"""Characterizes a subcircuit that the user brings."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from measurements.errors import InputError, NetlistError
from memchar.circuitplan import OwnCircuitPlan, OwnVariant, planned_variants
from memchar.progress import ProgressCallback
from memchar.tomlfile import load_toml

if TYPE_CHECKING:
    from circuits import Cache, TableSet
    from circuits.procedures.spiking_cell import SpikingCellProcedure
    from circuits.rheobase import IntervalLaw, Rheobase

PROCEDURES = ("spiking-cell",)


def own_procedures(
    name: str, netlist: Path | None, plan: Path | None, *, trusted: bool
) -> dict[OwnVariant, SpikingCellProcedure]:
    """The procedure `name` on a user's netlist, in each corner of the plan.

    Raises
    ------
    InputError
        The procedure is not known, netlist or plan is missing, or the plan or netlist is refused.
    """
    if name not in PROCEDURES:
        raise InputError(
            f"there is no procedure {name!r} for a circuit of your own", hint=f"use {', '.join(PROCEDURES)}"
        )
    if netlist is None or plan is None:
        missing = "a netlist" if netlist is None else "--plan with the roles of the pins"
        raise InputError(f"--procedure {name} needs {missing}", hint="examples/axon_hillock shows both")
    chosen = load_toml(plan, OwnCircuitPlan, "see memchar/circuitplan.py for the keys")
    try:
        return planned_variants(chosen, netlist, trusted=trusted)
    except NetlistError as error:
        raise InputError(str(error)) from error


def characterize_own(
    variant: OwnVariant,
    procedure: SpikingCellProcedure,
    jobs: int | None,
    cache: Cache | None,
    progress: ProgressCallback | None,
) -> tuple[TableSet, Rheobase, IntervalLaw | None]:
    """The table of a user's cell in a corner, its threshold current and the law of its intervals in the attributes."""
    from circuits.characterize import characterize
    from circuits.rheobase import find_rheobase, interval_law
    from circuits.tables import TableSet

    dataset = characterize([procedure], jobs, progress, cache)[procedure.name]
    threshold = find_rheobase(procedure, dataset, cache=cache)
    law = interval_law(dataset)
    dataset.attrs |= {
        f"rheobase_{end}": v for end in ("silent", "firing") if (v := getattr(threshold, end)) is not None
    }
    if law is not None:
        dataset.attrs |= {f"interval_law_{name}": value for name, value in vars(law).items()}
    return TableSet.of({procedure.name: dataset}, {"variant": variant.label, **asdict(variant)}), threshold, law
