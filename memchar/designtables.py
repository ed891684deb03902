"""Tables of one design of the accelerator, characterized in ngspice on coarse grids around where its network works.

Each circuit is told what the one before it came to:

    row driver           R_on = (1/level - 1)/G_row becomes the column's driver resistance
    column               with an interface of 10 ohm: the current gain that the network's pulse steps need
    column interface     with output mirrors of that gain: its input resistance, and what arrives of a pulse's charge
    column, interface    again with that resistance, and mirrors as much wider as charge was lost
    column, interface    of the other layers, with the select element, bias and gain of each: `column_read_2` where its
                         element is another one, `column_interface_2`, whose mirrors its own lost charge sizes
    column interface     where draws are asked for: offset and gain of each layer's, as designed and with mismatch
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from measurements.errors import InputError
from memchar import pipeline
from memchar.config import PipelineConfig
from memchar.encodings import with_pulses_of
from memchar.plan import Plan, ProcedureName, ProcedurePlan

if TYPE_CHECKING:
    import xarray as xr

    from circuits import Cache, TableSet
    from circuits.procedures.procedure import Procedure
    from devicefit import DeviceCard
    from evaluator import Mnist, SpikingNetwork
    from evaluator.layercells import Cells
    from evaluator.networks import LayeredNetwork

    Network = SpikingNetwork | LayeredNetwork

NEURON: tuple[ProcedureName, ...] = (
    "neuron_fire", "neuron_leak", "neuron_charge", "neuron_leak_gate", "neuron_comparator", "neuron_trip",
)  # fmt: skip
AROUND: tuple[ProcedureName, ...] = ("encoder_full", "decoder_decide", "decoder_timeout", "row_drive")
ARRAY: tuple[ProcedureName, ...] = ("column_read", "column_interface")
LEAK: ProcedureName = "neuron_leak"
LEAST_TOP = 0.5
"""Membrane voltage that a neuron must bear without firing [V]."""
CURRENTS = (2.0, 8.0)
"""Input currents of the interface in units of one cell that is on [1]."""
RESTS = (0.8, 1.2)
"""Conductances at rest on a column in units of the mean column's [1]."""
LATER = 0.5
"""Times those are the currents in later layers, whose rows are fewer and pulse more rarely [1]."""
ENCODER_CURRENTS = tuple(float(value) for value in np.geomspace(0.2e-6, 14e-6, 7))
"""Brightness currents, far enough for slow corners [A]."""


@dataclass(frozen=True, eq=False)
class Workshop:
    """What all designs share: given tables and card, digits, where finished points are kept, ngspices side by side.

    `draws` of each layer's column interface are made, with the mismatch of its transistors; none for 0. `network` of
    layers in place of the shipped one.
    """

    tables: TableSet
    base: PipelineConfig
    card: DeviceCard
    mnist: Mnist
    cache: Cache | None = None
    jobs: int | None = None
    draws: int = 0
    network: LayeredNetwork | None = None


def network_of(config: PipelineConfig, given: LayeredNetwork | None = None) -> Network:
    """The network that was given, or else the shipped one, its encoder giving pulses of the design's width."""
    from evaluator import load_network, shipped_weights

    return with_pulses_of(given or load_network(shipped_weights()), config)


def procedures_of(config: PipelineConfig, card: DeviceCard, network: Network) -> dict[ProcedureName, Procedure]:
    """Every procedure of a design, on coarse grids."""
    plan = Plan(procedures={name: ProcedurePlan() for name in (*NEURON, *AROUND, *ARRAY)})
    simulation = config.simulation.model_copy(update={"grid": "coarse"})
    circuits = pipeline.compose(card, config.model_copy(update={"plan": plan, "simulation": simulation}))
    axes = _axes(config, card, network)
    found = {procedure.name: procedure for procedure in circuits.procedures}
    return {name: replace(found[name], **axes.get(name, {})) for name in plan.procedures}  # type: ignore[type-var]


