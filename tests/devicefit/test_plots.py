"""Figures hold the data they claim to show."""

from __future__ import annotations

import io

import numpy as np

from devicefit.cycles import ModelFit
from devicefit.cycles.plots import plot_traces
from devicefit.plots import plot_variability
from measurements.records import MeasurementSet
from measurements.switching import analyse_cell


def test_fit_figure_draws_measured_points_and_fitted_lines(synthetic_fit: ModelFit) -> None:
    figure = plot_traces(synthetic_fit)
    sets, resets = figure.axes
    assert sets.get_yscale() == resets.get_yscale() == "log"
    first = next(curve for curve in synthetic_fit.curves if curve.kind.value == "set")
    drawn = [np.asarray(line.get_ydata()) for line in sets.lines]
    for expected in (first.measured, first.fitted):
        assert any(data.shape == expected.shape and np.array_equal(data[5:], np.abs(expected[5:])) for data in drawn)
    assert "synthetic" in str(figure.get_suptitle())
    assert "[V]" in sets.get_xlabel()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    assert buffer.tell() > 10_000


def test_variability_figure_has_one_point_per_cycle(synthetic_records: MeasurementSet) -> None:
    switching = analyse_cell(synthetic_records)
    figure = plot_variability("a cell", switching)
    expected = (switching.set_voltage, switching.reset_voltage, switching.on_resistance)
    for axis, values in zip(figure.axes, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(axis.lines[0].get_xdata()), np.sort(values))
