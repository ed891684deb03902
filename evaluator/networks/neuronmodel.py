"""The neuron that a network was trained for, in the parameters of NIR's IF, LIF and CubaLIF nodes."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from measurements.errors import InputError

IF, LIF, CUBALIF = "if", "lif", "cubalif"
KINDS = (IF, LIF, CUBALIF)


@dataclass(frozen=True)
class NeuronModel:
    """An integrate-and-fire neuron; S(t) is the weighted sum of its inputs' pulses, each of unit height.

        if:       dv/dt = R S
        lif:      tau dv/dt = (v_leak - v) + R S
        cubalif:  tau_syn dI/dt = -I + w_in S,   tau dv/dt = (v_leak - v) + R I

    It fires when v passes the threshold, and v becomes `reset` (NIR: doi 10.1038/s41467-024-52259-9). At rest v is
    `leak_voltage`, 0 for `if`.

    Parameters
    ----------
    kind
        `if`, `lif` or `cubalif`.
    resistance, input_weight
        R and w_in [1].
    threshold, reset, leak_voltage
        In the unit of v [1]; the threshold lies above both others.
    membrane_time, synapse_time
        tau and tau_syn [s of the description's time]; not read where the equation has none.

    Raises
    ------
    InputError
        An unknown kind, a value that is not finite, or one outside its range.
    """

    kind: str = IF
    resistance: float = 1.0
    threshold: float = 1.0
    reset: float = 0.0
    leak_voltage: float = 0.0
    membrane_time: float = 1.0
    synapse_time: float = 1.0
    input_weight: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"there is no neuron {self.kind!r}", hint=f"use {', '.join(KINDS)}")
        for item in fields(self)[1:]:
            value = getattr(self, item.name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
                raise InputError(f"a neuron's {item.name} must be a finite number, found {value!r}")
        for name in ("resistance", "membrane_time", "synapse_time", "input_weight"):
            if not getattr(self, name) > 0:
                raise InputError(f"a neuron's {name} must be above 0, found {getattr(self, name):g}")
        if not self.threshold > max(self.reset, self.leak_voltage):
            raise InputError(
                f"a neuron's threshold must lie above reset and leak voltage, found {self.threshold:g} against "
                f"{self.reset:g} and {self.leak_voltage:g}"
            )
        if self.kind == IF and self.leak_voltage != 0.0:
            raise InputError("a neuron without leak has no leak voltage", hint="set it to 0")

    @property
    def swing(self) -> float:
        """From rest to the threshold, in the unit of v [1]."""
        return self.threshold - self.leak_voltage

    def jump(self, spike_duration: float) -> float:
        """What a pulse of `spike_duration` [s] through a unit weight lifts a resting membrane by, if nothing leaks,
        as a share of the way from rest to threshold [1].

        >>> NeuronModel("lif", resistance=4.0, membrane_time=2e-3, threshold=2.0).jump(1e-3)
        1.0
        """
        charge = self.resistance * spike_duration / self.swing
        if self.kind == IF:
            return charge
        return charge / self.membrane_time * (self.input_weight if self.kind == CUBALIF else 1.0)
