"""Other formats, damaged files, wrong names and places: each ends with a clear reason."""

from __future__ import annotations

import gzip
import io
import os
import re
import resource
import shutil
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.golden import golden
from tests.support.landing_tools import DAY, FOLLOWUPS, Registry
from warehouse.definitions.rule_text import FILE_RULES
from warehouse.disk import TooManyOpenError, disk_errors_explained
from warehouse.landing import SkippedFile
from warehouse.landing.deliveries import NO_SITE, NOT_YET
from warehouse.landing.manifest import file_id
from warehouse.landing.report import LandingReport
from warehouse.landing.unexpected_errors import why_skipped
from warehouse.settings import PROJECT_DIR, Settings

GOLDEN = golden("landing")

ROW = "P1,2021-03-05,telephone,2,no"
CSV = f"{FOLLOWUPS}\n{ROW}\n"
LANDED = (2, date(2021, 3, 5), "telephone", 2, False, [])
HEADER = FOLLOWUPS.split(",")
NO_VALUE = "no text, number or day that exists; correct it or put it in quotes"
CASES = PROJECT_DIR / "tests" / "fixtures" / "cases"  # synthetic rows


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def workbook(*sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def parquet(columns: dict[str, Any]) -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content)
    return content.getvalue()


def zipped(name: str, content: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as handle:
        handle.writestr(name, content)
    return archive.getvalue()


# The rows of files that are rejected, by the reason; of all others nobody knows.
COUNTED = {"no rows": 0, "lost_to_followup": 1, "two columns": 1, "patient_id": 1}
TWO_MEMBERS = gzip.compress(FOLLOWUPS.encode()) + gzip.compress(b"\n" + ROW.encode())
BOOK = workbook([HEADER, ["P1", datetime(2021, 3, 5), "telephone", 2.0, False]])
PARQUET = parquet(
    {
        "patient_id": ["P1"],
        "assessed_on": [date(2021, 3, 5)],
        "mode": ["telephone"],
        "mrs": [2.0],
        "lost_to_followup": [False],
    }
)


@pytest.mark.parametrize(
    ("name", "content", "file_format"),
    [
        ("followups.csv", CSV.encode(), "csv"),
        ("Followups_2021 (1).CSV", CSV.encode(), "csv"),
        ("followups.txt", CSV.encode(), "csv"),
        ("followups.csv.gz", gzip.compress(CSV.encode()), "csv.gz"),
        ("followups.csv.gz", TWO_MEMBERS, "csv.gz"),
        ("followups.xlsx", BOOK, "xlsx"),
        ("followups.parquet", PARQUET, "parquet"),
        ("followups.csv", BOOK, "xlsx"),
        ("followups.xlsx", CSV.encode(), "csv"),
        ("followups.csv", gzip.compress(PARQUET), "parquet.gz"),
    ],
    ids=["csv", "capitals", "txt", "gzip", "gzip-members", "xlsx", "parquet", "xlsx-named-csv",
         "csv-named-xlsx", "parquet-gzip-named-csv"],
)  # fmt: skip
def test_content_decides_the_format(
    registry: Registry, name: str, content: bytes, file_format: str
) -> None:
    registry.put(content, name)
    [manifest] = registry.land().files
    assert (manifest.status, manifest.file_format) == ("landed", file_format)
    assert registry.shown() == [LANDED]


def test_workbook_cells_are_read_as_what_they_are(registry: Registry) -> None:
    """Real dates, serial numbers, whole floats, texts, blank rows, a later sheet."""
    rows = [
        ["P1", datetime(2021, 3, 5), "telephone", 2.0, False],
        [None, None, None, None, None],
        [17, 44260, "tel", "2", 0],
        ["P3", "2021/3/5", "电话", True, "maybe"],
        ["P4", datetime(2021, 3, 5, 10, 30), None, 2.5, None],
        ["P5", None, None, None, "no", "beyond the header"],
    ]
    registry.put(workbook([["notes"]], [HEADER, *rows]), "followups.xlsx")
    [manifest] = registry.land().files
    assert registry.shown() == [
        LANDED,
        (4, *LANDED[1:]),
        (5, LANDED[1], "telephone", None, None, ["mrs", "lost_to_followup"]),
        (6, None, None, None, None, ["assessed_on", "mrs"]),
        (7, None, None, None, False, []),
    ]
    assert registry.violations() == [
        ("followups.mrs.type", 5, "reject", "AAAA"),
        ("followups.lost_to_followup.type", 5, "reject", "AAAAA"),
        ("followups.assessed_on.type", 6, "reject", "2021-03-05 10:30:00"),
        ("followups.mrs.type", 6, "reject", "2.5"),
        ("followups.columns.named", None, "warn", "column F"),
        ("followups.sheets.read", None, "warn", "sheet 'Sheet'"),
    ]
    assert (manifest.rows_in_file, manifest.rows_landed) == (5, 5)


def test_a_workbook_may_have_titles_above_its_header(registry: Registry) -> None:
    titles = [["Follow-ups of May"], [None, None, "by telephone"]]
    registry.put(workbook([*titles, HEADER, ROW.split(",")]), "followups.xlsx")
    [manifest] = registry.land().files
    assert (manifest.rows_in_file, manifest.rows_landed) == (1, 1)
    assert registry.shown() == [(4, *LANDED[1:])]


def test_records_above_the_header_of_a_workbook_are_not_lost(registry: Registry) -> None:
    """As when somebody sorts a sheet together with its header."""
    registry.put(workbook([ROW.split(","), HEADER, ROW.split(",")]), "followups.xlsx")
    [manifest] = registry.land().files
    assert (manifest.status, manifest.missing_columns) == (
        "rejected",
        ("patient_id", "lost_to_followup"),
    )


def test_parquet_rows_count_from_two_and_zones_are_not_guessed(registry: Registry) -> None:
    zoned = pa.array([datetime(2021, 3, 5), None, None], pa.timestamp("us", tz="Asia/Shanghai"))
    registry.put(
        parquet(
            {
                "patient_id": pa.array([1, None, 3]),
                "assessed_on": zoned,
                "mode": pa.array(["telephone", None, None]).dictionary_encode(),
                "mrs": pa.array([2, None, 7], pa.int8()),
                "lost_to_followup": [False, None, True],
            }
        ),
        "followups.parquet",
    )
    registry.land()
    assert registry.shown() == [
        (2, None, "telephone", 2, False, ["assessed_on"]),
        (4, None, None, 7, True, []),
    ]


@pytest.mark.parametrize(
    ("name", "content", "rule", "reason"),
    [
        ("followups.csv.gz", gzip.compress(CSV.encode() * 99)[:-20], "file.readable", "cut off"),
        ("followups.csv.gz", gzip.compress(CSV.encode())[:12] + b"xxxxxx", "file.readable", "gzip"),
        ("followups.csv.gz", gzip.compress(bytes(3 << 20)), "file.readable", "larger than 1 MB"),
        ("followups.xlsx", BOOK[:-30], "file.readable", "damaged"),
        ("followups.xlsx", zipped("a.txt", "x"), "file.readable", "zip archive"),
        ("followups.xlsx", zipped("[Content_Types].xml", "x" * (2 << 20)), "file.readable", "1 MB"),
        ("followups.xlsx", zipped("[Content_Types].xml", "x"), "file.readable", "damaged"),
        ("followups.xlsx", workbook([]), "file.readable", "no rows"),
        ("followups.parquet", PARQUET[:-9], "file.readable", "damaged"),
        ("followups.rds", CSV.encode(), "file.readable", "the name ends with none of"),
        ("followups.csv", b"\xd0\xcf\x11\xe0" + bytes(99), "file.readable", "damaged"),
        ("followups.csv", b"%PDF-1.7", "file.readable", "PDF"),
        ("followups.csv", b"patient_id,mrs\nP1,2\n", "columns.required", "lost_to_followup"),
        ("followups.csv", b"mrs,mRS\n2,2\n", "file.readable", "two columns"),
        ("followups.xlsx", workbook([["mrs"], [2]]), "columns.required", "patient_id"),
    ],
)  # fmt: skip
def test_unreadable_file_is_rejected_and_the_others_go_on(
    data_settings: Settings, name: str, content: bytes, rule: str, reason: str
) -> None:
    registry = Registry(data_settings.model_copy(update={"landing_max_file_mb": 1}))
    registry.put(content, name)
    registry.put(CSV, "followups_good.csv")
    report = registry.land()
    [bad] = [file for file in report.files if file.status == "rejected"]
    assert reason in str(bad.reason)
    assert (bad.source_file, bad.rows_landed) == (f"{DAY}/{name}", 0)
    assert (bad.rows_in_file, bad.rows_unread) == (COUNTED.get(reason), COUNTED.get(reason))
    assert {row[:3] for row in registry.violations()} == {(f"followups.{rule}", None, "reject")}
    assert registry.shown() == [LANDED]
    assert registry.land().files == ()


def test_a_row_of_data_in_place_of_the_header_is_not_repeated(registry: Registry) -> None:
    registry.put("P17,13812345678,张伟,2021-03-05,2,no\n")
    [manifest] = registry.land().files
    assert manifest.unknown_columns == ("A99", "99999999999", "AA", "9999-99-99", "9", "AA")
    assert manifest.missing_columns == ("patient_id", "lost_to_followup")
    assert "张伟".encode() not in registry.output()
    assert b"13812345678" not in registry.output()


def test_a_name_that_says_no_extract_is_rejected(registry: Registry) -> None:
    registry.put(CSV, "procedures_x.csv")
    registry.put(CSV, "followupsheet.csv")
    registry.put(CSV, "notes.csv")
    files = registry.land().files
    assert [(file.extract, file.status) for file in files] == [
        (None, "rejected"),
        (None, "rejected"),
        ("procedures", "rejected"),
    ]
    assert str(files[1].reason).startswith(GOLDEN("the_name_begins_with_none_of"))


def test_a_name_that_says_no_extract_is_listed_until_it_is_renamed(registry: Registry) -> None:
    notes = registry.put(CSV, "Admission.csv")
    registry.put(CSV, "procedures_x.docx")  # a query of its extract

    def listed() -> list[tuple[str, bool]]:
        rows = registry.land().skipped_rows
        return [(row["source_file"], row["needs_correction"]) for row in rows]

    assert [listed(), listed()] == [[(f"{DAY}/Admission.csv", True)]] * 2
    notes.rename(notes.with_name("admissions.csv"))
    assert listed() == []


def test_a_file_name_with_a_line_end_lands_and_is_called_otherwise(registry: Registry) -> None:
    path = registry.put(CSV, "followups\n.csv")
    registry.land()
    assert re.fullmatch(f"{DAY}/followups~[0-9a-f]{{10}}[.]csv", registry.name_of(path))
    assert registry.messages == [f"landed {registry.name_of(path)}: 1 row"]


def test_what_does_not_belong_is_left_with_a_reason(registry: Registry, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text(CSV)
    raw = registry.settings.raw_dir
    registry.put(CSV, day="site_a/5 March 2021")
    registry.put(CSV, day="site_a/2021-02-30")
    registry.put(CSV, day="site a/2021-03-05")
    registry.put(CSV, day="-北京 (1)/2021-03-05")
    registry.put(CSV, day="!/2021-03-05")
    registry.put(CSV)
    registry.put(CSV, ".hidden.csv")
    registry.put(CSV, "~$followups.xlsx")
    (raw / "stray.csv").write_text(CSV)
    (raw / DAY / "followups_folder.csv").mkdir()
    (raw / DAY / "followups_link.csv").symlink_to(outside)
    (raw / "site_c").symlink_to(raw / "site_a")
    os.mkfifo(raw / DAY / "followups_pipe.csv")
    report = registry.land()
    name = registry.name_of
    day = "the folder of a delivery is named by its day, such as 2021-03-05; rename it"
    assert set(report.skipped) == {
        SkippedFile("site a", NO_SITE),
        SkippedFile(name(raw / "-北京 (1)"), NO_SITE),
        SkippedFile("!", NO_SITE),
        SkippedFile("site_a/5 March 2021", day),
        SkippedFile("site_a/2021-02-30", day),
        SkippedFile("site_c", GOLDEN("it_is_link_put_the_folder")),
        SkippedFile(name(raw / "stray.csv"), GOLDEN("there_must_be_folder_per_site")),
        SkippedFile(
            name(raw / DAY / "followups_folder.csv"),
            GOLDEN("it_is_folder_put_its_files"),
        ),
        SkippedFile(name(raw / DAY / "followups_link.csv"), GOLDEN("it_is_link_put_the_file")),
        SkippedFile(name(raw / DAY / "followups_pipe.csv"), GOLDEN("it_is_not_regular_file")),
    }
    assert [file.source_file for file in report.files] == [f"{DAY}/followups.csv"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("mode: everything", ": mode: 'AAAAAAAAAA' is not allowed; use 'full' or 'delta'"),
        ("mode: Ng 1955-04-02", ": mode: 'AA 9999-99-99' is not allowed; use 'full' or 'delta'"),
        ("mode: 1955", ": mode: 9999 is not allowed; use 'full' or 'delta'"),
        (f"mode: 0x{'f' * 9000}", ": mode: what it says is not allowed; use 'full' or 'delta'"),
        ("Wang Wei 1955: 1", ": AAAA AAA 9999: there is no such key (docs/landing.md)"),
        ("王伟: 1", ": AA: there is no such key (docs/landing.md)"),
        ("19550402: full", ": 99999999: Keys should be strings"),
        ('note: "\\ud800"', " is not valid YAML in line 1, column 10"),
        ('"\\ud800": 1', " is not valid YAML in line 1, column 4"),
        ("[" * 9000, ": it holds more than 20 lists within lists"),
        ("note: &a [1]\nb: *a", ": line 2: it holds a reference; write out what it stands for"),
        (
            "a: &a {k: 1}\nb: {<<: [*a, *a]}",
            ": line 2: it holds a reference; write out what it stands for",
        ),
        (f"note: {'a' * 20_000}", ": it is larger than 16 KB"),
        ("mode: yes", ": mode: true is not allowed; use 'full' or 'delta'"),
        ("mode: [full]", ": mode: what it says is not allowed; use 'full' or 'delta'"),
        ("moed: full", ": AAAA: there is no such key; is mode meant? (docs/landing.md)"),
        ("note: 2021-02-28", ": note: it must be a text; put it in quotes"),
        ("note: 2021-02-31", f" is not valid YAML in line 1, column 7: {NO_VALUE}"),
        ("? [a, b]\n: c", f" is not valid YAML in line 1, column 3: {NO_VALUE}"),
        ("? {a: b}\n: c", f" is not valid YAML in line 1, column 3: {NO_VALUE}"),
        ("mode: !!timestamp 3", f" is not valid YAML in line 1, column 7: {NO_VALUE}"),
        ('mode: !!float ""', f" is not valid YAML in line 1, column 7: {NO_VALUE}"),
        ("mode: !!bool maybe", f" is not valid YAML in line 1, column 7: {NO_VALUE}"),
        (f"mode: 1{':1' * 300}.0", f" is not valid YAML in line 1, column 7: {NO_VALUE}"),
        ("mode: !python/name:os.system", f" is not valid YAML in line 1, column 7: {NO_VALUE}"),
        ('note: "\\UFFFFFFFF"', " is not valid YAML in line 1, column 10"),
        ("mode: full\nmode: delta", ": line 2: a key is there twice; keep one of them"),
        ("mode: {", " is not valid YAML in line 2, column 1"),
        ("full", ": the file: it must hold keys with their values, one a line (docs/landing.md)"),
    ],
)
def test_a_wrong_delivery_file_says_what_is_wrong_and_what_is_right(
    registry: Registry, text: str, problem: str
) -> None:
    registry.put(f"{text}\n", "delivery.yaml")
    registry.put(CSV)
    registry.put(CSV, day="site_b/2021-03-05")
    report = registry.land()
    [left] = report.skipped
    assert left.source_file == DAY
    assert left.reason.startswith(f"delivery.yaml{problem}")
    assert left.reason.endswith(GOLDEN("it_holds_mode_full_or_mode"))
    assert [file.source_file for file in report.files] == ["site_b/2021-03-05/followups.csv"]


def _as_folder(path: Path) -> None:
    path.mkdir()


def _as_pipe(path: Path) -> None:
    os.mkfifo(path)


def _as_link(path: Path) -> None:
    outside = path.parents[3] / "outside.yaml"
    outside.write_text("mode: full\nnote: a note of somebody else\n")
    path.symlink_to(outside)


def _as_link_to_nothing(path: Path) -> None:
    path.symlink_to(path.parents[3] / "nothing.yaml")


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (_as_folder, "it is not a regular file"),
        (_as_pipe, "it is not a regular file"),
        (_as_link, "it is a link; put the file itself here"),
        (_as_link_to_nothing, "it is a link; put the file itself here"),
    ],
)
def test_a_delivery_file_is_a_file(
    registry: Registry, make: Callable[[Path], None], problem: str
) -> None:
    make(registry.put(CSV).parent / "delivery.yaml")
    [left] = registry.land().skipped
    assert left.reason.startswith(f"delivery.yaml: {problem}. It holds")


