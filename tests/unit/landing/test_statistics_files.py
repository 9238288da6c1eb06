"""Files of SPSS, Stata and SAS: labels, missing codes, dates and numbers. All rows are invented."""

from __future__ import annotations

import gzip
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.support.format_files import statistics_file
from tests.support.golden import golden
from tests.support.landing_tools import Registry
from tests.support.mappings import land
from tests.support.opened_table import reader_of, rows_of, table_of
from warehouse.landing.cell_parser import UNREADABLE
from warehouse.landing.cell_text import LabeledCode, ShownNumber
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.layout_queries import ROUNDED
from warehouse.landing.statistics_file import ROUNDED_TIMES
from warehouse.landing.statistics_formats import converter
from warehouse.settings import Settings

GOLDEN = golden("landing")
FILES = Path(__file__).parents[2] / "fixtures/formats"


def column(ending: str, cells: list[Any], **options: Any) -> list[Any]:
    """The cells of a file of one variable."""
    content = statistics_file(ending, pd.DataFrame({"x": cells}), **options)
    return [cell for _, cell in rows_of(content)]


def test_spss_codes_have_their_labels_and_user_missing_ones_are_missing() -> None:
    """A discrete missing value, a range of them, and both without a label."""
    labels = {"x": {1.0: "男", 9.0: "refused"}}
    missing: dict[str, list[Any]] = {"x": [{"lo": 90.0, "hi": 99.0}, 9.0]}
    options: dict[str, Any] = {"variable_value_labels": labels, "missing_ranges": missing}
    assert column("sav", [1.0, 2.0, 9.0, 89.0, 90.0, 95.5, 99.0, None, 100.0], **options) == [
        LabeledCode(1, "男"), LabeledCode(2, None), LabeledCode(9, "refused", True),
        LabeledCode(89, None), LabeledCode(90, None, True), LabeledCode(95.5, None, True),
        LabeledCode(99, None, True), LabeledCode(100, None),
    ]  # fmt: skip
    texts = {"variable_value_labels": {"x": {"M": "Male"}}, "missing_ranges": {"x": ["U"]}}
    assert column("sav", ["M", "W", "U"], **texts) == [
        LabeledCode("M", "Male"), "W", LabeledCode("U", None, True),
    ]  # fmt: skip


def test_letters_of_missing_codes_of_stata_and_sas_are_missing() -> None:
    stata = [LabeledCode(".a", "missing", True)]
    stata += [LabeledCode(f".{letter}", None, True) for letter in "bcxyz"]
    assert rows_of((FILES / "missing.dta").read_bytes()) == [(2, *stata, None, None, 1)]
    sas = [LabeledCode(f".{letter}", None, True) for letter in "ABCXYZ_"]
    content = gzip.decompress((FILES / "missing.sas7bdat.gz").read_bytes())
    assert rows_of(content) == [(2, *sas, None, 1)]


def test_files_of_sas_and_portable_ones_of_spss() -> None:
    sas = rows_of((FILES / "sample.sas7bdat.gz").read_bytes())
    assert sas[0] == (
        2, "a", 1.1, date(2018, 5, 6), datetime(2018, 5, 6, 10, 10, 10), 1, 1, "10:10:10",
    )  # fmt: skip
    assert sas[-1] == (6, "e", 1000.3, None, None, 1, 1, None)
    labeled = (LabeledCode(1, "Male"), LabeledCode(1, "low"))
    portable = rows_of((FILES / "sample.por").read_bytes())
    assert portable[0] == (*sas[0][:5], *labeled, "10:10:10")
    assert portable[-1] == (*sas[-1][:5], *labeled, None)


