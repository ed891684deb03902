"""Parameters that other measurements of a cell than its sweeps tell: heat records, and the recorded temperature."""

from __future__ import annotations

import numpy as np

from devicefit import threshold_memdiode
from devicefit.card import Parameter
from devicefit.conventions import AMBIENT_TEMPERATURE
from devicefit.heat.step_response import heat_of
from devicefit.models.model import CompactModel
from measurements.records import MeasurementSet


def known_parameters(records: MeasurementSet, model: CompactModel) -> dict[str, Parameter]:
    """Of the threshold memdiode: ambient temperature [K], thermal resistance [K/W] and capacitance [J/K]; each says
    whether it was measured. Empty for the other models, whose cards bring theirs.

    Raises
    ------
    FitError
        Heat records that give no thermal resistance.
    """
    if model.name != threshold_memdiode.MODEL_NAME:
        return {}
    heat = heat_of(records.heat)
    temperatures = [sweep.temperature for sweep in records.sweeps if sweep.temperature is not None]
    ambient = float(np.median(temperatures)) if temperatures else AMBIENT_TEMPERATURE
    note = "as recorded" if temperatures else "not recorded, room temperature"
    return {
        "ambient_temperature": Parameter(ambient, "K", "assumed", note=note),
        "thermal_resistance": heat.resistance,
        "thermal_capacitance": heat.capacitance,
    }
