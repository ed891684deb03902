"""Configuration files: unknown keys and impossible values are refused with the key named."""

import pytest

from measurements.errors import InputError
from memchar.config import PipelineConfig, load_config


def test_no_file_gives_the_defaults():
    assert load_config(None) == PipelineConfig()


def test_a_file_changes_only_what_it_names(tmp_path):
    path = tmp_path / "p.toml"
    path.write_text("[array]\nread_voltage = 0.05\n")
    config = load_config(path)
    assert config.array.read_voltage == 0.05
    assert config.array.pulse_width == PipelineConfig().array.pulse_width


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[array]\nread_volts = 0.1\n", "array.read_volts"),
        ("[array]\nread_voltage = 5.0\n", "array.read_voltage"),
        ("[array]\nread_voltage = nan\n", "array.read_voltage"),
        ("[neuron]\ntechnology = 'tsmc'\n", "neuron.technology"),
        ("[array\n", "not a TOML file"),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path, text, message):
    path = tmp_path / "p.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        load_config(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.toml: cannot be read"):
        load_config(tmp_path / "none.toml")
