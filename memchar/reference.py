"""Writes the embedded synthetic reference measurements: `python -m memchar.reference`.

The files are generated from the device truth stated in `devicefit.synthesis` and say `synthetic` inside; the truth
itself is stored beside them as `truth.json`, that of the heat files as `heat_truth.json`, so that a fit can be held
against it.
"""

from __future__ import annotations

import json
from pathlib import Path

from devicefit import card_to_json, reference_truth, synthesise
from devicefit.heat.synthesis import HEAT_TRUTH, SINKS
from measurements import reference_directory
from memchar.files import write_text

SEED = 2026
CYCLES = 12


def write_reference(directory: Path) -> list[Path]:
    """Generate the reference set into `directory`; returns the files written."""
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("*.csv"):
        old.unlink()
    truth = reference_truth()
    texts = dict(synthesise(truth, seed=SEED, cycles=CYCLES))
    texts |= {"truth.json": card_to_json(truth), "heat_truth.json": heat_truth_text()}
    paths = [directory / name for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        write_text(path, text)
    return paths


def heat_truth_text() -> str:
    """The stated truth of the heat files as JSON; the step response follows `truth.json`."""
    document = {"synthetic": True, "parameters": HEAT_TRUTH, "sinks [W/(m^2 K)]": SINKS}
    return json.dumps(document, indent=1) + "\n"


if __name__ == "__main__":
    written = write_reference(reference_directory())
    print(f"wrote {len(written)} synthetic files to {written[0].parent}")
