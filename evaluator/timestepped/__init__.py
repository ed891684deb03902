"""Time-stepped evaluation: a network of dense layers in equal steps of some ten nanoseconds, several times faster."""

from evaluator.timestepped.rampneuron import RampNeuron, ramp_neuron
from evaluator.timestepped.steprun import SteppedRun, stepped, steps_assumed

__all__ = ["RampNeuron", "SteppedRun", "ramp_neuron", "stepped", "steps_assumed"]
