"""Each format: what a small file of it says, to the last number; and faults with line, cause and next step."""

from __future__ import annotations

import codecs

import numpy as np
import pytest
from reader_samples import EASYEXPERT, FILES, KILOHM, READERS, TEXTS, content, lists, read, values

from measurements import (
    Activity,
    FileFacts,
    HeatRecord,
    InputError,
    PulseDirection,
    PulseTrain,
    QuantityTable,
    ReadSeries,
    Sweep,
)


def sweep(data: bytes | str, reader: str, facts: FileFacts = FileFacts()) -> Sweep:  # noqa: B008
    (record,) = read(data, reader, facts).records
    assert isinstance(record, Sweep)
    return record


@pytest.mark.parametrize("name", list(FILES))
def test_each_file_is_taken_by_its_reader_alone_whatever_its_name(name: str) -> None:
    whole = content(FILES[name], name="x.h5")
    found = [reader.name for reader in READERS.values() if reader.recognise(whole) is not None]
    # a heat header has units too; the general reader is asked last
    assert found == ([name, "csv-with-units"] if name == "memchar-heat" else [name])


@pytest.mark.parametrize("name", list(TEXTS))
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "crlf"])
def test_byte_order_marks_utf16_and_line_ends_change_nothing(name: str, encoding: str) -> None:
    text = TEXTS[name]
    data = text.replace("\n", "\r\n").encode() if encoding == "crlf" else text.encode(encoding)
    plain, other = read(text, name, KILOHM), read(data, name, KILOHM)
    assert [lists(record) for record in other.records] == [lists(record) for record in plain.records]
    assert data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE)) == (encoding != "crlf")


def test_heat() -> None:
    (record,) = read(FILES["memchar-heat"], "memchar-heat").records
    assert isinstance(record, HeatRecord)


def test_clarius_text_in_engineering_notation() -> None:
    found = sweep(FILES["clarius-text"], "clarius-text")
    assert found.time.tolist() == [0.1988988, 0.2285468]
    assert found.current.tolist() == [-626.1089e-9, 2.579628e-6]
    assert found.voltage.tolist() == [0.0, 1.0]
    assert found.activity is Activity.RESET  # a run with VRESET was one, whatever its sign
    assert found.compliance_current is None


def test_clarius_csv_differs_from_the_collated_one_by_its_calculated_columns() -> None:
    assert sweep("Time,AI,AV,VSET,ID\n1,2,3,,#REF\n2,3,4,,1\n", "clarius-text").activity is Activity.SET
    assert sweep("Time,AI,AV,\n1,2,3,\n2,3,4,\n", "keithley-4200a").current.tolist() == [2.0, 3.0]


def test_clarius_summary() -> None:
    reading = read(FILES["clarius-summary"], "clarius-summary")
    (table,) = reading.records
    assert isinstance(table, QuantityTable)
    assert table.units == {"cycle": "1", "SET#1 ILRS": "A", "SET#1 VSET": "V", "RESET#1 ILRS": "A"}
    assert table.columns["SET#1 ILRS"].tolist() == [1e-4, 2e-4]
    assert np.isnan(table.columns["SET#1 VSET"][1])


def test_easyexpert_takes_compliance_cell_purpose_and_date() -> None:
    reading = read(EASYEXPERT, "easyexpert")
    (found,) = reading.records
    assert isinstance(found, Sweep)
    assert (found.voltage.tolist(), found.current.tolist()) == ([0.0, -0.5, -1.0], [-1e-9, -1e-3, -2e-3])
    assert (found.time.tolist(), found.timed, found.taken) == ([0.1, 0.2, 0.3], True, "2022-12-14T08:42:23")
    assert (found.cell, found.activity, found.compliance_current) == ("cell 7", Activity.RESET, 0.01)
    (place,) = [origin.place for origin in reading.origins if origin.fact == "compliance_current"]
    assert place == "line 10, Measurement.Primary.Compliance"


def test_easyexpert_with_a_driven_gate_is_no_sweep() -> None:
    text = EASYEXPERT.replace("Mode, V, COMMON", "Mode, V, V").replace("Source, 0, 0", "Source, 0, 1.2")
    (table,) = read(text, "easyexpert").records
    assert isinstance(table, QuantityTable)
    assert "V2 at 1.2 V" in table.comment
    assert table.units == {"Time": "s", "V1": "V", "I1": "A"}


def test_easyexpert_setups_in_one_file_are_records_of_their_own() -> None:
    again = EASYEXPERT.replace("DataValue, 0.3, -1, -2E-03", "DataValue, 0.3, -1, -4E-03").lstrip()
    first, second = read(EASYEXPERT + again, "easyexpert").records
    assert isinstance(first, Sweep)
    assert isinstance(second, Sweep)
    assert (first.current[-1], second.current[-1]) == (-2e-3, -4e-3)


