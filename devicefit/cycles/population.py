"""The card of a population: several cells fitted with one model, each for itself, and what differs between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from devicefit.card import DeviceCard, Parameter, Spread
from devicefit.cardfile import POPULATION_VERSION
from devicefit.cycles.result import ModelFit
from devicefit.estimation.population import Population
from devicefit.estimation.populationfit import DeviceEstimate, fit_population
from devicefit.models.registry import model_of
from devicefit.variability import measured_quantities, spread_of
from measurements.errors import InputError
from measurements.records import MeasurementSet
from measurements.switching import analyse_cell

LARGEST_RELATIVE_ERROR = 1.0  # of a positive value, beyond which its logarithm is not known within a factor of e


@dataclass(frozen=True)
class CellFit:
    """What of the fit of one cell makes a population: card, values of its cycles, why it should not be used."""

    card: DeviceCard
    cycles: tuple[Mapping[str, float], ...]
    faults: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.card.device} {self.card.cell}"


def cell_fit(fit: ModelFit) -> CellFit:
    """The part of a fit that a population needs."""
    return CellFit(fit.card, fit.cycles, fit.faults)


def population_card(cells: Sequence[CellFit], records: MeasurementSet) -> DeviceCard:
    """One card of several fitted cells: typical device, spread between devices, spread from cycle to cycle.

    Its value of a parameter is the centre over the devices that determine it; where fewer than five do, the median of
    the cells' values, marked `assumed`. Give usable fits only. `records` are those of the cells.

    Raises
    ------
    InputError
        Fits of different models, or a cell given twice.
    FitError
        Fewer than five cells, or no parameter that five determine.
    """
    models = sorted({cell.card.model for cell in cells})
    if len(models) > 1:
        raise InputError(f"cells fitted with different models: {', '.join(models)}")
    population = population_of(cells)
    cards = [cell.card for cell in cells]
    devices = list(dict.fromkeys(card.device for card in cards))
    return DeviceCard(
        model=models[0],
        device=devices[0] if len(devices) == 1 else f"{len(devices)} devices",
        cell=f"population of {len(cards)} cells",
        parameters=_parameters(cards, population),
        variability=_variability(cells, records),
        validity=_validity(cards),
        provenance={key: value for card in cards for key, value in card.provenance.items() if key != "fit started from"}
        | {f"cell {number + 1}": cell.name for number, cell in enumerate(cells)},
        synthetic=any(card.synthetic for card in cards),
        format_version=POPULATION_VERSION,
        population=population,
    )


def population_of(cells: Sequence[CellFit]) -> Population:
    """Laws and correlations at both levels of the fitted parameters; raises as `population_card` does."""
    estimates = [_estimate(cell) for cell in cells]
    if not cells:
        return fit_population(estimates, {}, {})
    specs = model_of(cells[0].card).parameters
    asked = [spec for spec in specs if any(spec.name in one.values for one in estimates)]
    return fit_population(
        estimates, {spec.name: spec.scale for spec in asked}, {spec.name: spec.unit for spec in asked}
    )


def _estimate(cell: CellFit) -> DeviceEstimate:
    """Fitted parameters with an error bar that says something."""
    model, values, errors = model_of(cell.card), {}, {}
    for name, parameter in cell.card.parameters.items():
        error = parameter.standard_error
        if parameter.origin != "fitted" or error is None or error <= 0:
            continue
        if model.spec(name).scale == "log" and not error <= LARGEST_RELATIVE_ERROR * parameter.value:
            continue
        values[name], errors[name] = parameter.value, error
    return DeviceEstimate(cell.name, values, errors, cell.cycles)


def _parameters(cards: Sequence[DeviceCard], population: Population) -> dict[str, Parameter]:
    told = {quantity.name: quantity for quantity in population.quantities}
    found = {}
    for name, first in cards[0].parameters.items():
        values = [card.value(name) for card in cards]
        if name in told:
            level = told[name].device
            note = f"centre over {level.devices} devices; between them {level.deviation:.2g}"
            note += " of its logarithm" if told[name].scale == "log" else f" {first.unit}"
            found[name] = Parameter(level.centre, first.unit, "fitted", level.centre_error, note)
        elif any(card.parameters[name].origin == "fitted" for card in cards):
            count = sum(card.parameters[name].origin == "fitted" for card in cards)
            note = f"median of {len(cards)} cells; determined in {count} of them, too few for a law"
            found[name] = Parameter(float(np.median(values)), first.unit, "assumed", note=note)
        else:
            found[name] = Parameter(float(np.median(values)), first.unit, first.origin, note=first.note)
    return found


def _variability(cells: Sequence[CellFit], records: MeasurementSet) -> dict[str, Spread]:
    """Measured quantities, and parameters, over all cycles of all cells."""
    values: dict[str, list[float]] = {}
    units: dict[str, str] = {}
    for cell in cells:
        switching = analyse_cell(records.of_cell(cell.card.device, cell.card.cell))
        for name, (found, unit) in measured_quantities(switching).items():
            values.setdefault(name, []).extend(found.tolist())
            units[name] = unit
        for cycle in cell.cycles:
            for name in cycle.keys() & cell.card.parameters.keys():
                key = f"parameter {name}"
                values.setdefault(key, []).append(cycle[name])
                units[key] = cell.card.parameters[name].unit
    return {name: spread_of(found, units[name]) for name, found in values.items() if found}


def _validity(cards: Sequence[DeviceCard]) -> dict[str, float]:
    """What the data of any cell cover."""
    found: dict[str, float] = {}
    for key in dict.fromkeys(key for card in cards for key in card.validity):
        values = [card.validity[key] for card in cards if key in card.validity]
        found[key] = min(values) if key.endswith("_min") else max(values)
    return found
