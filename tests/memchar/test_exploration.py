"""Search for the operating point: which designs there are, what is said of them, which one is chosen."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from circuits.status import Status
from circuits.tables import TableSet
from devicefit import reference_truth
from devicefit.models.static import on_resistance
from evaluator import Mnist
from evaluator.evaluation import Evaluation
from evaluator.networks import Convolution, Dense, LayeredNetwork, layered
from evaluator.networks.arrays import cells_of
from measurements.errors import InputError
from memchar.cli import run
from memchar.commands.explore import varied_values
from memchar.config import PipelineConfig
from memchar.designtables import (
    Workshop,
    _later,
    _rest,
    below_threshold,
    error_procedures,
    interface_figures,
    network_of,
    procedures_of,
)
from memchar.exploration import Design, Limits, chosen, design_document, design_rows, designs, packed_area, pareto

GOOD = {"settled": 0.9, "droop": 0.05, "offset_fill": 0.1}


def evaluated(accuracy: float, latency: float, energy: float) -> Evaluation:
    return Evaluation(
        accuracy=accuracy, undecided=0.0, images=10, energy_per_image_J=energy, energy_per_spike_J=energy / 800,
        energy_per_synaptic_event_J=energy / 40_000, spikes_per_image=800.0, synaptic_events_per_image=40_000.0,
        latency_per_image_s=latency, power_W=energy / latency, images_per_second=100.0, spikes_by_layer=(800.0,),
        breakdown_J={"all": energy}, confusion=np.eye(2, dtype=np.int64), predictions=np.zeros(1, np.int64),
        latencies=np.zeros(1), gains=(1.0,), clamped_lookups=0, spread={}, counted=(), assumed=(), not_counted=(),
    )  # fmt: skip


def design(accuracy: float = 0.975, latency: float = 1e-6, energy: float = 1.5e-9, area: float = 1e-6, **more: float):
    return Design({"array.tile_rows": 98.0}, PipelineConfig(), evaluated(accuracy, latency, energy), GOOD | more, area)


def test_a_later_layer_has_its_own_select_bias_and_mirrors() -> None:
    varied = {"array.select_resistance": [1e6], "array.later_select": [0.2], "interface.later_bias": [0.5]}
    found = _later(designs(PipelineConfig(), varied)[0][1], 1.5)
    assert found.array.select_resistance == pytest.approx(2e5)
    assert found.interface.bias_current == pytest.approx(5e-6)
    assert found.interface.output_width == pytest.approx(24e-6)
    assert found.interface.main_width == PipelineConfig().interface.main_width


def test_circuits_of_dense_layers_are_those_of_the_dense_network() -> None:
    config, card = PipelineConfig(), reference_truth()
    usual = network_of(config)
    given = network_of(config, layered(usual))
    shop = Workshop(TableSet({}, {}), config, card, Mnist(*(np.zeros((0, 0), np.uint8),) * 4, ""), draws=8)
    ours, other = (procedures_of(config, card, network) for network in (usual, given))
    assert {name: one.axes() for name, one in ours.items()} == {name: one.axes() for name, one in other.items()}
    for layer in range(2):
        pairs = (error_procedures(config, network, layer, shop) for network in (usual, given))
        assert len({tuple(str((one.axes(), one.settings())) for one in pair) for pair in pairs}) == 1
    assert packed_area(config, given) == pytest.approx(packed_area(config, usual))


def test_circuits_of_copies_see_the_columns_of_one() -> None:
    """A 3x3 kernel of two outputs on two levels: 9 rows, 5 weights on, of an output two columns a side."""
    kernel = np.zeros((2, 1, 3, 3))
    kernel.reshape(2, 9)[:, :5] = np.array([[2.0], [-1.0]])
    network = LayeredNetwork((1, 9, 9), (Convolution(kernel), Dense(np.ones((98, 10)))), levels=2)
    first, last = cells_of(network)
    cell = 1e-5
    assert _rest(first, 98, cell) == pytest.approx(cell * (2 * 5 + 5) / (2 * 2))
    assert _rest(first, 4, cell) == pytest.approx(cell * (2 * 5 + 5) / (2 * 2 * 3))
    assert _rest(last, 98, cell) == pytest.approx(cell * 98 * 2 / 2)
    config, card = PipelineConfig(), reference_truth()
    found = procedures_of(config, card, network)
    cell = 1.0 / (on_resistance(card) + config.array.select_resistance)
    assert found["column_read"].axes()[2].values[-1] == pytest.approx(1.05 * cell * 2 * 2 * 10)
    assert found["row_drive"].axes()[1].values == (pytest.approx((2 * 4 + 2 * 20) * config.array.wire_capacitance),)


def test_every_combination_is_a_design() -> None:
    found = designs(PipelineConfig(), {"array.tile_rows": [98.0, 392.0], "neuron.corner": ["typical", "ss", "ff"]})
    assert len(found) == 6
    settings, config = found[4]
    assert settings == {"array.tile_rows": 392.0, "neuron.corner": "ss"}
    assert (config.array.tile_rows, config.neuron.corner) == (392, "ss")


@pytest.mark.parametrize(
    ("key", "values", "words"),
    [
        ("array.rows", [1.0], "cannot be varied"),
        ("simulation.timeout", [300.0], "cannot be varied"),
        ("array.sense_resistance", [10.0], "cannot be varied"),
        ("array.read_voltage", [0.4], "less than or equal to 0.3"),
        ("array.tile_rows", [float(k) for k in range(1, 1024)], "at most 1000"),
    ],
)
def test_what_cannot_be_varied_is_refused(key: str, values: list[float | str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        designs(PipelineConfig(), {key: values})


@pytest.mark.parametrize("text", ["array.tile_rows", "=3", "array.tile_rows=1,,2"])
def test_a_variation_without_key_or_value_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="KEY=VALUE"):
        varied_values([text])
    with pytest.raises(InputError, match="twice"):
        varied_values(["a.b=1", "a.b=2"])


def test_each_limit_is_named() -> None:
    limits = Limits()
    assert design().misses(limits) == ()
    assert design(accuracy=0.969).misses(limits) == ("accuracy",)
    assert design(latency=2.1e-6).misses(limits) == ("latency",)
    assert design(latency=5e-7).misses(limits) == ("power",)
    assert design(energy=2.1e-9).misses(limits) == ("energy a spike",)
    assert design(settled=0.6).misses(limits) == ("interface too slow",)
    assert design(droop=0.3).misses(limits) == ("interface beyond its range",)
    assert replace(design(), evaluation=None, failure="no level").misses(limits) == ("no level",)


def test_the_least_energy_within_the_limits_is_chosen() -> None:
    cheap, wrong, dear = design(energy=1.2e-9, area=2e-6), design(accuracy=0.5, energy=1e-10), design()
    assert chosen([dear, wrong, cheap], Limits()) is cheap
    assert chosen([wrong], Limits()) is None


def test_the_front_holds_what_nothing_beats() -> None:
    best, small, beaten = design(energy=1e-9), design(energy=2e-9, area=5e-7), design(energy=3e-9)
    failed = replace(design(), evaluation=None, failure="no level")
    assert pareto([beaten, best, failed, small]) == [best, small]
    rows = design_rows([beaten, best, failed, small], Limits())
    assert [row[0] for row in rows[1:]] == ["", "P*", "", "P"]
    assert rows[3][-1] == "no level"
    document = json.loads(json.dumps(design_document([beaten, best, failed, small], Limits()), allow_nan=False))
    assert [one["chosen"] for one in document] == [False, True, False, False]


def interface_table(**changed: float) -> TableSet:
    axes = {"sign": [-1.0, 1.0], "input_current": [1e-6, 4e-6], "rest_conductance": [5e-4], "membrane_voltage": [0.5]}
    values = {
        "gain": 0.8, "charge_gain": 0.6, "input_resistance": 100.0, "offset_current": 1e-7, "static_power": 1e-5,
        "delay": 5e-9,
    } | changed  # fmt: skip
    shape = tuple(len(one) for one in axes.values())
    data = {name: (tuple(axes), np.full(shape, value)) for name, value in values.items()}
    data["status"] = (tuple(axes), np.zeros(shape, np.int64))
    return TableSet.of({"column_interface": xr.Dataset(data, coords=axes)}, {})


def test_what_arrives_is_counted_against_what_the_crossbar_gives() -> None:
    found = interface_figures(interface_table())
    # 100 ohm take 5 % of the current to cells of 0.5 mS at rest, which the crossbar's equations know of
    assert found["transfer"] == pytest.approx(0.6 * 1.05)
    assert found["settled"] == pytest.approx(0.6 / 0.8 * 1.05)
    assert found["droop"] == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(InputError, match="no input_resistance"):
        interface_figures(interface_table(input_resistance=float("nan")))


def test_a_search_is_counted_before_it_runs(short_run, shared_data, capsys) -> None:
    folder, _ = short_run
    arguments = [
        str(folder / "tables.h5"),
        "--device",
        str(folder / "device.json"),
        "--data",
        str(shared_data / "mnist"),
    ]
    few = ["explore", *arguments, "--dry-run", "--json"]
    assert run(few) == 0
    one = json.loads(capsys.readouterr().out)
    assert run([*few, "--vary", "interface.bias_current=1e-6,2e-6"]) == 0
    two = json.loads(capsys.readouterr().out)
    assert (one["designs"], two["designs"]) == (1, 2)
    # encoder, decoder and driver are alike in both, column and interface are not
    assert one["runs"] < two["runs"] < 2 * one["runs"]


def leak_table(fires_from: int) -> xr.Dataset:
    axes = {"initial_voltage": [0.4, 0.5, 0.6, 0.7], "interval": [1e-8, 1e-7]}
    status = np.zeros((4, 2), np.int64)
    status[fires_from:] = int(Status.MEASURE_FAILED)
    return xr.Dataset({"status": (tuple(axes), status)}, coords=axes, attrs={"failures": "fires by itself"})


def test_voltages_beyond_the_threshold_of_a_corner_are_left_out() -> None:
    found = below_threshold(leak_table(3))
    assert found["initial_voltage"].to_numpy().tolist() == [0.4, 0.5, 0.6]
    assert found.attrs["fires_from"] == 0.7
    whole = leak_table(4)
    assert below_threshold(whole) is whole
    single = leak_table(4)
    single["status"][1, 0] = int(Status.MEASURE_FAILED)  # a point that failed is no threshold
    assert below_threshold(single) is single
    for beyond in (0, 1):
        with pytest.raises(InputError, match=f"from {0.4 + 0.1 * beyond:g} V"):
            below_threshold(leak_table(beyond))
