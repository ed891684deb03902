"""The time-to-first-spike decoder as a Liberty cell: non-linear delay tables, internal power, leakage.

Each output `winK` has an arc from its input, `valid` one from every input; the numbers are those of the last input,
which has the longest chain of priority before it, so they are upper bounds for the others. An output falls with
`nreset` (an arc of the type clear). `timeout` rises after `nreset` where the table `decoder_timeout` has the bias.
The tie rule is in the comment, since Liberty has no words for it. Internal power of a rise is the supply energy of a
whole cycle, less the power of waiting for its time and the charge of the load at the supply, both of which tools add
on their own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from circuits.status import Status
from circuits.tables import Table, TableSet
from measurements.errors import TableError

from .liberty_text import CELL_HEAD, NANO, PICO, SUPPLY_PINS, listed
from .values import axis_of, number

Array = NDArray[np.float64]
THRESHOLD = 1e-6
"""Relative distance at which the time-out was characterized with the bias of the decoder [1]."""


def decoder_templates(tables: TableSet) -> list[str]:
    """Templates of the decoder's tables; none where it is not among the tables."""
    if "decoder_decide" not in tables:
        return []
    decide = tables["decoder_decide"]
    edges, loads = (len(axis_of(decide, name).values) for name in ("input_transition", "output_load"))
    indices = [f'index_1 ("{listed(range(1, edges + 1))}");', f'index_2 ("{listed(range(1, loads + 1))}");']
    both = "variable_1 : {}; variable_2 : total_output_net_capacitance; " + " ".join(indices)
    return [
        f"  lu_table_template (by_edge_and_load) {{ {both.format('input_net_transition')} }}",
        f"  power_lut_template (power_by_edge_and_load) {{ {both.format('input_transition_time')} }}",
        "  lu_table_template (by_load) { variable_1 : total_output_net_capacitance;"
        f" {indices[1].replace('index_2', 'index_1')} }}",
    ]


def decoder_cell(tables: TableSet) -> list[str]:
    """The cell `ttfs_decoder_N`; nothing where it is not among the tables.

    Raises
    ------
    TableError
        A point of the table has no numbers, or a cycle takes less energy than waiting and load.
    """
    if "decoder_decide" not in tables:
        return []
    decide = tables["decoder_decide"]
    supply = number(decide, "decoder_supply_voltage")
    if "neuron_fire" in tables and supply != number(tables["neuron_fire"], "neuron_supply_voltage"):
        raise TableError(
            f"{decide.name}: the decoder runs at {supply:g} V, the neuron at another supply; one is needed"
        )
    if np.any(decide.dataset["status"].to_numpy() != Status.OK):
        raise TableError(f"{decide.name}: every point needs numbers; there are {decide.status_counts()}")
    inputs = int(number(decide, "decoder_inputs"))
    power, held = (float(_values(decide, name).mean()) for name in ("static_power", "reset_power"))
    width = float(_values(decide, "input_capacitance").max()) / PICO
    supplies = "related_power_pin : VDD; related_ground_pin : VSS;"
    spikes = [
        f"    pin (spk{k}) {{ direction : input; clock : true; {supplies} capacitance : {width:.6g}; }}"
        for k in range(inputs)
    ]
    largest = axis_of(decide, "output_load").values[-1] / PICO
    bounded = f"direction : output; {supplies} max_capacitance : {largest:.6g};"
    wins = [
        line for k in range(inputs) for line in (f"    pin (win{k}) {{ {bounded}", *_win(decide, f"spk{k}"), "    }")
    ]
    return [
        f"  /* first-spike decoder of {inputs} inputs: the first to spike wins until the reset; of spikes closer than",
        "     the resolvable interval that of the lowest index wins and tie rises; numbers of the last input */",
        f"  cell (ttfs_decoder_{inputs}) {{",
        *CELL_HEAD,
        *SUPPLY_PINS,
        f"    cell_leakage_power : {power / NANO:.6g};",
        f'    leakage_power () {{ related_pg_pin : "VDD"; when : "nreset"; value : {power / NANO:.6g}; }}',
        f'    leakage_power () {{ related_pg_pin : "VDD"; when : "!nreset"; value : {held / NANO:.6g}; }}',
        *spikes,
        f"    pin (nreset) {{ direction : input; clock : true; {supplies} }} /* capacitance not characterized */",
        *wins,
        f"    pin (valid) {{ direction : output; {supplies}",
        *_valid(decide, [f"spk{k}" for k in range(inputs)]),
        "    }",
        f"    pin (tie) {{ direction : output; {supplies} }}",
        f"    pin (timeout) {{ direction : output; {supplies}",
        *_timeout(tables),
        "    }",
        "  }",
    ]


