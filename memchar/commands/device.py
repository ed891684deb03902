"""`memchar import`: from instrument files to a measurement store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memchar.commands.output import Json, emit


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("import")(import_command)


def import_command(
    files: Annotated[list[Path], typer.Argument(help="Instrument files, or folders to search for them.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Measurement store to write (HDF5).")],
    explain: Annotated[bool, typer.Option(help="Say for each file what was recognised, why, and from where.")] = False,
    facts: Annotated[
        Path | None, typer.Option(help="What the files do not say, per file (TOML, see docs/readers.md).")
    ] = None,
    series_resistance: Annotated[
        str | None, typer.Option(help="Resistor in series with the device in oscilloscope files, such as 1k.")
    ] = None,
    read_voltage: Annotated[
        str | None, typer.Option(help="Voltage of the reads in tables of currents, such as 100mV.")
    ] = None,
    swap_polarity: Annotated[
        bool, typer.Option("--swap-polarity", help="Change the sign of voltage and current of every sweep.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read instrument files into one measurement store; each file refused is named with its line and reason.

    Formats are recognised by content: Keithley 4200A and Clarius, Keysight EasyEXPERT, Keithley ACS, oscilloscope,
    pulse ramps, CSV with units, heat CSV, and stores written before, which are merged. Example:

        memchar import measurements/ -o data.h5 --explain
    """
    from measurements import FactRule, FileFacts, read_facts, write_store
    from memchar.explanation import explanation_lines, import_document
    from memchar.pipeline import measure
    from memchar.quantities import parse_quantity

    stated = FileFacts(
        series_resistance=None if series_resistance is None else parse_quantity(series_resistance, "ohm"),
        read_voltage=None if read_voltage is None else parse_quantity(read_voltage, "V"),
        swap_polarity=swap_polarity or None,
    )
    rules = (FactRule("*", stated), *(() if facts is None else read_facts(facts)))
    imported = measure(files, rules)
    write_store(output, imported.records)
    document = import_document(imported, output, explain=explain)
    emit(document, explanation_lines(imported, output, explain=explain), as_json=as_json)
