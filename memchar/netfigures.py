"""An evaluation by layer, block and operation, in distribution over images, and the silicon it takes: rows and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from memchar.commands.output import columns
from memchar.quantities import format_quantity

if TYPE_CHECKING:
    from evaluator import SpikingNetwork
    from evaluator.networks import LayeredNetwork
    from memchar.config import PipelineConfig

NOT_IN_AREA: tuple[str, ...] = ("write drivers", "control logic", "decoupling", "wiring between blocks", "pads")
_SHOWN = ("p5", "p25", "p50", "p75", "p95", "p99")
_NAMES = (
    ("energy_per_image_J", "energy of an image", "J"),
    ("latency_per_image_s", "latency of an image", "s"),
    ("power_W", "power in an image", "W"),
)


def block_rows(evaluation: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Energy by layer, block and operation as text, header first."""
    header = ("block", "layer", "operation", "number", "static", "dynamic", "share", "5 %", "95 % of images", "power")
    total = evaluation["energy_per_image_J"]
    rows: list[tuple[str, ...]] = [header]
    for block in evaluation["blocks"]:
        energy = block["static_J"] + block["dynamic_J"]
        rows.append(
            (
                block["block"],
                "all" if block["layer"] is None else str(block["layer"]),
                block["operation"],
                "" if block["operations"] is None else f"{block['operations']:.4g}",
                format_quantity(block["static_J"], "J"),
                format_quantity(block["dynamic_J"], "J"),
                f"{energy / total:.1%}",
                format_quantity(block["percentiles_J"]["p5"], "J"),
                format_quantity(block["percentiles_J"]["p95"], "J"),
                format_quantity(block["power_W"], "W"),
            )
        )
    static, dynamic = evaluation["static_J"], evaluation["dynamic_J"]
    spread = evaluation["percentiles"]["energy_per_image_J"]
    sums = [format_quantity(value, "J") for value in (static, dynamic)]
    ends = [format_quantity(spread[name], "J") for name in ("p5", "p95")]
    share = f"{(static + dynamic) / total:.1%}"
    return [*rows, ("all of these", "", "", "", *sums, share, *ends, format_quantity(evaluation["power_W"], "W"))]


def percentile_rows(evaluation: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Energy, latency and power over images, and first spikes by layer, as text, header first."""
    rows: list[tuple[str, ...]] = [("over images", *(f"{name[1:]} %" for name in _SHOWN))]
    for name, label, unit in _NAMES:
        values = evaluation["percentiles"][name]
        rows.append((label, *(format_quantity(values[share], unit) for share in _SHOWN)))
    for layer, first in enumerate(evaluation["first_spikes"]):
        label = "first input spike" if layer == 0 else f"first spike of layer {layer}"
        found = [first.get(f"{share}_s") for share in _SHOWN]
        rows.append((label, *("" if value is None else format_quantity(value, "s") for value in found)))
    return rows


def figure_lines(document: Mapping[str, Any]) -> list[str]:
    """All of this for the terminal, as far as an evaluation's document has it."""
    lines = []
    if document.get("blocks"):
        lines += ["", *columns(block_rows(document)), "", *columns(percentile_rows(document))]
    area = document.get("area")
    if area is not None:
        lines += ["", *columns(area_rows(area))] if area["blocks_m2"] else []
        lines.append(f"area {1e6 * area['total_m2']:.4g} mm2 packed (memchar area), without {area['not_included']}")
    return lines


def area_rows(area: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Packed area by block and layer [mm2] as text, header first."""
    layers = area["layers"]
    shared = {block: one for block, one in area["blocks_m2"].items() if not any(block in own for own in layers)}
    rows = [("area, packed [mm2]", *(f"layer {number}" for number in range(1, len(layers) + 1)), "all")]
    for block, whole in area["blocks_m2"].items():
        own = ("" if block in shared else f"{1e6 * layer[block]:.4g}" for layer in layers)
        rows.append((block, *own, f"{1e6 * whole:.4g}"))
    sums = (f"{1e6 * sum(layer.values()):.4g}" for layer in layers)
    return [*rows, ("all of these", *sums, f"{1e6 * area['total_m2']:.4g}")]


def area_document(network: SpikingNetwork | LayeredNetwork, config: PipelineConfig) -> dict[str, Any]:
    """Packed area by block and layer [m^2], from drawn sizes (`memchar area`), and what is not in it."""
    from evaluator.encodings import circuit_of
    from evaluator.networks import LayeredNetwork
    from measurements.errors import NetlistError
    from memchar.networks import array_shapes, without_circuit
    from netlists.layoutrules import LayoutRules
    from netlists.macroarea import ArrayShape, MacroShape, layer_blocks

    circuit, missing, arrays = circuit_of(network.encoder), NOT_IN_AREA, tuple[ArrayShape, ...]()
    if circuit is None:
        missing = (f"encoders (there is no circuit of {type(network.encoder).__name__})", *missing)
    try:
        if isinstance(network, LayeredNetwork):
            arrays, missing = array_shapes(network), (*without_circuit(network), *missing)
        shape = MacroShape(
            network.sizes, config.array.tile_rows, circuit or "encoder_full", config.array.select_resistance,
            arrays=arrays,
        )  # fmt: skip
        found = layer_blocks(shape, LayoutRules())
    except NetlistError as error:
        return {"blocks_m2": {}, "layers": [], "total_m2": 0.0, "not_included": f"anything: {error}"}
    blocks: dict[str, float] = {}
    layers: list[dict[str, float]] = [{} for _ in shape.layers]
    for one in found:
        if circuit is None and one.block == "encoders":
            continue
        area = one.packed * one.count
        blocks[one.block] = blocks.get(one.block, 0.0) + area
        if one.layer is not None:
            layers[one.layer - 1][one.block] = area
    return {
        "blocks_m2": blocks, "layers": layers, "total_m2": sum(blocks.values()), "not_included": ", ".join(missing)
    }  # fmt: skip
