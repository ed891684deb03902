"""Published layouts of known sizes, against which the area estimate is held."""

from __future__ import annotations

from dataclasses import dataclass

from netlists.area import CellArea, cell_area
from netlists.flattening import flatten
from netlists.layoutrules import LayoutRules
from netlists.subcircuit import parse_subcircuits

_AS = "github.com/AvalonSemiconductors/gf180mcu_as_sc_mcu7t3v3, its .cdl and .lef"


@dataclass(frozen=True)
class PublishedLayout:
    """A cell that was laid out: netlist, area [m^2], and how it compares to the cells here."""

    name: str
    area: float
    netlist: str
    source: str
    remark: str


@dataclass(frozen=True)
class Comparison:
    """A published layout beside the estimate of its netlist."""

    layout: PublishedLayout
    estimate: CellArea

    @property
    def error(self) -> float:
        """Packed estimate over the published area, less one [1]."""
        return self.estimate.packed / self.layout.area - 1.0


AND2 = PublishedLayout(
    "and2_2",
    3.92e-6 * 3.92e-6,
    """.subckt and2_2 vdd vss b a y
m0 vdd b n vdd pfet_03v3 w=1.38u l=0.28u
m1 x a n vss nfet_03v3 w=1u l=0.28u
m2 y n vdd vdd pfet_03v3 w=1.38u l=0.28u
m3 vss n y vss nfet_03v3 w=1u l=0.28u
m4 vdd n y vdd pfet_03v3 w=1.38u l=0.28u
m5 y n vss vss nfet_03v3 w=1u l=0.28u
m6 n a vdd vdd pfet_03v3 w=1.38u l=0.28u
m7 vss b x vss nfet_03v3 w=1u l=0.28u
.ends""",
    _AS,
    "3.3 V devices, standard cell of 7 tracks",
)
AO211 = PublishedLayout(
    "ao211_2",
    6.16e-6 * 3.92e-6,
    """.subckt ao211_2 vdd vss a b c d y
m0 s b vdd vdd pfet_03v3 w=1.38u l=0.28u
m1 x a vss vss nfet_03v3 w=1u l=0.28u
m2 vdd n y vdd pfet_03v3 w=1.38u l=0.28u
m3 vss n y vss nfet_03v3 w=1u l=0.28u
m4 t c s vdd pfet_03v3 w=1.38u l=0.28u
m5 n d vss vss nfet_03v3 w=1u l=0.28u
m6 n d t vdd pfet_03v3 w=1.38u l=0.28u
m7 y n vdd vdd pfet_03v3 w=1.38u l=0.28u
m8 y n vss vss nfet_03v3 w=1u l=0.28u
m9 vss c n vss nfet_03v3 w=1u l=0.28u
m10 vdd a s vdd pfet_03v3 w=1.38u l=0.28u
m11 n b x vss nfet_03v3 w=1u l=0.28u
.ends""",
    _AS,
    "3.3 V devices, standard cell of 7 tracks",
)
INVERTER = PublishedLayout(
    "inv_1",
    2.24e-6 * 3.92e-6,
    """.subckt inv_1 i zn vdd vss
m0 zn i vss vss nfet_06v0 w=0.82u l=0.6u
m1 zn i vdd vdd pfet_06v0 w=1.22u l=0.5u
.ends""",
    "github.com/google/globalfoundries-pdk-libs-gf180mcu_fd_sc_mcu7t5v0, cells/inv",
    "5 V devices; width on a grid of 0.56 um",
)
SRAM = PublishedLayout(
    "018SRAM_cell1",
    3.68e-6 * 4.84e-6,
    """.subckt sram_cell vdd wl gnd bl br
m0 gnd q qb gnd nfet_06v0 w=0.95u l=0.6u
m1 qb wl bl gnd nfet_06v0 w=0.6u l=0.77u
m2 q qb vdd vdd pfet_06v0 w=0.6u l=0.6u
m3 q wl br gnd nfet_06v0 w=0.6u l=0.77u
m4 vdd q qb vdd pfet_06v0 w=0.6u l=0.6u
m5 q qb gnd gnd nfet_06v0 w=0.95u l=0.6u
.ends""",
    "foundry bit cell of gf180mcu_fd_ip_sram: sizes as extracted in public OpenRAM decks, array pitch 3.68 x 4.84 um as"
    " read from its GDS by gf180mcu_ftl_ip_sram",
    "5 V devices; a bit cell may break rules that a logic cell must keep",
)
LAYOUTS = (AND2, AO211, INVERTER, SRAM)


def compare_layouts(rules: LayoutRules | None = None) -> tuple[Comparison, ...]:
    """Every published layout with the estimate of its netlist."""
    compared = []
    for layout in LAYOUTS:
        definitions = parse_subcircuits(layout.netlist)
        (name,) = definitions
        compared.append(Comparison(layout, cell_area(flatten(definitions, name), rules)))
    return tuple(compared)
