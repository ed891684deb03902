"""Progress of long work: a bar on a terminal, plain lines elsewhere, silence with `--json`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

ProgressCallback = Callable[[int, int], None]

_LINE_INTERVAL = 5.0  # seconds between plain lines, so that a log file stays readable


@contextmanager
def show_progress(title: str, *, quiet: bool = False) -> Iterator[ProgressCallback]:
    """A callback `(done, total)` that shows progress on standard error."""
    if quiet:
        yield _silent
    elif sys.stderr.isatty():
        columns = (
            TextColumn(title),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(title, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
    else:
        yield _plain_lines(title)


def _silent(_done: int, _total: int) -> None:
    """Progress that nobody wants to see."""


def _plain_lines(title: str) -> ProgressCallback:
    last = time.monotonic() - _LINE_INTERVAL

    def report(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done == total or now - last >= _LINE_INTERVAL:
            last = now
            print(f"{title}: {done}/{total}", file=sys.stderr, flush=True)

    return report
