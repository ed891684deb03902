"""Writes the embedded synthetic reference measurements: `python -m memchar.reference`.

The files are generated from the device truth stated in `devicefit.synthesis` and say `synthetic` inside; the truth
itself is stored beside them as `truth.json`, so that a fit can be held against it.
"""

from __future__ import annotations

from pathlib import Path

from devicefit import card_to_json, reference_truth, synthesise
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
    texts = dict(synthesise(truth, seed=SEED, cycles=CYCLES)) | {"truth.json": card_to_json(truth)}
    paths = [directory / name for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        write_text(path, text)
    return paths


if __name__ == "__main__":
    written = write_reference(reference_directory())
    print(f"wrote {len(written)} synthetic files to {written[0].parent}")
