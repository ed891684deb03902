"""Search for the operating point: designs of a grid, each with its own tables, compared by what they reach and cost.

A design is a set of keys of the pipeline's configuration with values. All combinations are evaluated on the same
weights and images; every block of the accelerator but control and programming is counted. Of those that meet the limits
the one with the least energy an image is chosen; the Pareto table has every design to which no other is at least as
good in accuracy, latency, energy and area, and better in one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from measurements.errors import InputError, MemcharError
from memchar.config import PipelineConfig
from memchar.designtables import Workshop, design_tables, interface_figures, network_of, validated
from memchar.quantities import format_quantity

if TYPE_CHECKING:
    from circuits import TableSet
    from evaluator import Evaluation, Interfaces, SpikingNetwork, Trim
    from evaluator.networks import LayeredNetwork

Settings = Mapping[str, float | str]
SECTIONS = ("array", "interface", "row_driver", "neuron")
BESIDE = ("simulation.temperature",)
"""Keys of other sections that can be varied."""
DERIVED = ("array.driver_resistance", "array.sense_resistance", "interface.output_width")
"""Keys that follow from the tables of a design."""
MAXIMUM_DESIGNS = 1000
ACTING = ("as designed", "drawn", "trimmed")
"""Evaluations in which interfaces are not ideal, as they are shown."""
LEAST_SETTLED = 0.7
"""Share of a pulse's charge that must pass the interface before its strobe ends [1]."""
LARGEST_DROOP = 0.2
"""Loss of the interface's gain up to the highest current of its table [1]."""


@dataclass(frozen=True)
class Limits:
    """What a design must meet: accuracy [1], latency [s], power [W], energy a spike [J]."""

    accuracy: float = 0.97
    latency: float = 2e-6
    power: float = 2.9e-3
    energy_per_spike: float = 2.51e-12


@dataclass(frozen=True, eq=False)
class Design:
    """A design and what came out; `interface` has figures of its table, `area` is in m^2, packed.

    `acting` has the evaluations in which the interfaces' errors act on the spikes, by `ACTING`; empty where no
    interfaces were drawn. `tables` are those that the figures rest on.
    """

    settings: Settings
    config: PipelineConfig
    evaluation: Evaluation | None = None
    interface: Mapping[str, float] = field(default_factory=dict)
    area: float = float("nan")
    failure: str = ""
    acting: Mapping[str, Evaluation] = field(default_factory=dict)
    tables: TableSet | None = None

    def misses(self, limits: Limits) -> tuple[str, ...]:
        """Which limits it does not meet, in words; why it has no figures."""
        found = self.evaluation
        if found is None:
            return (self.failure,)
        checks = {
            "accuracy": found.accuracy < limits.accuracy,
            "latency": found.latency_per_image_s > limits.latency,
            "power": found.power_W > limits.power,
            "energy a spike": found.energy_per_spike_J > limits.energy_per_spike,
            "interface too slow": self.interface["settled"] < LEAST_SETTLED,
            "interface beyond its range": self.interface["droop"] > LARGEST_DROOP,
        }
        return tuple(name for name, missed in checks.items() if missed)


def designs(base: PipelineConfig, varied: Mapping[str, Sequence[float | str]]) -> list[tuple[Settings, PipelineConfig]]:
    """Every combination of the values, and its configuration.

    Raises
    ------
    InputError
        A key is none of the circuit's, follows from the tables, or a value is out of its range; or too many designs.
    """
    for key in varied:
        section, _, name = key.partition(".")
        known = section in SECTIONS and name in base.model_dump()[section] and key not in DERIVED
        if not known and key not in BESIDE:
            allowed = f"{', '.join(SECTIONS)} can, but for {', '.join(DERIVED)}; and {', '.join(BESIDE)}"
            raise InputError(f"{key} cannot be varied", hint=f"keys of {allowed}")
    found = [dict(zip(varied, values, strict=True)) for values in itertools.product(*varied.values())]
    if len(found) > MAXIMUM_DESIGNS:
        raise InputError(f"{len(found)} designs, at most {MAXIMUM_DESIGNS} are explored; give fewer values")
    return [(settings, _configured(base, settings)) for settings in found]


