"""Published facts of heat in these arrays, each beside what the model says.

Each line says what it is: `check` (published and computed independently), `input` (the published value goes in),
`assumed` (reproduced because a parameter was assumed to), `not explained`, or `prediction` (nothing readable to hold it
against). The published order of the eight electrode stacks could not be read (the abstract names the stacks and says
that a thermal analysis predicts the order), so the model's order is a prediction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from devicefit.heat import (
    Array,
    Drive,
    Electrode,
    IsothermalLaw,
    Substrate,
    assumed_degradation,
    coupling,
    cycles_left,
    disorder,
    filament_paths,
    fin_of,
    heat_history,
    heat_network,
    parse_electrode,
    predict_disturb,
    sink_figures,
    surface_temperature,
    sweep_heat,
)
from devicefit.heat.coupling import coupling_from
from devicefit.heat.materials import SILICON_DIOXIDE
from measurements import Sweep, import_files
from measurements.sweep import FloatArray
from measurements.sweepname import parse_name

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "vt-cu-taox-pt"
STACKS = (
    "Pt50/Ti30", "Ru50/Ti30", "Co50/Ti30", "Pt50/Cu100/Ti30", "Pt50/Cu200/Ti30", "Ru50/Cr30", "Ru50/Ti50", "Rh50/Cr30",
)  # fmt: skip
WIDTH, RADIUS = 10e-6, 10e-9
LEAST_FELT = 1.0  # K; below it no published effect of heat can show
DRIVE = Drive()
Verdict = Literal["check: agrees", "check: differs", "input", "assumed", "not explained", "prediction", "context"]


@dataclass(frozen=True)
class Comparison:
    """One published fact, what the model says, and what that is worth."""

    fact: str
    source: str
    model: str
    verdict: Verdict


def array_of(inert: str, *, insulated: bool, width: float = WIDTH) -> Array:
    """The laboratory's 5 x 5 array on an inert electrode; lines 150 um apart, edge to edge."""
    active, below = parse_electrode("Cu150", width), parse_electrode(inert, width)
    pitch = 150e-6 + width
    return Array(5, 5, active, below, pitch, pitch, substrate=Substrate(insulated=insulated))


def compare() -> list[Comparison]:
    """All comparisons with published facts."""
    return [*_geometry(), *_neighbours(), *_times(), *_law(), *_stacks()]


def session() -> list[Comparison]:
    """The heating run of 5 April 2022; nothing where the measurements are not beside the project."""
    if not REAL.is_dir():
        return []
    sweeps = heating_sweeps()
    heats = [sweep_heat(sweep) for sweep in sweeps]
    energy, time = sum(heat.energy for heat in heats), sum(heat.duration for heat in heats)
    peak = max(heat.peak_power for heat in heats)
    rows = [
        Comparison(
            "array (0,8), 5 Apr 2022: cell (1,3) swept 14:38-14:42",
            "vt-cu-taox-pt",
            f"{len(heats)} sweeps, {energy * 1e3:.3g} mJ in {time:.3g} s under power, peak {peak * 1e3:.3g} mW",
            "context",
        )
    ]
    made = array_of("Pt50", insulated=False)
    glass = replace(made, substrate=Substrate(wafer=SILICON_DIOXIDE))
    bound = array_of("Pt50", insulated=True)
    for name, array in (("oxidised wafer", made), ("glass wafer", glass), ("no loss (upper bound)", bound)):
        found = predict_disturb(array, (1, 3), (0, 3), sweeps, assumed_degradation())
        rows.append(
            Comparison(
                f"set cell (0,3) found reset 14:43; {name}",
                "vt-cu-taox-pt, operators' note (probe contact in doubt)",
                f"{found.coupling:.3g} K/W: rise at most {found.peak_rise:.3g} K; state kept with probability "
                f"{found.kept_probability:.3f} at assumed rates; even odds need {found.needed_rise:.0f} K throughout, "
                f"or {found.needed_rate:.2g} times the rate",
                "not explained",
            )
        )
    return rows


def heating_sweeps() -> list[Sweep]:
    """Sweeps of cell (1,3) between the last set of cell (0,3), 14:36:45, and its first read, 14:43:46."""
    names = []
    for path in sorted(REAL.glob("*.csv")):
        name = parse_name(path.name)
        if name is not None and (name.device, name.cell) == ("wafer2(0,8)", "(1,3)"):
            names += [path] if "220405143645" < name.stamp < "220405144346" else []
    return list(import_files(names).records.sweeps)


