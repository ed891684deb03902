"""Thermal step response as CSV, one record a file.

Layout (columns in this order; the last is one of the two)::

    # device: wafer2(0,7)
    # cell: (1,1)
    # ambient_temperature [K]: 300.0
    # temperature_coefficient [1/K]: 0.0039
    # any other line is comment
    time [s],power [W],temperature [K]          or  time [s],power [W],resistance [ohm]
    0.0,0.001,300.0

With `resistance [ohm]` the temperature is `ambient_temperature + (R/R0 - 1)/temperature_coefficient`, where
R0, the resistance at ambient temperature, is the value at the first row; that row must therefore be taken
cold (time zero of the step).
"""

from __future__ import annotations

import numpy as np

from measurements.errors import InputError
from measurements.heat.thermal_step import ThermalStep
from measurements.heatcsv.preamble import header_line, preamble_lines, read_preamble
from measurements.sweep import FloatArray
from measurements.textfile import TextFile, parse_number

TEMPERATURE_HEADER = "time [s],power [W],temperature [K]"
RESISTANCE_HEADER = "time [s],power [W],resistance [ohm]"

KEYS = ("device", "cell", "ambient_temperature [K]", "temperature_coefficient [1/K]")


def is_step(text: TextFile) -> bool:
    """Whether the first line that is neither blank nor metadata starts like a heat header."""
    header = header_line(text)
    return header is not None and text.lines[header].replace(" ", "").startswith("time[s],power[W],")


def parse_step(text: TextFile) -> ThermalStep:
    """One thermal step response from lines already read.

    Raises
    ------
    InputError
        With file and line: missing metadata, another header, a row of wrong length, a cell that is not a
        finite number, time that does not increase, fewer than two rows, temperatures or resistances not above
        zero.
    """
    header = header_line(text)
    if header is None or text.lines[header].strip() not in (TEMPERATURE_HEADER, RESISTANCE_HEADER):
        line = None if header is None else header + 1
        raise text.error("not a heat header", line, f"expected '{TEMPERATURE_HEADER}' or '{RESISTANCE_HEADER}'")
    preamble = read_preamble(text, header, KEYS)
    ambient = preamble.number("ambient_temperature [K]")
    time, power, measured = _read_rows(text, header)
    resistance, coefficient = None, None
    if "temperature_coefficient [1/K]" in preamble.facts:
        value, line = preamble.facts["temperature_coefficient [1/K]"]
        coefficient = parse_number(value, "temperature_coefficient", text, line)
    temperature = measured
    if text.lines[header].strip() == RESISTANCE_HEADER:
        if coefficient is None or coefficient == 0.0:
            raise text.error(
                "resistance needs a temperature coefficient",
                header + 1,
                "add '# temperature_coefficient [1/K]: …'",
            )
        resistance = measured
        temperature = ambient + (resistance / resistance[0] - 1.0) / coefficient
    if np.any(temperature <= 0):
        raise text.error("a temperature is not above 0 K", header + 2 + int(np.argmax(temperature <= 0)))
    return ThermalStep(
        time=time,
        power=power,
        temperature=temperature,
        ambient_temperature=ambient,
        device=preamble.required("device"),
        cell=preamble.required("cell"),
        source=text.source,
        resistance=resistance,
        temperature_coefficient=coefficient,
        comment=preamble.comment,
    )


def step_text(record: ThermalStep) -> str:
    """The record as text in the layout above; reading it back gives every field but the source exactly.

    Where resistance was measured it is written, and the temperature is computed anew on reading.

    Raises
    ------
    InputError
        Resistance without a temperature coefficient, a name or comment with NUL, carriage return or
        byte-order mark, or a comment line that would read as metadata.
    """
    if record.resistance is not None and not record.temperature_coefficient:
        raise InputError("resistance without a temperature coefficient cannot be written", path=record.source.file)
    facts = {
        "device": record.device,
        "cell": record.cell,
        "ambient_temperature [K]": repr(float(record.ambient_temperature)),
    }
    if record.temperature_coefficient is not None:
        facts["temperature_coefficient [1/K]"] = repr(float(record.temperature_coefficient))
    lines = preamble_lines(facts, record.comment, KEYS, record.source.file)
    header, last = TEMPERATURE_HEADER, record.temperature
    if record.resistance is not None:
        header, last = RESISTANCE_HEADER, record.resistance
    columns = zip(record.time.tolist(), record.power.tolist(), last.tolist(), strict=True)
    rows = [f"{time!r},{power!r},{value!r}" for time, power, value in columns]
    return "\n".join([*lines, header, *rows, ""])


def _read_rows(text: TextFile, header: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    names = text.lines[header].strip().split(",")
    rows: list[list[float]] = []
    for index in range(header + 1, len(text.lines)):
        line = text.lines[index]
        if not line.strip() and not any(later.strip() for later in text.lines[index:]):
            break
        cells = line.split(",")
        if len(cells) != len(names):
            raise text.error(f"the row has {len(cells)} cells, the header {len(names)}", index + 1)
        values = [parse_number(cell, name, text, index + 1) for cell, name in zip(cells, names, strict=True)]
        if rows and values[0] <= rows[-1][0]:
            raise text.error("time does not increase", index + 1)
        if values[2] <= 0:
            raise text.error(f"{names[2]} is {values[2]}, expected above zero", index + 1)
        rows.append(values)
    if len(rows) < 2:
        raise text.error(f"{len(rows)} rows after the header, two or more are needed", header + 1)
    time, power, measured = np.array(rows, dtype=np.float64).T
    return time, power, measured
