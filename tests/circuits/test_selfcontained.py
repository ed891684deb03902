"""No deck can start a program or touch a file."""

from __future__ import annotations

import pytest
from toydecks import rc_deck

from circuits.selfcontained import require_self_contained
from measurements.errors import NetlistError


@pytest.mark.parametrize(
    "line",
    [
        ".control",
        "  .CONTROL",
        "*#shell touch x",
        " *#  echo x",
        "*ng_script",
        ".include models.inc",
        ".inc models.inc",
        '.lib "models.lib" typical',
        ".exec",
        ".csparam x=1",
        "A1 [a b] model",
        "N1 a b osdi_model",
        'B1 a 0 V=pwl(file="x")',
        "+ file = secret.txt",
        "R1 a 0 1\x0c.control",
        "R1 a 0 1\r.control",
        "R1 a 0 1\x00",
    ],
)
@pytest.mark.parametrize("place", ["title", "inside"])
def test_refused_and_named(line: str, place: str) -> None:
    text = f"{line}\nR1 a 0 1\n.end\n" if place == "title" else f"title\nR1 a 0 1\n{line}\n.end\n"
    if place == "title" and line[0] in "ABN":  # a title is not an element
        return
    with pytest.raises(NetlistError, match=rf"^deck, line {1 if place == 'title' else 3}"):
        require_self_contained(text)


def test_measured_circuits_pass() -> None:
    require_self_contained(rc_deck().text)
    require_self_contained(".title by PySpice\n* comment: file = x\nM1 d g s b nfet w=1u\n+ l=1u\n.end\n")
