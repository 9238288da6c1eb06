"""What is no identifier makes no patient: its row is refused. All rows are invented."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from tests.support.landing_tools import FOLLOWUPS, Registry
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import SiteMapping
from warehouse.landing import identifiers as reasons
from warehouse.landing.cell_parser import UNREADABLE, CellReader, Rules
from warehouse.landing.cell_text import ERROR_FOUND
from warehouse.settings import Settings

KEYS = [
    (extract.name, field.name)
    for extract in dictionary().extracts.values()
    for field in extract.fields
    if field.identifier == "key"
]


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def key_reader(extract: str = "followups", field: str = "patient_id") -> CellReader:
    words = dictionary()
    rules = Rules(words, SiteMapping(site="site_a"), extract)
    return CellReader(words.extracts[extract].field(field), rules)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("#N/A", ERROR_FOUND), ("#REF!", ERROR_FOUND), ("#BEZUG!", ERROR_FOUND),
        ("#NAME?", ERROR_FOUND), ("########", ERROR_FOUND), ("#NV", ERROR_FOUND),
        ("NaN", reasons.MARKER), ("unknown", reasons.MARKER), ("None", reasons.MARKER),
        ("<NA>", reasons.MARKER), ("XXX", reasons.MARKER), ("to follow", reasons.MARKER),
        ("未知", reasons.MARKER), ("【无】", reasons.MARKER), ("待 定", reasons.MARKER),
        ("keine Angabe", reasons.MARKER), ("wird nachgereicht", reasons.MARKER),
        ("Inconnu(e)", reasons.MARKER), ("INCONNU", reasons.MARKER), ("неизвестно", reasons.MARKER),
        ("?", reasons.NO_NUMBER), ("***", reasons.NO_NUMBER), ("\u2014", reasons.NO_NUMBER),
        ("0", reasons.ONLY_ZEROS), ("0000", reasons.ONLY_ZEROS), (0, reasons.ONLY_ZEROS),
        (0.0, reasons.ONLY_ZEROS), ("-9", reasons.NEGATIVE), (-99, reasons.NEGATIVE),
        (1.10101195003071e17, reasons.ROUNDED), ("1.23457E+17", reasons.ROUNDED),
        ("1,23457E+17", reasons.ROUNDED), ("110101195003071232.0", reasons.ROUNDED),
        (12.5, reasons.FRACTION), (datetime(2021, 3, 5), reasons.A_DATE),
        (date(2021, 3, 5), reasons.A_DATE), ("true", reasons.A_TRUTH),
        ("110101195003071234", None), (110101195003071234, None), (123456789012345.0, None),
        ("1E5", None), ("P0", None), ("A-000", None), ("#12", None), ("XXX-1", None), (7, None),
        ("No 7", None), ("keine", reasons.MARKER), ("noch offen", reasons.MARKER),
        ("siehe oben", reasons.MARKER), ("not known yet", reasons.MARKER),
        ("See below", reasons.MARKER), ("same", reasons.MARKER), ("dto.", reasons.MARKER),
        ("NEW", reasons.MARKER), ("neu", reasons.MARKER), ("privat", reasons.MARKER),
        ("ID", reasons.MARKER), ("x", reasons.MARKER), ("同上", reasons.MARKER),
        ("1/2", reasons.PART_OF), ("2021-03-05", reasons.A_DATE), ("1.3.2021", reasons.A_DATE),
        ("2021/03/01 08:15", reasons.A_DATE), ("31-12-2021", reasons.A_DATE),
        ("2021年3月5日", reasons.A_DATE), ("03/14/2021", reasons.A_DATE),
        ("20210305", None), ("2021-13-32", None), ("12/2021", None), ("2021-0305", None),
        ("45-31-2021", None), ("12/21", None), ("2021.03-05", None), ("1021-03-05", None),
    ],
)  # fmt: skip
def test_what_is_no_identifier(cell: Any, reason: str | None) -> None:
    reader = key_reader()
    assert (reader[cell] is UNREADABLE, reader.why_unreadable(cell)) == (reason is not None, reason)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["P1", "P2", "offenbar"], ["offenbar"]),
        (["1", "2", "3", "Mueller", "liegt vor"], ["Mueller", "liegt vor"]),
        ([1, 2.0, "folgt noch"], ["folgt noch"]),
        (["P-1", "P-1", "heute"], []),
        (["P1", "heute"], []),
        (["AB", "CD", "EF"], []),
        (["AB", "CD", "EF", "G1"], []),
        (["heute", "heute", "heute", "P1", "P2"], ["heute"]),
        # Codes of letters and digits in any order may have no digit.
        (["7K2Q", "Q8XA", "11XY", "QXKB"], []),
        (["7K2Q", "Q8XA", "11XY", "heut", "MORGEN"], ["heut", "MORGEN"]),
        (["P1", "P2", "", None, "unknown"], ["unknown"]),
    ],
)
def test_words_among_identifiers_with_digits_are_none(cells: list[Any], words: list[str]) -> None:
    """Of a column, as far as it was read; a column of letters alone has identifiers."""
    reader = key_reader()
    reader.refuse_odd_ones(cells)
    assert [cell for cell in dict.fromkeys(cells) if reader[cell] is UNREADABLE] == words
    reason = {reader.why_unreadable(word) for word in words}
    assert reason <= {reasons.A_WORD, reasons.MARKER}


def test_words_are_refused_by_the_rows_so_far(registry: Registry) -> None:
    rows = "".join(f"{cell},,,2,no\n" for cell in ("P1", "P2", "wie gestern", "P3"))
    registry.put(f"{FOLLOWUPS}\n{rows}")
    registry.put(f"{FOLLOWUPS}\nab,,,2,no\ncd,,,2,no\n", "followups_2.csv")
    registry.land()
    keys = [row["patient_key"] is None for row in registry.rows()]
    assert keys == [False, False, True, False, False, False]
    assert registry.violations() == [("followups.patient_id.type", 4, "reject", reasons.A_WORD)]


@pytest.mark.parametrize(("extract", "field"), KEYS)
def test_it_is_none_in_any_key(extract: str, field: str) -> None:
    assert key_reader(extract, field)["XXX"] is UNREADABLE


@pytest.mark.parametrize(
    ("cell", "text"),
    [("'0042", "0042"), ('="0042"', "0042"), ("'AB-1'", "AB-1"), ("\uff07\uff17", "7")],
)
def test_marks_of_spreadsheets_are_no_part_of_an_identifier(cell: str, text: str) -> None:
    assert key_reader()[cell] == text


def test_markers_in_text_make_no_patients(registry: Registry) -> None:
    """The case c07_noid: fifteen rows with ten kinds of no identifier, on three days."""
    registry.put_case("c07_noid")
    registry.land()
    assert [row["patient_key"] for row in registry.rows("admissions")] == [None] * 15
    found = [(rule, text) for rule, _, severity, text in registry.violations()]
    assert found[:10] == [
        ("admissions.patient_id.type", text)
        for text in [
            ERROR_FOUND, reasons.MARKER, reasons.MARKER, reasons.NO_NUMBER, reasons.ONLY_ZEROS,
            reasons.MARKER, reasons.MARKER, reasons.MARKER, reasons.MARKER, ERROR_FOUND,
        ]
    ]  # fmt: skip
    assert len(found) == 15
    assert {severity for _, _, severity, _ in registry.violations()} == {"reject"}


def test_error_cells_are_no_values_and_no_patients(registry: Registry) -> None:
    """The case d09_errors: a glucose, an ASPECTS, a sex and two numbers of patients are errors."""
    registry.put_case("d09_errors")
    registry.land()
    rows = registry.rows("admissions")
    assert [row["unparsed_fields"] for row in rows] == [
        ["glucose_mmol_per_l"], ["aspects"], ["sex"], ["patient_key"], ["patient_key"]
    ]  # fmt: skip
    assert [row["patient_key"] is None for row in rows] == [False, False, False, True, True]
    assert registry.violations() == [
        ("admissions.glucose_mmol_per_l.type", 2, "warn", ERROR_FOUND),
        ("admissions.aspects.type", 3, "warn", ERROR_FOUND),
        ("admissions.sex.type", 4, "reject", ERROR_FOUND),
        ("admissions.patient_id.type", 5, "reject", ERROR_FOUND),
        ("admissions.patient_id.type", 6, "reject", ERROR_FOUND),
    ]


def test_an_error_cell_of_an_optional_field_costs_the_cell(registry: Registry) -> None:
    registry.put(f"{FOLLOWUPS}\nP1,2021-03-05,#N/A,2,no\n")
    registry.land()
    assert registry.shown() == [(2, date(2021, 3, 5), None, 2, False, ["mode"])]
    assert {row[2:] for row in registry.violations()} == {("warn", ERROR_FOUND)}


def test_numbers_that_excel_rounded_are_refused(registry: Registry) -> None:
    """The case d30_18digits: two patients whose rounded numbers are equal."""
    registry.put_case("d30_18digits")
    registry.land()
    assert [row["patient_key"] for row in registry.rows("admissions")] == [None, None]
    assert registry.violations() == [
        ("admissions.patient_id.type", line, "reject", reasons.ROUNDED) for line in (2, 3)
    ]


@pytest.mark.parametrize(
    ("numbers", "rounded"),
    [
        # 18 digits; of 16, one in ten ends so by chance.
        (["110101195503120000"], [0]),
        (["110101195503120000", "110101195503120000", "P7"], [0, 1]),
        (["110101195503120000", "11010119550312001X"], [0]),
        (["110101195503120000", "110101195503121234"], []),
        (["110101195503120000", "110101194003120000", "110101195503121234"], [0, 1]),
        (["1101011955031200", "1101011955031210"], []),
        (["1101011955031200", "1101011955031210", "1101011955031220"], [0, 1, 2]),
        (["110101195503120", "1000000", "AB110101195503120000"], []),
        (["000110101195503120000"], [0]),
    ],
)
def test_numbers_that_excel_rounded_before_they_became_text_are_refused(
    registry: Registry, numbers: list[str], rounded: list[int]
) -> None:
    """No single number of 18 digits tells, but most of a column do."""
    lines = "".join(f"{number},,,2,no\n" for number in numbers)
    registry.put(f"{FOLLOWUPS}\n{lines}")
    registry.land()
    assert [row["patient_key"] is None for row in registry.rows()] == [
        place in rounded for place in range(len(numbers))
    ]
    assert registry.violations() == [
        ("followups.patient_id.type", place + 2, "reject", reasons.ROUNDED_BEFORE)
        for place in rounded
    ]


def test_long_numbers_are_refused_where_they_were_rounded(registry: Registry) -> None:
    """A workbook's are, even if another program wrote all digits; Parquet's integers are not."""
    book = openpyxl.Workbook()
    book.active.append(FOLLOWUPS.split(","))
    book.active.append([110101195003071234, None, None, 2, "no"])
    book.active.append(["110101195003071234", None, None, 2, "no"])
    content = io.BytesIO()
    book.save(content)
    registry.put(content.getvalue(), "followups_1.xlsx")
    for name, kind in (("2", pa.int64()), ("3", pa.decimal128(18, 0)), ("4", pa.float64())):
        number = {"3": Decimal(110101195003071234), "4": 1.10101195003071e17}.get(
            name, 110101195003071232
        )
        table = pa.table(
            {"patient_id": pa.array([number], kind), "mrs": [2], "lost_to_followup": [False]}
        )
        content = io.BytesIO()
        pq.write_table(table, content)
        registry.put(content.getvalue(), f"followups_{name}.parquet")
    registry.land()
    keys = [row["patient_key"] for row in registry.rows()]
    assert [key is None for key in keys] == [True, False, False, False, True]
    assert keys[1] == keys[3] != keys[2]


def single_precision(file_format: str, numbers: list[int]) -> bytes:
    """A file of follow-ups whose numbers are stored in 4 bytes."""
    frame = pd.DataFrame({"patient_id": numbers, "mrs": 2}, dtype="float32")
    frame = frame.assign(lost_to_followup="no")
    content = io.BytesIO()
    if file_format == "dta":
        frame.to_stata(content, write_index=False)
    else:
        frame.to_parquet(content)
    return content.getvalue()


@pytest.mark.parametrize("file_format", ["dta", "parquet"])
def test_numbers_of_single_precision_are_refused_where_they_are_rounded(
    registry: Registry, file_format: str
) -> None:
    """Stata's float, its usual type: 20210001 is stored as 20210000, another patient's number."""
    numbers = [16_777_215, 16_777_217, 20_210_001]
    registry.put(single_precision(file_format, numbers), f"followups.{file_format}")
    registry.put(f"{FOLLOWUPS}\n16777215,,,2,no\n", "followups_2.csv")
    registry.land()
    keys = [row["patient_key"] for row in registry.rows()]
    assert [key is None for key in keys] == [False, True, True, False]
    assert keys[0] == keys[3]
    assert [found[1:] for found in registry.violations() if found[2] == "reject"] == [
        (line, "reject", reasons.SINGLE_PRECISION) for line in (3, 4)
    ]


def test_a_suffix_makes_no_identifier_of_what_is_none(registry: Registry, tmp_path: Any) -> None:
    mapping = {
        "site": "site_a",
        "columns": {
            "procedures": {"procedure_id": {"join": ["patient_id"], "suffix": "-1"}},
            "followups": {"patient_id": {"join": ["centre", "visit"], "separator": "-"}},
        },
    }
    (tmp_path / "site_a.yaml").write_text(yaml.safe_dump(mapping))
    registry.put("centre,visit,mrs,lost_to_followup\nA,0,2,no\n?,1,2,no\nunknown,1,2,no\n")
    names = [
        field.name
        for field in dictionary().extracts["procedures"].fields
        if field.constraints.required and field.name != "procedure_id"
    ]
    blank = "," * (len(names) - 1)
    rows = "".join(f"{cell}{blank}\n" for cell in ("P1", "NaN", "0"))
    names.sort(key=lambda name: name != "patient_id")
    registry.put(f"{','.join(names)}\n{rows}", "procedures.csv")
    registry.land(sites_dir=tmp_path)
    assert [row["patient_key"] is None for row in registry.rows()] == [False, True, True]
    assert [row["procedure_key"] is None for row in registry.rows("procedures")] == [
        False, True, True
    ]  # fmt: skip
