"""Thermal constants of the materials in the stacks, each with its source; all are bulk values at 300 K.

Thin films conduct less than bulk (electrons scatter at surfaces and grain boundaries); nobody measured the films
of these stacks, so bulk values stand in for them and are marked `published` as what they are.
"""

from __future__ import annotations

from dataclasses import dataclass

from measurements.errors import InputError

_ECS = "ECS 236 abstract 124730 (2019)"
_HO = "Ho, Powell, Liley, J. Phys. Chem. Ref. Data 1, 279 (1972), doi 10.1063/1.3253100"
_CRC = "density times specific heat, CRC Handbook of Chemistry and Physics"


@dataclass(frozen=True)
class Material:
    """Thermal conductivity [W/(m K)], heat capacity per volume [J/(m^3 K)], and where either is from.

    `source` starts with `assumed` where no source for the conductivity was found.
    """

    name: str
    conductivity: float
    heat_capacity: float
    source: str
    heat_capacity_source: str = _CRC


SILICON = Material("Si", 148.0, 1.64e6, _HO)
SILICON_DIOXIDE = Material("SiO2", 1.4, 1.6e6, "assumed: usual value of thermally grown oxide", "assumed")
TANTALUM_OXIDE = Material("TaOx", 1.0, 2.6e6, "assumed: no value for these films was found", "assumed")

MATERIALS = {
    material.name: material
    for material in (
        Material("Cu", 385.0, 3.45e6, _ECS),
        Material("Pt", 72.0, 2.85e6, _ECS),
        Material("Rh", 150.0, 3.02e6, _ECS),
        Material("Ti", 22.0, 2.36e6, _ECS),
        Material("Cr", 94.0, 3.21e6, _ECS),
        Material("Ru", 117.0, 2.94e6, _HO),
        Material("Co", 100.0, 3.73e6, _HO),
        Material("Al", 237.0, 2.42e6, _HO),
        Material("Au", 317.0, 2.49e6, _HO),
        Material("Ag", 429.0, 2.47e6, _HO),
        Material("W", 174.0, 2.55e6, _HO),
        SILICON,
        SILICON_DIOXIDE,
        TANTALUM_OXIDE,
    )
}


def material(name: str) -> Material:
    """The material of that name.

    Raises
    ------
    InputError
        It is not in the list.
    """
    if name not in MATERIALS:
        raise InputError(f"there are no thermal constants of {name!r}", hint=f"known: {', '.join(MATERIALS)}")
    return MATERIALS[name]
