"""Small files that unpack to much: refused or streamed within limits, in whatever format."""

from __future__ import annotations

import gzip
import io
import os
import re
import signal
import zipfile
from collections.abc import Callable

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.golden import golden
from tests.support.landing_tools import FOLLOWUPS, Registry
from warehouse.landing.limited_reader import Done, ReadingProcess, Request
from warehouse.landing.reader import Sink
from warehouse.settings import Settings

GOLDEN = golden("landing")
ROW = "P1,2021-03-05,telephone,2,no"
GOOD = f"{FOLLOWUPS}\n{ROW}\n"
MEGABYTE = 1 << 20
MEMORY_MB = 48
MEMORY, TIME = "landing_max_memory_mb", "landing_max_seconds"


def parquet_dictionary() -> bytes:
    """One text of 2 MB, which 200 rows name by its number."""
    names = FOLLOWUPS.split(",")
    cells = dict.fromkeys(names, pa.array(["x"] * 200))
    cells["mode"] = pa.DictionaryArray.from_arrays(
        pa.array([0] * 200, pa.int32()), ["x" * (2 * MEGABYTE)]
    ).cast(pa.string())
    content = io.BytesIO()
    pq.write_table(pa.table(cells), content, compression="zstd")
    return content.getvalue()


def equal_rows(count: int) -> bytes:
    """Rows that are the same row: two kilobytes, however many."""
    columns = {
        name: pa.DictionaryArray.from_arrays(np.zeros(count, "int8"), [cell])
        for name, cell in zip(FOLLOWUPS.split(","), ROW.split(","), strict=True)
    }
    content = io.BytesIO()
    pq.write_table(
        pa.table(columns), content, write_batch_size=count, max_rows_per_page=count,
        write_statistics=False,
    )  # fmt: skip
    return content.getvalue()


def workbook(*, further_row: str = "", after_rows: str = "") -> bytes:
    """A workbook of one row, with more XML behind it and behind all rows."""
    book = openpyxl.Workbook()
    for line in GOOD.splitlines():
        book.active.append(line.split(","))
    plain, changed = io.BytesIO(), io.BytesIO()
    book.save(plain)
    ends = b"</sheetData>"
    with (
        zipfile.ZipFile(plain) as source,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                more = further_row.encode() + ends + after_rows.encode()
                content = content.replace(ends, more)
            target.writestr(name, content)
    return changed.getvalue()


def filled(member: str, before: str, part: str) -> bytes:
    """A workbook with 20 MB of the same XML in one of its members, before what is there."""
    more = part * (20 * MEGABYTE // len(part))
    return changed_workbook(
        lambda name, xml: xml.replace(before, more + before, 1) if name == member else xml
    )


def nested(member: str, before: str) -> bytes:
    """A workbook with a million elements, each in the one before."""
    deep = 1_000_000
    return changed_workbook(
        lambda name, xml: (
            xml.replace(before, "<a>" * deep + "</a>" * deep + before, 1) if name == member else xml
        )
    )


def many_sheets() -> bytes:
    """A workbook that names one sheet 5,000 times."""

    def name_again(name: str, xml: str) -> str:
        [sheet] = re.findall(r"<sheet [^>]*/>", xml) if name == BOOK else [""]
        more = (sheet.replace('"Sheet"', f'"s{number}"') for number in range(5_000))
        return xml.replace(sheet, "".join(more)) if sheet else xml

    return changed_workbook(name_again)


def changed_workbook(change: Callable[[str, str], str]) -> bytes:
    """A workbook of one row, whose members are changed by their name and XML."""
    plain, changed = io.BytesIO(workbook()), io.BytesIO()
    with (
        zipfile.ZipFile(plain) as source,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name).decode()))
    return changed.getvalue()


BOOK, SHEET, STYLES = "xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"
ALL_ROWS = 'sqref="A1:A1048576"'
# Siblings of the merged cells.
PARTS = {
    "conditional formats": lambda: filled(
        SHEET,
        "</worksheet>",
        f'<conditionalFormatting {ALL_ROWS}><cfRule type="expression" priority="1"><formula>1'
        "</formula></cfRule></conditionalFormatting>",
    ),
    "validations": lambda: filled(
        SHEET, "</worksheet>", f"<dataValidations><dataValidation {ALL_ROWS}/></dataValidations>"
    ),
    "styles": lambda: filled(STYLES, "</cellXfs>", '<xf numFmtId="14" xfId="0"/>'),
    "names": lambda: filled(
        BOOK, "<calcPr", '<definedNames><definedName name="a"/></definedNames>'
    ),
    "sheets": many_sheets,
    "deep in the sheet": lambda: nested(SHEET, "</worksheet>"),
    "deep in a row": lambda: nested(SHEET, "</sheetData>"),
    "deep in the styles": lambda: nested(STYLES, "</styleSheet>"),
    "deep in the book": lambda: nested(BOOK, "</workbook>"),
}


