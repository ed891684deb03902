"""`memchar doctor`, `memchar run` and `memchar report`: the whole job."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from memchar.commands.output import Json, columns, emit


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("doctor")(doctor_command)
    app.command("run")(run_command)
    app.command("report")(report_command)


def doctor_command(as_json: Json = False) -> None:
    """Say what is installed, what is missing and how to install it; exit code 1 if something needed is missing."""
    from memchar.doctor import examine

    findings = examine()
    lines = []
    for finding in findings:
        mark = "ok     " if finding.present else "MISSING" if finding.required else "absent "
        remedy = "" if finding.present or not finding.remedy else f"  -> {finding.remedy}"
        lines.append(f"{mark}  {finding.name:18} {finding.detail}{remedy}")
    missing = [finding.name for finding in findings if finding.required and not finding.present]
    emit({"ready": not missing, "findings": [asdict(f) for f in findings]}, lines, as_json=as_json)
    if missing:
        raise typer.Exit(1)


def run_command(
    config: Annotated[Path | None, typer.Argument(help="pipeline.toml; defaults are used if not given.")] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="Run folder to write.")] = Path("runs/run"),
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of instrument files, or a store; synthetic reference measurements if not given."),
    ] = None,
    mnist: Annotated[
        Path | None,
        typer.Option(help="Folder with the four MNIST files; else MEMCHAR_MNIST, the cache, a download."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Do it all, in order: measurements, fit, decks, ngspice tables, validation, network, report.

    A run that was interrupted goes on where it stopped when the same command is given again. Example:

        memchar run --data measurements/ -o runs/mine
    """
    from memchar.config import load_config
    from memchar.publishedrows import seed_rows
    from memchar.run import run_all

    summary = run_all(load_config(config), output, data=data, mnist=mnist, quiet=as_json)
    evaluation = summary.evaluation
    rows = [
        ("figure", "published", "here"),
        *((r["name"], r["published"], r["here"]) for r in seed_rows(evaluation)),
    ]
    lines = [
        f"device    {summary.card.device} {summary.card.cell}" + (" (synthetic)" if summary.card.synthetic else ""),
        f"accuracy  {100 * evaluation['accuracy']:.2f} % on {evaluation['images']} images, "
        f"{evaluation['images_per_second']:.0f} images/s",
        *columns(rows),
        f"report    {output / 'report.html'}",
    ]
    emit({"run": str(output), "evaluation": evaluation, "seconds": summary.seconds}, lines, as_json=as_json)


def report_command(
    run: Annotated[Path, typer.Argument(help="Run folder that memchar run wrote.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="HTML file; RUN_DIR/report.html if not given.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make the self-contained HTML report of a run folder again."""
    from memchar.files import write_text
    from memchar.report import build_report

    path = output or run / "report.html"
    write_text(path, build_report(run))
    emit({"report": str(path)}, [f"report {path}"], as_json=as_json)