def test_easyexpert_list() -> None:
    found = sweep(FILES["easyexpert-list"], "easyexpert-list")
    assert (found.voltage.tolist(), found.current.tolist()) == ([1.0, 0.5, 0.0], [1e-4, 5e-5, 0.0])
    assert (found.time.tolist(), found.timed) == ([0.0, 1.0, 2.0], False)
    second = sweep("V1,V2,I1,I2\n0,1,5,1e-6\n0,2,5,2e-6\n", "easyexpert-list")
    assert (second.voltage.tolist(), second.current.tolist()) == ([1.0, 2.0], [1e-6, 2e-6])
    (table,) = read("V1,V2,I1\n0.1,1,1e-6\n0.1,2,2e-6\n", "easyexpert-list").records
    assert isinstance(table, QuantityTable)


def test_acs() -> None:
    found = sweep(FILES["keithley-acs"], "keithley-acs")
    assert (found.time.tolist(), found.voltage.tolist()) == ([0.0, 0.1, 0.2], [0.0, 0.5, -0.5])
    assert found.current.tolist() == [-6e-10, 1e-6, -1e-6]
    text = "Smu1.V[1][1],Smu1.I[1][1],Smu1.V[1][2],Smu1.I[1][2]\n0,1e-6,0,3e-6\n1,2e-6,1,4e-6\n"
    first, second = read(text, "keithley-acs").records
    assert isinstance(first, Sweep)
    assert isinstance(second, Sweep)
    assert (first.current.tolist(), second.current.tolist()) == ([1e-6, 2e-6], [3e-6, 4e-6])


def test_oscilloscope_circuit() -> None:
    found = sweep(FILES["oscilloscope"], "oscilloscope", KILOHM)
    assert found.time.tolist() == [-1e-3, 0.0, 1e-3]
    assert found.current.tolist() == [0.0, 1e-5, -2e-5]  # channel 1 over 1 kohm
    assert found.voltage.tolist() == pytest.approx([0.0, 0.09, -0.08])
    other = sweep(FILES["oscilloscope"], "oscilloscope", FileFacts(series_resistance=1000.0, drive_channel=1))
    assert other.current.tolist() == [0.0, 1e-4, -1e-4]
    probe = sweep("x-axis,1,2\nsecond,Volt,Ampere\n0,0,0\n1,0.5,1e-6\n", "oscilloscope")
    assert (probe.voltage.tolist(), probe.current.tolist()) == ([0.0, 0.5], [0.0, 1e-6])


def test_pulse_ramps_end_at_blank_or_zero() -> None:
    reading = read(FILES["pulse-ramps"], "pulse-ramps")
    rising, falling = reading.records
    assert isinstance(rising, PulseTrain)
    assert isinstance(falling, PulseTrain)
    assert (rising.direction, rising.current.tolist()) == (PulseDirection.POTENTIATION, [1e-4, 2e-4, 3e-4])
    assert (falling.direction, falling.current.tolist()) == (PulseDirection.DEPRESSION, [3e-4, 2e-4])
    assert rising.pulse.tolist() == [1.0, 2.0, 3.0]
    assert rising.conductance.tolist() == pytest.approx([1e-3, 2e-3, 3e-3])
    (stated, _) = read(FILES["pulse-ramps"], "pulse-ramps", FileFacts(read_voltage=0.2)).records
    assert isinstance(stated, PulseTrain)
    assert (stated.read_voltage, "assumed" in stated.comment) == (0.2, False)


def test_array_tables() -> None:
    (forming,) = read(FILES["array-test-1t1r"], "array-test-1t1r").records
    assert isinstance(forming, QuantityTable)
    assert forming.columns["bit_line_voltage"].tolist() == [1.8, 3.2]
    assert forming.columns["success"].tolist() == [1.0, 0.0]
    text = "1.000\t90000.000\t5000.000\t80000.000\t4000.000\t70000.000\t3000.000\n"
    (cycling,) = read(text, "array-test-1t1r").records
    assert isinstance(cycling, QuantityTable)
    assert cycling.columns["resistance_after_set"].tolist() == [5000.0, 4000.0, 3000.0]
    assert cycling.columns["cycle"].tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    "text",
    [
        "800.000\t2.050\t1.800\t49020.621\t7.000\n801.000\t2.0\t3.200\t5374.737\t1.000\n",  # success is 0 or 1
        "800.500\t2.050\t1.800\t49020.621\t1.000\n",  # no address
        "1.000\t5000.000\t90000.000\n2.000\t5000.000\t90000.000\n",  # rises from RESET to SET
        "5055.990\n6376.077\n",
    ],
)
def test_numbers_that_do_not_fit_the_meaning_are_not_given_it(text: str) -> None:
    assert READERS["array-test-1t1r"].recognise(content(text)) is None