def test_the_reason_of_what_nobody_foresaw_names_the_code_and_quotes_nothing() -> None:
    with pytest.raises(UnicodeEncodeError) as unforeseen:
        file_id("Wang Wei \udcff", "")
    reason = why_skipped(unforeseen.value)
    assert "(UnicodeEncodeError in warehouse/landing/manifest.py:" in reason
    assert "Wang" not in reason


def test_too_many_open_files_end_the_landing_and_skip_no_delivery(registry: Registry) -> None:
    registry.put(CSV)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
    try:
        with (
            pytest.raises(TooManyOpenError, match="ulimit -n"),
            disk_errors_explained(registry.settings),
        ):
            registry.land()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


TOMORROW = date.today() + timedelta(days=1)


@pytest.mark.parametrize("day", [TOMORROW, date(2032, 1, 10), date(2999, 3, 5)])
@pytest.mark.parametrize("as_of", [date(2021, 3, 5), date.today(), None])
def test_a_day_still_to_come_is_to_be_corrected(
    registry: Registry, day: date, as_of: date | None
) -> None:
    """Whatever day is refreshed, and when all is landed again (None): case h01_future."""
    registry.put(CSV)
    registry.put("mode: everything", "delivery.yaml", day=f"site_a/{day}")
    registry.put(CSV.replace("2", "3"), day=f"site_a/{day}")
    report = registry.land(as_of=as_of)
    assert report.skipped == (SkippedFile(f"site_a/{day}", NOT_YET, needs_correction=True),)
    assert [file.source_file for file in report.files] == [f"{DAY}/followups.csv"]


