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
from warehouse.landing.cell_parser import UNREADABLE, CellReader, Rules, from_excel_serial
from warehouse.landing.cell_text import clean
from warehouse.landing.datetimes import DatetimeReader
from warehouse.landing.redaction import WORD, shape, words_of

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
MOMENTS = DatetimeReader(DEFAULTS.date_formats, DEFAULTS.datetime_formats)


def rules(extract: str, **mapping: Any) -> Rules:
    return Rules(dictionary(), SiteMapping(site="site_a", **mapping), extract)


def reader(extract: str, field: str, **mapping: Any) -> CellReader:
    return CellReader(dictionary().extracts[extract].field(field), rules(extract, **mapping))


def read(extract: str, field: str, cell: Any, **mapping: Any) -> Any:
    return reader(extract, field, **mapping)[cell]


def test_a_code_is_read_by_its_label_unless_it_has_a_number() -> None:
    for extract in dictionary().extracts.values():
        for field in (field for field in extract.fields if field.codes and field.type == "string"):
            codes = dictionary().codes(field).codes
            labels = {c.label: c.code for c in codes if not c.label[0].isdigit()}
            read_as = {label: read(extract.name, field.name, label) for label in labels}
            assert read_as == labels, field.name


@pytest.mark.parametrize("cell", ["none", "No occlusion", "open", "无闭塞"])
def test_an_artery_that_was_found_open_is_an_occlusion_site(cell: str) -> None:
    assert read("procedures", "occlusion_site", cell) == "none"
    attributes = {
        code.code: code.attributes for code in dictionary().code_lists["occlusion_site"].codes
    }
    site = attributes["none"]
    assert (site["artery"], site["circulation"], site["is_intracranial"]) == (
        "none",
        "none",
        "false",
    )


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
        ("2019-03-05 14:05:00.5", MORNING), ("2019-03-05 14:60", UNREADABLE),
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


@pytest.mark.parametrize("text", ["%d.%m.%Y %y", "%Y-%m", "%H:%M", "%Y-%Y-%d", "%Y-%m-%d %p"])
def test_formats_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(DictionaryError, match="is not supported"):
        DatetimeReader([text], [])


def test_serial_numbers_are_dates_of_workbooks_only() -> None:
    assert from_excel_serial(43529.586805555) == MORNING
    assert from_excel_serial(0) is None
    assert from_excel_serial(3e6) is None
    assert read("admissions", "onset_at", 43529.586805555) is UNREADABLE