def _geometry() -> list[Comparison]:
    rows = []
    for name, published in (("Cu150", 2.6e5), ("Pt50/Ti20", 3.7e6), ("Rh50/Cr20", 1.6e6)):
        line = parse_electrode(name, WIDTH)
        value = 150e-6 / fin_of(line, Substrate(insulated=True)).conductance
        rows.append(
            _check(
                f"150 um of 10 um wide {name}: {published:.2g} K/W",
                f"{value:.3g} K/W",
                abs(value / published - 1) < 0.05,
                "computed from ECS 236",
            )
        )
    ratio = _line("Rh50/Cr20").sheet_conductance / _line("Pt50/Ti20").sheet_conductance
    rows.append(_check("Rh/Cr electrode conducts about 2x Pt/Ti", f"{ratio:.2f}x", 1.5 < ratio < 2.5))
    return rows


def _neighbours() -> list[Comparison]:
    rows = [Comparison("fresh cell at 10 uA: 13-15 cycles", "ECS 236; AVS 66", "14 (goes into the model)", "input")]
    for insulated, name in ((False, "oxidised wafer"), (True, "no loss to the wafer")):
        figures = sink_figures(array_of("Pt50/Ti20", insulated=insulated), RADIUS, DRIVE, assumed_degradation())
        lines = (("Cu", figures.along_active, figures.cycles_active), ("Pt", figures.along_inert, figures.cycles_inert))
        for along, rise, cycles in lines:
            text = f"rises {_list(rise)} K at 5.8 mW, {_list(cycles)} cycles left at assumed rates"
            felt = float(rise[0]) > LEAST_FELT
            fact = f"cycles fall; 1st neighbour worst, 4th least; along {along}, {name}"
            rows.append(_check(fact, text, felt and bool(np.all(np.diff(rise) < 0))))
        kept = [float(rise[3] / rise[0]) for _, rise, _ in lines]
        cu, pt = figures.healing_length_active * 1e6, figures.healing_length_inert * 1e6
        healing = "" if insulated else f" (wafer alone; healing lengths of the lines {cu:.2g} and {pt:.2g} um)"
        text = f"4th over 1st neighbour: {kept[0]:.3g} along Cu, {kept[1]:.3g} along Pt{healing}"
        rows.append(_check(f"reaches further along Cu than along Pt/Ti; {name}", text, kept[0] > 1.05 * kept[1]))
        first = [_along_inert(insulated, width) for width in (5e-6, 35e-6)]
        text = f"{first[0]:.3g} against {first[1]:.3g} K/W along Pt"
        fact = f"larger for a small line cross-section; 5 against 35 um wide, {name}"
        rows.append(_check(fact, text, first[0] > 1.5 * first[1]))
    return rows


def _along_inert(insulated: bool, width: float) -> float:
    """Coupling of first neighbours on the inert line [K/W]."""
    made = array_of("Pt50/Ti20", insulated=insulated, width=width)
    return float(coupling_from(made, made.cell(0, 0))[made.cell(1, 0)])


def _list(values: FloatArray) -> str:
    return ", ".join(f"{value:.3g}" for value in values)


def _times() -> list[Comparison]:
    slow = heat_network(array_of("Pt50/Ti20", insulated=True), 40).slowest_time_constant
    fast = heat_network(array_of("Pt50/Ti20", insulated=False), 200).slowest_time_constant
    model = assumed_degradation()
    left = float(disorder(model, np.array([600.0]), np.array([300.0]), 1.0)[-1])
    cu, pt = half_times(array_of("Pt50/Ti20", insulated=True))
    return [
        Comparison(
            "full recovery after 10 minutes or more",
            "ECS 236; AVS 66",
            f"conduction settles in {fast * 1e6:.2g} us (oxidised wafer) to {slow * 1e3:.2g} ms (no loss): minutes "
            "cannot come from it",
            "not explained",
        ),
        Comparison(
            "full recovery after 10 minutes or more",
            "ECS 236; AVS 66",
            f"assumed relaxation of 200 s leaves {left:.1%} of the disorder, "
            f"{float(cycles_left(model, left)):.1f} cycles",
            "assumed",
        ),
        Comparison(
            "recovery faster along Cu",
            "ECS 236; AVS 66",
            f"1st neighbour cools to half in {cu * 1e6:.3g} us along Cu, {pt * 1e6:.3g} us along Pt: as published, but "
            "in a millionth of the time, so no check of it; one relaxation time for both lines is assumed",
            "not explained",
        ),
        Comparison(
            "a heated filament's resistance returns within tens of seconds",
            "doi 10.1038/s41598-021-86603-6",
            f"conduction settles in {slow * 1e3:.2g} ms: another process (the paper: tunnelling between atoms)",
            "not explained",
        ),
    ]


