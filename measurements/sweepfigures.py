"""Figures of a cell from its sweeps: instrument, ramp, states, switching, series resistance, endurance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from measurements.criteria import Criteria
from measurements.endurance import Endurance
from measurements.errors import FitError
from measurements.estimate import Bound, Estimate, centre_estimate, log_estimate, normal_estimate
from measurements.findings import Findings
from measurements.floor import InstrumentFloor
from measurements.judgement import analyse_sweep
from measurements.legs import cut_legs, pair_lobes
from measurements.limits import limited_points
from measurements.looptransition import loop_floor
from measurements.ramprate import ramp_rates
from measurements.readresistance import read_resistance
from measurements.seriesresistance import cell_series_resistance, on_branch, series_resistance
from measurements.sweep import Activity, Sweep
from measurements.transition import Transition

UNEVEN_RATES = 1.2
"""Ratio of the largest to the smallest median ramp rate above which the sweeps count as of several rates [1]."""
LARGE_OFFSET = 3.0
"""Offset in its own standard errors above which it is flagged [1]."""


def sweep_figures(
    findings: Findings,
    sweeps: Sequence[Sweep],
    transitions: Sequence[Transition],
    course: Endurance | None,
    criteria: Criteria,
) -> None:
    """Add what the sweeps of one cell give."""
    floors = [floor for floor in (sweep_floor(sweep, criteria) for sweep in sweeps) if floor is not None]
    _instrument(findings, floors)
    _rates(findings, sweeps)
    _limits(findings, sweeps, criteria)
    findings.add("series_resistance", partial(_series, sweeps, criteria))
    _reads(findings, sweeps, floors, criteria)
    flat = [one for one in transitions if one.kind is Activity.READ]
    if flat:
        findings.flags.append(f"{len(flat)} of {len(transitions)} lobes show no switching: {flat[0].reason}")
    for kind in (Activity.FORM, Activity.SET, Activity.RESET):
        _switching(findings, [one for one in transitions if one.kind is kind], kind.value)
    if course is not None:
        _endurance(findings, course)


def sweep_floor(sweep: Sweep, criteria: Criteria) -> InstrumentFloor | None:
    """Floor of one sweep: from its first judged ramp, or from the quietest leg of a loop."""
    if pair_lobes(cut_legs(sweep.voltage)):
        found = loop_floor(sweep, criteria)
        return found if found.points else None
    for event in analyse_sweep(sweep, criteria):
        if event.floor is not None:
            return event.floor
    return None


def _instrument(findings: Findings, floors: Sequence[InstrumentFloor]) -> None:
    own = [floor for floor in floors if not floor.holds_leakage]
    if not own:
        findings.missing["offset_current"] = "no sweep has a quiet part before switching"
        findings.missing["current_noise"] = findings.missing["offset_current"]
        return
    offsets = [normal_estimate(f.offset, f.offset_error or math.nan, "A", f.method, f.points - 2) for f in own]
    findings.add("offset_current", lambda: centre_estimate(offsets, "sweeps of the current at 0 V,", either_sign=True))
    noises = [
        log_estimate(f.noise, (f.noise_error or math.nan) / f.noise, "A", "deviation at low voltage", f.points - 2)
        for f in own
        if f.noise > 0
    ]
    findings.add("current_noise", lambda: centre_estimate(noises, "sweeps of the deviation at low voltage,"))
    large = sum(abs(f.offset) > LARGE_OFFSET * (f.offset_error or np.inf) for f in own)
    if 2 * large > len(own):
        middle = np.median([floor.offset for floor in own])
        findings.flags.append(
            f"{large} of {len(own)} sweeps have a significant current at 0 V (median {middle:.3g} A): removed where a "
            "quiet part shows it"
        )


def _rates(findings: Findings, sweeps: Sequence[Sweep]) -> None:
    rates = [rate for sweep in sweeps for rate in ramp_rates(sweep)]
    if not rates:
        findings.missing["ramp_rate"] = "no sweep of four points or more at advancing times that its file states"
        return
    values = np.array([rate.rate.value for rate in rates])
    findings.add("ramp_rate", lambda: centre_estimate([one.rate for one in rates], "legs of the rate between pauses,"))
    low, high = (float(end) for end in np.quantile(values, (0.1, 0.9)))
    if low > 0 and high / low > UNEVEN_RATES:
        findings.flags.append(f"several ramp rates: 80 % of the legs between {low:.3g} and {high:.3g} V/s")
    paused = [rate for rate in rates if rate.pauses]
    if 2 * len(paused) > len(rates):
        longest = max(rate.longest_pause for rate in paused)
        findings.flags.append(f"{len(paused)} of {len(rates)} legs hold pauses, the longest of {longest:.3g} s")


def _limits(findings: Findings, sweeps: Sequence[Sweep], criteria: Criteria) -> None:
    unstated = 0
    for sweep in sweeps:
        if sweep.compliance_current is None:
            legs = [leg for leg in cut_legs(sweep.voltage) if leg.outward]
            unstated += any(
                limited_points(sweep.voltage[leg.span], sweep.current[leg.span], None, criteria.limit_tolerance).any()
                for leg in legs
            )
    if unstated:
        findings.flags.append(f"{unstated} sweeps run into a current limit that the file does not state")


def _reads(findings: Findings, sweeps: Sequence[Sweep], floors: Sequence[InstrumentFloor], criteria: Criteria) -> None:
    """Resistances of the reads, those of the on and of the off state apart."""
    own = [floor for floor in floors if not floor.holds_leakage]
    floor = sorted(own, key=lambda one: one.offset)[len(own) // 2] if own else None
    reads = [sweep for sweep in sweeps if sweep.activity is Activity.READ]
    found = [one for one in (read_resistance(sweep, floor, criteria) for sweep in reads) if one is not None]
    limited = [one for one in found if one.bound is Bound.AT_MOST]
    if limited:
        findings.flags.append(f"{len(limited)} of {len(reads)} reads are in current limit: on, but no on resistance")
    values = [one for one in found if one.determined]
    for name, on in (("read_on_resistance", True), ("read_off_resistance", False)):
        chosen = [one for one in values if (one.value <= criteria.on_resistance_limit) is on]
        if chosen:
            findings.figures[name] = centre_estimate(chosen, "reads,")
        elif reads:
            why = f"{len(limited)} in current limit" if on and limited else "none shows this state"
            findings.missing[name] = f"of {len(reads)} reads {why}"


def _series(sweeps: Sequence[Sweep], criteria: Criteria) -> Estimate:
    found = []
    for sweep in sweeps:
        floor = sweep_floor(sweep, criteria) or InstrumentFloor(0.0, 0.0)
        branch = on_branch(sweep, floor, criteria)
        if branch is None or float(branch[0][-1] / branch[1][-1]) > 10 * criteria.on_resistance_limit:
            continue
        try:
            found.append(series_resistance(*branch))
        except FitError:
            continue  # this branch is too short; the cell's figure says from how many it is
    return cell_series_resistance(found)


def _switching(findings: Findings, chosen: Sequence[Transition], kind: str) -> None:
    clean = [one for one in chosen if one.clean and one.voltage is not None]
    if not clean:
        reasons = list(dict.fromkeys(one.reason for one in chosen if one.reason))
        findings.missing[f"{kind}_voltage"] = "; ".join(reasons[:3]) or f"no {kind} sweep"
        return
    abrupt = sum(one.abrupt for one in clean)
    for name in ("voltage", "onset", "current", "power", "width"):
        found: list[Estimate] = [getattr(one, name) for one in clean]
        text = f"events ({abrupt} abrupt, {len(clean) - abrupt} gradual),"
        findings.add(f"{kind}_{name}", partial(centre_estimate, found, text))


def _endurance(findings: Findings, course: Endurance) -> None:
    for name in ("on_resistance", "off_resistance"):
        found = [one for one in course.series if one.startswith(name)]
        findings.figures.update({one: course.series[one].middle for one in found})
        if not found:
            findings.missing[name] = "no sweep shows this state in the read window, clear of the current limit"
    for name, series in course.series.items():
        if series.trend is not None:
            findings.figures[f"{name}_trend"] = series.trend
    if course.window is not None:
        findings.figures["window"] = course.window
    else:
        findings.missing["window"] = "no cycle shows both resistances"
    for kind, share in course.success.items():
        findings.figures[f"{kind}_success"] = share
    if course.first_failure is not None:
        findings.figures["attempts_to_first_failure"] = course.first_failure
