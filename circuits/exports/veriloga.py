"""Tables for Verilog-A simulators: a module with `$table_model` and its data files.

Verilog-AMS 2.4 (Accellera 2014), section 9.21: a data file has a line a point, the axes and then the value, the first
axis slowest; the control string names interpolation and extrapolation for each axis. Here `3E`: cubic spline, and an
error beyond the table, as in memchar; for a category `DE`, its closest value. Axes and quantities whose scale is log
stand as natural logarithms in the files, and the module takes them back. Points without numbers are left out of the
files: the standard allows lines of different length.
"""

from __future__ import annotations

import numpy as np

from circuits.status import Status
from circuits.tables import Table, TableSet

from .plain import long_form


def verilog_a_files(tables: TableSet) -> dict[str, str]:
    """`tables.va` with one module a table, and a file `TABLE_QUANTITY.tbl` for each quantity."""
    files = {"tables.va": _modules(tables)}
    for name, table in tables.items():
        for quantity in table.quantities:
            files[f"{name}_{quantity}.tbl"] = _data(table, quantity)
    return files


def _modules(tables: TableSet) -> str:
    head = ['`include "disciplines.vams"', "// Every port is a voltage that stands for the number named, in SI units."]
    return "\n".join([*head, *(line for table in tables.values() for line in _module(table)), ""])


def _module(table: Table) -> list[str]:
    axes = [axis.name for axis in table.axes]
    ports = ", ".join([*axes, *(f"out_{name}" for name in table.quantities)])
    units = ", ".join(f"{axis.name} [{axis.unit}]" for axis in table.axes)
    control = ",".join("DE" if axis.scale == "category" else "3E" for axis in table.axes)
    places = [f"ln(V({axis.name}))" if axis.scale == "log" else f"V({axis.name})" for axis in table.axes]
    lines = [
        "",
        f"// axes: {units}",
        f"module {table.name}({ports});",
        f"    input {', '.join(axes)};",
        f"    output {', '.join(f'out_{name}' for name in table.quantities)};",
        f"    electrical {ports};",
        "    analog begin",
    ]
    for name in table.quantities:
        looked_up = f'$table_model({", ".join(places)}, "{table.name}_{name}.tbl", "{control}")'
        value = f"exp({looked_up})" if table.is_logarithmic(name) else looked_up
        lines.append(f"        V(out_{name}) <+ {value}; // [{table.unit(name)}]")
    return [*lines, "    end", "endmodule"]


def _data(table: Table, quantity: str) -> str:
    columns = long_form(table)
    good = columns["status"] == Status.OK.meaning
    shown = []
    for axis in table.axes:
        values = columns[f"{axis.name} [{axis.unit}]"][good]
        shown.append(np.log(values) if axis.scale == "log" else values)
    values = columns[f"{quantity} [{table.unit(quantity)}]"][good].astype(float)
    shown.append(np.log(values) if table.is_logarithmic(quantity) else values)
    head = [f"ln({axis.name})" if axis.scale == "log" else axis.name for axis in table.axes]
    head.append(f"ln({quantity})" if table.is_logarithmic(quantity) else quantity)
    rows = [" ".join(repr(float(value)) for value in row) for row in zip(*shown, strict=True)]
    return "\n".join([f"# {' '.join(head)}; {table.name}", *rows, ""])
