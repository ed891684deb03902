"""Isothermal switching law: a filament switches when its surface reaches a critical temperature.

    on:   P = Ar (Tc - Trt)/(R - Rmin)      radius grows at the saturated conductivity smax
    off:  P = As (Tc - Trt)/(Rmax - R)      conductivity falls at the saturated radius rmax

    Ar = 2 kE dO/(smax dE)                  Rmin = kE/(4 pi smax^2 L Tc dE)
    As = 8 dO^2 L Tc/rmax^2                 Rmax = 4 dO^2 L Tc dE/(pi rmax^4 kE)

kE/dE: electrode conductivity over its thickness, the axial path to a sink at Trt; dO: oxide thickness;
L = 2.44e-8 V^2/K^2. Both follow from the surface temperature of a cylinder, `surface_temperature`. They imply
As = Ar sqrt(Rmax/Rmin): both laws together have three free quantities, not four, so powers and resistances never give
the four parameters kE/dE, smax, rmax and Tc at once. Source: doi 10.1002/adma.201306182; fitted there for TaOx of
5-15 nm between Ta, Pt or TiN, with kE 89-200 W/(m K), Tc 1,300-1,700 K; valid from 1 ns. That filament is of oxygen
vacancies; for a Cu filament the law is an assumption.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from devicefit.heat.filament import WIEDEMANN_FRANZ
from measurements.errors import InputError
from measurements.sweep import FloatArray


@dataclass(frozen=True)
class IsothermalLaw:
    """Parameters of the law.

    `sink`: kE/dE [W/(m^2 K)]; `saturated_conductivity`: smax [S/m]; `saturated_radius`: rmax [m];
    `critical_temperature`: Tc [K]; `oxide_thickness`: dO [m]; `ambient_temperature`: Trt [K].
    """

    sink: float
    saturated_conductivity: float
    saturated_radius: float
    critical_temperature: float
    oxide_thickness: float
    ambient_temperature: float = 300.0

    def __post_init__(self) -> None:
        for name in ("sink", "saturated_conductivity", "saturated_radius", "oxide_thickness", "ambient_temperature"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} is {getattr(self, name)}, expected above zero")
        if not self.critical_temperature > self.ambient_temperature:
            raise InputError(f"critical temperature {self.critical_temperature} K is not above the ambient one")

    @property
    def rise(self) -> float:
        """Tc - Trt [K]."""
        return self.critical_temperature - self.ambient_temperature

    @property
    def on_scale(self) -> float:
        """Ar (Tc - Trt) [W ohm]."""
        return 2.0 * self.sink * self.oxide_thickness / self.saturated_conductivity * self.rise

    @property
    def off_scale(self) -> float:
        """As (Tc - Trt) [W ohm]."""
        lorenz = WIEDEMANN_FRANZ * self.critical_temperature
        return 8.0 * self.oxide_thickness**2 * lorenz / self.saturated_radius**2 * self.rise

    @property
    def minimum_resistance(self) -> float:
        """Rmin [ohm]: no power brings the filament below it."""
        lorenz = WIEDEMANN_FRANZ * self.critical_temperature
        return self.sink / (4.0 * math.pi * self.saturated_conductivity**2 * lorenz)

    @property
    def maximum_resistance(self) -> float:
        """Rmax [ohm]: at it the off power has no bound."""
        lorenz = WIEDEMANN_FRANZ * self.critical_temperature
        return 4.0 * self.oxide_thickness**2 * lorenz / (math.pi * self.saturated_radius**4 * self.sink)


def on_power(law: IsothermalLaw, resistance: FloatArray | float) -> FloatArray:
    """Power that lowers the resistance further from `resistance` [ohm], above Rmin [W].

    Raises
    ------
    InputError
        A resistance at or below Rmin.
    """
    values = np.asarray(resistance, dtype=np.float64)
    if np.any(values <= law.minimum_resistance):
        raise InputError(f"a resistance is not above Rmin, {law.minimum_resistance:.4g} ohm")
    return law.on_scale / (values - law.minimum_resistance)


def off_power(law: IsothermalLaw, resistance: FloatArray | float) -> FloatArray:
    """Power that raises the resistance further from `resistance` [ohm], below Rmax [W].

    Raises
    ------
    InputError
        A resistance that is not between zero and Rmax.
    """
    values = np.asarray(resistance, dtype=np.float64)
    if np.any(values <= 0) or np.any(values >= law.maximum_resistance):
        raise InputError(f"a resistance is not between 0 and Rmax, {law.maximum_resistance:.4g} ohm")
    return law.off_scale / (law.maximum_resistance - values)


def surface_temperature(
    law: IsothermalLaw, conductivity: FloatArray | float, radius: FloatArray | float, voltage: FloatArray | float
) -> FloatArray:
    """Surface temperature of a filament of given conductivity [S/m] and radius [m] at `voltage` [V], in [K].

    Ts = Trt + s V^2 dE/(2 kE dO) [1 - kE r^2/(4 kF dE dO)], kF = L s Tc: heat of the cylinder goes radially to its
    surface and axially through the electrode; the bracket is the part that the filament itself conducts.
    """
    filament = WIEDEMANN_FRANZ * np.asarray(conductivity) * law.critical_temperature
    inner = 1.0 - law.sink * np.asarray(radius) ** 2 / (4.0 * filament * law.oxide_thickness)
    outer = np.asarray(conductivity) * np.asarray(voltage) ** 2 / (2.0 * law.sink * law.oxide_thickness)
    return np.asarray(law.ambient_temperature + outer * inner, dtype=np.float64)
