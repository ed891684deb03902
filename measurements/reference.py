"""The reference measurements inside the package: synthetic, made from a stated device truth."""

from __future__ import annotations

from pathlib import Path

from measurements.errors import InputError


def reference_directory() -> Path:
    """Folder of the synthetic reference set: 4200A-layout CSV files and one heat CSV.

    Every file says `synthetic` in its comment; the project's own generator wrote them, no instrument did.

    Raises
    ------
    InputError
        The folder is missing from this installation.
    """
    folder = Path(__file__).parent / "reference"
    if not folder.is_dir():
        raise InputError("the reference measurements are missing", path=folder, hint="install the package again")
    return folder
