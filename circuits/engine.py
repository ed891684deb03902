"""Chooses how a deck is run: in a loaded libngspice where there is one, else in an ngspice process of its own."""

from __future__ import annotations

import threading

from netlists.deck import Deck

from .children import Children
from .ngspice import Ngspice, find_library
from .runner import DEFAULT_TIMEOUT, run_deck
from .selfcontained import require_self_contained
from .session import LibraryAbsent, LibraryFailed, Session
from .waveforms import Waveforms

OPTIONS = "no user start-up file, num_threads=1, OMP_THREAD_LIMIT=1, measures not executed"


class Engine:
    """Runs decks for several threads; close it at the end.

    The library is faster by the start of a process, the reading of its raw file and, for decks of one family, the
    parsing of the circuit. It is trusted only with good news: a deck that it does not solve is run again in a process
    of its own, which has the last word, so both ways give the same numbers and the same failures.

    Parameters
    ----------
    ngspice
        Program to use.
    children
        Registry whose owner may kill all runs from another thread.
    use_library
        False where so few decks follow that a worker would not repay its start.
    """

    def __init__(self, ngspice: Ngspice, children: Children | None = None, *, use_library: bool = True) -> None:
        self.ngspice = ngspice
        self.children = children if children is not None else Children()
        self._library = find_library() if use_library else None
        self._sessions: list[Session] = []
        self._idle: list[Session] = []
        self._lock = threading.Lock()

    @property
    def options(self) -> str:
        """How ngspice is run, for provenance and cache keys; the library and the program give the same numbers."""
        return OPTIONS

    @property
    def library_seconds(self) -> float:
        """Processor time spent inside libngspice so far, of all workers [s]."""
        return sum(session.seconds for session in self._sessions)

    @property
    def closed(self) -> bool:
        """True once the batch was stopped."""
        return self.children.closed

    def run(self, deck: Deck, timeout: float = DEFAULT_TIMEOUT, task: str = "deck") -> Waveforms:
        """Waveforms of `deck`; raises as `run_deck` does."""
        require_self_contained(deck.text, task)
        session = self._take()
        if session is not None:
            try:
                return session.run(deck, timeout, task)
            except LibraryAbsent:
                self._library = None
            except LibraryFailed:
                pass
            finally:
                self._give_back(session)
        return run_deck(deck, timeout, task=task, ngspice=self.ngspice, children=self.children)

    def close(self) -> None:
        """End the workers; no thread may still run a deck."""
        with self._lock:
            self._idle.clear()
        for session in self._sessions:
            session.close()

    def _take(self) -> Session | None:
        if self._library is None:
            return None
        with self._lock:
            if self._idle:
                return self._idle.pop()
            session = Session(self._library, self.ngspice, self.children)
            self._sessions.append(session)
            return session

    def _give_back(self, session: Session) -> None:
        with self._lock:
            self._idle.append(session)
