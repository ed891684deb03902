"""A user's netlist is a circuit and nothing else, and is read only where the user says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_deck_attacks import MAKE, PAYLOADS

from circuits.usernetlist import MAXIMUM_BYTES, read_netlist
from measurements.errors import InputError, NetlistError
from netlists.technology import library_folder

GOOD = """* a cell
.param width=1u
.subckt My_Cell In Out VDD vss
+ scale=2 other = 3
R1 in out {1k*scale}
.ends
.subckt second a b params: x=1
C1 a b 1p
.ends second
"""


def write(folder: Path, text: str, name: str = "cell.cir") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_subcircuits_and_their_pins_are_found(tmp_path: Path) -> None:
    found = read_netlist(write(tmp_path, GOOD), trusted=True)
    assert found.subcircuits == {"my_cell": ("in", "out", "vdd", "vss"), "second": ("a", "b")}
    assert found.text == GOOD
    assert [file.name for file in found.files] == ["cell.cir"]
    assert len(found.files[0].sha256) == 64


def test_nothing_is_read_without_the_word_of_the_user(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--trust-netlist"):
        read_netlist(tmp_path / "absent.cir", trusted=False)


def test_includes_are_taken_in_and_named(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    write(tmp_path / "inner", ".model d1 d\n.lib fast\n.model d1 d is=2\n.endl fast\n", "models.lib")
    text = '.include "inner/models.lib"\n.subckt x a b\nD1 a b d1\n.ends\n'
    found = read_netlist(write(tmp_path, text), trusted=True)
    assert ".model d1 d\n" in found.text
    assert "is=2" not in found.text
    assert "include" not in found.text
    assert [file.name for file in found.files] == ["cell.cir", "models.lib"]
    text = ".lib 'inner/models.lib' FAST\n.subckt x a b\nD1 a b d1\n.ends\n"
    found = read_netlist(write(tmp_path, text), trusted=True)
    assert ".model d1 d is=2" in found.text
    with pytest.raises(InputError, match="has no section 'slow'"):
        read_netlist(write(tmp_path, text.replace("FAST", "slow")), trusted=True)


def test_the_folder_of_the_technology_may_be_read_where_it_is_allowed(tmp_path: Path) -> None:
    text = ".lib sm141064.ngspice nfet_03v3_t\n.subckt x d g\nM1 d g 0 0 nfet_03v3\n.ends\n"
    path = write(tmp_path, text)
    with pytest.raises(NetlistError, match=r"there is no file 'sm141064\.ngspice'"):
        read_netlist(path, trusted=True)
    assert ".model" in read_netlist(path, trusted=True, folders=[library_folder()]).text.lower()


@pytest.mark.parametrize("name", ["../outside.cir", "/etc/passwd", "link.cir", "~/x", "$HOME/x", "missing.cir"])
@pytest.mark.parametrize("card", [".include {}", ".inc '{}'", ".lib {} typical"])
def test_no_file_elsewhere_is_read(name: str, card: str, tmp_path: Path) -> None:
    write(tmp_path, ".subckt secret a b\n.ends\n", "outside.cir")
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "link.cir").symlink_to(tmp_path / "outside.cir")
    path = write(folder, f"{card.format(name)}\n.subckt x a b\nR1 a b 1\n.ends\n")
    with pytest.raises(NetlistError, match=r"line 1: there is no file .* nothing else is read"):
        read_netlist(path, trusted=True)


def test_files_that_include_each_other_end(tmp_path: Path) -> None:
    write(tmp_path, ".include cell.cir\n", "other.cir")
    with pytest.raises(InputError, match="include each other"):
        read_netlist(write(tmp_path, ".include other.cir\n"), trusted=True)


# A parameter may hold any expression; ngspice knows no function that starts a program (see test_deck_attacks).
@pytest.mark.parametrize("name", [name for name in PAYLOADS if name != "parameter with a command"])
def test_attacks_are_refused(name: str, tmp_path: Path) -> None:
    payload = PAYLOADS[name].replace("CANARY", str(tmp_path / "canary"))
    for text in (f"{payload}\n{GOOD}", GOOD.replace("R1", f"{payload}\nR1"), f"{GOOD}{payload}\n"):
        with pytest.raises((NetlistError, InputError)):
            read_netlist(write(tmp_path, text), trusted=True)
    assert not (tmp_path / "canary").exists()


def test_attacks_are_refused_in_included_files_too(tmp_path: Path) -> None:
    for payload in (f".control\n{MAKE}\n.endc", f"*#{MAKE}", "A1 a b m"):
        write(tmp_path, f".subckt y a b\n{payload}\n.ends\n", "inner.cir")
        with pytest.raises(NetlistError):
            read_netlist(write(tmp_path, f".include inner.cir\n{GOOD}"), trusted=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"R9 a 0 1\n{GOOD}", "outside of every subcircuit"),
        (f"+ w=1\n{GOOD}", "begins with a continuation line"),
        (GOOD.replace(".ends second\n", ""), "is not closed"),
        (f".ends\n{GOOD}", "closes what was not opened"),
        (f".global vdd\n{GOOD}", "has no place"),
        (f".options reltol=1\n{GOOD}", "has no place"),
        (f".temp 100\n{GOOD}", "has no place"),
        (f".ic v(a)=1\n{GOOD}", "has no place"),
        (GOOD.replace("1k*scale", "1k*scale\u00b5"), "plain ASCII"),
        (f"{GOOD}.end\n", "has no place"),
    ],
)
def test_what_reaches_past_the_subcircuit_is_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(NetlistError, match=message):
        read_netlist(write(tmp_path, text), trusted=True)


def test_what_is_no_text_or_too_long_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cell.cir"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        read_netlist(path, trusted=True)
    path.write_bytes(b"*" * (MAXIMUM_BYTES + 1))
    with pytest.raises(InputError, match="more than"):
        read_netlist(path, trusted=True)
    with pytest.raises(InputError, match="cannot be read"):
        read_netlist(tmp_path / "absent.cir", trusted=True)
