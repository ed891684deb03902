"""Neuron and crossbar column as Liberty cells: timing, internal power, leakage.

Liberty (open standard, version 2017.06) knows digital cells, so an analogue one has to be mapped, and the comments of
the file say how:

- The neuron's input `mem` takes a current I. Its transition time stands for it: the time in which I takes the
  membrane capacitor C through the supply V, t = C V / I. From that edge the output rises after `delay` (from rest) and
  falls again a spike's width later: two arcs of the type rising_edge.
- Internal power of the rise is the supply energy from onset to the end of spike and reset, less leakage power times
  that time, since tools add leakage on their own.
- A column is a cell for each number of active rows and device resistance, the other axes at the values in its
  comment; its edge is the one characterized.

Left out, since nothing characterized gives it: area, output transition times, dependence on the load, a logic function.
"""

from __future__ import annotations

import itertools
import re

import numpy as np
from numpy.typing import NDArray

from circuits.status import Status
from circuits.tables import Table, TableSet
from measurements.errors import TableError

from .liberty_decoder import decoder_cell, decoder_templates
from .liberty_text import CELL_HEAD, NANO, PICO, SUPPLY_PINS, listed
from .values import axis_of, from_rest, needed, number, rest_power

Array = NDArray[np.float64]
UNSTATED_TEMPERATURE = 300.15
"""Of tables made before their temperature was written into them: the simulator's own [K]."""


def liberty_file(tables: TableSet) -> dict[str, str]:
    """One library with the cell `lif_neuron`, the cells of the columns, and the decoder where it was characterized.

    Raises
    ------
    TableError
        A table, an attribute or a needed point is missing.
    """
    fire, leak, column = needed(tables, "neuron_fire", "neuron_leak", "column_read")
    supply = number(fire, "neuron_supply_voltage")
    current, _ = from_rest(fire)
    return {
        "": "\n".join(
            [
                *_head(fire, supply, len(current)),
                *decoder_templates(tables),
                *_neuron(fire, leak, supply),
                *_columns(column),
                *decoder_cell(tables),
                "}",
                "",
            ]
        )
    }


def _head(fire: Table, supply: float, currents: int) -> list[str]:
    version, simulator, technology = (
        _comment(fire.dataset.attrs.get(name, "not stated"))
        for name in ("memchar_version", "ngspice_version", "technology")
    )
    celsius = round(float(fire.dataset.attrs.get("temperature", UNSTATED_TEMPERATURE)) - 273.15, 6)
    return [
        f"/* memchar {version}, ngspice {simulator}, technology {technology}, {celsius:g} C.",
        "   Analogue cells: the transition time of pin mem stands for an input current, t = C V / I.",
        "   No area, output transition, load dependence or logic function: not characterized. */",
        "library (memchar) {",
        "  delay_model : table_lookup;",
        '  time_unit : "1ns";',
        '  voltage_unit : "1V";',
        '  current_unit : "1uA";',
        '  leakage_power_unit : "1nW";',
        '  pulling_resistance_unit : "1kohm";',
        "  capacitive_load_unit (1, pf);",
        "  nom_process : 1;",
        f"  nom_voltage : {supply:.6g};",
        f"  nom_temperature : {celsius:g};",
        f"  operating_conditions (characterized) {{ process : 1; temperature : {celsius:g};"
        f" voltage : {supply:.6g}; tree_type : balanced_tree; }}",
        "  default_operating_conditions : characterized;",
        "  input_threshold_pct_rise : 50; input_threshold_pct_fall : 50;",
        "  output_threshold_pct_rise : 50; output_threshold_pct_fall : 50;",
        "  slew_lower_threshold_pct_rise : 0; slew_upper_threshold_pct_rise : 100;",
        "  slew_lower_threshold_pct_fall : 0; slew_upper_threshold_pct_fall : 100;",
        "  voltage_map (VDD, " + f"{supply:.6g});",
        "  voltage_map (VSS, 0);",
        f"  lu_table_template (by_current) {{ variable_1 : input_net_transition;"
        f' index_1 ("{listed(range(1, currents + 1))}"); }}',
        f"  power_lut_template (power_by_current) {{ variable_1 : input_transition_time;"
        f' index_1 ("{listed(range(1, currents + 1))}"); }}',
        '  lu_table_template (one_edge) { variable_1 : input_net_transition; index_1 ("1"); }',
        '  power_lut_template (power_one_edge) { variable_1 : input_transition_time; index_1 ("1"); }',
    ]


