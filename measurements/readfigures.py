"""Figures of a cell from its read series."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from measurements.findings import Findings
from measurements.read_noise import read_noise
from measurements.reads import ReadSeries
from measurements.retention import retention


def read_figures(findings: Findings, reads: Sequence[ReadSeries]) -> None:
    """Add drift and noise of each series; names are numbered where there are several."""
    for number, series in enumerate(reads):
        end = "" if len(reads) == 1 else f"_{number}"
        kept = findings.attempt(f"retention{end}", partial(retention, series))
        if kept is not None:
            findings.keep(f"drift_exponent{end}", kept.drift_exponent, "the conductance changes sign")
            findings.figures[f"drift_per_decade{end}"] = kept.log_slope
            findings.add(f"conductance_after_10x_time{end}", partial(kept.at, 10 * kept.last_time))
        noise = findings.attempt(f"read_noise{end}", partial(read_noise, series))
        if noise is None:
            continue
        findings.figures[f"relative_read_noise{end}"] = noise.relative
        findings.keep(f"noise_slope{end}", noise.slope, noise.slope_reason)
        if noise.telegraph is not None:
            findings.figures[f"telegraph_amplitude{end}"] = noise.telegraph.amplitude
            findings.figures[f"telegraph_dwell_low{end}"] = noise.telegraph.dwell_low
            findings.figures[f"telegraph_dwell_high{end}"] = noise.telegraph.dwell_high
        else:
            findings.missing[f"telegraph_levels{end}"] = "the reads do not fall into two levels visited repeatedly"
