"""Noise of repeated reads: its size, its spectrum, and random telegraph levels where there are any."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from measurements.errors import FitError
from measurements.estimate import Estimate, log_estimate, normal_estimate
from measurements.lines import lag_correlation
from measurements.reads import ReadSeries
from measurements.sweep import FloatArray
from measurements.telegraph import Telegraph, find_telegraph

MINIMUM_POINTS = 16
SPECTRUM_POINTS = 64
"""Fewest reads that give a spectral slope."""
HIGHEST_SHARE = 0.5
"""Share of the Nyquist frequency up to which the slope is taken; above, aliases and the filter rule [1]."""
UNEVEN = 0.2
"""Largest relative spread of the time steps of a series that has a spectrum [1]."""


@dataclass(frozen=True, eq=False)
class ReadNoise:
    """Noise of one read series after a straight drift in time is taken out.

    Parameters
    ----------
    relative
        Standard deviation over the mean conductance [1].
    absolute
        Standard deviation of the current at the read voltage [A].
    slope
        Exponent of the power spectral density, S ~ 1/f^slope [1]: 0 white, 1 flicker, 2 random walk or
        telegraph above its corner. None where the reads are too few or uneven: `slope_reason` says.
    telegraph
        Two levels and their dwell times; None where the reads show none.
    """

    relative: Estimate
    absolute: Estimate
    slope: Estimate | None
    slope_reason: str
    telegraph: Telegraph | None


def read_noise(series: ReadSeries) -> ReadNoise:
    """Noise of a read series at a constant voltage.

    Raises
    ------
    FitError
        Fewer than 16 reads, a mean current of zero, or a read voltage that varies by more than 2 %.
    """
    size = series.current.size
    if size < MINIMUM_POINTS:
        raise FitError(f"no read noise from {size} reads; {MINIMUM_POINTS} or more are needed")
    middle = float(np.median(series.voltage))
    if middle == 0 or float(np.ptp(series.voltage)) > 0.02 * abs(middle):
        raise FitError("no read noise: the read voltage is zero or varies")
    mean = float(series.current.mean())
    if mean == 0:
        raise FitError("no read noise: the mean current is zero")
    if np.ptp(series.current) == 0:
        raise FitError("the reads do not differ at all: the resolution of the instrument hides the noise")
    residual = detrended(series.time, series.current)
    absolute = deviation_estimate(residual, "A")
    relative = absolute.value / abs(mean)
    share = Estimate(
        relative,
        "1",
        absolute.low / abs(mean),
        absolute.high / abs(mean),
        "standard deviation over the mean, drift taken out",
        float(absolute.standard_error or 0.0) / abs(mean),
    )
    slope, reason = _slope(series.time, residual)
    return ReadNoise(share, absolute, slope, reason, find_telegraph(series.time, residual))


def detrended(time: FloatArray, values: FloatArray) -> FloatArray:
    """Values less a straight line in time."""
    if np.ptp(time) == 0:
        return np.asarray(values - values.mean())
    slope, intercept = np.polyfit(time - time[0], values, 1)
    return np.asarray(values - intercept - slope * (time - time[0]))


def deviation_estimate(residual: FloatArray, unit: str) -> Estimate:
    """Standard deviation; its logarithm has the standard error sqrt((1 + r^2)/(1 - r^2) (kappa - 1)/(4 n)).

    r is the lag-1 correlation, kappa the kurtosis (3 for normal noise, about 1 for two levels).
    """
    size = residual.size
    deviation = math.sqrt(float(residual @ residual) / (size - 2))
    kurtosis = max(float(np.mean(residual**4)) / (float(residual @ residual) / size) ** 2, 1.2)
    correlation = lag_correlation(residual) ** 2
    error = math.sqrt((1 + correlation) / (1 - correlation) * (kurtosis - 1) / (4 * (size - 2)))
    return log_estimate(deviation, error, unit, "standard deviation, drift taken out", size - 2)


def spectral_slope(values: FloatArray, interval: float) -> Estimate:
    """Exponent of S(f) ~ 1/f^slope [1] from the periodogram.

    ln of the periodogram (Hann taper, every second frequency: neighbours share points) against ln f; each has
    the known variance pi^2/6 (Geweke and Porter-Hudak 1983, doi 10.1111/j.1467-9892.1983.tb00371.x). The
    lowest two frequencies, which the removed drift touches, are left out.

    Raises
    ------
    FitError
        Fewer than 64 values or a constant.
    """
    from scipy.signal import periodogram

    if values.size < SPECTRUM_POINTS:
        raise FitError(f"no spectrum of {values.size} reads; {SPECTRUM_POINTS} or more are needed")
    frequency, density = periodogram(values, fs=1 / interval, window="hann", detrend="linear")
    frequency, density = frequency[3::2], density[3::2]
    keep = (frequency <= HIGHEST_SHARE * 0.5 / interval) & (density > 0)
    x, y = np.log(frequency[keep]), np.log(density[keep])
    if x.size < 6:
        raise FitError("no spectrum: the reads are constant")
    centred = x - x.mean()
    slope = float(centred @ y) / float(centred @ centred)
    error = math.pi / math.sqrt(6 * float(centred @ centred))
    return normal_estimate(-slope, error, "1", f"log-periodogram over {x.size} frequencies")


def _slope(time: FloatArray, residual: FloatArray) -> tuple[Estimate | None, str]:
    steps = np.diff(time)
    interval = float(np.median(steps))
    if interval <= 0:
        return None, "the reads have no advancing times"
    if float(np.mean(np.abs(steps - interval) > UNEVEN * interval)) > 0.05:
        return None, "the reads are not evenly spaced in time"
    try:
        return spectral_slope(residual, interval), ""
    except FitError as error:
        return None, str(error)
