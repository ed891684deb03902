"""Figures hold the data they claim to show."""

from __future__ import annotations

import io

import numpy as np

from devicefit.fit import CellFit
from devicefit.plots import plot_fit, plot_variability


def test_fit_figure_draws_measured_points_and_fitted_lines(synthetic_fit: CellFit) -> None:
    figure = plot_fit(synthetic_fit)
    sets, resets = figure.axes
    assert sets.get_yscale() == resets.get_yscale() == "log"
    first = next(curve for curve in synthetic_fit.curves if curve.kind.value == "set")
    drawn = [np.asarray(line.get_ydata()) for line in sets.lines]
    assert any(
        data.shape == first.fitted.shape and np.array_equal(data[5:], np.abs(first.fitted[5:])) for data in drawn
    )
    assert "synthetic" in str(figure.get_suptitle())
    assert "[V]" in sets.get_xlabel()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    assert buffer.tell() > 10_000


def test_variability_figure_has_one_point_per_cycle(synthetic_fit: CellFit) -> None:
    figure = plot_variability(synthetic_fit)
    expected = (
        synthetic_fit.switching.set_voltage,
        synthetic_fit.switching.reset_voltage,
        synthetic_fit.switching.on_resistance,
    )
    for axis, values in zip(figure.axes, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(axis.lines[0].get_xdata()), np.sort(values))
