"""Cells: what is read as what, for every type, and what may be shown of the rest."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from warehouse.definitions.dictionary import DictionaryError, dictionary
from warehouse.definitions.site import SiteMapping
from warehouse.landing.cells import UNREADABLE, CellReader, Rules, from_excel_serial
from warehouse.landing.moments import MomentReader
from warehouse.landing.safe_text import safe_text

TYPES = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "date": date,
    "datetime": datetime,
}
MORNING = datetime(2019, 3, 5, 14, 5)
DEFAULTS = dictionary().defaults
MOMENTS = MomentReader(DEFAULTS.date_formats, DEFAULTS.datetime_formats)


def reader(extract: str, field: str, **mapping: Any) -> CellReader:
    words = dictionary()
    site = SiteMapping(site="site_a", **mapping)
    return CellReader(words.extracts[extract].field(field), Rules(words, site, extract))


def read(extract: str, field: str, cell: Any, **mapping: Any) -> Any:
    return reader(extract, field, **mapping)[cell]


@pytest.mark.parametrize(
    "cell", [None, "", " ", "NA", "n/a", "NULL", "Null", "-", "\uff0d", "未查"]
)
@pytest.mark.parametrize(
    ("extract", "field"),
    [
        ("admissions", "patient_id"),
        ("admissions", "sex"),
        ("admissions", "hypertension"),
        ("admissions", "aspects"),
        ("admissions", "glucose_mmol_per_l"),
        ("admissions", "birth_date"),
        ("admissions", "onset_at"),
    ],
)
def test_missing_markers_are_missing_in_every_type(extract: str, field: str, cell: Any) -> None:
    assert read(extract, field, cell) is None


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12", 12), ("3.0", 3), ("3.", 3), ("+4", 4), ("-1", -1), ("\uff11\uff12", 12), (" 7 ", 7),
        (3.0, 3), (12, 12), ("99", 99), ("999999", 999999),
        ("1000000", UNREADABLE), ("3.5", UNREADABLE), (3.5, UNREADABLE), ("1O", UNREADABLE),
        ("1e3", UNREADABLE), ("<5", UNREADABLE), ("1,234", UNREADABLE), ("\u0663", UNREADABLE),
        (date(2021, 3, 5), UNREADABLE), ("true", UNREADABLE),
    ],
)  # fmt: skip
def test_whole_numbers(cell: Any, value: Any) -> None:
    assert read("admissions", "baseline_nihss", cell) == value


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [
        ("7.52", ".", 7.52), ("7", ".", 7.0), (".5", ".", 0.5), ("1e1", ".", 10.0), (7, ".", 7.0),
        ("7,52", ".", UNREADABLE), ("7,52", ",", 7.52), ("7.52", ",", UNREADABLE), (7.5, ",", 7.5),
        ("nan", ".", UNREADABLE),
        ("13812345678", ".", UNREADABLE),
        (13812345678, ".", UNREADABLE), ("inf", ".", UNREADABLE), ("1e999", ".", UNREADABLE),
        ("7.5 mmol", ".", UNREADABLE),
    ],
)  # fmt: skip
def test_numbers(cell: Any, decimal: str, value: Any) -> None:
    assert read("admissions", "glucose_mmol_per_l", cell, decimal=decimal) == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("yes", True), ("Y", True), ("是", True), ("1", True), ("1.0", True), (1, True),
        ("TRUE", True), ("no", False), ("否", False), ("0", False), (0.0, False), ("无", False),
        ("maybe", UNREADABLE), ("2", UNREADABLE), (2, UNREADABLE),
    ],
)  # fmt: skip
def test_yes_and_no(cell: Any, value: Any) -> None:
    assert read("admissions", "hypertension", cell) is value


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2b", "2b"), ("2B", "2b"), ("TICI 2b", "2b"), ("mTICI  2b", "2b"), ("2b级", "2b"),
        ("3.0", "3"), (3.0, "3"), (3, "3"), ("4", "4"), ("2d", "2d"), ("excellent", "AAAAAAAAA"),
    ],
)  # fmt: skip
def test_codes_of_text_fields(cell: Any, value: str) -> None:
    """What is no code is kept as its safe text, for the checks to judge."""
    assert read("procedures", "mtici_final", cell) == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [("mRS 2", 2), ("死亡", 6), ("3.0", 3), ("7", 7), ("well", UNREADABLE)],
)
def test_codes_of_number_fields(cell: Any, value: Any) -> None:
    assert read("followups", "mrs", cell) == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2019-03-05", date(2019, 3, 5)), ("2019/3/5", date(2019, 3, 5)),
        ("2019.3.5", date(2019, 3, 5)), ("2019年3月5日", date(2019, 3, 5)),
        ("20190305", date(2019, 3, 5)), ("2019-03-05 00:00:00", date(2019, 3, 5)),
        (datetime(2019, 3, 5), date(2019, 3, 5)), (date(2019, 3, 5), date(2019, 3, 5)),
        ("1850-01-01", date(1850, 1, 1)), ("2020-02-29", date(2020, 2, 29)),
        ("2019-02-29", UNREADABLE), ("2019-13-01", UNREADABLE), ("0000-01-01", UNREADABLE),
        ("2019-03-05 10:00", UNREADABLE), (MORNING, UNREADABLE), ("2019315", UNREADABLE),
        ("05/03/2019", UNREADABLE), ("43529", UNREADABLE), ("March 2019", UNREADABLE),
    ],
)  # fmt: skip
def test_dates(cell: Any, value: Any) -> None:
    assert read("admissions", "birth_date", cell) == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2019-03-05 14:05:00", MORNING), ("2019-03-05T14:05", MORNING),
        ("2019/3/5 14:05", MORNING),
        ("2019年3月5日14时05分", MORNING), ("2019-03-05  14:05", MORNING), (MORNING, MORNING),
        ("2019-03-05 14:05:00.000", MORNING), ("2019/3/5 4:5", datetime(2019, 3, 5, 4, 5)),
        ("2019-03-05", UNREADABLE), ("2019-03-05 24:00", UNREADABLE),
        ("2019-03-05 14:05:00.5", UNREADABLE), ("2019-03-05 14:60", UNREADABLE),
        ("2019-03-05T14:05:00Z", UNREADABLE), (date(2019, 3, 5), UNREADABLE),
    ],
)  # fmt: skip
def test_times(cell: Any, value: Any) -> None:
    assert read("admissions", "onset_at", cell) == value


def test_a_site_declares_its_own_formats_codes_and_markers() -> None:
    day_first = {"date_formats": ("%d.%m.%Y",)}
    assert read("admissions", "birth_date", "5.3.2019", **day_first) == date(2019, 3, 5)
    recode = {"recode": {"admissions": {"sex": {"Herr": "male"}, "prestroke_mrs": {"gut": "0"}}}}
    assert read("admissions", "sex", "HERR", **recode) == "male"
    assert read("admissions", "prestroke_mrs", "gut", **recode) == 0
    assert read("admissions", "aspects", "k.A.", missing_values=("k.a.",)) is None


@pytest.mark.parametrize("text", ["%d.%m.%y", "%Y-%m", "%H:%M", "%Y-%Y-%d", "%Y-%m-%d %p"])
def test_formats_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(DictionaryError, match="is not supported"):
        MomentReader([text], [])


def test_serial_numbers_are_dates_of_workbooks_only() -> None:
    assert from_excel_serial(43529.586805555) == MORNING
    assert from_excel_serial(0) is None
    assert from_excel_serial(3e6) is None
    assert read("admissions", "onset_at", 43529.586805555) is UNREADABLE


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("4", "4"), ("-3.5", "-3.5"), ("1234", "1234"), ("2021-02-30", "2021-02-30"),
        ("2019/3/5 14:05", "2019/3/5 14:05"), ("20190305", "20190305"), ("2d", "2d"), ("1O", "1O"),
        ("1234567", "9999999"), ("13812345678", "99999999999"), ("20191505", "99999999"),
        ("13800305", "99999999"), ("张伟", "AA"), ("Wang Wei", "AAAA AAA"), ("mTICI 4", "AAAAA 9"),
        ("x" * 99, "A" * 24), ("1.23456789", "9.99999999"), ("a\nb", "A?A"), ("abc1", "AAA9"),
        ("12345", "99999"),
    ],
)  # fmt: skip
def test_safe_text(cell: str, shown: str) -> None:
    assert safe_text(cell, MOMENTS) == shown


def test_safe_text_of_an_identifier_of_the_row_is_its_shape() -> None:
    assert safe_text("P1", MOMENTS, ("p1",)) == "A9"
    assert safe_text("P1234x", MOMENTS, ("1234",)) == "A9999A"
    assert safe_text("17", MOMENTS, ("17",)) == "99"
    assert safe_text("17", MOMENTS, ("1",)) == "17"
    assert safe_text("0042", MOMENTS, ("REG-0042",)) == "9999"


@given(st.text(max_size=40))
def test_safe_text_never_shows_a_word_or_a_long_number(cell: str) -> None:
    shown = safe_text(cell, MOMENTS)
    letters = [c for c in shown if c.isalpha() and c != "A"]
    assert shown == cell or not letters
    assert len(letters) <= 2 or MOMENTS.looks_like_moment(cell)
    assert len(shown) <= max(24, len(cell) if MOMENTS.looks_like_moment(cell) else 0)


@hypothesis_settings(deadline=None)  # how long it takes depends on the machine
@given(st.text(max_size=20))
def test_every_cell_gives_a_value_of_the_type_of_its_field(cell: str) -> None:
    """Or none, or is unreadable; no cell breaks a reader."""
    for extract in dictionary().extracts.values():
        for field in extract.landed_fields:
            value = read(extract.name, field.name, cell)
            assert value is None or value is UNREADABLE or isinstance(value, TYPES[field.type])
