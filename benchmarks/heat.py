"""The heat model against published facts, line by line: `python -m benchmarks.heat [--json PATH]`.

Each line says what it is: `check` (published and computed independently), `input` (the published value goes in),
`assumed` (reproduced because a parameter was assumed to), `not explained`, or `prediction` (nothing readable to hold it
against). The published order of the eight electrode stacks could not be read (the abstract names the stacks and says
that a thermal analysis predicts the order), so the model's order is a prediction.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

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
from measurements import Sweep, import_files
from measurements.sweepname import parse_name

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "vt-cu-taox-pt"
STACKS = (
    "Pt50/Ti30", "Ru50/Ti30", "Co50/Ti30", "Pt50/Cu100/Ti30", "Pt50/Cu200/Ti30", "Ru50/Cr30", "Ru50/Ti50", "Rh50/Cr30",
)  # fmt: skip
WIDTH, RADIUS = 10e-6, 10e-9
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
    for insulated in (False, True):
        array = array_of("Pt50", insulated=insulated)
        found = predict_disturb(array, (1, 3), (0, 3), sweeps, assumed_degradation())
        name = "lines without loss (upper bound)" if insulated else "oxidised wafer"
        rows.append(
            Comparison(
                f"set cell (0,3) found reset 14:43; {name}",
                "vt-cu-taox-pt, operators' note (probe contact in doubt)",
                f"{found.coupling:.3g} K/W: rise at most {found.peak_rise:.3g} K; state kept with probability "
                f"{found.kept_probability:.3f} at assumed rates; even odds need {found.needed_rise:.0f} K throughout",
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
                "computed from ECS 236",
                f"{value:.3g} K/W",
                abs(value / published - 1) < 0.05,
            )
        )
    ratio = _line("Rh50/Cr20").sheet_conductance / _line("Pt50/Ti20").sheet_conductance
    rows.append(_check("Rh/Cr electrode conducts about 2x Pt/Ti", "ECS 236", f"{ratio:.2f}x", 1.5 < ratio < 2.5))
    return rows


def _neighbours() -> list[Comparison]:
    rows = [Comparison("fresh cell at 10 uA: 13-15 cycles", "ECS 236; AVS 66", "14 (goes into the model)", "input")]
    for insulated, name in ((False, "oxidised wafer"), (True, "no loss to the wafer")):
        figures = sink_figures(array_of("Pt50/Ti20", insulated=insulated), RADIUS, DRIVE, assumed_degradation())
        for along, rise in (("Cu", figures.along_active), ("Pt", figures.along_inert)):
            text = ", ".join(f"{value:.3g}" for value in rise)
            rows.append(
                _check(
                    f"1st neighbour worst, 4th least; along {along}, {name}",
                    "ECS 236; AVS 66",
                    f"rises {text} K at 5.8 mW",
                    bool(np.all(np.diff(rise) < 0)),
                )
            )
        cu, pt = figures.healing_length_active, figures.healing_length_inert
        kept = [float(rise[3] / rise[0]) for rise in (figures.along_active, figures.along_inert)]
        if insulated:
            rows.append(
                _check(
                    "reaches further along Cu than along Pt/Ti; no loss to the wafer",
                    "ECS 236; AVS 66",
                    f"4th/1st neighbour: {kept[0]:.3g} along Cu, {kept[1]:.3g} along Pt",
                    kept[0] > kept[1],
                )
            )
        else:
            rows.append(
                _check(
                    "reaches further along Cu than along Pt/Ti; oxidised wafer",
                    "ECS 236; AVS 66",
                    f"healing length {cu * 1e6:.2g} um and {pt * 1e6:.2g} um: at 150 um both lines are cold",
                    cu > pt,
                )
            )
    narrow, wide = (coupling(array_of("Pt50/Ti20", insulated=True, width=w)) for w in (5e-6, 35e-6))
    first = [float(c.total[c.array.cell(0, 0), c.array.cell(1, 0)]) for c in (narrow, wide)]
    rows.append(
        _check(
            "larger for a small line cross-section; 5 against 35 um, no loss",
            "ECS 236; AVS 66",
            f"{first[0]:.3g} against {first[1]:.3g} K/W along Pt",
            first[0] > first[1],
        )
    )
    return rows


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
        _check(
            "recovery faster along Cu (order only; published in minutes)",
            "ECS 236; AVS 66",
            f"1st neighbour cools to half in {cu * 1e6:.3g} us along Cu, {pt * 1e6:.3g} us along Pt",
            cu < pt,
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
            "doi 10.1002/adma.201306182",
            f"{surface:.6g} K",
            abs(surface - 1650.0) < 1e-6,
        ),
        _check(
            "time to the critical temperature under 100 ps",
            "doi 10.1002/adma.201306182",
            f"filament of 10 nm: {time * 1e12:.2g} ps",
            time < 100e-12,
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
    return filament_paths(array_of(stack, insulated=insulated), RADIUS).total


def _first(stack: str, row: int, column: int) -> float:
    found = coupling(array_of(stack, insulated=True))
    return DRIVE.power * float(found.total[found.array.cell(0, 0), found.array.cell(row, column)])


def _check(fact: str, source: str, model: str, agrees: bool) -> Comparison:
    return Comparison(fact, source, model, "check: agrees" if agrees else "check: differs")


def main() -> None:
    """Print the comparison, and write it as JSON where asked."""
    parser = argparse.ArgumentParser(description="heat model against published facts")
    parser.add_argument("--json", type=Path, help="also write the comparisons to this file")
    arguments = parser.parse_args()
    rows: Sequence[Comparison] = [*compare(), *session()]
    table = Table(title="heat: published against computed", show_lines=True)
    for column in ("published", "source", "model", "what it is worth"):
        table.add_column(column)
    for row in rows:
        table.add_row(*(escape(text) for text in (row.fact, row.source, row.model, row.verdict)))
    Console(width=160).print(table)
    if not REAL.is_dir():
        print("the measured heating session is not beside the project; it is left out")
    if arguments.json is not None:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        document = {"benchmark": "heat", "comparisons": [asdict(row) for row in rows]}
        arguments.json.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
