"""The plan of a user's own circuit: which subcircuit of a netlist is characterized, what its pins are, which currents.

    [circuit]
    subcircuit = "axon_hillock"
    technology = "gf180mcu"               # transistor cards, and subcircuits nch and pch; left out: the netlist has all
    charge_per_spike = 1.2e-12            # C, input charge that surely makes a spike
    dead_time = 5e-7                      # s, longest time without integration after a spike

    [circuit.pins]
    vdd = { role = "supply", voltage = 1.8 }
    vss = { role = "ground" }
    mem = { role = "input", initial_voltage = 0.0 }
    spk = { role = "output", load = 20e-15 }
    vpw = { role = "bias", voltage = 0.9 }     # or current = 1e-8, from ground into the pin

    [circuit.parameters]
    membrane_capacitance = 6e-13

    [procedures.spiking_cell.axes.input_current]
    low = 1e-9
    high = 1e-6
    points = 7

    [corners]                                  # left out: the one that [circuit] names
    process = ["typical", "ff", "ss"]          # of the technology
    supply_scale = [0.9, 1.0, 1.1]             # factor on the voltage of every supply pin
    temperature = [233.15, 300.15, 398.15]     # K

All values are SI. Unknown keys and values out of range are refused with the key named.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from measurements.errors import InputError
from memchar.plan import AxisPlan, Process, distinct

if TYPE_CHECKING:
    from circuits.procedures.spiking_cell import SpikingCellProcedure
    from netlists.spikingcell import SpikingCell
    from netlists.technology import Technology

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PinPlan(_Section):
    """Role of a pin and what the bench puts there."""

    role: Literal["supply", "ground", "input", "output", "bias"]
    voltage: float | None = Field(None, ge=-20, le=20, description="of a supply or a bias [V]")
    current: float | None = Field(None, ge=-1, le=1, description="of a bias, into the pin [A]")
    load: float = Field(0.0, ge=0, le=1e-6, description="capacitance on an output [F]")
    initial_voltage: float | None = Field(None, ge=-20, le=20, description="of the input at t = 0 [V]")


class CircuitPlan(_Section):
    """A subcircuit of a user's netlist and how it is run."""

    subcircuit: Name
    technology: Literal["gf180mcu"] | None = Field(None, description="cards that are put before the netlist")
    corner: Process = Field("typical", description="of the technology")
    temperature: float = Field(300.15, ge=200, le=450, description="[K]")
    pins: Annotated[Mapping[Name, PinPlan], Field(min_length=4, max_length=100)]
    parameters: Annotated[Mapping[Name, float], Field(max_length=100)] = {}
    charge_per_spike: float = Field(2e-12, gt=0, le=1, description="that surely makes a spike [C]")
    dead_time: float = Field(1e-6, ge=0, le=10, description="longest time without integration after a spike [s]")
    rest_time: float = Field(1e-7, gt=0, le=10, description="before the input's onset [s]")
    spikes: int = Field(4, ge=3, le=100, description="that a run is made for [1]")
    spike_level: float | None = Field(None, description="output voltage of a spike; half of the supply [V]")


class SpikingCellPlan(_Section):
    """Input currents of the procedure `spiking_cell`."""

    axes: Mapping[Literal["input_current"], AxisPlan] = {}

    @model_validator(mode="after")
    def _given(self) -> SpikingCellPlan:
        if any(axis.refine for axis in self.axes.values()):
            raise ValueError("a user's own circuit is characterized on the grid given; take refine away")
        return self


class OwnProcedures(_Section):
    """The procedures there are for a user's own circuit."""

    spiking_cell: SpikingCellPlan = SpikingCellPlan()


class OwnCorners(_Section):
    """Every combination of these is characterized; what is not named is that of the section `[circuit]`."""

    process: Annotated[tuple[Process, ...], Field(min_length=1), AfterValidator(distinct)] | None = None
    supply_scale: (
        Annotated[
            tuple[Annotated[float, Field(ge=0.5, le=2.0)], ...],
            Field(min_length=1, max_length=20),
            AfterValidator(distinct),
        ]
        | None
    ) = None
    temperature: (
        Annotated[
            tuple[Annotated[float, Field(ge=200.0, le=450.0)], ...],
            Field(min_length=1, max_length=20),
            AfterValidator(distinct),
        ]
        | None
    ) = None