def _configured(base: PipelineConfig, settings: Settings) -> PipelineConfig:
    document: dict[str, Any] = base.model_dump()
    for key, value in settings.items():
        section, _, name = key.partition(".")
        document[section][name] = value
    return validated(document)


def explore(
    candidates: Sequence[tuple[Settings, PipelineConfig]],
    shop: Workshop,
    images: int,
    trim: Trim | None = None,
    acting: Sequence[str] = ACTING,
) -> Iterator[Design]:
    """One design after the other; finished points of the workshop's cache are not simulated again.

    Where the workshop draws interfaces, each design is evaluated again for each of `acting`: with those as designed,
    with those drawn, and with those drawn and trimmed by `trim`.
    """
    for settings, config in candidates:
        try:
            yield _explored(settings, config, shop, images, trim, acting)
        except MemcharError as error:
            yield Design(settings, config, failure=str(error))


def _explored(
    settings: Settings,
    config: PipelineConfig,
    shop: Workshop,
    images: int,
    trim: Trim | None,
    acting: Sequence[str],
) -> Design:
    from evaluator import Interfaces, NeuronBehaviour

    sized, tables = design_tables(config, shop)
    chosen, network = config.evaluation, network_of(config, shop.network)
    figures = partial(_figures, network, tables, shop, images, chosen.seed if chosen.device_spread else None)
    found, others = figures(), {}
    if shop.draws:
        drawn = Interfaces(chosen.seed)
        kinds = (Interfaces(), drawn, *(() if trim is None else (replace(drawn, trim=trim),)))
        wanted = [(name, kind) for name, kind in zip(ACTING, kinds, strict=False) if name in acting]
        others = {name: figures(interfaces=kind) for name, kind in wanted}
    neuron = NeuronBehaviour.from_tables(tables)
    interface = interface_figures(tables)
    filled = abs(interface["offset_current"]) * found.latency_per_image_s / (neuron.threshold * neuron.capacitance)
    area = packed_area(sized, network)
    return Design(settings, sized, found, {**interface, "offset_fill": filled}, area, "", others, tables)


def _figures(
    network: SpikingNetwork | LayeredNetwork, tables: TableSet, shop: Workshop, images: int, seed: int | None,
    interfaces: Interfaces | None = None,
) -> Evaluation:  # fmt: skip
    from evaluator import evaluate
    from evaluator.networks import LayeredNetwork, evaluate_layers

    shown, labels = shop.mnist.test_images[:images], shop.mnist.test_labels[:images]
    if isinstance(network, LayeredNetwork):
        return evaluate_layers(
            network, tables, shop.card, shown, labels, spread_seed=seed, threads=shop.jobs, interfaces=interfaces
        ).total
    return evaluate(
        network, tables, shop.card, shown, labels, spread_seed=seed, threads=shop.jobs, interfaces=interfaces
    )


def packed_area(config: PipelineConfig, network: SpikingNetwork | LayeredNetwork) -> float:
    """Area of the accelerator of a configuration, packed [m^2]; see `memchar area`."""
    from evaluator.networks import LayeredNetwork
    from memchar.networks import array_shapes
    from netlists.columninterface import ColumnInterface
    from netlists.macroarea import MacroShape, macro_blocks

    interface = ColumnInterface(**config.interface.model_dump(exclude={"later_bias"}))
    shape = MacroShape(
        network.sizes,
        config.array.tile_rows,
        select_resistance=config.array.select_resistance,
        parameters={
            "row_switch": {"switch_width": config.row_driver.switch_width},
            "column_interface": interface.sizes,
            "column_interface_bias": interface.bias_sizes,
            "lif_neuron": {"membrane_capacitance": config.neuron.membrane_capacitance},
        },
        arrays=array_shapes(network) if isinstance(network, LayeredNetwork) else (),
    )
    return sum(block.packed * block.count for block in macro_blocks(shape))


