"""An evaluation by layer, block and operation, in distribution over images, and the silicon it takes: rows and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from memchar.commands.output import columns
from memchar.quantities import format_quantity

if TYPE_CHECKING:
    from evaluator import SpikingNetwork
    from memchar.config import PipelineConfig

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
        lines.append(f"area {1e6 * area['total_m2']:.4g} mm2 packed (memchar area), without {area['not_included']}")
    return lines


def area_document(network: SpikingNetwork, config: PipelineConfig, encoding: str) -> dict[str, Any]:
    """Packed area by block [m^2], from drawn sizes (`memchar area`), and what is not in it."""
    from evaluator import encoding_named
    from measurements.errors import NetlistError
    from netlists.layoutrules import LayoutRules
    from netlists.macroarea import MacroShape, macro_blocks

    cell = encoding_named(encoding).table
    shape = MacroShape(network.sizes, config.array.tile_rows, cell or "encoder_full", config.array.select_resistance)
    missing = "write drivers, control logic, decoupling, wiring between blocks, pads"
    try:
        blocks = macro_blocks(shape, LayoutRules())
    except NetlistError as error:
        return {"blocks_m2": {}, "total_m2": 0.0, "not_included": f"anything: {error}"}
    areas = {block.block: block.packed * block.count for block in blocks if cell or block.block != "encoders"}
    missing = missing if cell else f"encoders (there is no circuit of {encoding}), {missing}"
    return {"blocks_m2": areas, "total_m2": sum(areas.values()), "not_included": missing}
