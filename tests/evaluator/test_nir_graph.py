"""NIR graphs in and out: equal after a round trip, refused by node and reason, and files that mean harm."""

from __future__ import annotations

from itertools import pairwise

import h5py
import numpy as np
import pytest

from evaluator import IsiEncoder
from evaluator.networks import Convolution, Dense, LayeredNetwork, NeuronModel, Pooling, Recurrent, Timing, read_network
from evaluator.networks.nirgraph import DEFAULT_TIMING, network_from_nir
from measurements.errors import InputError

rng = np.random.default_rng(0)
LIF = NeuronModel("lif", resistance=2.5, threshold=0.75, leak_voltage=0.1, reset=0.1, membrane_time=3e-3)
CUBA = NeuronModel("cubalif", threshold=2.0, membrane_time=4e-3, synapse_time=1e-3, input_weight=3.0)
NETWORK = LayeredNetwork(
    (2, 8, 8),
    (
        Convolution(rng.normal(size=(4, 1, 3, 3)), (1, 2), (1, 0), (1, 1), 2, LIF),
        Pooling("average", (2, 3), (2, 3)),
        Recurrent(rng.normal(size=(16, 5)), rng.normal(size=(5, 5)), 2e-4),
        Dense(rng.normal(size=(5, 3)), CUBA),
    ),
    IsiEncoder(spikes=5),
    3,
    Timing(2e-4, 1e-4),
    "by hand",
)


def node(kind, **values):
    return {"type": kind, **{name: np.asarray(value) for name, value in values.items()}}


def lif(size, **changed):
    return node("LIF", **{name: np.full(size, value) for name, value in
                          {"tau": 2e-3, "r": 20.0, "v_leak": 0.0, "v_threshold": 1.0, **changed}.items()})  # fmt: skip


def chain(*nodes, shape=(4,)):
    """A graph of nodes one behind the other, n0, n1, ..., as dictionaries."""
    names = [f"n{index}" for index in range(len(nodes))]
    whole = {"input": node("Input", shape=shape), **dict(zip(names, nodes, strict=True))}
    whole["output"] = node("Output", shape=(1,))
    order = ["input", *names, "output"]
    return {"type": "NIRGraph", "nodes": whole, "edges": list(pairwise(order))}


def same(first, second):
    for one, other in zip(first.layers, second.layers, strict=True):
        assert type(one) is type(other)
        for name, value in vars(one).items():
            np.testing.assert_array_equal(value, getattr(other, name), err_msg=name)


def test_ours_is_equal_after_a_round_trip_through_a_file(tmp_path):
    pytest.importorskip("nir")
    from evaluator.networks.nirwrite import save_nir

    save_nir(tmp_path / "net.nir", NETWORK)
    found = read_network(tmp_path / "net.nir")
    same(NETWORK, found)
    for name in ("input_shape", "encoder", "levels", "timing", "recipe"):
        assert getattr(found, name) == getattr(NETWORK, name)
    assert [item.name for item in tmp_path.iterdir()] == ["net.nir"]


def test_nirs_own_reader_and_type_check_take_what_we_write(tmp_path):
    nir = pytest.importorskip("nir")
    from evaluator.networks.nirwrite import save_nir

    plain = LayeredNetwork((1, 8, 8), (Convolution(rng.normal(size=(2, 1, 3, 3)), neuron=LIF),
                                       Pooling("sum", (2, 2), (2, 2)), Dense(rng.normal(size=(18, 3)))))  # fmt: skip
    save_nir(tmp_path / "net.nir", plain)
    graph = nir.read(tmp_path / "net.nir")
    kinds = [type(one).__name__ for one in graph.nodes.values()]
    assert sorted(kinds) == sorted(["Input", "Conv2d", "LIF", "SumPool2d", "Flatten", "Linear", "IF", "Output"])
    same(plain, network_from_nir(graph.to_dict()))


