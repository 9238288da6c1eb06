"""Layouts of files: what is read, what is one query for the file, and that no row is lost by it.

All rows are invented (synthetic). The cases in tests/fixtures/cases went wrong in public reports.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.support.golden import golden
from tests.support.landing_tools import FOLLOWUPS, Registry
from warehouse.landing.manifest import Manifest
from warehouse.settings import PROJECT_DIR, Settings

GOLDEN = golden("landing")

CASES = PROJECT_DIR / "tests" / "fixtures" / "cases"
HEADER = FOLLOWUPS.split(",")
ROWS = [f"P{number},2021-03-0{number},telephone,{number},no" for number in range(1, 5)]
TABLE = [FOLLOWUPS, *ROWS]


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def landed(registry: Registry, content: str | bytes, name: str = "followups.csv") -> Manifest:
    """The manifest of a file that is landed alone."""
    registry.put(content, name)
    [manifest] = registry.land().files
    return manifest


def lines(*texts: str) -> str:
    return "\n".join(texts) + "\n"


def balance(manifest: Manifest) -> tuple[int | None, ...]:
    """Rows in the file, landed, unreadable, no records, unread."""
    return (
        manifest.rows_in_file,
        manifest.rows_landed,
        manifest.rows_unreadable,
        manifest.rows_no_record,
        manifest.rows_unread,
    )


def queries(registry: Registry) -> list[tuple[Any, ...]]:
    """Rule without its extract, line and what was found."""
    return [(row[0].split(".", 1)[1], row[1], row[3]) for row in registry.violations()]


def stated(registry: Registry) -> list[str]:
    """What each query says of the layout, behind what its rule expects of every file."""
    rows = registry._read("violations")
    return [row["expected"].split("; found ", 1)[-1] for row in rows]


def patients(registry: Registry) -> list[tuple[int, date, int]]:
    """Line, day and mRS of the landed follow-ups."""
    return [(row["source_row"], row["assessed_on"], row["mrs"]) for row in registry.rows()]


def at(*places: int, of: tuple[int, ...] = (1, 2, 3, 4)) -> list[tuple[int, date, int]]:
    """The rows of these patients as they stand on these lines."""
    return [
        (place, date(2021, 3, number), number) for place, number in zip(places, of, strict=True)
    ]


def book(*sheets: tuple[str, list[list[Any]]]) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return made


def content(made: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def cells(*rows: str) -> list[list[Any]]:
    return [[cell or None for cell in row.split(",")] for row in rows]


# Case -> file, its balance, the lines of its rows, what is said of it.
SHOWN = {
    "c02_sheets": (
        "2022-01-10/admissions.xlsx",
        (10, 10, 0, 0, 0),
        [2, 3, 4, 5, 7, 8, 9, 10, 11, 12],
        ["rows in several sheets ('2021': lines 2 to 5; '2022': lines 7 to 12)"],
    ),
    "c28_hiddenrows": (
        "2022-01-10/admissions.xlsx",
        (5, 5, 0, 0, 0),
        [2, 3, 4, 5, 6],
        ["hidden or filtered-out rows: 2 (lines 3, 4)"],
    ),
    "c14_trail": (
        "2022-01-10/admissions.csv",
        (3, 3, 0, 0, 0),
        [2, 3, 4],
        ["delimiter at the end of every line: 3 (lines 2, 3, 4)"],
    ),
    "f17_rnames": (
        "2022-01-10/admissions.csv",
        (3, 3, 0, 0, 0),
        [2, 3, 4],
        ["column A: 3 (lines 2, 3, 4)"],
    ),
    "c11_title": (
        "2022-01-10/admissions.csv",
        (3, 3, 0, 0, 0),
        [5, 6, 7],
        ["title above the header: 2 (lines 1, 2)"],
    ),
    "c13_concat": (
        "2022-01-10/admissions.csv",
        (5, 4, 0, 1, 0),
        [2, 3, 4, 6],
        ["repeated header: 1 (line 5)"],
    ),
    "c10_footer": (
        "2022-01-10/admissions.csv",
        (5, 3, 0, 2, 0),
        [2, 3, 4],
        ["remark: 1 (line 7)", "total: 1 (line 5)"],
    ),
    "c38_note": (
        "2022-01-10/admissions.xlsx",
        (4, 4, 0, 0, 0),
        [2, 3, 4, 5],
        ["column V: 1 (line 3)"],
    ),
    "e28_notes": (
        "2022-01-10/admissions.xlsx",
        (1, 1, 0, 0, 0),
        [27],
        ["title above the header: 2 (lines 1, 2)"],
    ),
    "c29_merged": (
        "2022-01-10/procedures.xlsx",
        (3, 3, 0, 0, 0),
        [2, 3, 4],
        ["cells merged over several rows: 1 (line 3)"],
    ),
}


@pytest.mark.parametrize("case", SHOWN)
def test_every_row_of_a_case_is_read_and_its_layout_is_one_query(
    registry: Registry, case: str
) -> None:
    """Each case with every later delivery of it; these are plain, and nothing is said of them."""
    place, expected, rows, layout = SHOWN[case]
    shutil.copytree(CASES / case, registry.settings.raw_dir / case)
    files = {file.source_file: file for file in registry.land().files}
    file = files.pop(f"{case}/{place}")
    assert balance(file) == expected
    found = [row for row in registry.rows(str(file.extract)) if row["file_id"] == file.file_id]
    assert [row["source_row"] for row in found] == rows
    assert all(row["record_key"] for row in found)
    assert [row["unparsed_fields"] for row in found] == [[]] * len(rows)
    assert stated(registry) == layout
    assert {other.status for other in files.values()} <= {"landed"}


def test_a_patient_in_a_merged_cell_has_each_of_its_procedures(registry: Registry) -> None:
    shutil.copytree(CASES / "c29_merged", registry.settings.raw_dir / "c29_merged")
    registry.land()
    first, second, third = (row["patient_key"] for row in registry.rows("procedures"))
    keys = {row["source_row"]: row["patient_key"] for row in registry.rows("admissions")}
    assert (first, second, third) == (keys[2], keys[2], keys[3])


TEXTS: dict[str, tuple[str, tuple[int, ...], tuple[int, ...], list[str]]] = {
    # Content, balance, lines of the four rows, what is said.
    "trailing tab": (
        lines(*(line.replace(",", "\t") for line in (FOLLOWUPS, *(f"{row}," for row in ROWS)))),
        (4, 4, 0, 0, 0),
        (2, 3, 4, 5),
        ["delimiter at the end of every line: 4 (lines 2, 3, 4, 5)"],
    ),
    "trailing delimiter in the header, too": (
        lines(*(f"{line}," for line in TABLE)),
        (4, 4, 0, 0, 0),
        (2, 3, 4, 5),
        [],
    ),
    "row names of R without a header": (
        lines(FOLLOWUPS, *(f'"{number}",{row}' for number, row in enumerate(ROWS, start=1))),
        (4, 4, 0, 0, 0),
        (2, 3, 4, 5),
        ["row names without a header: 4 (lines 2, 3, 4, 5)"],
    ),
    "row numbers of pandas": (
        lines(f",{FOLLOWUPS}", *(f"{number},{row}" for number, row in enumerate(ROWS))),
        (4, 4, 0, 0, 0),
        (2, 3, 4, 5),
        ["column A: 4 (lines 2, 3, 4, 5)"],
    ),
    "titles of a spreadsheet": (
        lines("Follow-ups of May,,,,", ",,by telephone,,", "", *TABLE),
        (4, 4, 0, 0, 0),
        (5, 6, 7, 8),
        ["title above the header: 2 (lines 1, 2)"],
    ),
    "header repeated under another name for the same columns": (
        lines(*TABLE[:3], "Patient ID,Assessed-On,MODE,mRS,Lost to followup", *TABLE[3:]),
        (5, 4, 0, 1, 0),
        (2, 3, 5, 6),
        ["repeated header: 1 (line 4)"],
    ),
    "units below the header": (
        lines(FOLLOWUPS, ",YYYY-MM-DD,code,0-6,yes/no", *ROWS),
        (5, 4, 0, 1, 0),
        (3, 4, 5, 6),
        ["units or explanations of the columns: 1 (line 2)"],
    ),
    "labels below the header": (
        lines(FOLLOWUPS, "Number,Day of the call,How,Rankin scale,Is lost?", *ROWS),
        (5, 4, 0, 1, 0),
        (3, 4, 5, 6),
        ["units or explanations of the columns: 1 (line 2)"],
    ),
    "remarks below the table": (
        lines(
            *TABLE, "", "* preliminary; ask Dr. Example,,,,", "Exported on 2022-01-09 by Example"
        ),
        (6, 4, 0, 2, 0),
        (2, 3, 4, 5),
        ["remark: 2 (lines 7, 8)"],
    ),
    "totals in German and Chinese": (
        lines(*TABLE, "Summe: 4,,,,", "合计,,,,", "Total,4"),
        (7, 4, 0, 3, 0),
        (2, 3, 4, 5),
        ["total: 3 (lines 6, 7, 8)"],
    ),
    "a rule of dashes": (
        lines(FOLLOWUPS, "----------,----------,----,---,----", *ROWS),
        (5, 4, 0, 1, 0),
        (3, 4, 5, 6),
        ["units or explanations of the columns: 1 (line 2)"],
    ),
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_layout_of_text_costs_no_row(registry: Registry, text: str) -> None:
    given, expected, places, layout = TEXTS[text]
    assert balance(landed(registry, given)) == expected
    assert patients(registry) == at(*places)
    assert stated(registry) == layout


STAYS_A_ROW = {
    "no identifier": (",2021-03-05,telephone,2,no", []),
    "no identifier and a date that is none": (",2021-02-30,telephone,,", ["assessed_on"]),
    "an identifier and nothing else": ("P9,,,,", []),
    "an identifier and cells that are none": (
        "P9,soon,?x?,well,perhaps",
        ["assessed_on", "mrs", "lost_to_followup"],
    ),
    "an identifier of two words": ("Pat 9,,,,", []),
    "what is no identifier, and nothing else": ("unknown,,,,", ["patient_key"]),
    "a single value": (",,,4,", []),
    "dates that are none": (
        ",2021-13-01,,17/2,31.02.2021",
        ["assessed_on", "mrs", "lost_to_followup"],
    ),
}


@pytest.mark.parametrize("row", STAYS_A_ROW)
def test_a_row_with_an_identifier_or_a_value_is_no_remark(registry: Registry, row: str) -> None:
    """It is landed, so that its faults are queries about it."""
    text, unparsed = STAYS_A_ROW[row]
    assert balance(landed(registry, lines(*TABLE, text))) == (5, 5, 0, 0, 0)
    assert registry.rows()[-1]["unparsed_fields"] == unparsed


def test_a_line_that_was_cut_off_stays_unreadable(registry: Registry) -> None:
    manifest = landed(registry, lines(*TABLE, "P5", "P6,2021-03-06", "female"))
    assert balance(manifest) == (7, 4, 3, 0, 0)
    assert [row[1] for row in queries(registry)] == [6, 7, 8]


NAMES = "patient_id,patient_name,birth_date,sex,onset_at,arrived_at,prestroke_mrs,etiology," \
    "hypertension,glucose_mmol_per_l,baseline_nihss,consent_given"  # fmt: skip
NAMED = "{number},Planted, Person,1950-02-03,female,2021-03-01 08:03,2021-03-01 10:14,0," \
    "large_artery_atherosclerosis,true,6.4,11,{consent}"  # fmt: skip


@pytest.mark.parametrize("consent", ["true", ""])
def test_a_name_with_a_delimiter_moves_no_value(registry: Registry, consent: str) -> None:
    """Neither row names nor a delimiter at the end: the number of a row is its patient."""
    rows = [NAMED.format(number=number, consent=consent) for number in range(1, 5)]
    manifest = landed(registry, lines(NAMES, *rows), "admissions.csv")
    assert (manifest.status, *balance(manifest)) == ("rejected", 4, 0, 0, 0, 4)
    assert queries(registry) == [("file.readable", None, GOLDEN("fields_in_every_line_in_the"))]
    assert b"Planted" not in registry.output()


def test_a_line_that_differs_from_all_others_costs_itself(registry: Registry) -> None:
    """It may lack a value; the others have nothing but a delimiter too many."""
    manifest = landed(registry, lines(FOLLOWUPS, *(f"{row}," for row in ROWS), "P5,,,2"))
    assert balance(manifest) == (5, 4, 1, 0, 0)
    assert patients(registry) == at(2, 3, 4, 5)
    assert queries(registry) == [
        ("line.readable", 6, "4 fields"),
        ("file.layout", None, GOLDEN("delimiters_behind_the_last_column")),
    ]


def test_a_layout_that_ends_within_a_file_costs_no_row(registry: Registry) -> None:
    """20,000 rows with a delimiter at their end, then one without and one with a remark."""
    rows = [f"P{number},2021-03-05,telephone,2,no," for number in range(20_000)]
    cut = "P5,2021-03-05,telephone,2,"
    manifest = landed(
        registry, lines(FOLLOWUPS, *rows, ROWS[0], "P5,2021-03-05,telephone,2,no,x", cut)
    )
    assert balance(manifest) == (20_003, 20_002, 1, 0, 0)
    assert [row["source_row"] for row in registry.rows()] == list(range(2, 20_004))
    assert [row for row in queries(registry) if row[1] or row[0] == "columns.named"] == [
        ("line.readable", 20_004, "5 fields"),
        ("columns.named", None, "column F"),
    ]


MORE = "delimiters behind the last column"
SHORT = "lines without their last columns, which are empty"
MANY = [f"P{number},2021-03-01,telephone,{number % 6},no" for number in range(2, 41)]
NOTED = f"{FOLLOWUPS},note"
DEAD = "patient_id,assessed_on,mode,mrs,lost_to_followup,death_date"
# File, its balance, what is said of it: each row of a patient is read.
RAGGED: dict[str, tuple[str, tuple[int, ...], list[str]]] = {
    "Excel leaves an empty last column out from line 17 on": (
        lines(NOTED, *(f"{row},x" for row in MANY[:5]), *(f"{row}," for row in MANY[5:15]),
              *MANY[15:]),
        (39, 39, 0, 0, 0),
        [f"{SHORT}: 24 (lines 17, 18, 19, 20, 21 and 19 more)"],
    ),
    "Excel leaves two columns without a name out": (
        lines(f"{FOLLOWUPS},,", *(f"{row},," for row in MANY[:15]), *MANY[15:]),
        (39, 39, 0, 0, 0),
        [f"{SHORT}: 24 (lines 17, 18, 19, 20, 21 and 19 more)"],
    ),
    "Excel leaves an empty field of the dictionary out, of a single last line, too": (
        lines(DEAD, *(f"{row}," for row in MANY[:15]), *MANY[15:32]),
        (32, 32, 0, 0, 0),
        [f"{SHORT}: 17 (lines 17, 18, 19, 20, 21 and 12 more)"],
    ),
    "an empty remark is left out where no line is empty by itself": (
        lines(NOTED, f"{MANY[0]},x", *MANY[1:4]),
        (4, 4, 0, 0, 0),
        [f"{SHORT}: 3 (lines 3, 4, 5)"],
    ),
    "a delimiter at the end of all lines but one": (
        lines(FOLLOWUPS, *(f"{row}," for row in MANY[:29]), MANY[29]),
        (30, 30, 0, 0, 0),
        [f"{MORE}: 29 (lines 2, 3, 4, 5, 6 and 24 more)"],
    ),
    "delimiters at the end of one line": (
        lines(FOLLOWUPS, *MANY[:3], f"{MANY[3]},,,"),
        (4, 4, 0, 0, 0),
        [f"{MORE}: 1 (line 5)"],
    ),
    "remarks beside the table": (
        lines(FOLLOWUPS, f"{MANY[0]},please check", MANY[1], f'{MANY[2]},,"call, back"'),
        (3, 3, 0, 0, 0),
        ["column F: 1 (line 2)", "column G: 1 (line 4)"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("file", RAGGED)
def test_a_ragged_line_costs_no_row(registry: Registry, file: str) -> None:
    given, expected, layout = RAGGED[file]
    assert balance(landed(registry, given)) == expected
    patient = [(row["assessed_on"], row["mrs"], row["lost_to_followup"]) for row in registry.rows()]
    assert patient == [
        (date(2021, 3, 1), number % 6, False) for number in range(2, 2 + len(patient))
    ]
    assert all(row["unparsed_fields"] == [] for row in registry.rows())
    assert [text for text in stated(registry) if "dictionary" not in text] == layout


GLUCOSE = "patient_id,birth_date,sex,onset_at,arrived_at,prestroke_mrs,etiology,hypertension," \
    "consent_given,glucose_mmol_per_l,systolic_bp_mmhg,baseline_nihss,note"  # fmt: skip
ADMITTED = "P1,1950-02-03,female,2021-03-01 08:03,2021-03-01 10:14,0,other_determined,false,true"
# Header, and a line that is cut or moved, so that nobody knows its values.
CUT = {
    "a decimal comma": (GLUCOSE.removesuffix(",note"), f"{ADMITTED},7,1,135,12"),
    "a decimal comma before empty cells": (GLUCOSE, f"{ADMITTED},7,1,135,12,,"),
    "a delimiter in the remark before a number": (
        "patient_id,assessed_on,mode,lost_to_followup,note,mrs",
        "P1,2021-03-05,telephone,no,floor 3, 2,4",
    ),
    "a field is missing before the last": (GLUCOSE, f"{ADMITTED},7.1,12,"),
    "a single line without its last fields": (GLUCOSE, f"{ADMITTED},7.1,135,12"),
    "a required field is missing": (DEAD, "P1,2021-03-05,telephone"),
    "a quote that is never closed": (DEAD, 'P1,2021-03-05,telephone,2,no,"'),
}


@pytest.mark.parametrize("line", CUT)
def test_a_line_that_may_be_cut_or_moved_stays_unreadable(registry: Registry, line: str) -> None:
    header, cut = CUT[line]
    name = "admissions.csv" if header.startswith(GLUCOSE[:30]) else "followups.csv"
    assert balance(landed(registry, lines(header, cut), name)) == (1, 0, 1, 0, 0)


def test_a_last_line_without_an_end_may_be_cut(registry: Registry) -> None:
    """Also where the lines before it lack their last column."""
    rows = [f"{row}," for row in MANY[:15]] + MANY[15:33]
    manifest = landed(registry, "\n".join([DEAD, *rows]))
    assert balance(manifest) == (33, 32, 1, 0, 0)


@pytest.mark.parametrize(
    "other",
    [
        "patient_id,mrs,assessed_on,mode,lost_to_followup",
        "patient_id,assessed_on,mrs,lost_to_followup",
        "patient_id,assessed_on,mode,mrs,lost_to_followup,death_date",
    ],
    ids=["another order", "one less", "one more"],
)
def test_another_header_below_the_first_sets_the_file_aside(registry: Registry, other: str) -> None:
    """What follows it would be read as what it is not."""
    manifest = landed(registry, lines(*TABLE, other, "P9,2,2021-03-09,telephone,no"))
    assert (manifest.status, *balance(manifest)) == ("rejected", 6, 0, 0, 0, 6)
    assert queries(registry) == [("file.readable", None, GOLDEN("another_header_on_line"))]


def test_cells_beside_the_table_cost_no_row(registry: Registry) -> None:
    """In a column without a header, beyond the last one, and on a line of their own."""
    header = [*HEADER[:3], None, *HEADER[3:]]
    rows = [[*row[:3], None, *row[3:]] for row in cells(*ROWS)]
    rows[1][3], rows[3] = "check", [*rows[3], None, "late"]
    below = [None] * 8 + ["12 rows in all"]
    made = content(book(("data", [header, *rows, below])))
    assert balance(landed(registry, made, "followups.xlsx")) == (5, 4, 0, 1, 0)
    assert patients(registry) == at(2, 3, 4, 5)
    assert stated(registry) == [
        "remark: 1 (line 6)",
        GOLDEN("column_line"),
        GOLDEN("column_line_2"),
        GOLDEN("column_line_3"),
    ]


def test_merged_cells_below_a_title_and_across(registry: Registry) -> None:
    """A value that stands for three rows; a remark across; nothing is filled into other columns."""
    rows = cells(*ROWS[:3])
    rows[1][2] = rows[2][2] = None
    made = book(("data", [["Follow-ups"], HEADER, *rows, cells(ROWS[3])[0]]))
    made.active.merge_cells("C3:C5")
    made.active.merge_cells("A1:E1")
    made.active["C6"] = "record"
    made.active["D6"] = None
    made.active.merge_cells("C6:D6")
    assert balance(landed(registry, content(made), "followups.xlsx")) == (4, 4, 0, 0, 0)
    assert [(row["mode"], row["mrs"]) for row in registry.rows()] == [
        ("telephone", 1),
        ("telephone", 2),
        ("telephone", 3),
        ("record", None),
    ]
    assert stated(registry) == [
        GOLDEN("title_above_the_header_line"),
        GOLDEN("cells_merged_over_several_rows_lines"),
        GOLDEN("cells_merged_over_several_columns_line"),
    ]


def test_filtered_rows_are_read_and_stated(registry: Registry) -> None:
    """With a blank hidden row, which is no row, and a hidden column, which is read."""
    made = book(("data", [HEADER, *cells(*ROWS[:2]), [], *cells(*ROWS[2:])]))
    for line in (2, 4, 6):
        made.active.row_dimensions[line].hidden = True
    made.active.column_dimensions["D"].hidden = True
    assert balance(landed(registry, content(made), "followups.xlsx")) == (4, 4, 0, 0, 0)
    assert patients(registry) == at(2, 3, 5, 6)
    assert stated(registry) == [GOLDEN("hidden_or_filtered_out_rows_lines")]


def hidden(made: openpyxl.Workbook, title: str, state: str = "hidden") -> openpyxl.Workbook:
    made[title].sheet_state = state
    return made


OLD = "P8,2020-01-01,telephone,0,no"
UNREAD = "it has not the columns of the sheet that was read"
# Case -> workbook, balance, what is said, whether the unread rows may be records.
SHEETS: dict[str, tuple[Callable[[], openpyxl.Workbook], tuple[int, ...], list[str], bool]] = {
    "hidden, with the same header and more rows": (
        lambda: hidden(
            book(("old", cells(FOLLOWUPS, *[OLD] * 9)), ("now", cells(*TABLE))), "old", "veryHidden"
        ),
        (13, 4, 0, 0, 9),
        ["sheet 'old' with 9 rows: it is hidden"],
        True,
    ),
    "hidden, with more columns": (
        lambda: hidden(
            book(("now", cells(*TABLE)), ("all", cells(f"{FOLLOWUPS},death_date", f"{OLD},"))),
            "all",
        ),
        (5, 4, 0, 0, 1),
        ["sheet 'all' with 1 row: it is hidden"],
        True,
    ),
    "an example with the same header": (
        lambda: book(("Beispiel", cells(FOLLOWUPS, OLD)), ("data", cells(*TABLE))),
        (5, 4, 0, 0, 1),
        ["sheet 'Beispiel' with 1 row: its name says that it is an example"],
        True,
    ),
    "a legend": (
        lambda: book(("data", cells(*TABLE)), ("legend", [["code", "meaning"], [0, "well"], [6]])),
        (6, 4, 0, 0, 2),
        [f"sheet 'legend' with 2 rows: {UNREAD}"],
        False,
    ),
    "a legend of wide rows, and one of numbers": (
        lambda: book(
            ("data", cells(*TABLE)),
            ("legend", [["field", "code", "meaning"], ["mrs", 0, "well"], ["mrs", 6, "dead"]]),
            ("list", [[0, "well"], [6, "dead"]]),
        ),
        (8, 4, 0, 0, 4),
        [f"sheet 'legend' with 2 rows: {UNREAD}", f"sheet 'list' with 2 rows: {UNREAD}"],
        False,
    ),
    "without a header": (
        lambda: book(("data", cells(*TABLE)), ("June", cells("P7,2021-06-01,telephone,2,no", OLD))),
        (6, 4, 0, 0, 2),
        [f"sheet 'June' with 2 rows: {UNREAD}"],
        True,
    ),
    "with a title and without a header": (
        lambda: book(
            ("data", cells(*TABLE)), ("June", [["June"], *cells("P7,2021-06-01,telephone,2,no")])
        ),
        (5, 4, 0, 0, 1),
        [f"sheet 'June' with 1 row: {UNREAD}"],
        True,
    ),
    "with most of the columns under other names": (
        lambda: book(
            ("data", cells(*TABLE)),
            ("June", cells("No,assessed_on,mode,mrs,lost", "P7,unknown,telephone,,no")),
        ),
        (5, 4, 0, 0, 1),
        [f"sheet 'June' with 1 row: {UNREAD}"],
        True,
    ),
}


@pytest.mark.parametrize("sheets", SHEETS)
def test_a_sheet_that_is_not_read_is_named_and_its_rows_are_counted(
    registry: Registry, sheets: str
) -> None:
    made, expected, layout, may_be_records = SHEETS[sheets]
    manifest = landed(registry, content(made()), "followups.xlsx")
    assert balance(manifest) == expected
    assert [row[1:] for row in patients(registry)] == [row[1:] for row in at(2, 3, 4, 5)]
    assert stated(registry) == layout
    assert manifest.has_unread_records == may_be_records


def test_sheets_with_the_same_header_are_one_table(registry: Registry) -> None:
    """In another order of columns, too, and below titles; lines go on from sheet to sheet."""
    order = [4, 0, 1, 2, 3]
    second = [[row[place] for place in order] for row in cells(FOLLOWUPS, *ROWS[2:])]
    made = book(
        ("May", [*cells(*TABLE[:3]), []]), ("June", [["June"], *second]), ("July", cells(FOLLOWUPS))
    )
    assert balance(landed(registry, content(made), "followups.xlsx")) == (4, 4, 0, 0, 0)
    assert patients(registry) == at(2, 3, 6, 7)
    assert stated(registry) == [
        GOLDEN("title_above_the_header_line_2"),
        GOLDEN("rows_in_several_sheets_may_lines"),
    ]


def test_sheets_with_different_columns_set_the_file_aside_by_name(registry: Registry) -> None:
    other = cells("patient_id,mrs,lost_to_followup", "P9,2,no")
    manifest = landed(registry, content(book(("A", cells(*TABLE)), ("B", other))), "followups.xlsx")
    assert (manifest.status, *balance(manifest)) == ("rejected", 5, 0, 0, 0, 5)
    assert queries(registry) == [("file.readable", None, GOLDEN("different_columns_in"))]


def test_a_workbook_whose_rows_are_all_hidden_is_rejected(registry: Registry) -> None:
    made = book(("cover", []), ("data", cells(*TABLE)))
    manifest = landed(registry, content(hidden(made, "data")), "followups.xlsx")
    assert (manifest.status, *balance(manifest)) == ("rejected", 4, 0, 0, 0, 4)
    assert "'data'" in str(manifest.reason)


def test_a_mapping_that_ignores_a_sheet_is_the_answer(registry: Registry, tmp_path: Path) -> None:
    """It is neither read nor told any more, and its rows are still counted."""
    (tmp_path / "site_a.yaml").write_text("site: site_a\nignored_sheets: [B, Legend]\n")
    other = cells("patient_id,mrs,lost_to_followup", "P9,2,no")
    legend = ("legend", [["code"], [0]])
    registry.put(content(book(("A", cells(*TABLE)), ("B", other), legend)), "followups.xlsx")
    [manifest] = registry.land(sites_dir=tmp_path).files
    assert balance(manifest) == (6, 4, 0, 0, 2)
    assert registry.violations() == []


def test_sheets_of_a_workbook_are_the_parts_that_the_mapping_names(
    registry: Registry, tmp_path: Path
) -> None:
    """A sheet that another part reads is no unread one; one that no part reads is named once."""
    (tmp_path / "site_a.yaml").write_text(
        "site: site_a\nfiles: {registry: [{extract: followups}, {extract: imaging}]}\n"
    )
    scans = cells(
        "imaging_id,patient_id,imaged_at,modality,hemorrhage_type,nihss_at_imaging",
        "S1,P1,2021-03-02 10:00,ct,none,4",
    )
    sheets = book(("calls", cells(*TABLE)), ("scans", scans), ("beds", [["ward"], [3], [4]]))
    registry.put(content(sheets), "registry.xlsx")
    files = registry.land(sites_dir=tmp_path).files
    assert [(file.part, *balance(file)) for file in files] == [
        ("followups", 6, 4, 0, 0, 2),
        ("imaging", 1, 1, 0, 0, 0),
    ]
    assert [row for row in queries(registry) if row[0] == "sheets.read"] == [
        ("sheets.read", None, "sheet 'beds'")
    ]


def test_columns_that_no_part_of_a_wide_file_reads_are_named(
    registry: Registry, tmp_path: Path
) -> None:
    """A third group of columns that the mapping leaves, and a line that is no record of any."""
    (tmp_path / "site_a.yaml").write_text(
        "site: site_a\nfiles:\n  registry:\n    - extract: followups\n"
        "    - {extract: imaging, part: scan1, prefix: s1_}\n"
    )
    wide = "s1_imaging_id,s1_imaged_at,s1_modality,s1_hemorrhage_type,s2_imaging_id,s2_imaged_at"
    scan = "S1,2021-03-02 10:00,ct,none,S2,2021-03-03 10:00"
    registry.put(
        lines(f"{FOLLOWUPS},{wide}", f"{ROWS[0]},{scan}", "Total" + "," * 10, f"{ROWS[1]},,,,,,"),
        "registry.csv",
    )
    files = registry.land(sites_dir=tmp_path).files
    assert [(file.part, *balance(file)) for file in files] == [
        ("followups", 3, 2, 0, 1, 0),
        ("scan1", 1, 1, 0, 0, 0),
    ]
    assert {row for row in queries(registry) if row[0] in ("columns.known", "lines.records")} == {
        ("columns.known", None, "s2_imaging_id"),
        ("columns.known", None, "s2_imaged_at"),
        ("lines.records", None, "total"),
    }


SCANS = [
    "imaging_id,patient_id,imaged_at,modality,hemorrhage_type,nihss_at_imaging",
    "S1,P1,2021-03-02 10:00,ct,none,4",
    "S2,P2,,,,",
]
BELOW = {
    "text": ("followups.csv", lines(*TABLE, "", *SCANS, '"never closed', "Total,2"), 4),
    "text of one width": (
        "followups.csv",
        lines(*(f"{line}," for line in TABLE), *SCANS, "S3,P3,,,,", "S4,P4,,,,"),
        4,
    ),
    "a workbook": ("followups.xlsx", content(book(("calls", cells(*TABLE, "", *SCANS)))), 2),
}


@pytest.mark.parametrize("file", BELOW)
def test_a_table_of_another_extract_below_the_first_is_one_query(
    registry: Registry, file: str
) -> None:
    """Whatever stands below its header; a full delivery with it withdraws nobody."""
    name, given, unread = BELOW[file]
    manifest = landed(registry, given, name)
    assert balance(manifest) == (4 + unread, 4, 0, 0, unread)
    assert manifest.has_unread_records
    assert patients(registry) == at(2, 3, 4, 5)
    [(rule, line, found)] = queries(registry)
    assert (rule, line, found) == ("tables.single", None, "a table of imaging")
    line = 6 if file == "text of one width" else 7
    rows = "1 row" if unread == 1 else f"{unread} rows"
    assert stated(registry) == [GOLDEN("table_of_imaging_from_line_on", line=line, rows=rows)]


def test_the_next_sheet_is_read_whatever_stands_below_the_table_of_the_first(
    registry: Registry,
) -> None:
    made = book(("May", cells(*TABLE[:3], *SCANS)), ("June", cells(FOLLOWUPS, *ROWS[2:])))
    assert balance(landed(registry, content(made), "followups.xlsx")) == (6, 4, 0, 0, 2)
    assert [row[1:] for row in patients(registry)] == [row[1:] for row in at(2, 3, 4, 5)]
