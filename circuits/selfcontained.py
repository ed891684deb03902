"""Refuses decks that could make ngspice run a program, read another file or write one.

ngspice executes `.control` blocks, comment lines that start with `*#`, and whole files that start with
`*ng_script`, shell commands included (all three seen with ngspice 39.3). Only what a measured circuit needs
is let through.
"""

from __future__ import annotations

import re
from collections import deque

from measurements.errors import NetlistError

_CIRCUIT_CARDS = frozenset([".title", ".model", ".subckt", ".ends", ".global", ".param", ".func", ".end"])
_CONDITION_CARDS = frozenset([".if", ".elseif", ".else", ".endif"])
_ANALYSIS_CARDS = frozenset([".tran", ".save", ".meas", ".measure", ".ic", ".nodeset", ".option", ".options", ".temp"])
ALLOWED_CARDS = _CIRCUIT_CARDS | _CONDITION_CARDS | _ANALYSIS_CARDS
# 'a' is an XSPICE instance, some of which read files or start processes; 'n' and 'y' load compiled models.
ALLOWED_ELEMENTS = frozenset("bcdefghijklmoqrstuvwxz")
_KNOWN: set[str] = set()
"""Lines that were let through, other than titles and elements: thousands of decks share those of their cards."""
_MOST_KNOWN = 1 << 14
_PLAIN_STARTS = frozenset(letter for known in (*ALLOWED_ELEMENTS, "+") for letter in (known, known.upper()))
_FILE_WORDS = ("file", "sim_args", "simulation")
"""One of these is in every reference to a file that `_FILE_REFERENCE` finds."""
_SHARED_STARTS = frozenset("+.*")
_ANALYSIS = "\n.tran "
_LATEST: deque[str] = deque(maxlen=16)
"""Decks that were let through, without the first line of their analysis: the second run of a point differs in it alone.
"""
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# A continuation line may hold the equals sign.
_FILE_REFERENCE = re.compile(r"\b(file|input_file|sim_args|process_file|simulation)\s*(=|$)", re.IGNORECASE)
# The transient goes to the library as a command, where a semicolon or a backquote starts another, of the shell too.
_TRANSIENT = re.compile(r"\.tran( +[0-9.][0-9a-z.+-]*){2,4}( +uic)? *", re.IGNORECASE)


def require_self_contained(text: str, task: str = "deck") -> None:
    """Raise NetlistError naming `task` and the line unless the deck `text` is circuit, analysis and measures
    only.

    >>> require_self_contained("title\\nR1 a 0 1k\\n.tran 1n 2n 0 1n\\n.end\\n")
    >>> require_self_contained("title\\n*#shell rm x\\n.end\\n")
    Traceback (most recent call last):
    measurements.errors.NetlistError: deck, line 2: '*#shell rm x' would be executed by ngspice; remove it
    """
    start = text.find(_ANALYSIS)
    stop = text.find("\n", start + 1)
    rest = (text[:start] + text[stop:]) if 0 < start < stop else ""
    if rest in _LATEST and _fault(text[start + 1 : stop], title=False) is None:
        return
    title, *body = text.split("\n")
    new = [line for line in body if line not in _KNOWN]
    plain = [line for line in new if line[:1] in _PLAIN_STARTS]
    suspects = [line for line in new if line[:1] not in _PLAIN_STARTS]
    if not _harmless(plain):
        suspects = new
    if _fault(title, title=True) or any(_fault(line, title=False) for line in suspects):
        raise _refusal(text, task)
    if rest:
        _LATEST.append(rest)
    _KNOWN.update([line for line in new if line[:1] in _SHARED_STARTS][: max(0, _MOST_KNOWN - len(_KNOWN))])


def _harmless(elements: list[str]) -> bool:
    """True where lines of elements surely pass, by a look at all of them at once: a column has hundreds."""
    text = "".join(elements)
    if not text.isascii() or not text.isprintable():
        return False
    lowered = text.lower()
    return not any(word in lowered for word in _FILE_WORDS)


def _refusal(text: str, task: str) -> NetlistError:
    """The error that names the first line that is refused."""
    for number, line in enumerate(text.split("\n"), start=1):
        reason = _fault(line, title=number == 1)
        if reason:
            return NetlistError(f"{task}, line {number}: {line.strip()[:60]!r} {reason}; remove it")
    raise ValueError("no line is refused")


def _fault(line: str, *, title: bool) -> str | None:
    """Why `line` is refused, or None."""
    stripped = line.strip().lower()
    if _CONTROL_CHARACTER.search(line):
        return "holds a control character"
    if stripped.startswith(("*#", "*ng_script")):
        return "would be executed by ngspice"
    if not stripped or stripped[0] in "*+;$":
        return _file_reference(stripped)
    word = stripped.split()[0]
    if word == ".tran":
        return None if _TRANSIENT.fullmatch(stripped) else "holds more than numbers"
    if stripped[0] == ".":
        return None if word in ALLOWED_CARDS else "is not among the cards that a self-contained deck may use"
    if title:
        return None
    if stripped[0] not in ALLOWED_ELEMENTS:
        return "is not an element that a self-contained deck may use"
    return _file_reference(stripped)


def _file_reference(stripped: str) -> str | None:
    if not stripped.startswith("*") and _FILE_REFERENCE.search(stripped):
        return "names a file"
    return None
