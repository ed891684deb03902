"""Procedures of other circuits that a plan may name: decoder, interface, row driver, encoders, static memory,
reservoir node."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from memchar.config import PipelineConfig

if TYPE_CHECKING:
    from circuits.procedures.procedure import Procedure
    from netlists import Technology


def periphery_procedures(config: PipelineConfig, technology: Technology) -> tuple[Procedure, ...]:
    """One procedure for each circuit, on the neuron's supply and with the array's read pulse."""
    return (
        *_decoder_procedures(config, technology),
        *_array_procedures(config, technology),
        *_encoder_procedures(config, technology),
        *_sram_procedures(config, technology),
        _reservoir_procedure(config, technology),
    )


def _decoder_procedures(config: PipelineConfig, technology: Technology) -> tuple[Procedure, ...]:
    from circuits.procedures.decoder_decide import DecoderDecideProcedure
    from circuits.procedures.decoder_tie import DecoderTieProcedure, DecoderTimeoutProcedure
    from netlists.decoder import Decoder

    chosen = config.decoder
    decoder = Decoder(chosen.inputs, config.neuron.supply_voltage, chosen.timer_bias)
    return (
        DecoderDecideProcedure(decoder, technology),
        DecoderTieProcedure(decoder, technology),
        DecoderTimeoutProcedure(decoder, technology),
    )


def _array_procedures(config: PipelineConfig, technology: Technology) -> tuple[Procedure, ...]:
    from circuits.procedures.column_interface import ColumnInterfaceProcedure
    from circuits.procedures.row_drive import RowDriveProcedure
    from netlists.columninterface import ColumnInterface
    from netlists.rowswitch import RowSwitch

    array, supply = config.array, config.neuron.supply_voltage
    interface = ColumnInterface(
        supply_voltage=supply,
        column_capacitance=array.tile_rows * array.wire_capacitance,
        read_voltage=array.read_voltage,
        pulse_width=array.pulse_width,
        edge_time=array.edge_time,
        **config.interface.model_dump(exclude={"later_bias"}),
    )
    driver = RowSwitch(
        supply_voltage=supply,
        read_voltage=array.read_voltage,
        spike_width=array.pulse_width,
        switch_width=config.row_driver.switch_width,
    )
    return ColumnInterfaceProcedure(interface, technology), RowDriveProcedure(driver, technology)


def _encoder_procedures(config: PipelineConfig, technology: Technology) -> tuple[Procedure, ...]:
    from circuits.procedures.clocked_encoder import ClockedEncoderProcedure
    from circuits.procedures.encoder import CURRENTS, EncoderProcedure
    from netlists.clockedencoder import SHIPPED
    from netlists.encoder import KINDS, Encoder

    supply = config.neuron.supply_voltage
    plain = (EncoderProcedure(Encoder(kind, supply_voltage=supply), technology) for kind in KINDS)
    clocked = (ClockedEncoderProcedure(replace(one, supply_voltage=supply), technology) for one in SHIPPED)
    return (
        *(replace(one, input_current=CURRENTS.get(one.encoder.kind, one.input_current)) for one in plain),
        *(replace(one, input_current=CURRENTS[one.encoder.kind]) for one in clocked),
    )


def _sram_procedures(config: PipelineConfig, technology: Technology) -> tuple[Procedure, ...]:
    from circuits.procedures.sram_margin import SramMarginProcedure
    from circuits.procedures.sram_read import SramReadProcedure
    from netlists.sram import SramColumn

    supply = config.neuron.supply_voltage
    around = (0.9 * supply, supply, 1.1 * supply)
    read = SramReadProcedure(SramColumn(supply_voltage=supply), technology, supply_voltage=around)
    return read, SramMarginProcedure(technology, supply_voltage=around)


def _reservoir_procedure(config: PipelineConfig, technology: Technology) -> Procedure:
    from circuits.procedures.reservoir_node import ReservoirNodeProcedure
    from netlists.reservoirnode import ReservoirNode

    return ReservoirNodeProcedure(ReservoirNode(supply_voltage=config.neuron.supply_voltage), technology)
