"""Every format says where its device is from; an unusable fit is refused, and its override recorded, in all of them."""

import json
from dataclasses import replace

import pytest
from handmade import make_card
from pulsetrains import synthetic_trains

from devicefit.card import Spread
from devicefit.cardfile import card_from_json
from devicefit.models.registry import MODELS, published_card
from devicefit.models.simulation import simulate_model
from devicefit.models.static import static_current
from devicefit.usability import OVERRIDE, UNUSABLE, refuse_unusable, with_verdict
from measurements.errors import InputError
from netlists.device_export import DEVICE_FORMATS, DeviceSource, export_device
from netlists.voltagesweep import pwl_text, triangle

TRAINS = synthetic_trains(20, write_noise=5e-7, read_noise=1e-7)


def broken(card):
    return replace(card, provenance={**card.provenance, UNUSABLE: "all sweeps end in the compliance"})


def test_a_reason_recorded_in_the_card_counts() -> None:
    card = broken(make_card())
    card = replace(card, provenance={**card.provenance, OVERRIDE: "told at the fit"})
    assert refuse_unusable(card) == "told at the fit"
    assert "told at the fit" in text_of("ngspice", DeviceSource(card))


def test_a_verdict_is_the_faults_of_the_fit() -> None:
    assert with_verdict(make_card(), ()) == make_card()
    assert with_verdict(make_card(), ("ten points", "no reset")).provenance[UNUSABLE] == "ten points; no reset"


def text_of(name: str, source: DeviceSource) -> str:
    return "\n".join(export_device(name, source).values())


@pytest.mark.parametrize("name", DEVICE_FORMATS)
def test_an_unusable_fit_is_refused_and_an_override_recorded(name) -> None:
    card = broken(make_card())
    with pytest.raises(InputError, match=r"not usable: all sweeps end in the compliance; .*--override"):
        export_device(name, DeviceSource(card, TRAINS))
    with pytest.raises(InputError, match="no reason"):
        export_device(name, DeviceSource(card, TRAINS, override="  "))
    text = text_of(name, DeviceSource(card, TRAINS, override="for a plot of the failure"))
    assert "for a plot of the failure" in text
    assert "all sweeps end in the compliance" in text


def test_a_usable_fit_needs_no_override_and_records_none() -> None:
    assert refuse_unusable(make_card()) is None
    assert refuse_unusable(make_card(), "no need") is None
    assert OVERRIDE not in text_of("json", DeviceSource(make_card(), override="no need"))


@pytest.mark.parametrize("name", ["ngspice", "verilog-a"])
def test_heads_name_device_values_errors_range_and_provenance(name) -> None:
    card = make_card()
    fitted = replace(card.parameters["set_voltage"], origin="fitted", standard_error=0.012, note="from 30 cycles")
    card = replace(
        card,
        parameters={**card.parameters, "set_voltage": fitted},
        validity={"voltage_max": 1.5},
        provenance={"sha256:sweep.csv": "ab12", "tool": "evil\n.include /etc/passwd"},
    )
    text = text_of(name, DeviceSource(card))
    head = text.splitlines()[:40]
    for words in (
        "device: by hand (0,0)",
        "model: threshold-memdiode",
        "SYNTHETIC",
        "set_voltage = 0.9 +- 0.012 V, fitted; from 30 cycles",
        "valid: voltage_max = 1.5",
        "provenance: sha256:sweep.csv = ab12",
    ):
        assert any(words in line for line in head), words
    assert not any(line.startswith(".include") for line in text.splitlines())


@pytest.mark.parametrize("name", ["aihwkit", "crosssim", "neurosim"])
def test_pulse_formats_name_cell_files_and_comments(name) -> None:
    text = text_of(name, DeviceSource(trains=TRAINS))
    for words in ("synthetic (0,0)", "synthetic trains sha256 0000", "20 potentiation, 20 depression"):
        assert words in text


def test_what_a_format_lacks_is_asked_for() -> None:
    with pytest.raises(InputError, match="ngspice needs a device card"):
        export_device("ngspice", DeviceSource(trains=TRAINS))
    with pytest.raises(InputError, match="aihwkit needs pulse trains of both directions"):
        export_device("aihwkit", DeviceSource(make_card()))
    with pytest.raises(InputError, match=r"no device format 'spectre'; one of ngspice"):
        export_device("spectre", DeviceSource(make_card()))


@pytest.mark.parametrize(
    ("model", "name"), [(m, n) for m in MODELS for n in MODELS[m].cards], ids=lambda x: str(x)[:18]
)
def test_json_comes_back_for_every_published_card(model, name) -> None:
    card = published_card(model, name)
    assert card_from_json(text_of("json", DeviceSource(card))) == card


def test_the_subcircuit_file_runs_when_included(tmp_path, simulate) -> None:
    card = published_card("yakopcic", "Miao TaOx")
    (tmp_path / "device.cir").write_text(export_device("ngspice", DeviceSource(card, name="cell"))[""])
    sweep = triangle(0.5, -1.5, 1.0)
    vectors = simulate(
        f"user's deck\n.include {tmp_path / 'device.cir'}\nVte te 0 {pwl_text(sweep.corners)}\nXcell te 0 cell\n"
        ".options reltol=1e-4 method=gear\n.save v(te) i(vte)\n.tran 2.5e-4 1 0 2.5e-4\n.end\n"
    )
    ours = simulate_model(MODELS["yakopcic"], card, vectors["time"], vectors["v(te)"])
    assert abs(vectors["i(vte)"] + ours.current).max() < 5e-3 * abs(ours.current).max()
    assert abs(ours.current).max() > 0


def test_a_card_alone_gives_its_range_and_its_spread() -> None:
    card = make_card()
    spread = Spread(600.0, 60.0, 500.0, 600.0, 700.0, 30, "ohm")
    source = DeviceSource(replace(card, variability={"on_resistance": spread}), read_voltage=0.1)
    (name, text), *others = export_device("crosssim", source).items()
    device = json.loads(text)["xbar"]["device"]
    assert (name, others) == ("device.json", [])
    assert device["Rmin"] == pytest.approx(0.1 / static_current(card, 0.1, 1.0), rel=1e-12)
    assert device["Rmax"] == pytest.approx(0.1 / static_current(card, 0.1, 0.0), rel=1e-12)
    assert device["programming_error"] == {"enable": True, "model": "NormalProportionalDevice", "magnitude": 0.1}
    assert "dG_increasing.txt" in text
    block = text_of("neurosim", source)
    assert f"maxConductance = {static_current(card, 0.1, 1.0) / 0.1:.6e};" in block
    assert "// NL_LTP: not in the card" in block
    assert "SYNTHETIC" in block
    bare = json.loads(text_of("crosssim", DeviceSource(card, read_voltage=0.1)))
    assert "programming_error" not in bare["xbar"]["device"]
    assert "programming_error" in bare["memchar"]["not_measured"]


@pytest.mark.parametrize("volts", [None, 0.0])
def test_a_card_alone_needs_a_read_voltage(volts) -> None:
    with pytest.raises(InputError, match=r"read.voltage"):
        export_device("crosssim", DeviceSource(make_card(), read_voltage=volts))


def test_pulse_json_is_json() -> None:
    source = DeviceSource(trains=TRAINS)
    assert json.loads(export_device("aihwkit", source)[""])["device"] == "PiecewiseStepDevice"
    assert json.loads(export_device("crosssim", source)["device.json"])["xbar"]["device"]["Rmin"] > 0