def test_plain_csv_with_mixed_units_in_si() -> None:
    reading = read(FILES["csv-with-units"], "csv-with-units")
    (found,) = reading.records
    assert isinstance(found, Sweep)
    assert found.time.tolist() == [0.0, 1e-3, 2e-3]
    assert found.voltage.tolist() == [0.0, 0.5, 1.0]
    assert found.current.tolist() == [0.0, 1e-6, 20e-6]
    assert (found.device, found.activity) == ("D", Activity.SET)
    assert values(reading, "current") == ["current [uA, 1e-6 A]"]


def test_plain_csv_of_reads_and_of_figures() -> None:
    (series,) = read("t (s);U / mV;I (nA)\n0;100;1\n1;100;2\n2;100;3\n").records
    assert isinstance(series, ReadSeries)
    assert (series.voltage.tolist(), series.current.tolist()) == ([0.1] * 3, [1e-9, 2e-9, 3e-9])
    (table,) = read("T [degC],R [kohm],n\n25,1,1\n,2,2\n").records
    assert isinstance(table, QuantityTable)
    assert table.units == {"T": "K", "R": "ohm", "n": "1"}
    assert (table.columns["T"][0], table.columns["R"].tolist()) == (298.15, [1000.0, 2000.0])
    assert "no unit stated for n" in table.comment


def test_columns_beside_a_sweep_may_hold_anything() -> None:
    reading = read("v [V],i [A],R [ohm],remark\n0,0,,start\n1,1e-6,1e6,\n", "csv-with-units")
    (found,) = reading.records
    assert isinstance(found, Sweep)
    assert found.current.tolist() == [0.0, 1e-6]
    assert values(reading, "left out") == ["R", "remark"]


def test_stated_columns_polarity_and_names() -> None:
    facts = FileFacts(columns=("v [V]", "i [mA]"), cell="A1", swap_polarity=True, activity=Activity.RESET)
    found = sweep("a,b\n1,2\n2,3\n", "stated-columns", facts)
    assert (found.voltage.tolist(), found.current.tolist()) == ([-1.0, -2.0], [-2e-3, -3e-3])
    assert (found.cell, found.activity) == ("A1", Activity.RESET)
    assert "[polarity swapped on import]" in found.comment


