"""Energy of each action as an energy reference table of Accelergy (ERT, format 0.4), in picojoules.

Accelergy (Wu, Emer and Sze 2019, doi:10.1109/ICCAD45719.2019.8942149) and Timeloop read `ERT: {version, tables}`, a
table a component, with actions, their arguments and the energy [pJ] of one action. Each point of a table of ours that
has numbers is one entry; its arguments are the axes, in SI units. Points without numbers are left out and counted in a
comment. Static energy is the action `leak` with the length of the interval as argument.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from circuits.status import Status
from circuits.tables import Table, TableSet

from .values import needed

PICOJOULE = 1e-12
ACTIONS = (
    ("lif_neuron", "spike", "neuron_fire", "energy"),
    ("lif_neuron", "spike_interval", "neuron_fire", "spike_energy"),
    ("lif_neuron", "leak", "neuron_leak", "energy"),
    ("crossbar_column", "read", "column_read", "energy"),
)
"""Component, action, table and quantity; `spike` is from onset to reset, `spike_interval` from spike to spike."""


def accelergy_file(tables: TableSet) -> dict[str, str]:
    """One YAML document with the actions of neuron and column.

    Raises
    ------
    TableError
        A table is missing.
    """
    lines = ["# energies in pJ; arguments in SI units: V, A, s, ohm, S, 1", "ERT:", "  version: 0.4", "  tables:"]
    for component, group in itertools.groupby(ACTIONS, key=lambda action: action[0]):
        lines += [f"    - name: {component}", "      actions:"]
        for _, action, name, quantity in group:
            (table,) = needed(tables, name)
            lines += list(_entries(table, action, quantity))
    return {"": "\n".join(lines) + "\n"}


def _entries(table: Table, action: str, quantity: str) -> Iterator[str]:
    data = table.dataset
    codes, values = data["status"].to_numpy(), data[quantity].to_numpy()
    missing = int((codes != Status.OK).sum())
    if missing:
        yield f"        # {action}: {missing} of {codes.size} points have no number and are left out"
    for index in itertools.product(*(range(len(axis.values)) for axis in table.axes)):
        if codes[index] != Status.OK:
            continue
        arguments = ", ".join(
            f"{axis.name}: {_number(float(axis.values[i]))}" for axis, i in zip(table.axes, index, strict=True)
        )
        yield f"        - name: {action}"
        yield f"          arguments: {{{arguments}}}"
        yield f"          energy: {_number(float(values[index]) / PICOJOULE)}"


def _number(value: float) -> str:
    """A number that YAML 1.1 reads as one: it wants a point before an exponent.

    >>> _number(1e-7), _number(98.0)
    ('1.0e-07', '98.0')
    """
    text = repr(value)
    mantissa, mark, exponent = text.partition("e")
    return text if not mark or "." in mantissa else f"{mantissa}.0e{exponent}"
