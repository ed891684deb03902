"""Truths of the recovery benchmark: for each model a card, how it is measured, and what varies from cycle to cycle.

Truths are published cards, some with values changed so that a slow sweep shows both events.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from devicefit.card import DeviceCard
from devicefit.cycles import Protocol
from devicefit.heat import assumed_heat
from devicefit.models.registry import published_card
from devicefit.synthesis import reference_truth


@dataclass(frozen=True)
class Case:
    """A truth, how it is measured, and what varies from cycle to cycle (deviation of the logarithm)."""

    truth: DeviceCard
    protocol: Protocol
    spread: dict[str, float]
    cycles: int = 6

    @property
    def digest(self) -> str:
        """Tells this case from the same model's with another truth or protocol."""
        values = {name: parameter.value for name, parameter in self.truth.parameters.items()}
        whole = json.dumps([values, asdict(self.protocol), self.spread, self.cycles], sort_keys=True)
        return hashlib.sha256(whole.encode()).hexdigest()[:12]


def changed(card: DeviceCard, values: Mapping[str, float]) -> DeviceCard:
    """A published card with other values: a truth away from where the fit starts, or one a sweep can show."""
    parameters = dict(card.parameters)
    for name, value in values.items():
        parameters[name] = replace(parameters[name], value=value, origin="assumed", note="of the benchmark")
    return replace(card, parameters=parameters)


CASES = {
    "threshold-memdiode": Case(
        # Sweeps tell no heat: the truth is what a fit then assumes, as it is for the other models' outside values.
        changed(reference_truth(), {"thermal_resistance": assumed_heat().resistance.value}),
        Protocol(
            5.0, 2.0, set_points=71, reset_points=71, set_limit=50e-6, reset_limit=10e-3, offset=-1.4e-9, noise=1e-10
        ),
        {"set_voltage": 0.1, "reset_voltage": 0.02, "on_current": 0.1},
    ),
    "dynamic-memdiode": Case(
        changed(
            published_card("dynamic-memdiode", "Aguirre oxidation 0.1"),
            {
                "on_current": 1e-3,
                "on_slope": 1.5,
                "off_current": 1e-7,
                "on_series_resistance": 20.0,
                "set_slope": 150.0,
                "reset_slope": 20.0,
            },
        ),
        Protocol(1.6, 2.4, 61, 61, ramp_rates=(0.1, 1.0, 10.0), noise=1e-9),
        {"set_voltage": 0.05, "reset_voltage": 0.05},
    ),
    "stanford-gap": Case(
        changed(
            published_card("stanford-gap", "MemTorch without field limit"),
            {"gap_length": 0.2e-9, "voltage_scale": 0.5, "series_resistance": 200.0},
        ),
        Protocol(1.4, 1.4, 61, 61, ramp_rates=(30.0, 300.0, 3000.0), noise=1e-9),
        {"current_scale": 0.05, "gap_speed": 0.1},
    ),
    "vteam": Case(
        changed(
            published_card("vteam", "exponential law"),
            {
                "on_resistance": 1e3,
                "off_resistance": 1e6,
                "set_rate": 200.0,
                "reset_rate": 20.0,
                "set_voltage": 0.5,
                "reset_voltage": 0.4,
            },
        ),
        Protocol(1.4, 1.1, 61, 61, ramp_rates=(0.1, 0.3, 1.0), noise=1e-10),
        {"on_resistance": 0.05, "set_voltage": 0.05, "reset_voltage": 0.05},
    ),
    "yakopcic": Case(
        published_card("yakopcic", "Aguirre C2"),
        Protocol(1.5, 1.5, 61, 61, ramp_rates=(0.1, 0.3, 1.0), offset=-1e-10, noise=1e-11),
        {"set_voltage": 0.1, "reset_voltage": 0.1},
    ),
    "sky130-reram": Case(
        published_card("sky130-reram", "SkyWater SKY130"),
        Protocol(2.7, 1.8, 61, 61, ramp_rates=(3e5, 3e6, 1e7), noise=1e-9),
        {"filament_minimum": 0.01, "filament_maximum": 0.01},
    ),
    "ecm": Case(
        published_card("ecm", "assumed Cu/TaOx/Pt"),
        Protocol(4.0, 3.0, 61, 61, ramp_rates=(0.3, 1.0, 3.0), noise=1e-12),
        {"gap_minimum": 0.03, "gap_maximum": 0.03},
    ),
    "jart-vcm-v1b": Case(
        published_card("jart-vcm-v1b", "HfO2/TiOx"),
        Protocol(1.5, 1.8, 61, 61, ramp_rates=(1e4, 1e5, 1e6), noise=1e-9),
        {"filament_radius": 0.02, "disc_length": 0.02},
    ),
    "quasi-static-table": Case(
        published_card("quasi-static-table", "synthetic"),
        Protocol(2.2, 1.7, 61, 61, ramp_rates=(1.0, 10.0, 100.0), noise=1e-11),
        {"set_voltage": 0.05, "reset_voltage": 0.05},
    ),
}
