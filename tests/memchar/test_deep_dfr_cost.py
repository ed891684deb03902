"""What a readout costs, on tables whose sums can be made by hand."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from circuits.tables import TableSet
from devicefit import reference_truth
from devicefit.models.static import on_resistance
from evaluator.reservoir.memristors import CellPairs, MappedReadout
from memchar.workloads.deepdfrcost import memristor_cost, missing_tables, sram_cost
from netlists.macroarea import shipped_areas

AREA = {name: one.packed for name, one in shipped_areas().items()}
CARD = reference_truth()


def flat(axes: dict[str, tuple[float, ...]], values: dict[str, float], **attributes: float) -> xr.Dataset:
    """A table that gives `values` everywhere."""
    shape = tuple(len(one) for one in axes.values())
    data = {name: (tuple(axes), np.full(shape, value), {"role": "quantity"}) for name, value in values.items()}
    data["status"] = (tuple(axes), np.zeros(shape, dtype=np.int32), {})
    return xr.Dataset(data, {name: (name, np.array(one), {}) for name, one in axes.items()}, attributes)


def tables() -> TableSet:
    column = {
        "active_rows": (1.0, 98.0),
        "device_resistance": (1.0, 1e12),
        "row_load": (0.0, 1.0),
        "on_fraction": (0.0, 1.0),
    }
    return TableSet.of(
        {
            "column_read": flat(
                column, {"energy": 98e-15, "delay": 1e-10}, rows=98, read_voltage=0.1, pulse_width=5e-9
            ),
            "row_drive": flat({"load_conductance": (1e-5, 1e-2)}, {"energy": 2e-12, "delay": 1e-9}),
            "column_interface": flat(
                {"input_current": (1e-6, 1e-4)}, {"energy": 3e-13, "strobe_energy": 1e-14, "delay": 5e-10}
            ),
            "sram_read": flat(
                {"rows": (16.0, 256.0), "supply_voltage": (1.62, 1.8, 1.98)},
                {"energy": 2e-13, "delay": 1e-9, "restore_time": 3e-9, "cell_leakage": 0.0},
            ),
        },
        {},
    )


def test_memristors_by_hand() -> None:
    """200 rows in 3 tiles, 2 outputs of 3 digits; states of +-1 put the whole read voltage on every row."""
    on = 1.0 / on_resistance(CARD)
    plus = np.full((3, 200, 2), on)
    mapped = MappedReadout(CellPairs(on, 0.0, 2, 3), plus, np.zeros_like(plus), 1.0, 0.0, np.zeros(2))
    found = memristor_cost(tables(), CARD, mapped, np.where(np.arange(200) % 2, 1.0, -1.0)[None])
    cells, interfaces = 2 * 3 * 200 * 2, 3 * 3 * 2
    assert found.energy == pytest.approx(cells * 1e-15 + 200 * 2e-12 + interfaces * 3.1e-13, rel=1e-12)
    assert found.latency == pytest.approx(5e-9 + 1e-9 + 5e-10, rel=1e-12)
    assert found.cell_area == pytest.approx(cells * 4 * 0.28e-6**2, rel=1e-12)
    periphery = 200 * AREA["row_switch"] + interfaces * AREA["column_interface"] + AREA["column_interface_bias"]
    assert found.area == pytest.approx(found.cell_area + periphery, rel=1e-12)
    half = memristor_cost(tables(), CARD, mapped, np.array([[1.0] + [0.5] * 199]))
    assert half.energy - found.energy == pytest.approx(-cells * 1e-15 * (1.0 - (1.0 + 199 * 0.25) / 200), rel=1e-9)


def test_static_memory_by_hand() -> None:
    """300 rows are two banks of 150, read one row after the other; 2 outputs of 9 bits are 18 columns."""
    found = sram_cost(tables(), 300, 2, 9)
    assert found.energy == pytest.approx(300 * 18 * 2e-13, rel=1e-12)
    assert found.latency == pytest.approx(300 * 4e-9, rel=1e-12)
    assert found.cell_area == pytest.approx(300 * 18 * AREA["sram_6t"], rel=1e-12)
    shared = 150 * (AREA["sram_word"] + AREA["sram_6t"]) + AREA["sram_timing"] + AREA["sram_precharge"]
    bank = 18 * (AREA["sram_precharge"] + AREA["sram_sense"]) + shared
    assert found.area == pytest.approx(found.cell_area + 2 * bank, rel=1e-12)


def test_tables_that_are_not_there_are_named() -> None:
    assert missing_tables(tables()) == []
    assert missing_tables(TableSet.of({}, {})) == ["column_read", "row_drive", "column_interface", "sram_read"]
