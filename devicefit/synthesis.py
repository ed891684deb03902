"""Synthetic measurements from a stated device truth, to be read by the same path as real ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from devicefit.card import DeviceCard, Parameter
from devicefit.heat.step_response import heat_response
from devicefit.heat.synthesis import synthesise_heat
from devicefit.models.simulation import simulate_model
from devicefit.models.threshold_memdiode import MODEL
from devicefit.threshold_memdiode import MODEL_NAME, PARAMETER_UNITS
from measurements.errors import InputError
from measurements.heat import ThermalStep
from measurements.heatcsv import heat_text
from measurements.readers.keithley import keithley_text
from measurements.sweep import Activity, Source, Sweep

TRUTH = {
    "on_current": 1.0e-3,
    "on_slope": 2.0,
    "off_current": 5.0e-9,
    "off_slope": 1.5,
    "series_resistance": 120.0,
    "set_voltage": 2.6,
    "set_slope": 12.0,
    "reset_voltage": 0.9,
    "reset_slope": 35.0,
    "activation_energy": 1.0,
    "state_limit": 16.0,
    "ambient_temperature": 300.0,
    "thermal_resistance": 6.0e4,
    "thermal_capacitance": 5.0e-13,
}
THRESHOLD_SPREAD = {
    "set_voltage": 0.25,
    "reset_voltage": 0.01,
}  # V, of the internal thresholds from cycle to cycle
ON_CURRENT_SPREAD = 0.10  # standard deviation of ln(on_current) from cycle to cycle
RAMP_RATES = (0.1, 1.0, 10.0)  # V/s, in turn
SET_LIMIT, RESET_LIMIT = 50e-6, 10e-3  # A
SET_OFFSET, RESET_OFFSET = -1.4e-9, -1.0e-7  # A, as the real instrument shows on its two ranges
SET_NOISE, RESET_NOISE = 1.0e-10, 2.0e-9  # A
RELATIVE_NOISE = 0.01
HEAT_STEPS, HEAT_STEP_TIME, HEAT_NOISE = (1e-3, 2e-3, 4e-3), 200e-9, 0.5  # W, s, K


def reference_truth() -> DeviceCard:
    """The stated truth behind the synthetic reference measurements.

    Made to resemble a Cu/TaOx/Pt cell in its switching voltages and resistances (on about 630 ohm), but with
    gradual slopes, a curved on branch and several ramp rates, so that a fit can be checked against every
    number.
    """
    parameters = {
        name: Parameter(TRUTH[name], unit, "assumed", note="synthetic truth, stated")
        for name, unit in PARAMETER_UNITS.items()
    }
    return DeviceCard(
        model=MODEL_NAME,
        device="synthetic(0,0)",
        cell="(0,0)",
        parameters=parameters,
        validity={
            "voltage_min": -3.0,
            "voltage_max": 5.0,
            "temperature_min": 300.0,
            "temperature_max": 300.0,
        },
        provenance={"truth": "devicefit.synthesis.reference_truth"},
        synthetic=True,
    )


def synthesise(truth: DeviceCard, seed: int, cycles: int) -> dict[str, str]:
    """Measurement files of a device that follows `truth`: one forming, `cycles` sets and resets, a thermal
    step response, and one file of each other heat layout (`devicefit.heat.synthesis`, whose truth is its own).

    Each cycle draws its own thresholds and on-current; each sweep starts fully on or fully off. Readings
    carry the instrument's offset, noise and compliance limit. The word `synthetic` stands in every file.

    Returns
    -------
    File name -> text, in the layouts of `measurements.readers.keithley` and `measurements.heatcsv`.
    """
    if cycles < 1:
        raise InputError(f"{cycles} cycles asked for, one or more are needed")
    generator = np.random.default_rng(seed)
    texts: dict[str, str] = {}
    forming = _changed(truth, {"set_voltage": truth.value("set_voltage") + 1.0})
    _add(texts, _sweep(forming, Activity.FORM, 1.0, generator, truth, seed))
    for cycle in range(cycles):
        rate = RAMP_RATES[cycle % len(RAMP_RATES)]
        drawn = _draw(truth, generator)
        _add(texts, _sweep(drawn, Activity.SET, rate, generator, truth, seed))
        _add(texts, _sweep(drawn, Activity.RESET, rate, generator, truth, seed))
    texts["synthetic_heat.csv"] = heat_text(_heat(truth, generator, seed))
    return texts | synthesise_heat(truth.device, truth.cell, seed)


def _draw(truth: DeviceCard, generator: np.random.Generator) -> DeviceCard:
    values = {name: generator.normal(truth.value(name), deviation) for name, deviation in THRESHOLD_SPREAD.items()}
    values["on_current"] = truth.value("on_current") * float(np.exp(generator.normal(0.0, ON_CURRENT_SPREAD)))
    return _changed(truth, values)


def _changed(card: DeviceCard, values: dict[str, float]) -> DeviceCard:
    changed = {name: replace(card.parameters[name], value=float(value)) for name, value in values.items()}
    return replace(card, parameters={**card.parameters, **changed})


def _sweep(
    card: DeviceCard,
    activity: Activity,
    rate: float,
    generator: np.random.Generator,
    truth: DeviceCard,
    seed: int,
) -> Sweep:
    reset = activity is Activity.RESET
    step, stop = (-0.025, -3.0) if reset else (0.05, 5.0)
    limit, offset, noise = (RESET_LIMIT, RESET_OFFSET, RESET_NOISE) if reset else (SET_LIMIT, SET_OFFSET, SET_NOISE)
    voltage = np.linspace(0.0, stop, round(stop / step) + 1)
    time = np.abs(voltage) / rate
    current = simulate_model(MODEL, card, time, voltage, fraction=1.0 if reset else 0.0).current
    scatter = 1.0 + RELATIVE_NOISE * generator.standard_normal(voltage.size)
    reading = np.clip(current * scatter + offset + noise * generator.standard_normal(voltage.size), -limit, limit)
    return Sweep(
        time=time,
        voltage=voltage,
        current=reading,
        activity=activity,
        compliance_current=limit,
        device=truth.device,
        cell=truth.cell,
        cycle=0,
        temperature=card.value("ambient_temperature"),
        source=Source("", ""),
        comment=f"synthetic: made by devicefit.synthesis from a stated truth, seed {seed}, ramp {rate} V/s",
    )


def _add(texts: dict[str, str], sweep: Sweep) -> None:
    """File the sweep under the laboratory's naming scheme; the stamp counts the files."""
    place = truth_place(sweep.device)
    stamp = f"260101{len(texts) // 3600:02d}{len(texts) // 60 % 60:02d}{len(texts) % 60:02d}"
    limit = f"{(sweep.compliance_current or 0.0) * 1e6:.0f}uA"
    row = sweep.cell.strip("()")
    texts[f"({place},-1,-1,{row})_{stamp}_{sweep.activity}_0_{sweep.voltage[-1]:.0f}_1_{limit}.csv"] = keithley_text(
        sweep
    )


def truth_place(device: str) -> str:
    """`name(r,c)` as `name,r,c`, the form that file names use.

    >>> truth_place("synthetic(0,0)")
    'synthetic,0,0'
    """
    return device.replace("(", ",").rstrip(")")


def _heat(truth: DeviceCard, generator: np.random.Generator, seed: int) -> ThermalStep:
    time = np.arange(100 * len(HEAT_STEPS), dtype=np.float64) * (HEAT_STEP_TIME / 100)
    power = np.repeat(HEAT_STEPS, 100)
    blank = ThermalStep(
        time=time,
        power=power,
        temperature=np.full(time.size, truth.value("ambient_temperature")),
        ambient_temperature=truth.value("ambient_temperature"),
        device=truth.device,
        cell=truth.cell,
        source=Source("", ""),
        comment=f"synthetic: made by devicefit.synthesis from a stated truth, seed {seed}",
    )
    clean = heat_response(blank, truth.value("thermal_resistance"), truth.value("thermal_capacitance"))
    return replace(blank, temperature=clean + HEAT_NOISE * generator.standard_normal(time.size))
