"""Synthetic heat measurements from a stated truth: the five layouts, each to be recovered by its fit."""

from __future__ import annotations

import numpy as np

from devicefit.heat.coupling import line_coupling
from devicefit.heat.degradation import BOLTZMANN, REFERENCE_TEMPERATURE
from devicefit.heat.isothermal import IsothermalLaw, off_power, on_power
from devicefit.heat.stack import Array, Substrate, parse_electrode
from measurements.heat import (
    CyclesToFailure,
    HeatRecord,
    NeighbourDisturb,
    Operation,
    ResistanceTemperature,
    SharedLine,
    StackSwitching,
)
from measurements.heatcsv import heat_text
from measurements.sweep import FloatArray, Source

AMBIENT = 300.0  # K
HEAT_TRUTH: dict[str, float] = {
    "temperature_coefficient": 1.2e-3,  # 1/K
    "on_resistance": 620.0,  # ohm, at 300 K
    "resistance_noise": 2e-3,  # of the resistance
    "critical_temperature": 1650.0,  # K
    "saturated_conductivity": 1.5e5,  # S/m
    "saturated_radius": 15e-9,  # m
    "oxide_thickness": 25e-9,  # m
    "power_spread": 0.06,  # standard deviation over mean, from event to event
    "fresh_cycles": 14.0,
    "loss": 0.8,  # of the cycles, at no distance, right after heating
    "reach_Cu": 400e-6,  # m
    "reach_Pt": 200e-6,
    "recovery_Cu": 150.0,  # s
    "recovery_Pt": 250.0,
    "cycle_scatter": 0.7,  # cycles
    "rate": 0.02,  # 1/s at 400 K
    "activation_energy": 0.8,  # eV
    "recovery_time": 20.0,  # s
    "disturb_noise": 0.05,  # of ln(resistance)
}
"""The stated truth; no figure of it was measured on a device."""
SINKS = {"Pt50/Ti20": 6.0e8, "Rh50/Cr20": 1.1e9, "Pt50/Cu200/Ti30": 4.0e8}  # W/(m^2 K)
PITCH, WIDTH = 160e-6, 10e-6  # m


def synthetic_array() -> Array:
    """5 x 5 cells, Cu150 over Pt50/Ti20, 10 um lines 160 um apart, that lose no heat to the wafer."""
    active, inert = parse_electrode("Cu150", WIDTH), parse_electrode("Pt50/Ti20", WIDTH)
    return Array(5, 5, active, inert, PITCH, PITCH, substrate=Substrate(insulated=True))


def synthesise_heat(device: str, cell: str, seed: int) -> dict[str, str]:
    """File name -> text of one file of each row layout; the step response is in `devicefit.synthesis`."""
    generator = np.random.default_rng([seed, 1])
    comment = f"synthetic: made by devicefit.heat.synthesis from a stated truth, seed {seed}"
    records: dict[str, HeatRecord] = {
        "synthetic_heat_resistance_temperature.csv": resistance_temperature(device, cell, generator, comment),
        "synthetic_heat_stack_switching.csv": stack_switching(device, generator, comment),
        "synthetic_heat_cycles_to_failure.csv": cycles_to_failure(device, generator, comment),
        "synthetic_heat_neighbour_disturb.csv": neighbour_disturb(device, generator, comment),
    }
    return {name: heat_text(record) for name, record in records.items()}


def resistance_temperature(
    device: str, cell: str, generator: np.random.Generator, comment: str
) -> ResistanceTemperature:
    """Reads at 50 mV while the stage goes from 300 to 400 K and back."""
    stage = np.concatenate([np.linspace(300.0, 400.0, 11), np.linspace(390.0, 300.0, 10)])
    clean = HEAT_TRUTH["on_resistance"] * (1.0 + HEAT_TRUTH["temperature_coefficient"] * (stage - AMBIENT))
    noise = 1.0 + HEAT_TRUTH["resistance_noise"] * generator.standard_normal(stage.size)
    return ResistanceTemperature(stage, clean * noise, 0.05, device, cell, Source("", ""), comment)


def synthetic_law(electrode: str) -> IsothermalLaw:
    """The stated isothermal law of one electrode."""
    return IsothermalLaw(
        SINKS[electrode],
        HEAT_TRUTH["saturated_conductivity"],
        HEAT_TRUTH["saturated_radius"],
        HEAT_TRUTH["critical_temperature"],
        HEAT_TRUTH["oxide_thickness"],
        AMBIENT,
    )


def stack_switching(device: str, generator: np.random.Generator, comment: str) -> StackSwitching:
    """Mean and spread of 12 events at each of six on and six off resistances of three stacks."""
    count = 12
    electrode: list[str] = []
    operation: list[str] = []
    resistance: list[float] = []
    power: list[float] = []
    for name in SINKS:
        law = synthetic_law(name)
        on = np.geomspace(1.3, 20.0, 6) * law.minimum_resistance
        off = np.linspace(0.1, 0.9, 6) * law.maximum_resistance
        electrode += [name] * 12
        operation += [str(Operation.ON)] * 6 + [str(Operation.OFF)] * 6
        resistance += [*on.tolist(), *off.tolist()]
        power += [*on_power(law, on).tolist(), *off_power(law, off).tolist()]
    clean = np.array(power)
    events = clean * (1.0 + HEAT_TRUTH["power_spread"] * generator.standard_normal((count, clean.size)))
    return StackSwitching(
        electrode=tuple(electrode),
        operation=tuple(operation),
        line_width=np.full(clean.size, WIDTH),
        resistance=np.array(resistance),
        switching_power=events.mean(axis=0),
        spread=events.std(axis=0, ddof=1),
        count=np.full(clean.size, float(count)),
        ambient_temperature=AMBIENT,
        device=device,
        cell="many",
        source=Source("", ""),
        comment=comment,
    )


