"""Card to text and back: exact, canonical, and strict."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicefit.card import DeviceCard, Parameter, Spread
from devicefit.cardfile import card_from_json, card_to_json
from devicefit.cycles import ModelFit
from devicefit.models.registry import MODELS
from devicefit.synthesis import reference_truth
from measurements.errors import InputError

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(value=finite, error=st.none() | st.floats(0, 1e300), note=st.text(max_size=50))
def test_every_float_and_text_comes_back_exactly(value: float, error: float | None, note: str) -> None:
    card = DeviceCard("m", "d", "c", {"a": Parameter(value, "V", "fitted", error, note)}, validity={"x": value})
    again = card_from_json(card_to_json(card))
    assert again == card
    assert str(again.value("a")) == str(value)  # the sign of zero, too


def test_a_fitted_card_comes_back_and_its_text_is_canonical(synthetic_fit: ModelFit) -> None:
    text = card_to_json(synthetic_fit.card)
    again = card_from_json(text)
    assert replace(again, distribution=None) == replace(synthetic_fit.card, distribution=None)
    assert again.distribution is not None  # compared by its text
    assert card_to_json(card_from_json(text)) == text
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert json.loads(text)["synthetic"] is True


def edited(path: list[str], value: object) -> str:
    truth = replace(reference_truth(), variability={"set_voltage": Spread(1, 0, 1, 1, 1, 3, "V")})
    content = json.loads(card_to_json(truth))
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["colour"], "blue", "colour: Extra inputs"),
        (["parameters", "set_slope", "units"], "1/V", r"parameters.set_slope.units: Extra"),
        (["parameters", "set_slope", "value"], "12", r"parameters.set_slope.value"),
        (["parameters", "set_slope", "value"], 1e999, "not a finite number"),
        (["parameters", "set_slope", "origin"], "guessed", "origin"),
        (["parameters", "set_slope", "standard_error"], -1.0, "standard_error"),
        (["parameters"], {}, "parameters"),
        (["variability", "set_voltage", "count"], -2, "count"),
        (["format_version"], 3, "format_version is 3, 1 and 2 are supported"),
        (["format_version"], 2, "version 2 without a population"),
        (["validity"], {"voltage_min": None}, "validity.voltage_min"),
    ],
)
def test_faulty_content_is_refused_with_its_place(path: list[str], value: object, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        card_from_json(edited(path, value), path="device.json")
    assert str(caught.value).startswith("device.json:")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '"x"', '{"a": 1, "a": 2}', "[" * 5000, '{"a": NaN}'])
def test_text_that_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        card_from_json(text)


def test_a_missing_key_is_named_and_a_syntax_error_has_its_line() -> None:
    content = json.loads(card_to_json(reference_truth()))
    del content["device"]
    with pytest.raises(InputError, match="device: Field required"):
        card_from_json(json.dumps(content))
    with pytest.raises(InputError, match=r"device\.json:2: not a device card"):
        card_from_json('{"a": 1,\n}', path="device.json")


def test_oversized_text_is_refused_unread() -> None:
    with pytest.raises(InputError, match="at most"):
        card_from_json(" " * 4_000_001)


def test_a_card_that_could_not_be_read_is_not_written() -> None:
    truth = reference_truth()
    broken = replace(truth, parameters={"on_current": Parameter(float("nan"), "A", "fitted")})
    with pytest.raises(InputError, match="cannot be written"):
        card_to_json(broken)


@pytest.mark.parametrize(("model", "name"), [(model, name) for model in MODELS for name in MODELS[model].cards])
def test_published_cards_of_every_model_come_back(model: str, name: str) -> None:
    card = MODELS[model].cards[name]
    assert card_from_json(card_to_json(card)) == card


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["parameters", "set_slope", "unit"], "1/mV", r"parameters\.set_slope\.unit is '1/mV'; '1/V' is needed"),
        (["parameters", "set_slope", "value"], -12.0, r"parameters\.set_slope\.value is -12\.0; 0\.01 to 10000 1/V"),
        (["parameters", "set_voltage", "value"], 0.0, r"parameters\.set_voltage\.value is 0\.0"),
        (["model"], "yakopcic", "parameters: yakopcic needs positive_amplitude"),
    ],
)
def test_parameters_are_held_to_the_model(path: list[str], value: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        card_from_json(edited(path, value), path="device.json")


def test_a_parameter_the_model_does_not_have_and_a_missing_one_are_named() -> None:
    content = json.loads(card_to_json(reference_truth()))
    content["parameters"]["set_slop"] = content["parameters"]["set_slope"]
    with pytest.raises(InputError, match=r"parameters\.set_slop: threshold-memdiode has no such parameter"):
        card_from_json(json.dumps(content))
    del content["parameters"]["set_slop"], content["parameters"]["set_slope"]
    with pytest.raises(InputError, match=r"threshold-memdiode needs set_slope \[1/V\]"):
        card_from_json(json.dumps(content))