def test_a_graph_of_others_is_equal_after_a_round_trip():
    nir = pytest.importorskip("nir")
    from evaluator.networks.nirwrite import network_to_nir

    ones = np.ones(3)
    given = nir.NIRGraph.from_list(
        nir.Input(np.array([5])),
        nir.Affine(rng.normal(size=(3, 5)), np.zeros(3)),
        nir.CubaLIF(tau_syn=1e-3 * ones, tau_mem=2e-3 * ones, r=4 * ones, v_leak=0 * ones, v_threshold=ones, w_in=2.0),
        nir.Linear(rng.normal(size=(2, 3))),
        nir.IF(r=np.full(2, 7.0), v_threshold=np.full(2, 0.5)),
        nir.Output(np.array([2])),
    )
    again = network_to_nir(network_from_nir(given.to_dict()))
    weighted = {"Affine", "Linear"}
    for one, other in zip(given.nodes.values(), again.nodes.values(), strict=True):
        first, second = one.to_dict(), other.to_dict()
        assert first["type"] == second["type"] or {first["type"], second["type"]} == weighted
        for name in set(first) & set(second) - {"type", "metadata"}:
            np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def test_loops_and_graphs_within_the_graph():
    """As snnTorch exports RLeaky: neurons and their recurrent weights in a graph of their own."""
    inner = {
        "type": "NIRGraph",
        "nodes": {
            "input": node("Input", shape=(2,)),
            "lif": lif(2),
            "w_rec": node("Linear", weight=[[0.0, 3.0], [4.0, 0.0]]),
            "output": node("Output", shape=(2,)),
        },
        "edges": [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")],
    }
    found = network_from_nir(chain(node("Linear", weight=np.arange(8.0).reshape(2, 4)), inner))
    assert len(found.layers) == 1
    layer = found.layers[0]
    assert isinstance(layer, Recurrent)
    assert layer.weights[:, 1].tolist() == [4, 5, 6, 7]
    assert layer.recurrent_weights.tolist() == [[0, 4], [3, 0]]  # row i: from neuron i
    assert layer.delay == DEFAULT_TIMING.spike_duration
    assert layer.neuron.jump(1e-4) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ((node("Affine", weight=np.ones((2, 4)), bias=[0.0, 0.1]), lif(2)), "node 'n0' .Affine.: has a bias"),
        ((node("Linear", weight=np.ones((2, 4))), node("LI", r=[1.0])), "'n1' .LI.: weights follow"),
        ((node("LI", r=[1.0]),), "'n0' .LI.: a neuron that never fires"),
        ((node("Scale", scale=[1.0]),), "'n0' .Scale.: pulses have one height"),
        ((node("Threshold", threshold=[1.0]),), "'n0' .Threshold."),
        ((node("Delay", delay=[1.0]),), "'n0' .Delay.: delays are possible in loops"),
        ((node("Sigma", a=[1.0]),), "'n0' .Sigma.: is not known"),
        ((lif(4),), "'n0' .LIF.: no weighted node comes before"),
        ((node("Linear", weight=np.ones((2, 4))),), "'output' .Output.: the graph ends without neurons"),
        ((node("Linear", weight=np.ones((2, 4))), lif(2, tau=-1.0)), "'n1' .LIF.: a neuron's membrane_time"),
        ((node("Linear", weight=np.ones((2, 4))), node("LIF", tau=[1.0, 2.0], r=[1.0], v_threshold=[1.0])),
         "'n1' .LIF.: tau differs between neurons"),
        ((node("Linear", weight=np.ones((2, 4))), lif(2) | {"extra": np.ones(1)}), "unknown parameters extra"),
        ((node("Linear", weight=np.full((2, 4), np.nan)), lif(2)), "'n0' .Linear.: weight must be finite"),
        ((node("Linear", weight=np.ones((2, 3))), lif(2)), "dense weights of 3 inputs do not fit"),
        ((node("SumPool2d", kernel_size=[2], stride=[2], padding=[1]),), "padding of pooling"),
        ((node("Linear"), lif(2)), "weight is missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_represented_is_refused_by_name(nodes, message):
    with pytest.raises(InputError, match=message):
        network_from_nir(chain(*nodes))


def test_branches_and_missing_nodes_are_refused():
    graph = chain(node("Linear", weight=np.ones((2, 4))), lif(2), node("Linear", weight=np.ones((2, 2))), lif(2))
    graph["edges"].append(("n1", "n3"))
    with pytest.raises(InputError, match=r"'n1' .LIF.: branches to 'n2', 'n3'"):
        network_from_nir(graph)
    graph["edges"][-1] = ("n1", "elsewhere")
    with pytest.raises(InputError, match="an edge names node 'elsewhere'"):
        network_from_nir(graph)
    graph["edges"][-1] = ("n3", "n0")
    with pytest.raises(InputError, match=r"branches|reached twice|loop"):
        network_from_nir(graph)


def test_max_pooling_has_no_node():
    pytest.importorskip("nir")
    from evaluator.networks.nirwrite import network_to_nir

    layers = (Convolution(np.ones((1, 1, 1, 1))), Pooling("max", (2, 2), (2, 2)), Dense(np.ones((1, 1))))
    with pytest.raises(InputError, match="layer 2 is max pooling"):
        network_to_nir(LayeredNetwork((1, 2, 2), layers))


def linked(file):
    file["node"] = h5py.SoftLink("/elsewhere")


def outside(file):
    file.create_group("node")["nodes"] = h5py.ExternalLink("/etc/hostname", "/")


def deep(file):
    group = file.create_group("node")
    for _ in range(40):
        group = group.create_group("nodes")


def looped(file):
    group = file.create_group("node")
    group["nodes"] = group


def large(file):
    file.create_group("node").create_dataset("a", shape=(1 << 34,), dtype="f8", chunks=(1 << 10,), compression="gzip")


def references(file):
    group = file.create_group("node")
    group.create_dataset("a", data=np.array([group.ref], dtype=h5py.ref_dtype))


def beside(file):
    group = file.create_group("node")
    group.create_dataset("a", shape=(4,), dtype="f8", external=[("/etc/hostname", 0, 32)])


def empty(file):
    file.create_group("node").create_dataset("a", data=h5py.Empty("f8"))


def many(file):
    group = file.create_group("node")
    for index in range(101):
        group.create_group(str(index))


def no_nodes(file):
    file.create_group("node").create_dataset("type", data="NIRGraph")


def odd_metadata(file):
    group = file.create_group("node")
    group.create_group("metadata").create_dataset("memchar", data='{"timing": [1]}')
    group.create_group("nodes")


@pytest.mark.parametrize(
    "spoil", [linked, outside, deep, looped, large, references, beside, empty, many, no_nodes, odd_metadata]
)
def test_hostile_files_are_refused(tmp_path, spoil, monkeypatch):
    monkeypatch.setattr("evaluator.networks.nirfile.MOST_OBJECTS", 100)
    path = tmp_path / "bad.nir"
    with h5py.File(path, "w") as file:
        spoil(file)
    with pytest.raises(InputError, match=str(path)):
        read_network(path)


@pytest.mark.parametrize("keep", [9, 100, 2000])
def test_cut_off_files_are_refused(tmp_path, keep):
    whole, path = tmp_path / "whole.h5", tmp_path / "cut.nir"
    with h5py.File(whole, "w") as file:
        file.create_group("node").create_dataset("a", data=np.arange(1000.0))
    path.write_bytes(whole.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"cut\.nir"):
        read_network(path)