SCOPE = TEXTS["oscilloscope"]
NONE = FileFacts()
DIMENSION = "Dimension1, 3,"
FAULTS = [
    ("oscilloscope", SCOPE, NONE, 2, "series resistor .* not in the file; state it with --series-resistance 1k"),
    (
        "oscilloscope",
        SCOPE,
        FileFacts(series_resistance=1.0, drive_channel=4),
        1,
        "no channel 4; drive_channel is 1 or 2",
    ),
    ("oscilloscope", SCOPE.replace("+10E-3", "-10E-3").replace("-20E-3", "20E-3"), KILOHM, 1, "against each other"),
    ("oscilloscope", SCOPE.replace("+10E-3", "+180E-3"), KILOHM, 1, "which channel drives"),
    ("oscilloscope", SCOPE.replace("Volt,Volt", "Volt,furlong"), KILOHM, 2, "column 2 is in 'furlong'"),
    ("oscilloscope", SCOPE.replace("1,2\n", "1,1\n"), KILOHM, 1, "a channel appears twice"),
    ("oscilloscope", SCOPE.replace("x-axis,1,2", "x-axis,1").replace(",Volt\n", "\n"), KILOHM, 1, "1 channels; two"),
    ("keithley-acs", TEXTS["keithley-acs"].replace("Smu1.I", "Smu2.I"), NONE, 1, "no current column"),
    ("keithley-acs", "A.V[1][1],A.I[1][1],B.V[1][1],B.I[1][1]\n0,0,0,0\n", NONE, 1, "2 units"),
    ("keithley-acs", TEXTS["keithley-acs"].replace("0.2,-0.5", "0.05,-0.5"), NONE, 4, "time runs backwards"),
    ("keithley-acs", TEXTS["keithley-acs"].replace(",1E-6,", ",nan,"), NONE, 3, "found 'nan'"),
    (
        "keithley-acs",
        TEXTS["keithley-acs"].replace(",1E-6,", ",1E6,"),
        FileFacts(),
        3,
        "beyond 100 A; is its unit",
    ),
    ("time-voltage-current", TEXTS["time-voltage-current"] + "1\t2\n", NONE, 5, "2 cells, the header 3"),
    ("time-voltage-current", TEXTS["time-voltage-current"].replace("0.98", "0,98"), NONE, 3, "decimal points"),
    ("time-voltage-current", "Time\tVoltage\tCurrent\n", NONE, 1, "no row"),
    ("pulse-ramps", "rmp1,rmp2\n1e-4,1e-4\n,2e-4\n3e-4,3e-4\n", NONE, 4, "rmp1 goes on after an empty cell"),
    ("pulse-ramps", "rmp1,rmp2\n1e-4,1e-4\n2e-4,0\n", NONE, 2, "rmp2 has 1 reads"),
    ("pulse-ramps", "rmp1,rmp1\n1,1\n2,2\n", NONE, 1, "appears twice"),
    (
        "easyexpert",
        EASYEXPERT.replace("DataValue, 0.3, -1, -2E-03\n", ""),
        FileFacts(),
        14,
        "3 points, 2 are there",
    ),
    (
        "easyexpert",
        EASYEXPERT.replace("Dimension1, 3,", "Dimension1, 99999999999999,"),
        FileFacts(),
        14,
        "says 99999999999999",
    ),
    ("easyexpert", EASYEXPERT.replace("-0.5, -1E-03", "-0.5"), NONE, 18, "2 values, DataName 3"),
    ("easyexpert", EASYEXPERT.split("DataValue")[0], NONE, 2, "no DataValue line"),
    ("easyexpert", EASYEXPERT.replace("VAR1, CONST", "CONST, CONST"), NONE, 7, "not an I/V sweep"),
    (
        "easyexpert",
        EASYEXPERT.replace("V1, I1\n", "V1, I9\n"),
        FileFacts(),
        16,
        "I1 of the swept channel is not listed",
    ),
    ("easyexpert-list", "V1,V1,I1\n1,1,1\n", NONE, 1, "appears twice"),
    ("easyexpert-list", "V1,I2\n1,1\n2,2\n", NONE, 1, "current I1 of the swept voltage V1"),
    ("clarius-text", "Time\tAI\tAV\tGateV\n1\t2\t3\t4\n2\t2\t3\t4\n", NONE, 1, "GateV is of a third terminal"),
    ("clarius-text", "Time\tAI\tAV\tAV\n1\t2\t3\t4\n", NONE, 1, "AV appears 2 times"),
    ("clarius-text", "Time\tAI\tAV\tID\n1\t#REF\t3\t4\n", NONE, 2, "AI: .* found '#REF'"),
    ("clarius-summary", "Cycle,A,A\nIndex,I,I\n1,2,3\n", NONE, None, "'A I' appears twice"),
    ("clarius-summary", "Cycle,A\nIndex,I,J\n1,2\n", NONE, 2, "3 quantities under 2 tests"),
    ("csv-with-units", "voltage [V],current [parsec]\n1,2\n", NONE, 1, "unknown unit 'parsec'; known: V, A"),
    ("csv-with-units", "v [V],v [mV],i [A]\n1,2,3\n", NONE, 1, "'v' appears twice"),
    ("csv-with-units", "v [V],i [A]\n1,2\n3\n", NONE, 3, "1 cells, the header 2"),
    ("csv-with-units", "v [V],i [A]\n1,2 mA\n3,4\n", NONE, 2, "found '2 mA'"),
    ("csv-with-units", "v [V];i [A]\n1,23;4,56\n", NONE, 2, "found '1,23'; export with decimal points"),
    ("csv-with-units", "v [V],i [A]\n1,23,4,56\n", NONE, 2, "4 cells, the header 2; decimal commas"),
    ("csv-with-units", "v [V],i [A]\n", NONE, 1, "no row"),
    ("csv-with-units", "v [V],i [A]\n1e999,1\n", NONE, 2, "too large"),
    ("csv-with-units", "# activity: set\nv [V],i [A]\n1,1e-6\n", NONE, 3, "set sweep of one point"),
    ("csv-with-units", "# activity: dance\nv [V],i [A]\n1,2\n2,3\n", NONE, 1, "unknown activity 'dance'"),
    ("stated-columns", "1,2\n2,3\n", FileFacts(columns=("v [V]",)), 1, "2 cells, the header 1"),
    ("stated-columns", "1\n2\n", FileFacts(columns=("v [V]", "v [A]")), None, "appears twice"),
]


@pytest.mark.parametrize(("reader", "text", "facts", "line", "words"), FAULTS)
def test_faults_have_line_cause_and_next_step(
    reader: str, text: str, facts: FileFacts, line: int | None, words: str
) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read(text, reader, facts)
    assert caught.value.line == line
    assert caught.value.path == "lab/any.bin"