def _neuron(fire: Table, leak: Table, supply: float) -> list[str]:
    capacitance = number(fire, "neuron_membrane_capacitance")
    load = number(fire, "neuron_spike_load")
    current, found = from_rest(fire)
    power = rest_power(leak)
    switched = found["energy"] - power * (found["delay"] + found["spike_width"])
    if np.any(switched <= 0.0):
        raise TableError(f"{fire.name}: leakage at rest exceeds the energy of a spike; characterize neuron_leak again")
    edge = capacitance * supply / current / NANO
    order = np.argsort(edge)
    index = listed(edge[order])

    def table(kind: str, template: str, values: Array) -> str:
        return f'{kind} ({template}) {{ index_1 ("{index}"); values ("{listed(values[order])}"); }}'

    fall = (found["delay"] + found["spike_width"]) / NANO
    return [
        f"  /* membrane {capacitance:g} F; spike load {load:g} F; inputs {current[0]:g} to {current[-1]:g} A */",
        "  cell (lif_neuron) {",
        *CELL_HEAD,
        *SUPPLY_PINS,
        f"    cell_leakage_power : {power / NANO:.6g};",
        f'    leakage_power () {{ related_pg_pin : "VDD"; value : {power / NANO:.6g}; }}',
        "    pin (mem) { direction : input; clock : true; related_power_pin : VDD; related_ground_pin : VSS;"
        f" capacitance : {capacitance / PICO:.6g}; }}",
        "    pin (spk) {",
        "      direction : output; related_power_pin : VDD; related_ground_pin : VSS;",
        f"      max_capacitance : {load / PICO:.6g};",
        '      timing () { related_pin : "mem"; timing_type : rising_edge; timing_sense : non_unate;',
        f"        {table('cell_rise', 'by_current', found['delay'] / NANO)}",
        f"        {table('cell_fall', 'by_current', fall)}",
        "      }",
        '      internal_power () { related_pin : "mem"; related_pg_pin : "VDD";',
        f"        {table('rise_power', 'power_by_current', switched / PICO)}",
        f"        {table('fall_power', 'power_by_current', np.zeros_like(switched))}",
        "      }",
        "    }",
        "  }",
    ]


def _columns(column: Table) -> list[str]:
    edge = number(column, "edge_time") / NANO
    load = axis_of(column, "row_load").values[0]
    share = axis_of(column, "on_fraction").values[-1]
    lines = [
        f"  /* columns of {number(column, 'rows'):g} cells, pulse {number(column, 'pulse_width'):g} s at"
        f" {number(column, 'read_voltage'):g} V; row load {load:g} S, share of idle cells on {share:g};"
        " energy of one read of the whole column as the power of the rise */"
    ]
    rows, resistance = axis_of(column, "active_rows").values, axis_of(column, "device_resistance").values
    for active, ohm in itertools.product(rows, resistance):
        point = column.dataset.sel(active_rows=active, device_resistance=ohm, row_load=load, on_fraction=share)
        if int(point["status"]) != Status.OK:
            lines.append(f"  /* {active:g} rows of {ohm:g} ohm: {Status(int(point['status'])).meaning} */")
            continue
        lines += _column(
            f"column_{_name(active)}_rows_{_name(ohm)}_ohm",
            {name: float(point[name]) for name in column.quantities},
            edge,
        )
    return lines


def _column(name: str, found: dict[str, float], edge: float) -> list[str]:
    one = f'index_1 ("{edge:.6g}")'
    return [
        f"  cell ({name}) {{",
        *CELL_HEAD,
        "    cell_leakage_power : 0;",
        "    pin (row) { direction : input; clock : true; }",
        "    pin (sense) {",
        "      direction : output;",
        '      timing () { related_pin : "row"; timing_type : rising_edge; timing_sense : non_unate;',
        f'        cell_rise (one_edge) {{ {one}; values ("{found["delay"] / NANO:.6g}"); }}',
        "      }",
        '      internal_power () { related_pin : "row";',
        f'        rise_power (power_one_edge) {{ {one}; values ("{found["energy"] / PICO:.6g}"); }}',
        f'        fall_power (power_one_edge) {{ {one}; values ("0"); }}',
        "      }",
        "    }",
        "  }",
    ]


def _comment(text: object) -> str:
    """Text that cannot end a comment."""
    return re.sub(r"[^A-Za-z0-9_.,+ -]", "_", str(text))


def _name(value: float) -> str:
    """A number as a part of a name: 1.5e4 as 15000, 0.5 as 0p5."""
    return f"{value:.6f}".rstrip("0").rstrip(".").replace(".", "p")
