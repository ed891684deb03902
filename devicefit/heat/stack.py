"""What heat flows through: electrode lines of several layers, the switching oxide, the substrate, the array."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from scipy.special import ellipk, ellipkm1

from devicefit.heat.materials import SILICON, SILICON_DIOXIDE, TANTALUM_OXIDE, Material, material
from measurements.errors import InputError

_LAYER = re.compile(r"([A-Z][a-z]?)(\d+(?:\.\d+)?)", re.ASCII)
MAXIMUM_LAYERS = 20


@dataclass(frozen=True)
class Layer:
    """A metal film: material and thickness [m]."""

    material: Material
    thickness: float


@dataclass(frozen=True)
class Electrode:
    """A line of stacked films, the first touching the switching oxide, all `width` wide [m]."""

    layers: tuple[Layer, ...]
    width: float

    @property
    def name(self) -> str:
        """The layers with their thickness in nm, such as `Pt50/Ti20`."""
        return "/".join(f"{layer.material.name}{layer.thickness * 1e9:.4g}" for layer in self.layers)

    @property
    def thickness(self) -> float:
        """Total thickness [m]."""
        return sum(layer.thickness for layer in self.layers)

    @property
    def sheet_conductance(self) -> float:
        """Sum of conductivity times thickness over the layers, in parallel along the line [W/K]."""
        return sum(layer.material.conductivity * layer.thickness for layer in self.layers)

    @property
    def axial_conductance(self) -> float:
        """1/sum(thickness/conductivity): the layers in series, straight through [W/(m^2 K)]."""
        return 1.0 / sum(layer.thickness / layer.material.conductivity for layer in self.layers)

    @property
    def heat_capacity(self) -> float:
        """Of the line per length [J/(m K)]."""
        return self.width * sum(layer.material.heat_capacity * layer.thickness for layer in self.layers)


@dataclass(frozen=True)
class Substrate:
    """Oxidised wafer below the lines, its back side at ambient temperature.

    `insulated` switches its heat loss off: the lines then conduct to their pads alone, the upper bound of any
    coupling along them. Thickness of the oxide and wafer [m]; nobody published them for these arrays: assumed.
    """

    oxide_thickness: float = 1.0e-6
    wafer_thickness: float = 525e-6
    insulated: bool = False
    oxide: Material = SILICON_DIOXIDE
    wafer: Material = SILICON

    def loss_per_length(self, width: float) -> float:
        """Heat that a line of `width` [m] loses per length and kelvin [W/(m K)]: oxide and wafer in series."""
        if self.insulated:
            return 0.0
        oxide = self.oxide.conductivity * strip_factor(width, self.oxide_thickness)
        wafer = self.wafer.conductivity * strip_factor(width, self.wafer_thickness)
        return 1.0 / (1.0 / oxide + 1.0 / wafer)


@dataclass(frozen=True)
class Array:
    """A crossbar: `active` lines (Cu) run along the rows, `inert` lines along the columns.

    `pitch` is the distance of neighbouring lines, centre to centre [m]; `pad_distance` that from the outermost
    cell's centre to the pad, taken as an ideal sink [m]; `oxide_thickness` that of the switching oxide [m].
    """

    rows: int
    columns: int
    active: Electrode
    inert: Electrode
    pitch: float
    pad_distance: float
    oxide_thickness: float = 25e-9
    oxide: Material = TANTALUM_OXIDE
    substrate: Substrate = Substrate()

    def __post_init__(self) -> None:
        widest = max(self.active.width, self.inert.width)
        if self.rows < 1 or self.columns < 1 or self.rows * self.columns > 10_000:
            raise InputError(f"an array of {self.rows} x {self.columns} cells; 1 to 10,000 cells can be handled")
        if not self.pitch > widest or not self.pad_distance > widest:
            raise InputError(f"pitch {self.pitch} m and pad distance must exceed the line width {widest} m")

    def cell(self, row: int, column: int) -> int:
        """Index of a cell in a coupling matrix; row counts the active (Cu) lines."""
        if not (0 <= row < self.rows and 0 <= column < self.columns):
            raise InputError(f"there is no cell ({row},{column}) in an array of {self.rows} x {self.columns}")
        return row * self.columns + column


def parse_electrode(text: str, width: float) -> Electrode:
    """An electrode from its usual notation: metal and thickness in nm, from the oxide outwards.

    Raises
    ------
    InputError
        Another notation, an unknown metal, a thickness of zero, or too many layers.

    >>> parse_electrode("Pt50/Ti20", 10e-6).sheet_conductance
    4.04e-06
    """
    parts = [part.strip() for part in text.split("/")]
    if len(parts) > MAXIMUM_LAYERS:
        raise InputError(f"{len(parts)} layers, at most {MAXIMUM_LAYERS} are taken")
    layers = []
    for part in parts:
        match = _LAYER.fullmatch(part)
        if match is None or not float(match[2]) > 0:
            raise InputError(f"{part[:40]!r} is not a layer", hint="write metal and thickness in nm, such as Pt50/Ti20")
        layers.append(Layer(material(match[1]), float(f"{float(match[2]) * 1e-9:.15g}")))
    if not width > 0:
        raise InputError(f"line width {width} m, expected above zero")
    return Electrode(tuple(layers), width)


def strip_factor(width: float, depth: float) -> float:
    """Conductance per length of a slab, over its conductivity, from a strip on its top to its whole bottom [1].

    F = 2 K(k)/K(k'), k = tanh(pi w/(4 d)), with complete elliptic integrals: exact for an isothermal strip of
    width w on a slab of depth d with an otherwise insulated top (half of the stripline capacitance, S. B. Cohn,
    IRE Trans. MTT 2, 52, 1954). Tends to w/d + (4 ln 2)/pi for wide strips.

    >>> round(strip_factor(10e-6, 1e-6), 4)
    10.8825
    """
    modulus = math.tanh(math.pi * width / (4.0 * depth))
    complement = 1.0 / math.cosh(min(math.pi * width / (4.0 * depth), 300.0)) ** 2
    if complement < 0.5:
        return float(2.0 * ellipkm1(complement) / ellipk(complement))
    return float(2.0 * ellipk(modulus**2) / ellipkm1(modulus**2))
