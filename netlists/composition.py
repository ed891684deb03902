"""From a PySpice circuit to a deck: numbers, cells, options, saved vectors and measures in one canonical
order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from PySpice.Spice.Netlist import Circuit

from measurements.errors import NetlistError
from netlists.checks import identifier, positive, single_line
from netlists.deck import (
    NOMINAL_TEMPERATURE,
    ZERO_CELSIUS,
    Crossing,
    Deck,
    IncludedFile,
    Integral,
    Measure,
    Sample,
)

RELATIVE_TOLERANCE = 1e-4
"""`reltol` of every deck [1]. The default of 1e-3 gave 75.9 pJ on a test neuron where 63.5 pJ is true."""


def number(value: float) -> str:
    """A number as every deck writes it.

    >>> number(2.5)
    '2.500000000e+00'
    """
    return f"{value:.9e}"


def piecewise_linear(points: Iterable[float]) -> str:
    """A source's waveform from times and values in turn.

    >>> piecewise_linear((0.0, 1.0))
    'PWL(0.000000000e+00 1.000000000e+00)'
    """
    return f"PWL({' '.join(number(value) for value in points)})"


@cache
def cell(name: str) -> str:
    """Text of the subcircuit file `netlists/cells/NAME.cir`, which is part of the package."""
    return files("netlists").joinpath("cells", f"{identifier(name)}.cir").read_text(encoding="utf-8").strip()


def cell_names() -> tuple[str, ...]:
    """Names of all files of `netlists/cells`, sorted."""
    names = (entry.name for entry in files("netlists").joinpath("cells").iterdir())
    return tuple(sorted(name.removesuffix(".cir") for name in names if name.endswith(".cir")))


def new_circuit(title: str, definitions: Sequence[str] = ()) -> Circuit:
    """An empty PySpice circuit whose text starts with the title and the given subcircuit and model
    definitions.
    """
    circuit = Circuit(single_line(title))
    circuit.raw_spice = "".join(text.rstrip() + "\n" for text in definitions)
    return circuit


def compose(
    circuit: Circuit | str,
    *,
    stop_time: float,
    maximum_step: float,
    saved: Sequence[str],
    measures: Sequence[Measure] = (),
    includes: Sequence[IncludedFile] = (),
    initial_voltages: Mapping[str, float] | None = None,
    options: str = "method=trap",
    temperature: float = NOMINAL_TEMPERATURE,
) -> Deck:
    """Finish a circuit into a deck.

    Parameters
    ----------
    circuit
        Elements and definitions; or their text, title first, where it is kept for many decks.
    stop_time, maximum_step
        Of the transient [s].
    saved
        Vectors, `v(node)` and `i(vsource)`; doubled ones are kept once.
    measures
        Each becomes a `.meas` line too, so that `ngspice -b deck.cir` prints the numbers.
    includes
        Files whose text is in the definitions.
    initial_voltages
        Node voltages [V] at t = 0 (`.ic`); the operating point is solved with them held.
    options
        Integration method and tolerances beside `reltol`, as ngspice spells them.
    temperature
        Of the whole circuit [K]; at the nominal one the deck does not name it.

    Raises
    ------
    NetlistError
        A time or temperature that is not positive, or a measure on a vector that is not saved.
    """
    positive("stop_time [s]", stop_time)
    positive("maximum_step [s]", maximum_step)
    vectors, save_lines = _saving(tuple(saved))
    _check_measures(measures, vectors)
    lines = [str(circuit).rstrip()]
    lines.append(f".options reltol={RELATIVE_TOLERANCE:g} {options}")
    if positive("temperature [K]", temperature) != NOMINAL_TEMPERATURE:
        # .temp is obsolete in ngspice 39; degrees Celsius to a microkelvin, free of the noise of the subtraction
        lines.append(f".options temp={temperature - ZERO_CELSIUS:.6f}")
    lines.extend(f".ic v({node})={number(value)}" for node, value in (initial_voltages or {}).items())
    lines.append(save_lines)
    lines.extend(measure_line(measure) for measure in measures)
    lines.append(f".tran {number(maximum_step)} {number(stop_time)} 0 {number(maximum_step)}")
    lines.append(".end")
    return Deck(
        text="\n".join(lines) + "\n",
        stop_time=stop_time,
        maximum_step=maximum_step,
        saved=vectors,
        measures=tuple(measures),
        includes=tuple(includes),
    )


@lru_cache(maxsize=256)
def _saving(saved: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Vectors in lower case without doubled ones, and the lines that save them."""
    vectors = tuple(dict.fromkeys([vector.lower() for vector in saved]))
    return vectors, "\n".join([f".save {vector}" for vector in vectors])


def measure_line(measure: Measure) -> str:
    """The `.meas` line that prints what `measure` stands for.

    >>> measure_line(Sample(name="v_end", vector="v(mem)", time=1e-6, unit="V"))
    '.meas tran v_end find v(mem) at=1.000000000e-06'
    """
    name = identifier(measure.name)
    if isinstance(measure, Integral):
        window = f"from={number(measure.start)} to={number(measure.stop)}"
        return f".meas tran {name} integ par('{_sum_of_products(measure)}') {window}"
    if isinstance(measure, Sample):
        return f".meas tran {name} find {measure.vector} at={number(measure.time)}"
    return _crossing_lines(measure, name)


def _sum_of_products(measure: Integral) -> str:
    """Terms as one expression without blanks, as `par('')` wants it."""
    products = (f"{number(factor)}*{a}" + (f"*{b}" if b else "") for factor, a, b in measure.terms)
    return "+".join(f"({product})" for product in products)


def _crossing_lines(measure: Crossing, name: str) -> str:
    """ngspice counts crossings from `td` on; the reference is taken off in a second line."""
    event = f"{measure.vector}={number(measure.level)} {measure.edge}={measure.number}"
    when = f"when {event} td={number(measure.start)}"
    if measure.reference == 0.0:
        return f".meas tran {name} {when}"
    return f".meas tran {name}_at {when}\n.meas tran {name} param='{name}_at-({number(measure.reference)})'"


def _check_measures(measures: Sequence[Measure], saved: Sequence[str]) -> None:
    """Every vector that a measure reads must be in the raw file."""
    for measure in measures:
        needed = (
            [vector for _, a, b in measure.terms for vector in (a, b) if vector is not None]
            if isinstance(measure, Integral)
            else [measure.vector]
        )
        missing = [vector for vector in needed if vector not in saved]
        if missing:
            raise NetlistError(f"measure {measure.name!r} reads {missing[0]}, which the deck does not save")