def _axes(config: PipelineConfig, card: DeviceCard, network: Network) -> dict[str, dict[str, tuple[Any, ...]]]:
    from devicefit.models.static import on_resistance
    from evaluator.networks.arrays import cells_of

    array, on = config.array, on_resistance(card)
    cell = 1.0 / (on + array.select_resistance)
    layers = cells_of(network)
    columns = [2 * layer.weights.shape[1] for layer in layers]
    heaviest = 1.05 * cell * max(columns)
    rest = _rest(layers[0], array.tile_rows, cell)
    return {
        "column_read": {
            "active_rows": (4, 32),
            "device_resistance": (0.9 * on, 1.1 * on),
            "row_load": (0.0, heaviest),
            "on_fraction": (0.0, 0.6),
        },
        "row_drive": {
            "load_conductance": (1e-3 * heaviest, 0.5 * heaviest, heaviest),
            "row_capacitance": (float(sum(columns)) * array.wire_capacitance,),
        },
        "column_interface": {
            "input_current": tuple(times * array.read_voltage * cell for times in CURRENTS),
            "rest_conductance": tuple(times * rest for times in RESTS),
            "membrane_voltage": (0.5,),
        },
        "encoder_full": {"input_current": ENCODER_CURRENTS},
        "decoder_decide": {"input_transition": (0.3e-9,), "output_load": (20e-15,)},
        "decoder_timeout": {"timer_bias": (config.decoder.timer_bias,)},
    }


