"""Temperature of a filament between two electrode lines, with axial and lateral heat paths kept separate.

Heat leaves the filament's ends by constriction into both electrodes, spreads in them as in one sheet around the
filament, and then goes down through the wafer under the crossing (axial) or out along the active line or the inert
line (lateral).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import i0e, i1e, k0e, k1e

from devicefit.heat.fin import fin_of
from devicefit.heat.stack import Array, Electrode
from measurements.errors import InputError

WIEDEMANN_FRANZ = 2.44e-8  # V^2/K^2


@dataclass(frozen=True)
class FilamentPaths:
    """Thermal resistances [K/W] from the filament's ends to ambient, and where the heat goes.

    `constriction`: from the filament into the two electrodes, near it. `sheet`: from there to ambient, all
    paths in parallel; `axial`, `lateral_active`, `lateral_inert`: the temperature rise at the edge of the
    constriction over the heat that each path takes, so that 1/sheet is the sum of their inverses.
    """

    constriction: float
    sheet: float
    axial: float
    lateral_active: float
    lateral_inert: float

    @property
    def total(self) -> float:
        """Thermal resistance of the filament's ends to ambient [K/W]."""
        return self.constriction + self.sheet

    @property
    def fractions(self) -> dict[str, float]:
        """Share of the heat that each path takes [1]; they add up to one."""
        paths = {"axial": self.axial, "lateral_active": self.lateral_active, "lateral_inert": self.lateral_inert}
        return {name: self.sheet / resistance for name, resistance in paths.items()}


def filament_paths(array: Array, radius: float, arms: tuple[float, float] | None = None) -> FilamentPaths:
    """Heat paths of a filament of `radius` [m] in the middle of a crossing.

    `arms`: conductance of the active and of the inert line, both directions together, from the crossing's edge
    outwards [W/K], such as `coupling.arm_conductances` gives for a cell of an array; where None, both lines run
    straight to pads at the array's pad distance and meet no other line.

    Constriction of an electrode: 1/(4 k a) - 1/(2 pi k t), a disc of radius a on a half space of the first
    layer's conductivity k, cut off at the electrode's thickness t where the flow becomes radial (within 3 % of
    a finite-volume solution, see the tests); both electrodes in parallel. Sheet: both electrodes as one with
    S = sum(k t), losing h to the wafer per area, S (w'' + w'/r) = h w from r = t to the rim of a circle as
    large as the crossing, where four arms (fins to the pads) take the rest: modified Bessel functions. Valid
    for a << t << line width, and where 25 nm of oxide do not separate the two electrodes thermally (within
    about a micrometre they do not).

    Raises
    ------
    InputError
        A radius that is not above zero or not below half the thinner electrode's thickness.
    """
    thinnest = min(array.active.thickness, array.inert.thickness)
    if not 0 < radius < 0.5 * thinnest:
        raise InputError(f"filament radius {radius} m; it must lie between 0 and half the electrode, {thinnest / 2} m")
    if arms is None:
        arms = 2.0 * _arm(array, array.active), 2.0 * _arm(array, array.inert)
    arms_active, arms_inert = arms
    sheet = array.active.sheet_conductance + array.inert.sheet_conductance
    inner = max(array.active.thickness, array.inert.thickness)
    rim = math.sqrt(array.active.width * array.inert.width / math.pi)
    loss = array.substrate.loss_per_length(array.inert.width) / array.inert.width
    if not inner < rim:
        raise InputError(f"electrodes of {inner} m on lines of {2 * rim:.3g} m are too thick for a thin sheet")
    entry, edge = _radial(sheet, loss, inner, rim, sum(arms))
    lateral = edge * sum(arms)  # per watt of heat
    return FilamentPaths(
        constriction=constriction(array, radius),
        sheet=entry,
        axial=entry / (1.0 - lateral) if lateral < 1.0 else math.inf,
        lateral_active=entry / (edge * arms_active),
        lateral_inert=entry / (edge * arms_inert),
    )


def constriction(array: Array, radius: float) -> float:
    """Resistance of the constriction into both electrodes, in parallel; see `filament_paths` [K/W]."""
    return 1.0 / sum(1.0 / _constriction(electrode, radius) for electrode in (array.active, array.inert))


def filament_temperature(end_temperature: float, voltage: float) -> float:
    """Hottest temperature inside a metallic filament with `voltage` [V] across it [K].

    T^2 = Te^2 + V^2/(4 L): Kohlrausch's relation for a conductor that obeys the Wiedemann-Franz law and loses
    its heat through its ends at Te only, whatever its shape; L = 2.44e-8 V^2/K^2. An upper bound where the
    oxide around the filament takes heat too. The voltage is that of the filament alone, without the lines.

    >>> round(filament_temperature(300.0, 0.1))
    439
    """
    return math.sqrt(end_temperature**2 + voltage**2 / (4.0 * WIEDEMANN_FRANZ))


def _arm(array: Array, electrode: Electrode) -> float:
    """Input conductance of one arm of a line, from the crossing's edge to the pad [W/K]."""
    return fin_of(electrode, array.substrate).input_conductance(array.pad_distance)


def _constriction(electrode: Electrode, radius: float) -> float:
    conductivity = electrode.layers[0].material.conductivity
    return 1.0 / (4.0 * conductivity * radius) - 1.0 / (2.0 * math.pi * conductivity * electrode.thickness)


def _radial(sheet: float, loss: float, inner: float, rim: float, arms: float) -> tuple[float, float]:
    """Rise at the inner radius and at the rim per watt entering at the inner radius [K/W]."""
    around = 2.0 * math.pi * sheet
    if loss == 0:
        return math.log(rim / inner) / around + 1.0 / arms, 1.0 / arms
    scale = math.sqrt(loss / sheet)
    x, y = inner * scale, rim * scale
    # w = A I0 + B K0 in scaled functions: I0(z) = i0e(z) e^z, K0(z) = k0e(z) e^-z; e^(x-y) <= 1 stays finite
    back = (around * y * k1e(y) - arms * k0e(y)) / (around * y * i1e(y) + arms * i0e(y))
    ratio = math.exp(2.0 * (x - y)) * back
    flux = around * x * (k1e(x) - ratio * i1e(x))
    entry = (k0e(x) + ratio * i0e(x)) / flux
    rim_rise = math.exp(x - y) * (k0e(y) + back * i0e(y)) / flux
    return float(entry), float(rim_rise)
