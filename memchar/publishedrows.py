"""The published accelerator's figures beside those of an evaluation, each with its definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from memchar.quantities import format_quantity


def seed_rows(evaluation: Mapping[str, Any]) -> list[dict[str, str]]:
    """The published figures beside those of this run, each with its definition (shared by report and terminal)."""
    energy = evaluation["energy_per_image_J"]
    return [
        {
            "name": "latency per image",
            "published": "2 us",
            "here": format_quantity(evaluation["latency_per_image_s"], "s"),
            "definition": "first input to first output spike, mean over images; the published definition is not known. "
            "Images without an output spike count with the whole window.",
        },
        {
            "name": "power",
            "published": "2.9 mW",
            "here": format_quantity(evaluation["power_W"], "W"),
            "definition": "energy per image over latency per image, of the counted blocks only (below); the published "
            "figure is of the whole accelerator.",
        },
        {
            "name": "energy per image",
            "published": "5.8 nJ",
            "here": format_quantity(energy, "J"),
            "definition": "counted blocks, until the decision. Published value computed as 2.9 mW x 2 us.",
        },
        {
            "name": "energy per spike",
            "published": "2.51 pJ",
            "here": format_quantity(evaluation["energy_per_spike_J"], "J"),
            "definition": "energy per image over all input, hidden and output spikes of an image (the paper of 2024).",
        },
        {
            "name": "energy per synaptic connection",
            "published": "2.51 pJ",
            "here": format_quantity(evaluation["energy_per_synaptic_event_J"], "J"),
            "definition": "energy per image over synaptic events, a spike reaching one connected cell "
            "(the predecessor gives the same number to this quantity).",
        },
    ]
