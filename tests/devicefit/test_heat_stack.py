"""Stacks, fins and the filament between two lines: analytic limits and independent solutions."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from scipy.integrate import solve_bvp
from scipy.sparse.linalg import spsolve

from devicefit.heat import Array, Fin, Substrate, filament_paths, filament_temperature, fin_of, parse_electrode
from devicefit.heat.filament import _constriction
from devicefit.heat.materials import SILICON_DIOXIDE
from devicefit.heat.stack import strip_factor
from measurements.errors import InputError


def array(insulated: bool = False, inert: str = "Pt50/Ti20", width: float = 10e-6, **changes: object) -> Array:
    made = Array(
        5,
        5,
        parse_electrode("Cu150", width),
        parse_electrode(inert, width),
        150e-6 + width,
        150e-6 + width,
        substrate=Substrate(insulated=insulated),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_layers_add_in_parallel_along_and_in_series_through() -> None:
    line = parse_electrode("Pt50/Cu200/Ti30", 10e-6)
    assert line.name == "Pt50/Cu200/Ti30"
    assert line.sheet_conductance == pytest.approx(72 * 50e-9 + 385 * 200e-9 + 22 * 30e-9, rel=1e-12)
    assert 1 / line.axial_conductance == pytest.approx(50e-9 / 72 + 200e-9 / 385 + 30e-9 / 22, rel=1e-12)
    assert line.heat_capacity == pytest.approx(10e-6 * (2.85e6 * 50e-9 + 3.45e6 * 200e-9 + 2.36e6 * 30e-9), rel=1e-12)


@pytest.mark.parametrize(
    "text", ["", "Pt", "Pt50Ti20", "Xx50", "Pt0", "Pt-5", "50Pt", "Pt50//Ti20", "/".join(["Pt5"] * 21)]
)
def test_other_notations_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_electrode(text, 10e-6)


def test_published_lateral_resistances() -> None:
    for name, published in (("Cu150", 2.6e5), ("Pt50/Ti20", 3.7e6), ("Rh50/Cr20", 1.6e6)):
        conductance = fin_of(parse_electrode(name, 10e-6), Substrate(insulated=True)).conductance
        assert 150e-6 / conductance == pytest.approx(published, rel=0.02)  # published to two digits


def test_strip_on_a_slab_has_its_limits() -> None:
    assert strip_factor(100e-6, 1e-6) == pytest.approx(100 + 4 * math.log(2) / math.pi, rel=1e-9)
    narrow = math.pi / math.log(16 / math.pi * 1e3)  # 2 (pi/2)/ln(4/k) with k = pi w/(4 d)
    assert strip_factor(1e-9, 1e-6) == pytest.approx(narrow, rel=1e-5)


def test_strip_against_a_finite_difference_slab() -> None:
    """Half of a slab 40 wide and 1 deep under a strip of half width 1, on a grid of 1/40."""
    n, depth = 320, 40  # columns over 8 depths, rows over one
    index = np.arange(n * (depth - 1)).reshape(depth - 1, n)
    fixed_top = np.arange(n) < 40
    rows, cols, vals, rhs = [], [], [], np.zeros(index.size)
    for j in range(depth - 1):
        for i in range(n):
            here, total = index[j, i], 0.0
            for dj, di in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                jj, ii = j + dj, i + di
                if ii < 0 or ii >= n or (jj < 0 and not fixed_top[i]):
                    continue
                factor = 2.0 if jj < 0 or jj == depth - 1 else 1.0  # half a cell to a held surface
                total += factor
                if jj < 0:
                    rhs[here] += factor
                elif jj < depth - 1:
                    rows.append(here), cols.append(index[jj, ii]), vals.append(-factor)
            rows.append(here), cols.append(here), vals.append(total)
    field = spsolve(sparse.csr_matrix((vals, (rows, cols))), rhs).reshape(depth - 1, n)
    flow = 2 * np.sum(2 * (1 - field[0, :40]))
    assert strip_factor(2.0, 39 / 40) == pytest.approx(flow, rel=0.03)


def test_fin_section_solves_its_equation() -> None:
    fin = Fin(3e-11, 20.0)
    own, transfer = fin.section(4e-6)
    hot, cold = 5.0, 2.0
    m = 1 / fin.healing_length
    x = np.linspace(0, 4e-6, 50)
    found = solve_bvp(
        lambda x, y: np.vstack([y[1], m**2 * y[0]]), lambda a, b: np.array([a[0] - hot, b[0] - cold]),
        x, np.ones((2, 50)), tol=1e-8,
    )  # fmt: skip
    assert own * hot + transfer * cold == pytest.approx(-fin.conductance * found.sol(0.0)[1], rel=1e-6)
    lossless = Fin(3e-11, 0.0)
    assert math.isinf(lossless.healing_length)
    assert lossless.section(2e-6) == (1.5e-5, -1.5e-5)
    assert Fin(3e-11, 1e-9).section(2e-6)[1] == pytest.approx(-1.5e-5, rel=1e-6)
    assert fin.input_conductance(1.0) == pytest.approx(math.sqrt(3e-11 * 20.0), rel=1e-12)  # endless


def test_filament_paths_share_the_heat_and_follow_the_radial_equation() -> None:
    made = array()
    paths = filament_paths(made, 10e-9)
    assert sum(paths.fractions.values()) == pytest.approx(1.0, rel=1e-12)
    assert 1 / paths.sheet == pytest.approx(
        1 / paths.axial + 1 / paths.lateral_active + 1 / paths.lateral_inert, rel=1e-12
    )
    sheet = made.active.sheet_conductance + made.inert.sheet_conductance
    loss = made.substrate.loss_per_length(10e-6) / 10e-6
    rim = 10e-6 / math.sqrt(math.pi)
    arms = 2 * sum(fin_of(line, made.substrate).input_conductance(160e-6) for line in (made.active, made.inert))
    r = np.geomspace(150e-9, rim, 200)
    found = solve_bvp(
        lambda r, y: np.vstack([y[1] / (sheet * r), loss * r * y[0]]),  # y1 = S r w'
        lambda a, b: np.array([a[1] + 1 / (2 * math.pi), 2 * math.pi * b[1] + arms * b[0]]),
        r, np.ones((2, 200)), tol=1e-8, max_nodes=100_000,
    )  # fmt: skip
    assert paths.sheet == pytest.approx(found.sol(150e-9)[0], rel=1e-5)
    assert paths.fractions["lateral_active"] + paths.fractions["lateral_inert"] == pytest.approx(
        arms * found.sol(rim)[0], rel=1e-5
    )


def test_without_loss_all_heat_leaves_along_the_lines() -> None:
    made = array(insulated=True)
    paths = filament_paths(made, 10e-9)
    assert math.isinf(paths.axial)
    assert paths.fractions["axial"] == 0.0
    sheet = made.active.sheet_conductance + made.inert.sheet_conductance
    arms = (
        2 * (fin_of(made.active, made.substrate).conductance + fin_of(made.inert, made.substrate).conductance) / 160e-6
    )
    expected = math.log(10e-6 / math.sqrt(math.pi) / 150e-9) / (2 * math.pi * sheet) + 1 / arms
    assert paths.sheet == pytest.approx(expected, rel=1e-12)
    nearly = replace(made, substrate=Substrate(oxide=replace(SILICON_DIOXIDE, conductivity=1e-6)))
    assert filament_paths(nearly, 10e-9).sheet == pytest.approx(expected, rel=0.01)


def test_a_far_rim_stays_finite() -> None:
    wide = array(width=5e-3)
    wide = replace(wide, pitch=20e-3, pad_distance=20e-3)
    paths = filament_paths(wide, 10e-9)
    assert paths.fractions["axial"] == pytest.approx(1.0, rel=1e-6)
    assert 0 < paths.sheet < 1e5


def test_better_electrodes_cool_and_larger_filaments_too() -> None:
    total = {name: filament_paths(array(inert=name), 10e-9).total for name in ("Pt50/Ti20", "Rh50/Cr20", "Pt100/Ti20")}
    assert total["Rh50/Cr20"] < total["Pt50/Ti20"]
    assert total["Pt100/Ti20"] < total["Pt50/Ti20"]
    assert filament_paths(array(), 20e-9).constriction < 0.6 * filament_paths(array(), 10e-9).constriction
    with pytest.raises(InputError):
        filament_paths(array(), 60e-9)


def test_kohlrausch_relation() -> None:
    assert filament_temperature(300.0, 0.0) == 300.0
    assert filament_temperature(300.0, 0.2) ** 2 - 300.0**2 == pytest.approx(0.04 / (4 * 2.44e-8), rel=1e-12)


def test_constriction_against_a_finite_volume_film() -> None:
    """Disc at 1 K on a film, held at 0 K far out: 1/(4 k a) - 1/(2 pi k t) + ln(R/t)/(2 pi k t) within 3 %."""
    k, thickness, radius, far = 72.0, 50e-9, 10e-9, 2e-6
    inside = radius * (1 - np.geomspace(1, 1e-3, 40))
    outside = radius + (far - radius) * np.geomspace(1e-6, 1, 120)
    edges = np.unique(np.concatenate([inside, [radius], outside]))
    depths = thickness * (np.geomspace(1e-3, 1 + 1e-3, 51) - 1e-3)
    middle, level = 0.5 * (edges[1:] + edges[:-1]), 0.5 * (depths[1:] + depths[:-1])
    area = math.pi * np.diff(edges**2)
    index = np.arange(middle.size * level.size).reshape(middle.size, level.size)
    outward = 2 * math.pi * k * edges[1:-1, None] * np.diff(depths) / np.diff(middle)[:, None]
    downward = k * area[:, None] / np.diff(level)
    pairs = [(index[:-1], index[1:], outward), (index[:, :-1], index[:, 1:], downward)]
    matrix = sparse.csr_matrix((index.size, index.size))
    for one, other, g in pairs:
        i, j, g = one.ravel(), other.ravel(), g.ravel()
        block = sparse.coo_matrix((np.tile(g, 2), (np.r_[i, j], np.r_[i, j])), shape=matrix.shape)
        cross = sparse.coo_matrix((np.tile(-g, 2), (np.r_[i, j], np.r_[j, i])), shape=matrix.shape)
        matrix = matrix + block.tocsr() + cross.tocsr()
    held, rhs = np.zeros(index.size), np.zeros(index.size)
    held[index[-1]] = 2 * math.pi * k * far * np.diff(depths) / (far - middle[-1])
    disc = middle < radius
    into = k * area[disc] / level[0]
    held[index[disc, 0]] += into
    rhs[index[disc, 0]] = into
    field = spsolve((matrix + sparse.diags(held)).tocsr(), rhs)
    exact = 1 / np.sum(into * (1 - field[index[disc, 0]]))
    pt = parse_electrode("Pt50", 10e-6)
    assert _constriction(pt, radius) + math.log(far / thickness) / (2 * math.pi * k * thickness) == pytest.approx(
        exact, rel=0.03
    )