# Those that are refused or read only after seconds of processor time.
SLOW_PARTS = ("conditional formats", "validations", "sheets")


@pytest.mark.parametrize(
    "part",
    [pytest.param(part, marks=[pytest.mark.rest] if part in SLOW_PARTS else []) for part in PARTS],
)
def test_no_part_of_a_workbook_takes_more_than_the_limits(part: str, registry: Registry) -> None:
    """Each is rejected, or its row read, and remembered: it is not tried again every night."""
    assert registry.put(PARTS[part](), "followups.xlsx").stat().st_size < MEGABYTE
    registry.put(GOOD.replace("P1", "P2"), "followups_2.csv")
    report = registry.land()
    assert report.skipped == ()
    bomb, other = sorted(report.files, key=lambda file: file.source_file.endswith("csv"))
    assert (bomb.status, bomb.rows_landed) in (("rejected", 0), ("landed", 1)), bomb.reason
    assert other.rows_landed == 1
    assert registry.land().files == ()


def merged(last_column: str) -> bytes:
    """A workbook with 3,000 ranges of merged cells, each to the end of the sheet."""
    ranges = "".join(f'<mergeCell ref="A{row}:{last_column}1048576"/>' for row in range(2, 3002))
    return workbook(after_rows=f"<mergeCells>{ranges}</mergeCells>")


def shared_strings() -> bytes:
    """A workbook with more texts than any cell needs."""
    book = io.BytesIO()
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    members = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{types}.sharedStrings+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{types}.worksheet+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData/></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">'
        + f"<si><t>{'x' * 500}</t></si>" * 80_000
        + "</sst>",
    }
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return book.getvalue()


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    limits = {"landing_max_memory_mb": MEMORY_MB, "landing_max_seconds": 1}
    return Registry(data_settings.model_copy(update=limits))


# What makes each, the setting that it breaks, and what the reason says.
BOMBS = {
    "followups_1.parquet": (parquet_dictionary, MEMORY, f"more than {MEMORY_MB} MB"),
    "followups_2.xlsx": (shared_strings, MEMORY, f"more than {MEMORY_MB} MB of memory"),
    "followups_3.csv.gz": (
        lambda: gzip.compress(GOOD.encode() + b"\n" * (40 * MEGABYTE)),
        TIME,
        "more than 1 seconds of processor time",
    ),
    "followups_4.csv.gz": (lambda: gzip.compress(bytes(66 * MEGABYTE)), None, "200 times its size"),
    "followups_6.parquet": (lambda: equal_rows(14_000_000), None, "200 times its size"),
    "followups_7.xlsx": (
        lambda: workbook(further_row='<row r="2000000000"><c r="A2000000000"><v>1</v></c></row>'),
        TIME,
        "more than 1 seconds of processor time",
    ),
}


@pytest.mark.parametrize(
    "bombs",
    [
        pytest.param(("followups_1.parquet", "followups_4.csv.gz"), id="two"),
        pytest.param(tuple(BOMBS), id="all", marks=pytest.mark.rest),
    ],
)
def test_bombs_are_rejected_within_limits_and_the_others_go_on(
    bombs: tuple[str, ...], registry: Registry
) -> None:
    """They are remembered, and tried again when the limit that they broke is another."""
    registry.put(GOOD, "followups_5.csv")
    files = {}
    for seconds, settings in ((60, (MEMORY, None)), (1, (TIME,))):
        registry.settings.landing_max_seconds = seconds
        for name in bombs:
            make, setting, _ = BOMBS[name]
            if setting in settings:
                assert registry.put(make(), name).stat().st_size < MEGABYTE
        files |= {file.source_file.rpartition("/")[2]: file for file in registry.land().files}
    assert files.pop("followups_5.csv").rows_landed == 1
    assert {
        name: (file.status, file.rows_in_file, next(iter(file.limits), None))
        for name, file in files.items()
    } == {name: ("rejected", None, BOMBS[name][1]) for name in bombs}, {
        name: file.reason for name, file in files.items()
    }
    for name in bombs:
        assert BOMBS[name][2] in str(files[name].reason)
    assert sorted(registry.violations(), key=str) == sorted(
        [("followups.file.readable", None, "reject", file.reason) for file in files.values()],
        key=str,
    )
    less = {"landing_max_memory_mb": MEMORY_MB - 8}
    again = Registry(registry.settings.model_copy(update=less)).land().files
    # On a busy machine the second may be over before the memory is taken.
    assert [(file.source_file.rpartition("/")[2], file.status) for file in again] == [
        (name, "rejected") for name in bombs if BOMBS[name][1] == MEMORY
    ]