def cycles_to_failure(device: str, generator: np.random.Generator, comment: str) -> CyclesToFailure:
    """First to fourth neighbours along both lines at four waiting times, thrice each, and twelve fresh cells.

    Tests end at 15 cycles.
    """
    rows: list[tuple[str, str, float, float]] = []
    for line in (SharedLine.ACTIVE, SharedLine.INERT):
        for n in range(1, 5):
            name = f"(0,{n})" if line is SharedLine.ACTIVE else f"({n},0)"
            rows += [(name, str(line), n * PITCH, wait) for wait in (5.0, 60.0, 150.0, 400.0) for _ in range(3)]
    rows += [(f"({n % 4 + 1},{n // 4 + 2})", str(SharedLine.NONE), 5.0 * PITCH, 0.0) for n in range(12)]
    names, lines, distance, wait = (list(column) for column in zip(*rows, strict=True))
    lost = np.array(
        [
            0.0
            if line == SharedLine.NONE
            else HEAT_TRUTH["loss"] * np.exp(-d / HEAT_TRUTH[f"reach_{line}"] - t / HEAT_TRUTH[f"recovery_{line}"])
            for line, d, t in zip(lines, distance, wait, strict=True)
        ]
    )
    drawn = HEAT_TRUTH["fresh_cycles"] * (1.0 - lost)
    drawn = np.maximum(np.round(drawn + HEAT_TRUTH["cycle_scatter"] * generator.standard_normal(drawn.size)), 0.0)
    ended = drawn > 15.0
    return CyclesToFailure(
        tested_cell=tuple(str(name) for name in names),
        shared_line=tuple(str(line) for line in lines),
        compliance_current=np.full(drawn.size, 10e-6),
        distance=np.array(distance, dtype=np.float64),
        waiting_time=np.array(wait, dtype=np.float64),
        cycles=np.where(ended, 15.0, drawn),
        failed=np.where(ended, 0.0, 1.0),
        heated_cell="(0,0)",
        heating_power=5e-3,
        heating_time=30.0,
        device=device,
        cell="many",
        source=Source("", ""),
        comment=comment,
    )


def neighbour_disturb(device: str, generator: np.random.Generator, comment: str) -> NeighbourDisturb:
    """Victims heated by 70 to 120 K through the lines of `synthetic_array`, read 1, 10 and 40 s later."""
    reach = line_coupling(synthetic_array())
    rows = [
        (line, n, rise, time, wait)
        for (line, n) in reach
        if n <= 2
        for rise, time in ((70.0, 40.0), (95.0, 20.0), (120.0, 8.0))
        for wait in (1.0, 10.0, 40.0)
    ]
    lines = tuple(line for line, *_ in rows)
    pitches, rise, time, wait = (np.array(column, dtype=np.float64) for column in list(zip(*rows, strict=True))[1:])
    power = rise / np.array([reach[line, int(n)] for line, n in zip(lines, pitches, strict=True)])
    change = disturb_change(AMBIENT + rise, time, wait)
    change = change + HEAT_TRUTH["disturb_noise"] * generator.standard_normal(change.size)
    before = HEAT_TRUTH["on_resistance"] * np.exp(0.3 * generator.standard_normal(change.size))
    victims = [
        f"(0,{n:.0f})" if line == SharedLine.ACTIVE else f"({n:.0f},0)" for line, n in zip(lines, pitches, strict=True)
    ]
    return NeighbourDisturb(
        aggressor=("(0,0)",) * change.size,
        victim=tuple(victims),
        shared_line=lines,
        aggressor_energy=power * time,
        aggressor_time=time,
        distance=pitches * PITCH,
        resistance_before=before,
        resistance_after=before * np.exp(change),
        waiting_time=wait,
        ambient_temperature=AMBIENT,
        device=device,
        cell="many",
        source=Source("", ""),
        comment=comment + "; lines lose no heat to the wafer: coupling of synthetic_array()",
    )


def disturb_change(temperature: FloatArray, time: FloatArray, wait: FloatArray) -> FloatArray:
    """ln(after/before) of the stated truth for victims at `temperature` [K] for `time` [s], read after `wait` [s]."""
    inverse = (1.0 / temperature - 1.0 / REFERENCE_TEMPERATURE) / BOLTZMANN
    effect = HEAT_TRUTH["rate"] * time * np.exp(-HEAT_TRUTH["activation_energy"] * inverse)
    return np.asarray(effect * np.exp(-wait / HEAT_TRUTH["recovery_time"]), dtype=np.float64)
