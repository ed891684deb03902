"""A line on a substrate as a fin: K w'' = g w along it, with K its conductance times length, g its loss."""

from __future__ import annotations

import math
from dataclasses import dataclass

from devicefit.heat.stack import Electrode, Substrate


@dataclass(frozen=True)
class Fin:
    """A line: `conductance` = width times sheet conductance [W m/K] and `loss` per length [W/(m K)].

    The temperature rise w along it obeys K d2w/dx2 = g w; away from a heated end it falls as exp(-x/healing
    length). Valid where the line is thin and narrow against the healing length.
    """

    conductance: float
    loss: float

    @property
    def healing_length(self) -> float:
        """sqrt(K/g) [m]; infinite where the line loses nothing."""
        return math.inf if self.loss == 0 else math.sqrt(self.conductance / self.loss)

    def section(self, length: float) -> tuple[float, float]:
        """Own and transfer conductance (Y11, Y12) of a section of `length` [m], both [W/K].

        Heat into end 1 is Y11 w1 + Y12 w2, with Y11 = sqrt(K g) coth(m L), Y12 = -sqrt(K g)/sinh(m L),
        m = sqrt(g/K); K/L and -K/L without loss. What enters and does not leave, (Y11 + Y12)(w1 + w2), is lost
        to the substrate.
        """
        if self.loss == 0:
            return self.conductance / length, -self.conductance / length
        reach = length / self.healing_length
        scale = math.sqrt(self.conductance * self.loss)
        transfer = 0.0 if reach > 700.0 else scale / math.sinh(reach)
        return scale / math.tanh(reach), -transfer

    def input_conductance(self, length: float) -> float:
        """Heat into one end per kelvin while the other, `length` away, is held at ambient [W/K]."""
        return self.section(length)[0]


def fin_of(electrode: Electrode, substrate: Substrate) -> Fin:
    """The fin that an electrode line on a substrate is."""
    return Fin(electrode.width * electrode.sheet_conductance, substrate.loss_per_length(electrode.width))
