"""Decks of one family: what has to be altered in a loaded circuit to make it another one.

Two runs of a table point differ in the `.tran` line alone, and neighbouring points often in the value of a source.
ngspice need not parse such a circuit again: `tran` takes other times, and `alter` other values. Both give bit for bit
what the deck read anew gives (tests/circuits/test_session.py), with values in brackets: ngspice 39 reads those as it
reads a deck, and a third of the numbers without brackets one unit in the last place off. Where anything else
differs, the circuit is loaded anew: `.ic` lines and parameters of subcircuits act only while it is parsed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from measurements.errors import NetlistError

MOST_ALTERATIONS = 12
"""Above this number a circuit is parsed anew sooner than altered [1]."""
# Without `^`, for a pattern that starts with plain characters is searched ten times as fast.
_MEASURE = re.compile(r"\n\.(?i:meas).*(?:\n\+.*)*")
_ANALYSIS = re.compile(r"\n\.((?i:tran)\b.*)")
_COMMAND = re.compile(r"tran[0-9a-z.+ -]*")
"""What may be sent as a command: nothing that could start another one (`;`, backquotes) or name a variable (`$`)."""
_NUMBER = r"[-+]?[0-9.]+(?:e[-+]?[0-9]+)?"
_PASSIVE = re.compile(rf"([rcl]\w*) (\S+) (\S+) ({_NUMBER})", re.IGNORECASE)
_CONSTANT = re.compile(rf"([vi]\w*) (\S+) (\S+) ({_NUMBER})", re.IGNORECASE)
_FUNCTION = re.compile(rf"([vi]\w*) (\S+) (\S+) (pulse|pwl|sin|exp)\(({_NUMBER}(?: {_NUMBER})*)\)", re.IGNORECASE)


@dataclass(frozen=True)
class Circuit:
    """A deck without what the library does not use: nothing in its text starts an analysis, `analysis` does."""

    text: str
    analysis: str


def split(text: str) -> Circuit:
    """The circuit and the analysis of a deck's text, without its measures.

    >>> split("title\\nR1 a 0 1k\\n.tran 1n 2n 0 1n\\n.end\\n").analysis
    'tran 1n 2n 0 1n'
    """
    analyses: list[str] = _ANALYSIS.findall(text)
    if len(analyses) != 1:
        raise NetlistError(f"deck has {len(analyses)} lines '.tran'; one is needed")
    analysis = analyses[0].strip().lower()
    if not _COMMAND.fullmatch(analysis):
        raise NetlistError(f"'.{analysis[:60]}' holds more than numbers; write its times as numbers")
    return Circuit(_ANALYSIS.sub("", without_measures(text)), analysis)


def without_measures(text: str) -> str:
    """The deck without its `.meas` lines, which nobody executes here.

    They are not free: of every `par('...')` in them ngspice makes a behavioural source that is solved with the
    circuit.
    """
    return _MEASURE.sub("", text)


def alterations(loaded: str, wanted: str) -> tuple[str, ...] | None:
    """Commands that turn the circuit of text `loaded` into `wanted`; None where it has to be loaded anew.

    >>> alterations("t\\nV1 a 0 1.0\\nR1 a 0 50\\n.end", "t\\nV1 a 0 2.0\\nR1 a 0 50\\n.end")
    ('alter v1 dc = [ 2.0 ]',)
    """
    if loaded == wanted:
        return ()
    before, after = loaded.split("\n"), wanted.split("\n")
    if len(before) != len(after):
        return None
    changed = [index for index, differs in enumerate(map(str.__ne__, before, after)) if differs]
    if changed[0] == 0 or len(changed) > MOST_ALTERATIONS:
        return None
    commands: list[str] = []
    for index in changed:
        command = _alteration(before[index], after[index])
        continued = index + 1 < len(after) and after[index + 1].startswith("+")
        if continued or command is None or _in_subcircuit(after[:index]):
            return None
        commands.append(command)
    return tuple(commands)


def _in_subcircuit(lines: list[str]) -> bool:
    """True where a subcircuit that begins in `lines` does not end in them."""
    cards = [line[:7].lower() for line in lines if line.startswith(".")]
    return sum((card == ".subckt") - (card[:5] == ".ends") for card in cards) != 0


def _alteration(old: str, new: str) -> str | None:
    """The command for one line; None where the lines differ in more than values of the same element."""
    for pattern in (_PASSIVE, _CONSTANT, _FUNCTION):
        before, after = pattern.fullmatch(old), pattern.fullmatch(new)
        if before is None or after is None or before.groups()[:-1] != after.groups()[:-1]:
            continue
        name, values = after[1].lower(), after.groups()[-1]
        if pattern is _PASSIVE:
            return f"alter {name} = [ {values} ]"
        if pattern is _CONSTANT:
            return f"alter {name} dc = [ {values} ]"
        if len(values.split()) == len(before.groups()[-1].split()):
            return f"alter @{name}[{after[4].lower()}] = [ {values} ]"
    return None