class OwnCircuitPlan(_Section):
    """A plan with a section `[circuit]`."""

    circuit: CircuitPlan
    procedures: OwnProcedures = OwnProcedures()
    corners: OwnCorners = OwnCorners()

    @model_validator(mode="after")
    def _process_of_something(self) -> OwnCircuitPlan:
        if self.corners.process is not None and self.circuit.technology is None:
            raise ValueError("corners.process needs circuit.technology, whose corners they are")
        return self


@dataclass(frozen=True)
class OwnVariant:
    """One corner of a user's circuit: process, factor on the supplies [1], temperature [K]."""

    process: Process
    supply_scale: float
    temperature: float

    @property
    def label(self) -> str:
        """Name of the variant.

        >>> OwnVariant("ss", 0.9, 398.15).label
        'ss_0.9xV_398.15K'
        """
        return f"{self.process}_{self.supply_scale:.9g}xV_{self.temperature:.9g}K"


def planned_variants(plan: OwnCircuitPlan, netlist: Path, *, trusted: bool) -> dict[OwnVariant, SpikingCellProcedure]:
    """The procedure of a plan in each of its corners, the first one first; errors as `planned_cell`."""
    corners, circuit = plan.corners, plan.circuit
    places = itertools.product(
        corners.process or (circuit.corner,),
        corners.supply_scale or (1.0,),
        corners.temperature or (circuit.temperature,),
    )
    every = [OwnVariant(*place) for place in places]
    return {variant: planned_procedure(_in_corner(plan, variant), netlist, trusted=trusted) for variant in every}


def _in_corner(plan: OwnCircuitPlan, variant: OwnVariant) -> OwnCircuitPlan:
    pins = {
        name: pin.model_copy(update={"voltage": pin.voltage * variant.supply_scale})
        if pin.role == "supply" and pin.voltage is not None
        else pin
        for name, pin in plan.circuit.pins.items()
    }
    circuit = {"pins": pins, "corner": variant.process, "temperature": variant.temperature}
    return plan.model_copy(update={"circuit": plan.circuit.model_copy(update=circuit)})


def planned_procedure(plan: OwnCircuitPlan, netlist: Path, *, trusted: bool) -> SpikingCellProcedure:
    """The procedure of a plan on the subcircuit in `netlist`, as `[circuit]` has it; errors as `planned_cell`."""
    from circuits.procedures.spiking_cell import SpikingCellProcedure

    procedure = SpikingCellProcedure(planned_cell(plan.circuit, netlist, trusted=trusted))
    (axis,) = procedure.axes()
    chosen = plan.procedures.spiking_cell.axes.get("input_current")
    return procedure if chosen is None else SpikingCellProcedure(procedure.cell, chosen.grid(axis))


def planned_cell(plan: CircuitPlan, netlist: Path, *, trusted: bool) -> SpikingCell:
    """The cell of a plan, its netlist read and checked.

    Raises
    ------
    InputError
        The netlist is not trusted or cannot be read, lacks the subcircuit, or its pins are not those of the plan.
    NetlistError
        The netlist holds what is refused, or roles and values of the pins do not make a spiking cell.
    """
    from circuits.usernetlist import read_netlist
    from netlists.spikingcell import Pin, SpikingCell
    from netlists.technology import library_folder, load_technology

    technology = load_technology(plan.technology, plan.corner) if plan.technology else None
    found = read_netlist(netlist, trusted=trusted, folders=[library_folder()] if technology else [])
    if plan.subcircuit not in found.subcircuits:
        there = ", ".join(sorted(found.subcircuits)[:20]) or "none"
        raise InputError(f"has no subcircuit {plan.subcircuit!r}; there are: {there}", path=netlist)
    names = found.subcircuits[plan.subcircuit]
    if set(names) != set(plan.pins):
        raise InputError(
            f"subcircuit {plan.subcircuit} has the pins {', '.join(names)};"
            f" the plan gives roles to {', '.join(plan.pins)}",
            path=netlist,
        )
    return SpikingCell(
        subcircuit=plan.subcircuit,
        pins=tuple(Pin(name=name, **plan.pins[name].model_dump()) for name in names),
        definitions=(*_cards(technology), found.text),
        parameters=plan.parameters,
        includes=(*found.files, *((technology.source,) if technology else ())),
        **plan.model_dump(include={"charge_per_spike", "dead_time", "rest_time", "spikes", "spike_level"}),
        temperature=plan.temperature,
    )


def _cards(technology: Technology | None) -> tuple[str, ...]:
    from netlists.composition import cell

    return () if technology is None else (technology.all_cards(), cell("transistors"))
