"""Exports of a fitted device to other simulators: text from a card or from pulse trains; no file is touched here."""

from __future__ import annotations

from devicefit.usability import OVERRIDE, UNUSABLE, refuse_unusable
from netlists.device_export.formats import DEVICE_FORMATS, DeviceFormat, DeviceSource, export_device
from netlists.device_export.simulatedpulses import PulseProgramme, simulated_trains

__all__ = [
    "DEVICE_FORMATS",
    "OVERRIDE",
    "UNUSABLE",
    "DeviceFormat",
    "DeviceSource",
    "PulseProgramme",
    "export_device",
    "refuse_unusable",
    "simulated_trains",
]