def half_times(array: Array) -> tuple[float, float]:
    """Time in which the first neighbour along Cu and along Pt cools to half after the corner cell's heat ends [s]."""
    network = heat_network(array, 20)
    step = network.slowest_time_constant / 200.0
    warm, cool = 1000, 1000  # five of the slowest time constants each
    power = np.zeros((warm + cool, array.rows * array.columns))
    power[:warm, array.cell(0, 0)] = 1e-3
    rise = heat_history(network, power, step, warm + cool).rise[warm - 1 :]
    cu, pt = (rise[:, cell] / rise[0, cell] for cell in (array.cell(0, 1), array.cell(1, 0)))
    first, second = (step * float(np.interp(-0.5, -curve, np.arange(curve.size))) for curve in (cu, pt))
    return first, second


def _law() -> list[Comparison]:
    law = IsothermalLaw(145.3 / 30e-9, 6.25e5, 10e-9, 1650.0, 10e-9)
    radius = 0.5 * law.saturated_radius
    resistance = law.oxide_thickness / (law.saturated_conductivity * np.pi * radius**2)
    power = law.on_scale / (resistance - law.minimum_resistance)
    surface = float(surface_temperature(law, law.saturated_conductivity, radius, float(np.sqrt(power * resistance))))
    paths = filament_paths(array_of("Pt50/Ti20", insulated=False), RADIUS)
    time = paths.constriction * np.pi * RADIUS**2 * 25e-9 * 3.45e6
    return [
        _check(
            "surface temperature of 1,650 K at the on power (their example)",
            f"{surface:.6g} K",
            abs(surface - 1650.0) < 1e-6,
            "doi 10.1002/adma.201306182",
        ),
        _check(
            "time to the critical temperature under 100 ps",
            f"filament of 10 nm: {time * 1e12:.2g} ps",
            time < 100e-12,
            "doi 10.1002/adma.201306182",
        ),
        Comparison(
            "Rth of compact models: 2.1e3 to 1.57e7 K/W",
            "PKU, SKY130, JART cards",
            f"{paths.total:.3g} K/W for an assumed radius of 10 nm",
            "context",
        ),
    ]


def _stacks() -> list[Comparison]:
    rows = []
    fact = "order of degradation of the eight inert electrodes (order not readable)"
    source = "Analysis of the electrical ReRAM device degradation, abstract"
    orders: tuple[tuple[str, Callable[[str], float]], ...] = (
        ("filament rise at 5.8 mW, no loss [K], hottest first", lambda s: 5.8e-3 * _paths(s, True)),
        ("filament rise at 5.8 mW, oxidised wafer [K], hottest first", lambda s: 5.8e-3 * _paths(s, False)),
        ("rise of the 1st neighbour along Cu, no loss [K]", lambda s: _first(s, 0, 1)),
        ("rise of the 1st neighbour along the inert line, no loss [K]", lambda s: _first(s, 1, 0)),
        ("heat capacity of the inert line [uJ/(m K)]", lambda s: 1e6 * _line(s).heat_capacity),
    )
    for name, value in orders:
        ranked = sorted(((value(stack), stack) for stack in STACKS), reverse=True)
        rows.append(
            Comparison(fact, source, f"{name}: " + " > ".join(f"{s} ({v:.3g})" for v, s in ranked), "prediction")
        )
    return rows


def _line(stack: str) -> Electrode:
    return parse_electrode(stack, WIDTH)


def _paths(stack: str, insulated: bool) -> float:
    return sink_figures(array_of(stack, insulated=insulated), RADIUS, DRIVE, assumed_degradation()).paths.total


def _first(stack: str, row: int, column: int) -> float:
    found = coupling(array_of(stack, insulated=True))
    return DRIVE.power * float(found.total[found.array.cell(0, 0), found.array.cell(row, column)])


def _check(fact: str, model: str, agrees: bool, source: str = "ECS 236; AVS 66") -> Comparison:
    return Comparison(fact, source, model, "check: agrees" if agrees else "check: differs")
