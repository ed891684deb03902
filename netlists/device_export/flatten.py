"""Subcircuits inside a subcircuit, written out: one level of names, as a Verilog-A module needs."""

from __future__ import annotations

from measurements.errors import NetlistError
from netlists.device_export.celltext import CellText, Element, Function, Instance, parse_cells
from netlists.device_export.expression import Expression, renamed

DEEPEST = 4


def parse_cell(text: str) -> CellText:
    """The first subcircuit of `text`, two ports, with every X replaced by what it stands for.

    An instance's nodes, parameters and functions get its name and `_` in front; its parameters become derived values.

    Raises
    ------
    NetlistError
        A line outside the list, an X of a subcircuit that is not in the text, or another number of ports.
    """
    cells = parse_cells(text)
    main = cells[0]
    if len(main.ports) != 2:
        raise NetlistError(f"cell {main.name!r} has {len(main.ports)} ports; two are needed")
    library = {cell.name: cell for cell in cells[1:]}
    for _ in range(DEEPEST):
        if not main.instances:
            return main
        main = _expanded(main, library)
    raise NetlistError(f"subcircuits in cell {main.name!r} are nested more than {DEEPEST} deep")


def _expanded(main: CellText, library: dict[str, CellText]) -> CellText:
    derived, functions = list(main.derived), list(main.functions)
    elements, initial = list(main.elements), list(main.initial)
    deeper: list[Instance] = []
    for instance in main.instances:
        if instance.cell not in library:
            raise NetlistError(f"{instance.name} is of subcircuit {instance.cell!r}, which is not in the text")
        part = _placed(library[instance.cell], instance)
        derived += part.derived
        functions += part.functions
        elements += part.elements
        initial += part.initial
        deeper += part.instances
    return CellText(
        main.name,
        main.ports,
        main.parameters,
        tuple(derived),
        tuple(functions),
        tuple(elements),
        tuple(initial),
        tuple(deeper),
    )


def _placed(cell: CellText, instance: Instance) -> CellText:
    """The cell of an instance with the names it has in the cell around it."""
    if len(cell.ports) != len(instance.nodes):
        raise NetlistError(
            f"{instance.name} has {len(instance.nodes)} nodes; {cell.name!r} has {len(cell.ports)} ports"
        )
    given, wired = dict(instance.parameters), dict(zip(cell.ports, instance.nodes, strict=True))
    unknown = given.keys() - {name for name, _ in cell.parameters}
    if unknown:
        raise NetlistError(f"{instance.name} sets {min(unknown)!r}, which {cell.name!r} does not have")
    own = {name for name, _ in (*cell.parameters, *cell.derived)} | {function.name for function in cell.functions}

    def place(node: str) -> str:
        return node if node == "0" else wired.get(node, f"{instance.name}_{node}")

    def name(text: str) -> str:
        return f"{instance.name}_{text}" if text in own else text

    def moved(value: Expression) -> Expression:
        return renamed(value, name, place)

    def body(function: Function) -> Expression:
        return renamed(function.body, lambda text: text if text in function.arguments else name(text), place)

    values = [(name(key), given.get(key, default)) for key, default in cell.parameters]
    return CellText(
        cell.name,
        instance.nodes,
        (),
        (*values, *((name(key), moved(value)) for key, value in cell.derived)),
        tuple(Function(name(f.name), f.arguments, body(f)) for f in cell.functions),
        tuple(
            Element(e.kind, f"{instance.name}_{e.name}", place(e.start), place(e.end), moved(e.value))
            for e in cell.elements
        ),
        tuple((place(node), moved(value)) for node, value in cell.initial),
        tuple(
            Instance(
                f"{instance.name}_{inner.name}",
                tuple(place(node) for node in inner.nodes),
                inner.cell,
                tuple((key, moved(value)) for key, value in inner.parameters),
            )
            for inner in cell.instances
        ),
    )
