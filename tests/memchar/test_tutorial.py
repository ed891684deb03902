"""The tutorial's commands, run as they stand."""

import re
from pathlib import Path

import pytest

from memchar.cli import run

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    return re.findall(r"^    memchar (.+)$", TEXT, re.MULTILINE)


def test_every_command_of_the_tutorial_runs(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "measurements").symlink_to(ROOT / "measurements")
    assert len(commands()) >= 6
    for command in commands():
        assert run(command.split()) == 0, command + capsys.readouterr().err
    printed = capsys.readouterr().out
    assert "held-out current error" in printed
    page = (tmp_path / "device.html").read_text(encoding="utf-8")
    assert "Which model holds" in page
    assert page.count("data:image/png") >= 4
    assert "synthetic" in page
    for name in ("data.h5", "device.json", "device.cir", "device.va", "heat.png"):
        assert (tmp_path / name).stat().st_size > 200, name
    script = "\n".join(line[4:] for line in TEXT.partition("From Python")[2].splitlines() if line.startswith("    "))
    exec(compile(script, "tutorial", "exec"), {})
    assert float(capsys.readouterr().out) == pytest.approx(2.85, rel=0.3)


@pytest.mark.parametrize("name", re.findall(r"\]\((\w+\.md)\)", TEXT))
def test_links_lead_somewhere(name) -> None:
    assert (ROOT / "docs" / name).is_file()
