"""Images shared out to threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def in_shares(work: Callable[[int, int], None], images: int, share: int, threads: int) -> None:
    """Call `work(first, beyond)` on `threads` threads for each `share` images, images `first` to `beyond` - 1."""
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for _ in pool.map(lambda first: work(first, min(first + share, images)), range(0, images, share)):
            pass