@pytest.mark.parametrize(
    ("program", "number_format", "number", "cell"),
    [
        ("spss", "DATE11", 13_834_281_600, date(2021, 3, 5)),
        ("spss", "SDATE10", 13_834_332_300, date(2021, 3, 5)),
        ("spss", "DATETIME20", 13_834_332_300.4, datetime(2021, 3, 5, 14, 5)),
        ("spss", "TIME8", 50_700, "14:05:00"),
        ("spss", "DTIME12", 90_000, "25:00:00"),
        ("spss", "MOYR8", 13_833_936_000, "2021-03"),
        ("spss", "N7", 42, ShownNumber(42, "0000042")),
        ("spss", "PCT8.1", 75, 75),
        ("spss", "F8.2", 7.25, 7.25),
        ("stata", "%td", 22_344, date(2021, 3, 5)),
        ("stata", "%tdCCYY-NN-DD", -1, date(1959, 12, 31)),
        ("stata", "%d", 0, date(1960, 1, 1)),
        ("stata", "%tc", 1_930_572_300_000, datetime(2021, 3, 5, 14, 5)),
        ("stata", "%tcDDmonCCYY_HH:MM", 1_930_572_300_000, datetime(2021, 3, 5, 14, 5)),
        ("stata", "%tcHH:MM:SS", 50_700_000, "14:05:00"),
        ("stata", "%tC", 1_930_572_327_000, 1_930_572_327_000),
        ("stata", "%tm", 734, "2021-03"),
        ("stata", "%tm", -1, "1959-12"),
        ("stata", "%tw", 3189, 3189),
        ("stata", "%07.0f", 42, ShownNumber(42, "0000042")),
        ("stata", "%9.0g", 42, 42),
        ("sas", "DATE9", 22_344, date(2021, 3, 5)),
        ("sas", "YYMMDDN8", 22_344, date(2021, 3, 5)),
        ("sas", "E8601DA10", 22_344, date(2021, 3, 5)),
        ("sas", "DTDATE9", 1_930_572_300, date(2021, 3, 5)),
        ("sas", "DATETIME", 1_930_572_300, datetime(2021, 3, 5, 14, 5)),
        ("sas", "E8601DT19", 1_930_572_300, datetime(2021, 3, 5, 14, 5)),
        ("sas", "TIME20.3", 50_700.25, "14:05:00"),
        ("sas", "MONYY7", 22_344, "2021-03"),
        ("sas", "Z7", 42, ShownNumber(42, "0000042")),
        ("sas", "PERCENT8.1", 0.07, 7),
        ("sas", "BEST12", 22_344, 22_344),
        ("sas", "", 1.5, 1.5),
        ("sas", "DATE9", 1e12, 10**12),
        ("spss", "TIME8", -5, -5),
    ],
)
def test_a_number_is_what_the_format_of_its_variable_shows(
    program: str, number_format: str, number: float, cell: Any
) -> None:
    """What is beyond the calendar, and what counts leap seconds, weeks or quarters: a number."""
    assert converter(program, number_format)(float(number)) == cell


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        # The label decides where codes are words; the number 1 could be either.
        ("sex", LabeledCode(1, "女"), "female"),
        ("sex", LabeledCode("X", "Male"), "male"),
        ("hypertension", LabeledCode(1, "No"), False),
        ("hypertension", LabeledCode(2, "Yes"), True),
        ("hypertension", LabeledCode(1, "jawohl"), UNREADABLE),
        ("hypertension", LabeledCode(1, None), UNREADABLE),
        ("hypertension", LabeledCode(8, "refused", True), None),
        ("hypertension", LabeledCode(8, "NA"), None),
        # A number is a value where numbers are measured, unless its label says another one.
        ("platelets_giga_per_l", LabeledCode(999, "Unknown"), UNREADABLE),
        ("aspects", LabeledCode(9, "not recorded"), UNREADABLE),
        ("aspects", LabeledCode(8, "Not done"), UNREADABLE),
        ("aspects", LabeledCode(0, "none"), 0),
        ("prestroke_mrs", LabeledCode(2, "slight disability"), 2),
        ("prestroke_mrs", LabeledCode(1, "No symptoms"), 0),  # a scale that begins with 1
        ("prestroke_mrs", LabeledCode(1, "1 No symptoms"), 1),
        ("prestroke_mrs", LabeledCode(2, "2 Slight"), 2),
        ("prestroke_mrs", LabeledCode(3, "2 Slight"), UNREADABLE),
        ("prestroke_mrs", LabeledCode(3, "mRS 2"), 2),
        ("baseline_nihss", LabeledCode(0, "no deficit"), 0),
        ("baseline_nihss", LabeledCode(99, "not done", True), None),
        ("baseline_nihss", LabeledCode(7, None), 7),
        ("patient_id", LabeledCode(7, "Wang"), "7"),
        ("birth_date", LabeledCode(date(1950, 1, 1), "first"), date(1950, 1, 1)),
    ],
)
def test_a_labeled_code_means_its_label_or_its_number(field: str, cell: Any, value: Any) -> None:
    assert reader_of("admissions", field)[cell] == value


@pytest.mark.parametrize(
    ("recode", "value"),
    [
        ({1: "female"}, "female"),
        ({"Mann": "female"}, "female"),
        ({1: "female", "Mann": "female"}, "female"),
        ({1: "female", "Mann": "male"}, UNREADABLE),
        ({2: "female"}, "AAAA"),
    ],
)
def test_a_recode_may_name_the_code_or_the_label(recode: dict[Any, str], value: Any) -> None:
    """If it names both, with two meanings, neither counts."""
    recoded = {"admissions": {"sex": {str(key): code for key, code in recode.items()}}}
    assert reader_of("admissions", "sex", recode=recoded)[LabeledCode(1, "Mann")] == value
    missing = reader_of("admissions", "sex", recode=recoded)[LabeledCode(1, "Mann", True)]
    assert missing == (None if value == "AAAA" else value)