def _win(decide: Table, name: str) -> list[str]:
    """Arcs and power of one output: rise from its input, fall from the reset."""
    supply, cycle = number(decide, "decoder_supply_voltage"), number(decide, "cycle_time")
    load = axis_of(decide, "output_load").values
    switched = _values(decide, "energy") - _values(decide, "static_power") * cycle - load * supply**2
    if np.any(switched <= 0.0):
        raise TableError(f"{decide.name}: waiting and load take more than the energy of a decision")
    fall, edge = (_values(decide, name).mean(axis=0) / NANO for name in ("reset_delay", "fall_transition"))
    index = f'index_1 ("{listed(load / PICO)}");'
    return [
        f'      timing () {{ related_pin : "{name}"; timing_type : rising_edge; timing_sense : non_unate;',
        f"        {_table(decide, 'cell_rise', 'by_edge_and_load', _values(decide, 'delay') / NANO)}",
        f"        {_table(decide, 'rise_transition', 'by_edge_and_load', _values(decide, 'output_transition') / NANO)}",
        "      }",
        f'      internal_power () {{ related_pin : "{name}"; related_pg_pin : "VDD";',
        f"        {_table(decide, 'rise_power', 'power_by_edge_and_load', switched / PICO)}",
        f"        {_table(decide, 'fall_power', 'power_by_edge_and_load', np.zeros_like(switched))}",
        "      }",
        '      timing () { related_pin : "nreset"; timing_type : clear; timing_sense : positive_unate;',
        f'        cell_fall (by_load) {{ {index} values ("{listed(fall)}"); }}',
        f'        fall_transition (by_load) {{ {index} values ("{listed(edge)}"); }}',
        "      }",
    ]


def _valid(decide: Table, inputs: list[str]) -> list[str]:
    return [
        line
        for name in inputs
        for line in (
            f'      timing () {{ related_pin : "{name}"; timing_type : rising_edge; timing_sense : non_unate;',
            f"        {_table(decide, 'cell_rise', 'by_edge_and_load', _values(decide, 'valid_delay') / NANO)}",
            "      }",
        )
    ]


def _timeout(tables: TableSet) -> list[str]:
    """Release to time-out at the decoder's own bias; nothing where no table has it."""
    if "decoder_timeout" not in tables:
        return []
    table = tables["decoder_timeout"]
    bias, own = axis_of(table, "timer_bias").values, number(table, "decoder_timer_bias")
    near = np.abs(bias / own - 1.0) < THRESHOLD
    if not np.any(near) or int(table.dataset["status"].to_numpy()[near][0]) != Status.OK:
        return []
    value = float(_values(table, "timeout")[near][0]) / NANO
    return [
        '      timing () { related_pin : "nreset"; timing_type : rising_edge; timing_sense : non_unate;',
        f'        cell_rise (one_edge) {{ index_1 ("0.2"); values ("{value:.6g}"); }}',
        "      }",
    ]


def _table(decide: Table, kind: str, template: str, values: Array) -> str:
    """A table over edge [ns] and load [pF]."""
    edges = listed(axis_of(decide, "input_transition").values / NANO)
    loads = listed(axis_of(decide, "output_load").values / PICO)
    rows = ", ".join(f'"{listed(row)}"' for row in values)
    return f'{kind} ({template}) {{ index_1 ("{edges}"); index_2 ("{loads}"); values ({rows}); }}'


def _values(table: Table, name: str) -> Array:
    return table.dataset[name].to_numpy().astype(float)