@pytest.mark.parametrize("last_column", ["A", "B"])
def test_merged_cells_cost_their_ranges_and_not_their_rows(
    registry: Registry, last_column: str
) -> None:
    """Down a column, and over two; so many rows took minutes."""
    registry.put(merged(last_column), "followups.xlsx")
    [file] = registry.land().files
    assert (file.reason, file.rows_landed) == (None, 1)


def test_a_header_beyond_the_longest_line_sets_the_file_aside(registry: Registry) -> None:
    """Three million empty columns; a row of as many cells is one line that cannot be read."""
    registry.settings.landing_max_seconds = 60
    empty = "," * 3_000_000
    registry.put(f"{FOLLOWUPS}{empty}\n{ROW}\n")
    registry.put(f"{GOOD}P2{ROW[2:]}{empty}\n", "followups_2.csv")
    first, second = registry.land().files
    assert (first.status, first.rows_in_file) == ("rejected", None)
    assert GOLDEN("the_header_has_more_than_characters") in str(first.reason)
    assert (second.rows_landed, second.rows_unreadable) == (1, 1)
    assert registry.violations() == [
        ("followups.file.readable", None, "reject", first.reason),
        ("followups.line.readable", 3, "reject", "more than 1,048,576 characters"),
    ]


def test_lines_without_end_cost_no_memory_and_no_other_line(registry: Registry) -> None:
    """One of 50 MB, and fifty that are just short enough to be read whole."""
    registry.settings.landing_max_seconds = 60
    long_lines = [b"x" * (50 * MEGABYTE), *[b"P2," + b"y" * 900_000] * 50]
    registry.put(b"\n".join([GOOD.encode().strip(), *long_lines, ROW.encode(), b""]))
    [file] = registry.land().files
    assert (file.rows_landed, file.rows_unreadable) == (2, 51)


@pytest.fixture
def broken_by(monkeypatch: pytest.MonkeyPatch) -> list[signal.Signals]:
    """Signals that end the process which reads, when a file is given to it."""
    signals: list[signal.Signals] = []

    def give(process: ReadingProcess, request: Request, sink: Sink) -> Done:
        os.kill(process._process.pid, signals[0])
        process._process.wait()
        return read(process, request, sink)

    read = ReadingProcess.read
    monkeypatch.setattr(ReadingProcess, "read", give)
    return signals


def test_a_file_on_which_a_library_breaks_is_rejected(
    registry: Registry, broken_by: list[signal.Signals]
) -> None:
    broken_by.append(signal.SIGSEGV)
    registry.put(GOOD)
    [file] = registry.land().files
    assert (file.status, file.rows_landed) == ("rejected", 0)
    assert "broke on it (SIGSEGV)" in str(file.reason)


def test_a_file_whose_process_was_killed_is_tried_again(
    registry: Registry, broken_by: list[signal.Signals], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the machine has no memory left: nothing is known of the file."""
    broken_by.append(signal.SIGKILL)
    registry.put(GOOD)
    report = registry.land()
    assert report.files == ()
    assert [entry.reason for entry in report.skipped] == [GOLDEN("the_process_that_read_it_ended")]
    monkeypatch.undo()
    assert registry.land().files_landed == 1


def test_a_file_that_is_too_large_is_not_even_copied(registry: Registry) -> None:
    """A sparse file of a terabyte costs nothing to make, and hours to read."""
    with registry.put(b"").open("wb") as handle:
        handle.truncate(1 << 40)
    registry.put(GOOD, "followups_5.csv")
    report = registry.land()
    assert [entry.reason for entry in report.skipped] == [GOLDEN("the_file_is_larger_than_mb")]
    assert report.files_landed == 1
