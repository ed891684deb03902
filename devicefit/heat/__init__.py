"""Heat in a memristor and its neighbours.

A reader's path: `materials` and `stack` (what heat flows through), `fin` (a line on a substrate), `filament` (its
temperature, axial and lateral paths apart), `isothermal` (power needed to switch), `coupling` (from cell to cell, at
rest), `stacked` (two layers), `arrayheat` (a whole array read or programmed), `transient` (in time), `degradation`
(what temperature does). Fits: `step_response`, `temperature_coefficient`, `together`, `isothermal_fit`,
`degradation_fit`. `sinks` compares two electrode stacks.
"""

from devicefit.heat.arrayheat import Programming, Reading, programming_heat, read_heat
from devicefit.heat.coupling import Coupling, coupling
from devicefit.heat.degradation import Degradation, assumed_degradation, cycles_left, disorder, kept_probability
from devicefit.heat.degradation_fit import HeatEffectFit, fit_cycles, fit_disturb
from devicefit.heat.filament import FilamentPaths, filament_paths, filament_temperature
from devicefit.heat.fin import Fin, fin_of
from devicefit.heat.isothermal import IsothermalLaw, off_power, on_power, surface_temperature
from devicefit.heat.isothermal_fit import IsothermalFit, fit_isothermal
from devicefit.heat.materials import MATERIALS, Material, material
from devicefit.heat.measured import MeasuredHeat, fit_measured, measured_degradation
from devicefit.heat.onbranch import OnBranch, on_branch_of
from devicefit.heat.session import DisturbPrediction, SweepHeat, predict_disturb, sweep_heat
from devicefit.heat.sinks import Drive, SinkComparison, SinkFigures, compare_sinks, rise_to_disturb, sink_figures
from devicefit.heat.stack import Array, Electrode, Layer, Substrate, parse_electrode
from devicefit.heat.stacked import Stack, StackCoupling, stack_coupling
from devicefit.heat.step_response import HeatFit, assumed_heat, fit_heat, heat_of, heat_response
from devicefit.heat.temperature_coefficient import CoefficientFit, fit_coefficient
from devicefit.heat.together import ThermalParameters, fit_together
from devicefit.heat.transient import HeatHistory, HeatNetwork, heat_history, heat_network

__all__ = [
    "MATERIALS",
    "Array",
    "CoefficientFit",
    "Coupling",
    "Degradation",
    "DisturbPrediction",
    "Drive",
    "Electrode",
    "FilamentPaths",
    "Fin",
    "HeatEffectFit",
    "HeatFit",
    "HeatHistory",
    "HeatNetwork",
    "IsothermalFit",
    "IsothermalLaw",
    "Layer",
    "Material",
    "MeasuredHeat",
    "OnBranch",
    "Programming",
    "Reading",
    "SinkComparison",
    "SinkFigures",
    "Stack",
    "StackCoupling",
    "Substrate",
    "SweepHeat",
    "ThermalParameters",
    "assumed_degradation",
    "assumed_heat",
    "compare_sinks",
    "coupling",
    "cycles_left",
    "disorder",
    "filament_paths",
    "filament_temperature",
    "fin_of",
    "fit_coefficient",
    "fit_cycles",
    "fit_disturb",
    "fit_heat",
    "fit_isothermal",
    "fit_measured",
    "fit_together",
    "heat_history",
    "heat_network",
    "heat_of",
    "heat_response",
    "kept_probability",
    "material",
    "measured_degradation",
    "off_power",
    "on_branch_of",
    "on_power",
    "parse_electrode",
    "predict_disturb",
    "programming_heat",
    "read_heat",
    "rise_to_disturb",
    "sink_figures",
    "stack_coupling",
    "surface_temperature",
    "sweep_heat",
]