def _rest(layer: Cells, tile_rows: int, cell: float) -> float:
    """Mean conductance of a neuron's columns of one side in a tile [S]."""
    tiles = -(-layer.weights.shape[0] // tile_rows)
    return float(np.count_nonzero(layer.weights) * cell / (2 * layer.outputs * tiles))


def procedures_in_order(config: PipelineConfig, shop: Workshop) -> list[Procedure]:
    """What `design_tables` runs, without running it; column and interface as often as there, sizes as configured."""
    network = network_of(config, shop.network)
    layers = len(network.sizes) - 1
    found = procedures_of(config, shop.card, network)
    first = AROUND if _same_neuron(config, shop) else (*NEURON, *AROUND)
    drawn = [error_procedures(config, network, layer, shop) for layer in range(layers) if shop.draws]
    columns = ARRAY[:1] * (1 if config.array.later_select != 1.0 else 0)
    later = (*columns, *ARRAY[1:], *ARRAY[1:]) * (layers - 1)
    return [*(found[name] for name in (*first, *ARRAY, *ARRAY, *later)), *(one for pair in drawn for one in pair)]


def design_tables(config: PipelineConfig, shop: Workshop) -> tuple[PipelineConfig, TableSet]:
    """The tables of a design, and its configuration with what followed from them.

    Tables of the neuron are those given where the design's neuron is theirs.

    Raises
    ------
    InputError
        The given tables lack one of the neuron.
    MemcharError
        A circuit cannot be built or a table does not reach to where the network is.
    """
    from circuits.tables import TableSet

    network, card = network_of(config, shop.network), shop.card
    fixed = _fixed(config, network, shop)

    def tables(at: PipelineConfig, *names: ProcedureName) -> TableSet:
        found = procedures_of(at, card, network)
        made = fixed | _run([found[name] for name in names], at, shop)
        if ARRAY[0] in names and at.array.later_select != 1.0:
            made |= _later_columns(at, network, shop)
        return TableSet.of(made, {})

    config = _changed(config, "array", driver_resistance=_driver_resistance(tables(config), config))
    gain = _gains(tables(_changed(config, "array", later_select=1.0), "column_read"), network, card)[0]
    config = _changed(config, "interface", output_width=gain * config.interface.main_width)
    first = interface_figures(tables(config, "column_interface"))
    config = _changed(config, "array", sense_resistance=first["input_resistance"])
    gains = _gains(tables(config, "column_read"), network, card)
    width = config.interface.output_width * gains[0] / first["transfer"]
    config = _changed(config, "interface", output_width=width)
    datasets = {name: table.dataset for name, table in tables(config, *ARRAY).items()}
    ratios = [1.0]
    for layer, needed in enumerate(gains[1:], 1):
        tried = _later_interface(config, needed / gains[0], layer, network, shop)
        ratios.append(needed / gains[0] * needed / interface_figures(TableSet.of(tried, {}))["transfer"])
        later = _later_interface(config, ratios[-1], layer, network, shop)
        datasets[f"column_interface_{layer + 1}"] = later["column_interface"]
    if shop.draws:
        datasets |= _errors(config, network, ratios, shop)
    return config, TableSet.of(datasets, {"configuration": config.model_dump_json()})


def _later(config: PipelineConfig, ratio: float = 1.0) -> PipelineConfig:
    """Arrays and interfaces of a later layer, whose output mirrors are `ratio` times as wide as the first's."""
    own, select = config.interface, config.array.select_resistance * config.array.later_select
    changed = _changed(config, "array", select_resistance=select)
    return _changed(
        changed, "interface", output_width=own.output_width * ratio, bias_current=own.bias_current * own.later_bias
    )


def _later_columns(config: PipelineConfig, network: Network, shop: Workshop) -> dict[str, Any]:
    """Columns of the later layers, behind their own select element."""
    from devicefit.models.static import on_resistance
    from evaluator.networks.arrays import cells_of

    other = _later(config)
    cell = 1.0 / (on_resistance(shop.card) + other.array.select_resistance)
    heaviest = 1.05 * cell * max(2 * layer.weights.shape[1] for layer in cells_of(network)[1:])
    alone = procedures_of(other, shop.card, network)["column_read"]
    lighter = replace(alone, row_load=(0.0, heaviest))  # type: ignore[type-var]
    column = _run([lighter], other, shop)["column_read"]
    return {f"column_read_{layer}": column for layer in range(2, len(network.sizes))}


def _later_interface(
    config: PipelineConfig, ratio: float, layer: int, network: Network, shop: Workshop
) -> dict[str, Any]:
    """The table of a later layer's interface (from 0), at its own currents and conductances."""
    from devicefit.models.static import on_resistance
    from evaluator.networks.arrays import cells_of

    other = _later(config, ratio)
    cell = 1.0 / (on_resistance(shop.card) + other.array.select_resistance)
    rest = _rest(cells_of(network)[layer], other.array.tile_rows, cell)
    alone = procedures_of(other, shop.card, network)["column_interface"]
    own = replace(
        alone,  # type: ignore[type-var]
        input_current=tuple(LATER * value for value in alone.axes()[1].values),
        rest_conductance=tuple(times * rest for times in RESTS),
    )
    return _run([own], other, shop)


def _errors(config: PipelineConfig, network: Network, ratios: Sequence[float], shop: Workshop) -> dict[str, Any]:
    """Offsets and gains of each layer's interface, as designed over the membrane's voltage and drawn at one."""
    found: dict[str, Any] = {}
    for layer, ratio in enumerate(ratios):
        own = _later(config, ratio) if layer else config
        for procedure in error_procedures(own, network, layer, shop):
            name = procedure.name + (f"_{layer + 1}" if layer else "")
            found[name] = _run([procedure], own, shop)[procedure.name]
    return found


def error_procedures(
    config: PipelineConfig, network: Network, layer: int, shop: Workshop
) -> tuple[Procedure, Procedure]:
    """The interface as designed and its draws, at a middle current and the layer's mean conductance at rest."""
    from circuits.procedures.column_interface import ColumnInterfaceProcedure
    from circuits.procedures.column_interface_errors import ColumnInterfaceErrorsProcedure
    from devicefit.models.static import on_resistance
    from evaluator.networks.arrays import cells_of

    array = config.array
    plain = procedures_of(config, shop.card, network)["column_interface"]
    if not isinstance(plain, ColumnInterfaceProcedure):
        raise InputError(f"{plain.name} is no procedure of the column interface")
    cell = 1.0 / (on_resistance(shop.card) + array.select_resistance)
    middle = float(np.sqrt(CURRENTS[0] * CURRENTS[-1])) * array.read_voltage * cell * (LATER if layer else 1.0)
    common = ColumnInterfaceErrorsProcedure(
        plain.interface,
        plain.technology,
        input_current=float(f"{middle:.3g}"),
        rest_conductance=float(f"{_rest(cells_of(network)[layer], array.tile_rows, cell):.3g}"),
    )
    return common, replace(common, draw=tuple(range(1, shop.draws + 1)), membrane_voltage=(0.5,))


def interface_figures(tables: TableSet) -> dict[str, float]:
    """Means over the interface's table, and the charge that it transfers.

    `droop` is the loss of gain from the lowest to the highest current, `unequal` the largest difference of the gains of
    both sides [1]. `transfer` is output over input charge, the input as the crossbar's equations have it:
    I w/(1 + r G_rest) [1]; `settled` is that over the gain.
    """
    table = tables["column_interface"].dataset
    entering = 1.0 / (1.0 + table["input_resistance"] * table["rest_conductance"])
    arriving = abs(table["charge_gain"])
    gain = abs(table["gain"])
    found = {
        "input_resistance": float(table["input_resistance"].mean()),
        "transfer": float((arriving / entering).mean()),
        "settled": float((arriving / gain / entering).mean()),
        "droop": float(1.0 - (gain.isel(input_current=-1) / gain.isel(input_current=0)).min()),
        "unequal": float(abs(gain.sel(sign=1) / gain.sel(sign=-1) - 1.0).max()),
        "offset_current": float(table["offset_current"].mean()),
        "static_power": float(table["static_power"].mean()),
        "delay": float(table["delay"].mean()),
    }
    lost = [name for name, value in found.items() if not np.isfinite(value)]
    if lost:
        raise InputError(f"no {lost[0]} of the column interface: {table.attrs.get('failures', '')}"[:300])
    return found


def _fixed(config: PipelineConfig, network: Network, shop: Workshop) -> dict[str, Any]:
    """Datasets of neuron, encoder, decoder and row driver."""
    procedures = procedures_of(config, shop.card, network)
    if not _same_neuron(config, shop):
        found = _run([procedures[name] for name in (*NEURON, *AROUND)], config, shop)
        return found | {LEAK: below_threshold(found[LEAK])}
    missing = [name for name in NEURON if name not in shop.tables]
    if missing:
        raise InputError(f"the tables hold no {missing[0]}", hint="take those of memchar run")
    given = {str(name): shop.tables[name].dataset for name in NEURON}
    return given | _run([procedures[name] for name in AROUND], config, shop)


def below_threshold(leak: xr.Dataset) -> xr.Dataset:
    """The table of the leak without its highest voltages at which the neuron fires by itself.

    The threshold goes with the corner, the grid does not: at 0.86 V a slow neuron waits, a fast one fires from 0.75 V.
    The attribute `fires_from` [V] names the lowest that was left out.

    Raises
    ------
    InputError
        The neuron fires from `LEAST_TOP` already.
    """
    from circuits.status import Status

    failed = (leak["status"] == Status.MEASURE_FAILED).all("interval").to_numpy()
    kept = failed.size - int(np.argmin(failed[::-1])) if not failed.all() else 0
    if kept == failed.size:
        return leak
    voltage = leak["initial_voltage"].to_numpy()
    if kept == 0 or voltage[kept - 1] < LEAST_TOP:
        raise InputError(
            f"{LEAK}: the neuron fires by itself from {voltage[kept]:g} V: {leak.attrs.get('failures', '')}"[:300]
        )
    return leak.isel(initial_voltage=slice(0, kept)).assign_attrs(fires_from=float(voltage[kept]))


def _same_neuron(config: PipelineConfig, shop: Workshop) -> bool:
    same = config.simulation.temperature == shop.base.simulation.temperature
    return same and config.neuron == shop.base.neuron


def _run(procedures: Sequence[Procedure], config: PipelineConfig, shop: Workshop) -> dict[str, Any]:
    from circuits.characterize import characterize

    return dict(characterize(procedures, shop.jobs, None, shop.cache, timeout=config.simulation.timeout))


def _driver_resistance(tables: TableSet, config: PipelineConfig) -> float:
    """On resistance of the row driver, from the level of the mean of its loads [ohm]."""
    table = tables["row_drive"].dataset.isel(load_conductance=1, row_capacitance=0)
    found = (1.0 / float(table["level"]) - 1.0) / float(table["load_conductance"])
    if not found > 0.0:  # NaN too
        raise InputError(
            f"the row driver of {config.row_driver.switch_width:g} m gives no level below the read voltage"
        )
    return found


def _gains(tables: TableSet, network: Network, card: DeviceCard) -> tuple[float, ...]:
    """Current gain that each layer needs [1]."""
    from evaluator.networks import LayeredNetwork
    from evaluator.networks.evaluation import prepare_layers
    from evaluator.prepared import prepare

    if isinstance(network, LayeredNetwork):
        return prepare_layers(network, tables, card).gains
    return prepare(network, tables, card).gains


def _changed(config: PipelineConfig, section: str, **values: float) -> PipelineConfig:
    """The configuration with other values in a section, checked; three digits, so that decks of like designs agree."""
    document: dict[str, Any] = config.model_dump()
    document[section] |= {name: float(f"{value:.3g}") for name, value in values.items()}
    return validated(document)


def validated(document: Mapping[str, Any]) -> PipelineConfig:
    """A configuration, or the reason why it is none as InputError."""
    from pydantic import ValidationError

    try:
        return PipelineConfig.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{place}: {first['msg']}, found {first.get('input')}") from error
