"""A file cut off anywhere gives the points before the cut, or is refused; a number of another size never."""

from __future__ import annotations

import numpy as np
import pytest
from reader_samples import FILES, KILOHM, READERS, TEXTS, content

from measurements import InputError, Sweep

SWEEPS = [name for name in TEXTS if name not in ("memchar-heat", "clarius-summary", "pulse-ramps", "array-test-1t1r")]


@pytest.mark.parametrize("name", SWEEPS)
def test_every_cut_gives_a_prefix_or_is_refused(name: str) -> None:
    data = FILES[name]
    (whole,) = READERS[name].read(content(data, KILOHM)).records
    assert isinstance(whole, Sweep)
    taken = 0
    for length in range(len(data)):
        cut = content(data[:length], KILOHM)
        try:
            if READERS[name].recognise(cut) is None:
                continue
            (part,) = READERS[name].read(cut).records
        except InputError:
            continue
        if name == "oscilloscope":
            continue  # which channel drives follows from all points
        assert isinstance(part, Sweep)
        points = len(part) - 1  # the last number may have lost digits that do not show
        assert np.array_equal(part.current[:points], whole.current[:points])
        assert np.array_equal(part.voltage[:points], whole.voltage[:points])
        taken += 1
    assert taken > 0 or name in ("oscilloscope", "easyexpert")


ROWS = "v [V],i [A]\n0,1.1e-09\n1,2.2e-09\n2,3.3e-08\n3,{}"


@pytest.mark.parametrize("cut", ["4.4e-0", "4.4", "4.", "44"])
def test_a_last_number_of_another_size_is_refused(cut: str) -> None:
    with pytest.raises(InputError, match=r"looks cut off; copy the file again") as caught:
        READERS["csv-with-units"].read(content(ROWS.format(cut)))
    assert caught.value.line == 5


@pytest.mark.parametrize("end", ["4.4e-06", "0", "4.4e-09", "0.0000001", "4.4\n"])
def test_whole_last_numbers_are_taken(end: str) -> None:
    (record,) = READERS["csv-with-units"].read(content(ROWS.format(end))).records
    assert isinstance(record, Sweep)
    assert record.current[-1] == float(end)