def test_the_future_folder_of_the_case_is_left_with_what_to_do(registry: Registry) -> None:
    shutil.copytree(CASES / "h01_future", registry.settings.raw_dir / "h01_future")
    report = registry.land()
    assert [(row["source_file"], row["needs_correction"]) for row in report.skipped_rows] == [
        ("h01_future/2032-01-10", True)
    ]
    assert GOLDEN("rename_it_to_the_day_on") in report.skipped_rows[0]["reason"]
    assert [file.source_file for file in report.files] == ["h01_future/2022-01-10/admissions.csv"]


def test_what_was_skipped_is_reported_once_with_all_its_reasons() -> None:
    """A name that is no text is written as people see it: a database takes nothing else."""
    left = (
        SkippedFile("a/2022-06-07", "delivery.yaml cannot be read"),
        SkippedFile("a/2022-06-08/x\udcff.csv", "its name is not UTF-8"),
        SkippedFile("a/2022-06-09/imaging.csv", "the file is being copied", needs_correction=False),
        SkippedFile("a/2022-06-10/imaging.csv", "it cannot be opened"),
        SkippedFile("a/2022-06-10/imaging.csv", "its rows stay", needs_correction=False),
        SkippedFile("a/2022-06-10/imaging.csv", "its rows stay", needs_correction=False),
    )
    assert [tuple(row.values()) for row in LandingReport((), left, 0).skipped_rows] == [
        ("a/2022-06-07", "delivery.yaml cannot be read", True),
        ("a/2022-06-08/x\\udcff.csv", GOLDEN("its_name_is_not_utf"), True),
        ("a/2022-06-09/imaging.csv", GOLDEN("the_file_is_being_copied"), False),
        ("a/2022-06-10/imaging.csv", GOLDEN("it_cannot_be_opened_its_rows"), True),
    ]


def test_two_columns_of_a_field_are_named(data_settings: Settings) -> None:
    registry = Registry(data_settings)
    registry.put("patient_id,mrs,mode,mRS\nP1,2,telephone,2\n")
    registry.land()
    [row] = registry._read("violations")
    found = "mrs (column B) and mRS (column D)"
    assert (row["rule"], row["field"], row["found"]) == ("followups.file.readable", "mrs", found)
    assert row["expected"] != FILE_RULES["file.readable"].expected