def test_an_old_stata_file_with_other_letters_needs_a_declared_encoding() -> None:
    frame = pd.DataFrame({"x": ["K\xe4s"]})
    content = statistics_file("dta", frame, version=12)
    content = content.replace("K\xe4s".encode(), b"K\xe4s\x00")
    with pytest.raises(UnreadableFileError, match=GOLDEN("declare_encoding")):
        rows_of(content)
    assert rows_of(content, encoding="cp1252") == [(2, "K\xe4s")]
    assert rows_of(statistics_file("dta", pd.DataFrame({"x": ["K1"]}), version=12)) == [(2, "K1")]


def test_times_that_stata_rounded_are_remarked() -> None:
    content = io.BytesIO()
    frame = pd.DataFrame({"x": pd.Series([1.9e12], dtype="float32")})
    frame.to_stata(content, version=118, write_index=False)
    with table_of(content.getvalue().replace(b"%9.0g", b"%tc\0\0")) as table:
        assert table.notes.remarks == [ROUNDED_TIMES]


@pytest.mark.parametrize("file_format", ["dta", "parquet"])
@pytest.mark.parametrize(
    ("number", "unit", "found"),
    [
        (1_928_000_000, "seconds since 1960-01-01", [ROUNDED]),  # to 128 seconds
        (44256.3361, "days since 1899-12-30", [ROUNDED]),  # to 6 minutes
        (44256, "days since 1899-12-30", []),
        (16_777_215, "seconds since 2020-01-01", []),
    ],
)
def test_times_that_are_stored_in_4_bytes_are_asked_about(  # noqa: PLR0913, PLR0917
    file_format: str,
    number: float,
    unit: str,
    found: list[str],
    data_settings: Settings,
    tmp_path: Path,
) -> None:
    frame = pd.DataFrame({"patient_id": ["P1"], "imaging_id": ["S1"], "modality": ["ct"]})
    frame["imaged_at"] = pd.Series([number], dtype="float32")
    frame["nihss_at_imaging"] = pd.Series([7.5], dtype="float32")
    content = io.BytesIO()
    if file_format == "dta":
        frame.assign(hemorrhage_type="none").to_stata(content, write_index=False)
    else:
        frame.assign(hemorrhage_type="none").to_parquet(content)
    registry = Registry(data_settings)
    registry.put(content.getvalue(), f"imaging.{file_format}")
    land(registry, tmp_path, formats={"imaging": {"imaged_at": [unit]}})
    assert registry.rows("imaging")[0]["imaged_at"] is not None
    asked = [row[3] for row in registry.violations() if row[0] == "imaging.file.layout"]
    assert asked == found


def test_numbers_that_stata_stores_as_float_are_their_shortest_decimals() -> None:
    """7.88 in 4 bytes is 7.880000114 in 8: no tie with a 7.88, and 22.2 is beyond 22.2."""
    frame = pd.DataFrame({"x": pd.Series([7.88, 22.2, 5, None, 0.1], dtype="float32")})
    content = io.BytesIO()
    frame.to_stata(content, write_index=False)
    assert rows_of(content.getvalue()) == [(2, 7.88), (3, 22.2), (4, 5), (6, 0.1)]


def test_several_tables_in_a_sas_transport_file_are_refused() -> None:
    content = statistics_file("xpt", pd.DataFrame({"x": [1.0]}))
    start = content.index(b"HEADER RECORD*******MEMBV8")
    with pytest.raises(UnreadableFileError, match=GOLDEN("several_tables")):
        rows_of(content + content[start:])


def test_user_missing_codes_land_as_missing_and_are_no_blanks(
    data_settings: Settings, tmp_path: Path
) -> None:
    """What an empty cell means is not what a refused answer means."""
    registry = Registry(data_settings)
    frame = pd.DataFrame(
        {
            "patient_id": ["P1", "P2", "P3"], "assessed_on": ["2021-03-05"] * 3,
            "mode": [1.0, 2.0, 9.0], "mrs": [2.0, 9.0, 1.0], "lost_to_followup": [0.0, 1.0, None],
        }
    )  # fmt: skip
    labels = {
        "mode": {1.0: "telephone", 2.0: "门诊 P2"},
        "lost_to_followup": {0.0: "No", 1.0: "Yes"},
    }
    missing: dict[str, list[Any]] = {"mode": [9.0], "mrs": [9.0]}
    content = statistics_file("sav", frame, variable_value_labels=labels, missing_ranges=missing)
    registry.put(content, "followups.sav")
    blank = {"followups": {"lost_to_followup": "no", "mode": "clinic"}}
    [manifest] = land(registry, tmp_path, blank=blank).files
    assert (manifest.file_format, manifest.rows_in_file, manifest.rows_landed) == ("sav", 3, 3)
    assert [row[2:] for row in registry.shown()] == [
        ("telephone", 2, False, []), ("AA A9", None, True, []), (None, 1, False, []),
    ]  # fmt: skip
    assert b"P2" not in registry.output()
