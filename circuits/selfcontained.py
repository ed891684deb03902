"""Refuses decks that could make ngspice run a program, read another file or write one.

ngspice executes `.control` blocks, comment lines that start with `*#`, and whole files that start with
`*ng_script`, shell commands included (all three seen with ngspice 39.3). Only what a measured circuit needs
is let through.
"""

from __future__ import annotations

import re

from measurements.errors import NetlistError

_CIRCUIT_CARDS = frozenset([".title", ".model", ".subckt", ".ends", ".global", ".param", ".func", ".end"])
_CONDITION_CARDS = frozenset([".if", ".elseif", ".else", ".endif"])
_ANALYSIS_CARDS = frozenset([".tran", ".save", ".meas", ".measure", ".ic", ".nodeset", ".option", ".options", ".temp"])
ALLOWED_CARDS = _CIRCUIT_CARDS | _CONDITION_CARDS | _ANALYSIS_CARDS
# 'a' is an XSPICE instance, some of which read files or start processes; 'n' and 'y' load compiled models.
ALLOWED_ELEMENTS = frozenset("bcdefghijklmoqrstuvwxz")
_KNOWN: set[str] = set()
"""Lines that were let through, other than titles: thousands of decks share those of their transistor cards."""
_MOST_KNOWN = 1 << 14
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
    for number, line in enumerate(text.split("\n"), start=1):
        if line in _KNOWN:
            continue
        reason = _fault(line, title=number == 1)
        if reason:
            raise NetlistError(f"{task}, line {number}: {line.strip()[:60]!r} {reason}; remove it")
        if number > 1 and len(_KNOWN) < _MOST_KNOWN:
            _KNOWN.add(line)


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