def chosen(found: Sequence[Design], limits: Limits) -> Design | None:
    """Of the designs that meet all limits the one with the least energy an image."""
    fit = [one for one in found if one.evaluation is not None and not one.misses(limits)]
    return min(fit, key=lambda one: one.evaluation.energy_per_image_J if one.evaluation else 0.0, default=None)


def pareto(found: Sequence[Design]) -> list[Design]:
    """Designs that no other one beats."""
    return [one for one in found if _merits(one) and not any(_beats(other, one) for other in found)]


def _merits(one: Design) -> tuple[float, ...]:
    """The lower the better."""
    found = one.evaluation
    return () if found is None else (-found.accuracy, found.latency_per_image_s, found.energy_per_image_J, one.area)


def _beats(other: Design, one: Design) -> bool:
    theirs, own = _merits(other), _merits(one)
    return bool(theirs) and theirs != own and all(a <= b for a, b in zip(theirs, own, strict=True))


def design_rows(found: Sequence[Design], limits: Limits) -> list[tuple[str, ...]]:
    """Designs as text, header first; `P` marks the Pareto front, `*` the chosen one."""
    header = (
        "", *(found[0].settings if found else ()), "gain", "accuracy", "latency", "power", "energy an image",
        "a spike", "a synaptic event", "area", "settled", "offset fills", *_acting_names(found), "misses",
    )  # fmt: skip
    front, best = pareto(found), chosen(found, limits)
    rows: list[tuple[str, ...]] = [header]
    for one in found:
        mark = ("P" if one in front else "") + ("*" if one is best else "")
        head = (mark, *(value if isinstance(value, str) else f"{value:.4g}" for value in one.settings.values()))
        result, missed = one.evaluation, "; ".join(one.misses(limits)) or "-"
        if result is None:
            rows.append((*head, *[""] * (len(header) - len(head) - 1), missed))
            continue
        rows.append(
            (
                *head,
                f"{one.config.interface.output_width / one.config.interface.main_width:.3g}",
                f"{result.accuracy:.2%}",
                format_quantity(result.latency_per_image_s, "s"),
                format_quantity(result.power_W, "W"),
                format_quantity(result.energy_per_image_J, "J"),
                format_quantity(result.energy_per_spike_J, "J"),
                format_quantity(result.energy_per_synaptic_event_J, "J"),
                f"{one.area * 1e6:.3g} mm2",
                f"{one.interface['settled']:.0%}",
                f"{one.interface['offset_fill']:.0%}",
                *(f"{one.acting[name].accuracy:.2%}" if name in one.acting else "" for name in _acting_names(found)),
                missed,
            )
        )
    return rows


def _acting_names(found: Sequence[Design]) -> list[str]:
    """Which columns of accuracies with acting interfaces there are."""
    return [name for name in ACTING if any(name in one.acting for one in found)]


def design_document(found: Sequence[Design], limits: Limits) -> list[dict[str, Any]]:
    """The same for JSON, with the energy of each block."""
    front, best = pareto(found), chosen(found, limits)
    return [
        {
            "settings": dict(one.settings),
            "pareto": one in front,
            "chosen": one is best,
            "misses": list(one.misses(limits)),
            "configuration": one.config.model_dump(include=set(SECTIONS)),
            "interface": dict(one.interface),
            "area_m2": one.area if one.evaluation is not None else None,
            "evaluation": None if one.evaluation is None else one.evaluation.as_json(),
            "interfaces_acting": {name: result.as_json() for name, result in one.acting.items()},
        }
        for one in found
    ]


def tables_of(design: Design) -> TableSet:
    """The tables of a design, for `memchar evaluate` and `memchar compare-devices`.

    Raises
    ------
    InputError
        The design has none, since it failed.
    """
    if design.tables is None:
        raise InputError(f"the design has no tables: {design.failure}")
    return design.tables
