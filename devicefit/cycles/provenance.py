"""Where a card comes from: digests of the files and versions of what made it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from measurements.records import MeasurementSet


def provenance_of(records: MeasurementSet) -> dict[str, str]:
    """SHA-256 of every measurement file, versions of the packages, and what the files left to be assumed."""
    sources = [record.source for record in records.records]
    found = {f"sha256 {source.file}": source.sha256 for source in sources}
    untimed = sum(not sweep.timed for sweep in records.sweeps)
    if untimed:
        found["assumed time"] = (
            f"1 s a point in {untimed} of {len(records.sweeps)} sweeps, whose files state no time: rates and "
            "thresholds hold for that ramp alone"
        )
    for package in ("memchar", "lmfit", "numpy", "scipy"):
        try:
            found[f"version {package}"] = version(package)
        except PackageNotFoundError:
            found[f"version {package}"] = "not installed as a package"
    return found
