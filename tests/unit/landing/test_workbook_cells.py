"""Cells of a workbook in their context: its epoch and its number formats. All rows invented."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_WINDOWS_1900, MAC_EPOCH

from tests.support.landing_tools import CASES, FOLLOWUPS, Registry
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import SiteMapping
from warehouse.landing.cell_parser import UNREADABLE, CellReader, Rules
from warehouse.landing.cell_text import ShownNumber
from warehouse.landing.date_mix import DateMix
from warehouse.landing.identifiers import AS_SHOWN
from warehouse.landing.number_formats import needs_formats, shown
from warehouse.settings import Settings


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def put_book(registry: Registry, *rows: list[Any], epoch: datetime | None = None) -> None:
    """A workbook of follow-ups; a cell may be a number with its format."""
    book = openpyxl.Workbook()
    if epoch is not None:
        book.epoch = epoch
    book.active.append(FOLLOWUPS.split(","))
    for number, row in enumerate(rows, start=2):
        for place, cell in enumerate(row, start=1):
            value, form = cell if isinstance(cell, tuple) else (cell, "General")
            written = book.active.cell(number, place, value)
            written.number_format = form
    content = io.BytesIO()
    book.save(content)
    registry.put(content.getvalue(), "followups.xlsx")


def test_day_numbers_count_from_the_epoch_of_the_workbook(registry: Registry) -> None:
    """The case c01_serial1904, where all dates came four years early."""
    registry.put_case("c01_serial1904")
    registry.land()
    shown_rows = [(row["birth_date"], row["onset_at"]) for row in registry.rows("admissions")]
    assert shown_rows == [
        (date(1950, 2, 3), datetime(2021, 3, 1, 8, 3)),
        (date(1950, 5, 11), datetime(2021, 3, 2, 8, 10)),
        (date(1950, 8, 16), datetime(2021, 3, 3, 8, 17)),
        (date(1950, 11, 21), datetime(2021, 3, 4, 8, 24)),
    ]


@pytest.mark.parametrize("cell", [42798, 42798.0, (42798, "yyyy-mm-dd"), (42798, "0.00")])
def test_a_day_is_the_same_with_and_without_a_date_format(registry: Registry, cell: Any) -> None:
    put_book(registry, ["P1", cell, None, 2, "no"], epoch=MAC_EPOCH)
    registry.land()
    assert registry.rows()[0]["assessed_on"] == date(2021, 3, 5)


@pytest.mark.parametrize(
    ("cell", "number_format", "value"),
    [
        (datetime(2021, 3, 5), "yyyy-mm-dd", None), (datetime(2021, 3, 5), "d/m/yy;@", None),
        (date(2021, 3, 5), "[$-F800]dddd, mmmm dd, yyyy", None), (44260, "General", None),
        (44260, "0.00", None), (datetime(2021, 3, 5), "yyyy-mm-dd h:mm", datetime(2021, 3, 5)),
        (44260.5, "General", datetime(2021, 3, 5, 12)),
        (datetime(2021, 3, 5, 12), "yyyy-mm-dd", datetime(2021, 3, 5, 12)),
    ],
)  # fmt: skip
def test_a_day_alone_is_no_time(
    registry: Registry, cell: Any, number_format: str, value: datetime | None
) -> None:
    """As in text and Parquet: midnight is read where a clock shows it, a fraction anywhere."""
    book = openpyxl.Workbook()
    names = ["imaging_id", "patient_id", "imaged_at", "modality", "hemorrhage_type"]
    book.active.append(names)
    book.active.append(["I1", "P1", cell, "CT", "none"])
    book.active.cell(2, 3).number_format = number_format
    content = io.BytesIO()
    book.save(content)
    registry.put(content.getvalue(), "imaging.xlsx")
    registry.land()
    (row,) = registry.rows("imaging")
    assert (row["imaged_at"], row["unparsed_fields"]) == (value, [] if value else ["imaged_at"])


def test_percentages_are_read_as_shown(registry: Registry) -> None:
    """The case c04_percent, where 100% was read as 1 and 75% was lost."""
    registry.put_case("c04_percent")
    registry.land()
    rows = registry.rows("procedures")
    assert [row["residual_stenosis_pct"] for row in rows] == [100, 75, 90, 100]
    assert [row for row in registry.violations() if row[2] == "reject"] == []


@pytest.mark.parametrize(
    ("value", "number_format", "cell"),
    [
        (0.75, "0%", 75), (0.07, "0.00%", 7), (0.355, "0.0 %", 35.5), (0.5, "0\\%", 0.5),
        (0.5, "[Red]0%;-0%", 50), (1.5, "000", 1.5), (7, "0.00", 7), (7, "General", 7), (7, "@", 7),
        (1234, "#,##0", 1234), (-7, "0000", -7), (None, "0%", None), (140_000, "0,", 140),
        (140_500, "#,##0,", 140.5), (2_000_000, "0,,", 2), (7, "0;-0;0;@", 7), (7, "_-* 0_-", 7),
        (7, "[Blue]0", 7), (7, "[$-409]0", 7), (10**15, '"P"0', 10**15), (7, "#", 7), (7, "??0", 7),
        (7, "G/通用格式", 7), (7, "0_ ", 7), (42, "0;;;", 42),
    ],
)  # fmt: skip
def test_a_format_that_shows_the_number(value: Any, number_format: str, cell: Any) -> None:
    assert shown(value, number_format) == cell


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (1230, "0000000", "0001230"), (12345, "000", "12345"), (7, '"P"0000', "P0007"),
        (123456, "000-000", "123-456"), (42, "\\P0000", "P0042"), (42, '"P"0', "P42"),
        (42, '"P"#', "P42"), (1234567, "0000 000", "1234 567"), (42, "[$-409]0000", "0042"),
        (42, '"P"General', "P42"), (42, '0"/21"', "42/21"), (42, '00"-"00', "00-42"),
        (1234567, '"A"00"/"0', "A123456/7"), (42, "[$PAT-409]000", "PAT042"),
        (42, '[Red]"P"0', "P42"),
        (42, '"P;"0;"N"0', "P;42"), (0, '"P"000;;"none"', None), (0, '"P"000', "P000"),
        (5551234567, "(###) ###-####", "(555) 123-4567"), (42, '"病"000', "病042"),
        (42, '_("P"* 000_)', "P042"), (42, "00000000;00000000", "00000042"), (1, '0"%"', "1%"),
        # What is shown depends on the program, its language or a condition, or is no number.
        (42, '[>9]"P"0;"Q"0', None), (42, "[DBNum1]General", None), (42, "[$-D000401]0000", None),
        (42, '"P"0.0', None), (1234, '"P"#,##0', None), (42, '"x"', None), (42, "# ?/?", None),
        (42, "0E+00", None), (42, "0000,000", None), (42, "K0", None), (42, '"P0', None),
    ],
)  # fmt: skip
def test_a_format_that_shows_more_than_the_number(
    value: int, number_format: str, text: str | None
) -> None:
    """The number stays for fields of numbers; the text is what an identifier is."""
    assert shown(value, number_format) == ShownNumber(value, text)


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("patient_id", ShownNumber(42, "P0042"), "P0042"),
        ("patient_id", ShownNumber(42, None), UNREADABLE),
        ("patient_id", ShownNumber(0, "0000"), UNREADABLE),
        ("mrs", ShownNumber(2, "02"), 2),
        ("mrs", ShownNumber(2, "2 points"), 2),
        ("mrs", ShownNumber(2, None), 2),
        ("mrs", ShownNumber(2, "<2"), UNREADABLE),
        ("mrs", ShownNumber(2, "12"), UNREADABLE),
        ("mode", ShownNumber(7, "7."), "7"),
        ("assessed_on", ShownNumber(20210305, "2021-03-05"), date(2021, 3, 5)),
        ("assessed_on", ShownNumber(44260, "044260"), date(2021, 3, 5)),
    ],
)
def test_what_a_field_reads_of_a_shown_number(field: str, cell: Any, value: Any) -> None:
    words = dictionary()
    rules = Rules(words, SiteMapping(site="site_a"), "followups")
    reader = CellReader(words.extracts["followups"].field(field), rules, CALENDAR_WINDOWS_1900)
    assert reader[cell] == value


def test_a_format_of_identifiers_that_cannot_be_rendered_is_refused(registry: Registry) -> None:
    """The same numbers as texts are the same patients; a bare number would be another."""
    put_book(
        registry,
        [(42, "\\P0000"), "2021-03-05", "telephone", (2, '0" points"'), "no"],
        [(42, "[DBNum1]General"), "2021-03-05", "telephone", 2, "no"],
        [(7, "000-000"), "2021-03-05", "telephone", 2, "no"],
    )
    rows = "".join(f"{text},2021-03-05,telephone,2,no\n" for text in ("P0042", "000-007"))
    registry.put(f"{FOLLOWUPS}\n{rows}", day="site_a/2021-03-04")
    registry.land()
    first, second, *book = [row["patient_key"] for row in registry.rows()]
    assert book == [first, None, second]
    assert [row["mrs"] for row in registry.rows()] == [2] * 5
    assert registry.violations() == [
        ("followups.file.format_changed", None, "warn", "xlsx, before csv"),
        ("followups.patient_id.type", 3, "reject", AS_SHOWN),
    ]


@pytest.mark.parametrize(
    ("number_format", "is_needed"),
    [("General", False), ("yyyy-mm-dd h:mm", False), ("#,##0.00", False), ("0%", True),
     ('"P"0', True), ("0,", True), ("yyyy-mm-dd", True), ("[$-F400]h:mm:ss AM/PM", False),
     ('yyyy"h"mm"s"dd\\h', True), ("d/m/yy;@", True), ("[hh]:mm", False)],
)  # fmt: skip
def test_only_workbooks_with_such_a_format_are_read_cell_by_cell(
    number_format: str, is_needed: bool
) -> None:
    book = openpyxl.Workbook()
    book.active.cell(1, 1, 7).number_format = number_format
    content = io.BytesIO()
    book.save(content)
    assert needs_formats(openpyxl.load_workbook(content, read_only=True)) == is_needed


def test_zeros_that_a_format_shows_belong_to_the_identifier(registry: Registry) -> None:
    """The case c05_zeros: 1230 under the format 0000000 is the patient 0001230."""
    registry.put_case("c05_zeros")
    registry.land()
    patients = [row["patient_key"] for row in registry.rows("admissions")]
    assert [row["patient_key"] for row in registry.rows("procedures")] == patients
    assert len(set(patients)) == 4


def test_a_format_decides_nothing_for_what_is_no_number(registry: Registry) -> None:
    put_book(
        registry,
        [(17, "000"), (datetime(2021, 3, 5), "d/m/yy"), "tel", (2, "00"), (False, "0%")],
        ["P2", (44260, "0%"), ("tel", "000"), ("2", "0%"), (0, "0")],
    )
    registry.land()
    assert registry.shown() == [
        (2, date(2021, 3, 5), "telephone", 2, False, []),
        (3, None, "telephone", 2, False, ["assessed_on"]),
    ]


def test_dates_that_a_spreadsheet_half_swapped_are_a_query(registry: Registry) -> None:
    """The case c19_swapped: three real dates that are months off, beside three texts."""
    registry.put_case("c19_swapped")
    registry.land(sites_dir=CASES / "sites")
    found = "3 of 3 real dates up to day 12 of a month, beside 3 of 3 texts after it"
    rows = [row for row in registry._read("violations") if row["rule"].endswith("half_swapped")]
    assert [(row["field"], row["found"], row["severity"]) for row in rows] == [
        ("onset_at", found, "warn"),
        ("arrived_at", found, "warn"),
    ]


DAYS = {"r": "2021-03-07", "R": "2021-03-20", "t": "5/1/2021", "T": "14.3.21", "i": "2021-03-14"}


@pytest.mark.parametrize(
    ("kinds", "found"),
    [
        # r, R: a real date up to and after day 12 of a month; t, T: a text; i: a text in ISO order.
        ("rT", "1 of 1 real dates up to day 12 of a month, beside 1 of 1 texts after it"),
        ("rrrTTTi", "3 of 3 real dates up to day 12 of a month, beside 3 of 3 texts after it"),
        ("rrrRTTT", "3 of 4 real dates up to day 12 of a month, beside 3 of 3 texts after it"),
        ("rrrTTt", "3 of 3 real dates up to day 12 of a month, beside 2 of 3 texts after it"),
        ("rrrRTTTt", "3 of 4 real dates up to day 12 of a month, beside 3 of 4 texts after it"),
        # Swapped dates among many real ones: all texts but few are after day 12.
        ("rr" + "R" * 9 + "T" * 9 + "t", "2 of 11 real dates up to day 12 of a month, "
         "beside 9 of 10 texts after it"),
        ("rRT", None), ("rTt", None), ("RRT", None), ("rrr", None), ("TTT", None), ("rRRR", None),
        ("TTtt", None), ("ri", None), ("rR" + "Ttt", None), ("R" * 9 + "T" * 9, None),
        ("rrRRRTTTTTtt", None),
    ],
)  # fmt: skip
def test_which_dates_look_half_swapped(kinds: str, found: str | None) -> None:
    mix = DateMix()
    for kind in kinds:
        day = DAYS[kind]
        mix.see(datetime.fromisoformat(day) if kind in "rR" else day)
    assert mix.half_swapped == found
