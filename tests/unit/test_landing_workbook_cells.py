"""Cells of a workbook in their context: its epoch and its number formats. All rows invented."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import MAC_EPOCH

from tests.unit.landing_tools import CASES, FOLLOWUPS, Registry
from warehouse.landing.date_mix import DateMix
from warehouse.landing.number_formats import shown
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
        (0.75, "0%", 75), (0.07, "0.00%", 7), (0.355, "0.0 %", 35.5), (1, '0"%"', 1),
        (0.5, "0\\%", 0.5), (0.5, '[Red]0%;-0%', 50), (1230, "0000000", "0001230"),
        (7, '"P"0000', "P0007"), (12345, "000", "12345"), (1.5, "000", 1.5), (7, "0.00", 7),
        (7, "General", 7), (1234, "#,##0", 1234), (-7, "0000", -7), (None, "0%", None),
    ],
)  # fmt: skip
def test_what_a_number_format_shows(value: Any, number_format: str, cell: Any) -> None:
    assert shown(value, number_format) == cell


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