@pytest.mark.parametrize(
    ("extract", "field", "cell", "shown"),
    [
        # A small number, or the words of the field's codes with few digits.
        ("admissions", "aspects", "4.5", "4.5"), ("admissions", "aspects", "-3.5", "-3.5"),
        ("admissions", "aspects", "123", "123"), ("admissions", "aspects", "<5", "<5"),
        # With one digit more than the field's range at most: 620426 and 22762 are birth dates, too.
        ("admissions", "aspects", "1962", "9999"), ("admissions", "aspects", "22.762", "99.999"),
        ("admissions", "systolic_bp_mmhg", "1962", "1962"),
        ("admissions", "systolic_bp_mmhg", "22,762", "99,999"),
        ("admissions", "platelets_giga_per_l", "22762 x", "99999 A"),
        ("admissions", "sex", "1234", "1234"), ("admissions", "sex", "6204.26", "9999.99"),
        ("admissions", "aspects", "1O", "9A"), ("admissions", "aspects", "12345", "99999"),
        ("admissions", "glucose_mmol_per_l", "1.23456789", "9.99999999"),
        ("admissions", "glucose_mmol_per_l", "5.6 mmol", "9.9 AAAA"),
        ("procedures", "mtici_final", "mTICI 4", "mTICI 4"),
        ("procedures", "mtici_final", "2d", "2d"), ("procedures", "mtici_final", "P7", "A9"),
        ("procedures", "mtici_final", "Xu", "AA"), ("imaging", "hemorrhage_type", "PH-9", "PH-9"),
        ("admissions", "sex", "male 7", "male 7"), ("admissions", "sex", "Q7#Z", "A9#A"),
        ("admissions", "sex", "Wu1", "AA9"), ("admissions", "sex", "\u738b\u4f1f1", "AA9"),
        ("admissions", "sex", "\u738b\u4f1f", "AA"), ("admissions", "sex", "\u7537 7", "\u7537 7"),
        ("admissions", "sex", "Wang Wei", "AAAA AAA"), ("admissions", "sex", "a\tb", "A A"),
        ("admissions", "sex", "x" * 99, "A" * 24), ("admissions", "sex", "abc1", "AAA9"),
        ("admissions", "sex", "\u0661\u0663\u0668", "999"),
        ("admissions", "sex", "1234567", "9999999"),
        ("admissions", "sex", "\u0930\u0935\u093f 7", "AA? 9"),
        ("admissions", "sex", "1-1-31", "9-9-99"),
        ("admissions", "aspects", "2021-02-30", "9999-99-99"),
        ("admissions", "prestroke_mrs", "1931-12-07", "9999-99-99"),
        # A date or time of a year that the field allows.
        ("admissions", "onset_at", "2021-02-30", "2021-02-30"),
        ("admissions", "onset_at", "2019/3/5 25:05", "2019/3/5 25:05"),
        ("followups", "assessed_on", "20190305 14:05", "99999999 99:99"),
        ("followups", "assessed_on", "20191505", "99999999"),
        ("followups", "assessed_on", "13812345678", "99999999999"),
        ("admissions", "onset_at", "1931-12-07", "9999-99-99"),
        ("admissions", "arrived_at", "29470605", "99999999"),
        ("admissions", "arrived_at", "2947-06-31", "9999-99-99"),
        ("admissions", "onset_at", "77", "99"), ("admissions", "onset_at", "Li 7", "AA 9"),
        # Of what is not published, nothing.
        ("admissions", "birth_date", "1931-12-07 08:30", "9999-99-99 99:99"),
        ("admissions", "birth_date", "1931-02-30", "9999-99-99"),
        ("admissions", "birth_date", datetime(1931, 12, 7, 8, 30), "9999-99-99 99:99:99"),
        ("admissions", "birth_date", "1931", "9999"), ("admissions", "birth_date", 1931, "9999"),
    ],
)  # fmt: skip
def test_a_cell_is_quoted_if_it_is_of_a_form_that_its_field_knows(
    extract: str, field: str, cell: Any, shown: str
) -> None:
    known = reader(extract, field)
    assert known.quoted(cell, ()) == shown
    # Of a coded text, what is quoted is landed: the checks quote it again.
    if dictionary().extracts[extract].field(field).type == "string":
        assert known[cell] == shown


@pytest.mark.parametrize(
    ("cell", "identifier", "shown"),
    [
        ("7", "7", "9"), ("17", "17", "99"), ("17", "1", "17"), ("<17", "17", "<99"),
        ("042", "REG-0042", "999"), ("42", "REG-0042", "42"), ("male 7", "E 7", "AAAA 9"),
    ],
)  # fmt: skip
def test_a_cell_with_an_identifier_of_its_row_is_shown_as_its_shape(
    cell: str, identifier: str, shown: str
) -> None:
    """An identifier of two characters, too; a grade may well be one digit of a number."""
    assert reader("admissions", "sex").quoted(cell, (identifier,)) == shown


# Made once: a reader remembers what it has read, and 1,000 texts are not too many.
QUOTING = [
    (
        reader(extract.name, field.name),
        {word for spelt in rules(extract.name).spellings(field) for word in words_of(spelt)},
        {text for text in rules(extract.name).spellings(field) if len(text) == 2},
    )
    for extract in dictionary().extracts.values()
    for field in extract.landed_fields
]


@hypothesis_settings(deadline=None)
@given(st.text(max_size=24) | st.text("AZaz09 ./:#\u738b\u0663\uff11", max_size=12))
def test_no_field_quotes_a_word_that_it_does_not_know_or_a_long_number(text: str) -> None:
    """Whatever is quoted has words of the codes, few digits, or is a date of a possible year."""
    for known, words, short in QUOTING:
        shown = known.quoted(text, ())
        if shown == shape(clean(text)) or known.why_unreadable(text) is not None:
            continue
        if (year := MOMENTS.year(shown)) and known.field.type in ("date", "datetime"):
            assert year >= "2010"
            continue
        assert words.issuperset(words_of(shown)) or shape(shown) in map(shape, short)
        assert sum(map(str.isdigit, shown)) <= 8
        assert WORD.sub("", shown).isascii()


@hypothesis_settings(deadline=None)  # how long it takes depends on the machine
@given(st.text(max_size=20))
def test_every_cell_gives_a_value_of_the_type_of_its_field(cell: str) -> None:
    """Or none, or is unreadable; no cell breaks a reader."""
    for extract in dictionary().extracts.values():
        for field in extract.landed_fields:
            value = read(extract.name, field.name, cell)
            assert value is None or value is UNREADABLE or isinstance(value, TYPES[field.type])
