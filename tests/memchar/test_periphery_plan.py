"""A plan may name the circuits around the crossbar; their procedures take the configuration's pulse and supply."""

from __future__ import annotations

from typing import get_args

from memchar.config import PipelineConfig
from memchar.periphery import periphery_procedures
from memchar.pipeline import technology_of
from memchar.plan import ProcedureName


def test_every_circuit_can_be_named_in_a_plan() -> None:
    config = PipelineConfig.model_validate(
        {"array": {"pulse_width": 8e-9, "read_voltage": 0.15}, "neuron": {"supply_voltage": 1.7}}
    )
    procedures = {procedure.name: procedure for procedure in periphery_procedures(config, technology_of(config))}
    assert set(procedures) <= set(get_args(ProcedureName))
    assert {
        "column_interface",
        "row_drive",
        "encoder_full",
        "encoder_latency",
        "encoder_multiplexed",
        "decoder_tie",
    } <= set(procedures)
    settings = procedures["column_interface"].settings()
    assert (settings["interface_pulse_width"], settings["interface_read_voltage"]) == (8e-9, 0.15)
    assert settings["interface_supply_voltage"] == 1.7
    assert procedures["row_drive"].settings()["row_driver_spike_width"] == 8e-9
    for procedure in procedures.values():
        point = {axis.name: axis.values[-1] for axis in procedure.axes()}
        assert procedure.deck(point).text.rstrip().endswith(".end")
