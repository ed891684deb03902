"""A parameter block for MLP+NeuroSim V3: the lines of `RealDevice` in Cell.cpp that the data determine.

Names, units and the pulse model are those of github.com/neurosim/MLP_NeuroSim_V3.0, Cell.cpp and formula.cpp (P.-Y.
Chen, X. Peng, S. Yu, IEEE Trans. CAD 37, 3067, 2018, doi 10.1109/TCAD.2018.2789723):

    G = B (1 - exp(-P/A)) + Gmin,  P pulses of Pmax,  A/Pmax tabulated there against a label NL

The label is a distance: NL = max |g(x) - x| / (0.07 sqrt 2), g the curve between 0 and 1 over the share x of the
pulses, that is the largest distance of the curve from the straight line in units of 0.07. This was worked out from the
table; the test compares it with entries from both ends and the middle.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from netlists.device_export.cardreads import CardReads
from netlists.device_export.pulsesteps import PulseSteps

PULSE_NAMES = ("maxNumLevelLTP", "maxNumLevelLTD", "NL_LTP", "NL_LTD", "sigmaCtoC", "sigmaReadNoise")
LARGEST_LABEL = 9.0
SMALLEST_LABEL = 0.01


def nonlinearity_label(nu: float) -> float:
    """NL of NeuroSim for nu = Pmax/A [1], with the sign of nu.

    >>> round(nonlinearity_label(1 / 0.819477), 3)
    1.51
    """
    if abs(nu) < 1e-6:
        return nu / 8 / (0.07 * math.sqrt(2.0))
    size = abs(nu)
    rise = -math.expm1(-size)
    x = math.log(size / rise) / size
    distance = -math.expm1(-size * x) / rise - x
    return math.copysign(distance / (0.07 * math.sqrt(2.0)), nu)


def parameter_block(steps: PulseSteps, header: Sequence[str]) -> str:
    """Lines for the constructor `RealDevice::RealDevice` of Cell.cpp; what the data do not give is a comment."""
    lines = [f"// {line}" for line in header]
    lines += ["// Replace the lines of the same names in RealDevice::RealDevice of Cell.cpp; leave the others."]
    for name, value, comment in _entries(steps):
        lines.append(f"// {name}: not in the data; {comment}" if value is None else f"{name} = {value};\t// {comment}")
    return "\n".join([*lines, ""])


def card_block(reads: CardReads, header: Sequence[str]) -> str:
    """As `parameter_block`, from a card alone: the two conductances and the voltage they are read at."""
    lines = [f"// {line}" for line in header]
    lines += ["// Replace the lines of the same names in RealDevice::RealDevice of Cell.cpp; leave the others."]
    lines += [f"maxConductance = {reads.highest:.6e};\t// S, on state at the read voltage"]
    lines += [f"minConductance = {reads.lowest:.6e};\t// S, off state at the read voltage"]
    lines += [f"readVoltage = {reads.read_voltage:.6g};\t// V"]
    lines += [f"// {name}: not in the card; needs pulse trains of both directions" for name in PULSE_NAMES]
    return "\n".join([*lines, ""])


def _entries(steps: PulseSteps) -> list[tuple[str, str | None, str]]:
    reads = [side.read_noise.value for side in (steps.up, steps.down) if side.read_noise is not None]
    middle = (steps.lowest + steps.highest) / 2
    read = math.sqrt(sum(value**2 for value in reads) / len(reads)) / middle if reads else None
    update = math.hypot(steps.up.update_noise.value, steps.down.update_noise.value) / math.sqrt(2.0)
    share = update / (steps.highest - steps.lowest)
    labels = {"LTP": nonlinearity_label(steps.up.nonlinearity.value)}
    labels["LTD"] = -nonlinearity_label(steps.down.nonlinearity.value)
    return [
        ("maxConductance", f"{steps.highest:.6e}", "S, highest both directions reach, mean over trains"),
        ("minConductance", f"{steps.lowest:.6e}", "S, lowest both directions reach, mean over trains"),
        ("readVoltage", f"{steps.read_voltage:.6g}", "V, of the reads"),
        ("readPulseWidth", None, "set by the circuit"),
        *_writes(steps),
        ("maxNumLevelLTP", f"{round(steps.up.pulses.value) - 1}", "pulses of a train, mean"),
        ("maxNumLevelLTD", f"{round(steps.down.pulses.value) - 1}", "pulses of a train, mean"),
        ("nonlinearWrite", _flag(any(abs(label) >= SMALLEST_LABEL for label in labels.values())), "curves are bent"),
        *_labels(labels, steps),
        ("sigmaDtoD", None, "needs trains of several devices"),
        ("sigmaCtoC", f"{share:.6e} * (maxConductance - minConductance)", "S, deviation of one update"),
        ("readNoise", _flag(read is not None), "whether the reads show noise"),
        ("sigmaReadNoise", None if read is None else f"{read:.6e}", "1, of a read at the middle of the range"),
        ("maxConductanceVar", None, "needs trains of several devices"),
        ("minConductanceVar", None, "needs trains of several devices"),
        ("NL", None, "current ratio at the write voltage and half of it; needs sweeps of the same device"),
    ]


def _writes(steps: PulseSteps) -> list[tuple[str, str | None, str]]:
    found: Mapping[str, tuple[float | None, str]] = {
        "writeVoltageLTP": (steps.write_voltage_up, "V, of the pulses"),
        "writeVoltageLTD": (
            None if steps.write_voltage_down is None else abs(steps.write_voltage_down),
            "V, magnitude",
        ),
        "writePulseWidthLTP": (steps.width_up, "s, of the pulses"),
        "writePulseWidthLTD": (steps.width_down, "s, of the pulses"),
    }
    entries: list[tuple[str, str | None, str]] = []
    for name, (value, unit) in found.items():
        known = value is not None
        entries.append((name, f"{value:.6g}" if known else None, unit if known else "the file does not say"))
    return entries


def _labels(labels: Mapping[str, float], steps: PulseSteps) -> list[tuple[str, str | None, str]]:
    entries: list[tuple[str, str | None, str]] = []
    for side, update in (("LTP", steps.up), ("LTD", steps.down)):
        label, nu = labels[side], update.nonlinearity.value
        if not SMALLEST_LABEL <= abs(label) <= LARGEST_LABEL:
            reason = f"label {label:.3g} is outside NeuroSim's table, {SMALLEST_LABEL} to {LARGEST_LABEL:g}"
            entries.append((f"NL_{side}", None, reason))
        else:
            entries.append((f"NL_{side}", f"{label:.4f}", f"label of nu = {nu:.4f} (positive: fast at first)"))
    return entries


def _flag(value: bool) -> str:
    return "true" if value else "false"
