"""The report: one self-contained HTML page made from the files of a run folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import memchar
from memchar.cardrows import parameter_rows, spread_rows
from memchar.files import read_card, read_text
from memchar.pictures import Picture, embed
from memchar.publishedrows import seed_rows
from memchar.quantities import format_quantity
from memchar.tablerows import coverage_row, status_names, validation_rows, validation_text

if TYPE_CHECKING:
    from circuits.tables import TableSet
    from devicefit import DeviceCard

_DEVICE_FIGURES = (
    ("iv_fit.png", "Measured sweeps (points) and the fitted model (lines)"),
    ("variability.png", "Cycle-to-cycle distributions of set voltage, reset voltage and on-resistance"),
)
_SURFACES = (
    ("column_read", "device_resistance", "active_rows", ("energy", "charge", "delay")),
    ("neuron_fire", "input_current", "initial_voltage", ("delay", "energy", "interval")),
    ("neuron_leak", "initial_voltage", "interval", ("final_voltage", "energy")),
)


def build_report(run: Path) -> str:
    """HTML of the report on a run folder that `memchar run` wrote.

    Raises
    ------
    InputError
        A file of the folder is missing or damaged; it is named.
    """
    from jinja2 import Environment, PackageLoader, select_autoescape

    from circuits.tables import read_tables
    from memchar.macropage import macro_tables
    from memchar.netfigures import block_rows, percentile_rows
    from memchar.rate import rate_rows

    card = read_card(run / "device.json")
    tables = read_tables(run / "tables.h5")
    evaluation = _document(run / "evaluation.json")
    validation = _document(run / "validation.json")
    environment = Environment(loader=PackageLoader("memchar"), autoescape=select_autoescape(default=True))
    return environment.get_template("report.html.j2").render(
        version=memchar.__version__,
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        device=card,
        headline=_headline(evaluation),
        seed=seed_rows(evaluation),
        boundaries=[
            (name.replace("_", " ").capitalize(), evaluation[name]) for name in ("counted", "assumed", "not_counted")
        ],
        parameters=parameter_rows(card),
        spread=spread_rows(card),
        figures={
            "device": [_file_picture(run / "figures" / name, title) for name, title in _DEVICE_FIGURES],
            "circuits": [
                _file_picture(
                    run / "figures" / "neuron_waveform.png",
                    "The neuron under constant input current, in ngspice",
                ),
                *_surfaces(tables),
            ],
            "network": [_confusion(evaluation)],
        },
        validation=validation_rows(validation),
        validation_text=validation_text(validation),
        rate=rate_rows(validation["neuron_rate"]),
        macros=macro_tables(run, validation),
        statuses=status_names(),
        coverage=[coverage_row(table) for table in tables.values()],
        network=_network_rows(evaluation),
        blocks=block_rows(evaluation) if evaluation.get("blocks") else [],
        over_images=percentile_rows(evaluation) if evaluation.get("percentiles") else [],
        area=_area_rows(evaluation.get("area")),
        encodings=_encodings(run / "encodings.json"),
        chips=_chips(run / "chips.json"),
        provenance=_provenance(card, tables),
    )


def _document(path: Path) -> Any:
    from measurements import InputError

    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InputError(f"is not JSON: {error.msg}", path=path, line=error.lineno) from error


def _headline(evaluation: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "name": f"accuracy, {evaluation['images']} images",
            "value": f"{100 * evaluation['accuracy']:.2f} %",
        },
        {"name": "energy per image", "value": format_quantity(evaluation["energy_per_image_J"], "J")},
        {"name": "energy per spike", "value": format_quantity(evaluation["energy_per_spike_J"], "J")},
        {"name": "latency per image", "value": format_quantity(evaluation["latency_per_image_s"], "s")},
        {"name": "power", "value": format_quantity(evaluation["power_W"], "W")},
    ]


def _file_picture(path: Path, title: str) -> Picture:
    from measurements import InputError

    try:
        return embed(title, path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, hint="run memchar run again") from error


def _surfaces(tables: TableSet) -> list[Picture]:
    from memchar.figures import surface_figure

    return [
        embed(f"Table {name}", surface_figure(tables[name], across, along, quantities))
        for name, across, along, quantities in _SURFACES
        if name in tables
    ]


def _confusion(evaluation: Mapping[str, Any]) -> Picture:
    from memchar.figures import confusion_figure

    return embed("Confusion matrix (colour is logarithmic)", confusion_figure(evaluation["confusion"]))


def _encodings(path: Path) -> dict[str, Any] | None:
    """Table, picture and verdict of `memchar encodings`, where its file is in the run folder."""
    from memchar.encodings import document_rows, encoding_figure, same_circuit_rows

    if not path.is_file():
        return None
    document = _document(path)
    return {
        "rows": document_rows(document),
        "same_circuit": same_circuit_rows(document),
        "verdict": document["verdict"],
        "assumed": document["assumed"],
        "figure": embed("Accuracy against energy, a point for each window", encoding_figure(document)),
    }


def _chips(path: Path) -> dict[str, Any] | None:
    """Table, picture and origins of `memchar monte-carlo`, where its file is in the run folder."""
    from memchar.chipfigure import chip_figure
    from memchar.montecarlo import chip_lines, chip_rows

    if not path.is_file():
        return None
    document = _document(path)
    return {
        "rows": chip_rows(document),
        "lines": chip_lines(document),
        "figure": embed("Accuracy and energy over chips, and accuracy with each effect alone", chip_figure(document)),
    }


def _area_rows(area: Mapping[str, Any] | None) -> list[tuple[str, ...]]:
    """Packed area of each block, and of all."""
    if not area or not area["blocks_m2"]:
        return []
    rows = [(block, f"{1e6 * value:.4g}") for block, value in area["blocks_m2"].items()]
    return [("area, packed", "mm2"), *rows, (f"all, without {area['not_included']}", f"{1e6 * area['total_m2']:.4g}")]


def _network_rows(evaluation: Mapping[str, Any]) -> list[dict[str, str]]:
    rows = [
        ("images evaluated a second", f"{evaluation['images_per_second']:.0f}"),
        ("spikes per image", f"{evaluation['spikes_per_image']:.1f}"),
        ("synaptic events per image", f"{evaluation['synaptic_events_per_image']:.0f}"),
        ("images without an output spike", f"{100 * evaluation['undecided']:.2f} %"),
    ]
    rows += [
        (f"energy per image, {block}", format_quantity(value, "J"))
        for block, value in evaluation["breakdown_J"].items()
    ]
    return [{"name": name, "value": value} for name, value in rows]


def _provenance(card: DeviceCard, tables: TableSet) -> Sequence[tuple[str, str]]:
    rows = [(f"card: {key}", str(value)) for key, value in card.provenance.items() if not key.endswith(".csv")]
    files = sum(key.endswith(".csv") for key in card.provenance)
    rows.append(("card: measurement files, each with its SHA-256 in device.json", str(files)))
    rows += [(f"tables: {key}", str(value)) for key, value in tables.attributes.items()]
    for name, table in tables.items():
        rows += [(f"{name}: {key}", str(value)) for key, value in table.dataset.attrs.items() if str(value)]
    return rows
