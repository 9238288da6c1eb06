"""Delimited text: every common spelling is read, a bad line costs that line only."""

from __future__ import annotations

import codecs
import csv
import io
from datetime import date

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.support.golden import golden
from tests.support.landing_tools import FOLLOWUPS, Registry
from warehouse.definitions.site import SiteMapping
from warehouse.landing.csv_file import DelimitedTable
from warehouse.landing.table import BATCH_ROWS
from warehouse.landing.text_lines import MAX_RECORD_LINES
from warehouse.settings import Settings

GOLDEN = golden("landing")

DAY = date(2021, 3, 5)
ROW = "P1,2021-03-05,telephone,2,no"
LANDED = (2, DAY, "telephone", 2, False, [])
ALL_QUOTED = "".join('"' + line.replace(",", '","') + '"\n' for line in (FOLLOWUPS, ROW))
# \uff12 is a full-width 2, \uff4d\uff32\uff33 a full-width mRS.
CHINESE = "患者编号,随访日期,随访方式,90天mRS,失访\nP1,2021年3月5日,电话,\uff12,否\n"
LOOSE_HEADERS = (
    "Patient ID,Assessed-On,MODE, \uff4d\uff32\uff33 ,Lost to_FollowUp\nP1,2021/3/5,TEL,2.0,N\n"
)
OPEN_QUOTE = "a quote that is never closed or does not enclose a whole field"


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


@pytest.mark.parametrize(
    ("content", "encoding", "delimiter"),
    [
        (f"{FOLLOWUPS}\n{ROW}\n".encode(), "utf-8", ","),
        (f"{FOLLOWUPS}\n{ROW}".encode(), "utf-8", ","),
        (f"{FOLLOWUPS}\r\n{ROW}\r\n".encode(), "utf-8", ","),
        (f"{FOLLOWUPS}\r{ROW}\r".encode(), "utf-8", ","),
        (f"{FOLLOWUPS}\n{ROW}\n\x1a".encode(), "utf-8", ","),
        (f"{FOLLOWUPS}\n{ROW}\n\n  \n,,,,\n".encode(), "utf-8", ","),
        (f"{FOLLOWUPS}\n{ROW}\n".encode("utf-8-sig"), "utf-8-sig", ","),
        (f"{FOLLOWUPS}\n{ROW}\n".encode("utf-16"), "utf-16", ","),
        (f"{FOLLOWUPS}\n{ROW}\n".encode("utf-16-le"), "utf-16-le", ","),
        (f"{FOLLOWUPS}\n{ROW}\n".replace(",", ";").encode(), "utf-8", ";"),
        (f"{FOLLOWUPS}\n{ROW}\n".replace(",", "\t").encode(), "utf-8", "\t"),
        (f"{FOLLOWUPS}\n{ROW}\n".replace(",", "|").encode(), "utf-8", "|"),
        (f"{FOLLOWUPS}\n{ROW}\n".replace("telephone", "电话").encode("gb18030"), "gb18030", ","),
        (ALL_QUOTED.encode(), "utf-8", ","),
        (CHINESE.encode(), "utf-8", ","),
        (LOOSE_HEADERS.encode(), "utf-8", ","),
    ],
    ids=[
        "plain", "no-last-newline", "crlf", "cr", "end-mark", "blank-lines", "bom", "utf-16",
        "utf-16-unmarked", "semicolon", "tab", "pipe", "gb18030", "all-quoted", "chinese",
        "loose-headers",
    ],
)  # fmt: skip
def test_common_spellings_land_the_same_row(
    registry: Registry, content: bytes | str, encoding: str, delimiter: str
) -> None:
    registry.put(content)
    [manifest] = registry.land().files
    assert registry.shown() == [LANDED]
    assert registry.violations() == []
    assert (manifest.encoding, manifest.delimiter) == (encoding, delimiter)
    assert (manifest.rows_in_file, manifest.rows_landed, manifest.rows_unreadable) == (1, 1, 0)


def test_separator_line_of_spreadsheets_is_not_a_header(registry: Registry) -> None:
    registry.put(f"sep=;\n{FOLLOWUPS}\n{ROW}\n".replace(",", ";"))
    registry.land()
    assert registry.shown() == [(3, *LANDED[1:])]


def test_lines_that_do_not_split_cost_themselves_only(registry: Registry) -> None:
    lines = [
        FOLLOWUPS,
        ROW,
        "P2,2021-03-05,telephone,2",
        "P3,2021-03-05,telephone, or mail,2,no",
        'P4,"2021-03-05,telephone,2,no',
        'P5,"2021-03-05"x,telephone,2,no',
        "",
        'P6,"2021-03-05","telephone",2,no',
        'P7,2021-03-05,"telephone,2,no',
    ]
    registry.put("\n".join(lines) + "\n")
    [manifest] = registry.land().files
    assert registry.shown() == [LANDED, (8, *LANDED[1:])]
    assert registry.violations() == [
        ("followups.line.readable", 3, "reject", "4 fields"),
        ("followups.line.readable", 4, "reject", "6 fields"),
        ("followups.line.readable", 5, "reject", OPEN_QUOTE),
        ("followups.line.readable", 6, "reject", OPEN_QUOTE),
        ("followups.line.readable", 9, "reject", OPEN_QUOTE),
    ]
    assert (manifest.rows_in_file, manifest.rows_landed, manifest.rows_unreadable) == (7, 2, 5)


def test_forgotten_quote_does_not_swallow_the_rows_up_to_the_next_one(registry: Registry) -> None:
    """The quote of line 2 is closed on line 4, and the fields would count; line 3 is a row."""
    lines = [FOLLOWUPS, 'P1,2021-03-05,"telephone,2,no', ROW, 'P3,2021-03-05,telephone",2,no']
    registry.put("\n".join(lines))
    registry.land()
    assert [row[0] for row in registry.shown()] == [3, 4]
    assert registry.violations() == [
        ("followups.line.readable", 2, "reject", GOLDEN("quote_that_is_never_closed"))
    ]


def test_a_field_may_span_lines_and_hold_quotes(registry: Registry) -> None:
    header = f"{FOLLOWUPS},remark"
    lines = [header, f'{ROW},"first\nsecond, and ""third""\n"', f"{ROW},x"]
    registry.put("\n".join(lines))
    registry.land()
    assert registry.shown() == [LANDED, (5, *LANDED[1:])]
    assert registry.violations() == [("followups.columns.known", None, "warn", "remark")]


def test_records_span_the_batches_in_which_lines_are_read(registry: Registry) -> None:
    """A record that begins on the last line of a batch, and one that never ends."""
    rows = [ROW] * (BATCH_ROWS - 1)
    spanning = ['P1,2021-03-05,"tele', 'phone",2,no', ROW]
    endless = ['P1,2021-03-05,"telephone,2,no', *[ROW] * (2 * MAX_RECORD_LINES)]
    registry.put("\n".join([FOLLOWUPS, *rows, *spanning, *endless]))
    [manifest] = registry.land().files
    found = registry.shown()
    assert found[BATCH_ROWS - 1][:3] == (BATCH_ROWS + 1, DAY, "AAAA AAAAA")
    assert found[BATCH_ROWS][0] == BATCH_ROWS + 3
    assert manifest.rows_landed == len(rows) + 2 + 2 * MAX_RECORD_LINES
    assert [row[1] for row in registry.violations()] == [BATCH_ROWS + 4]


def test_damaged_bytes_cost_their_line(registry: Registry) -> None:
    text = f"{FOLLOWUPS}\n" + f"{ROW}\n".replace("telephone", "电话") * 100
    damaged = text.encode().replace("电话".encode(), b"\xe7\x94", 1)
    registry.put(damaged)
    [manifest] = registry.land().files
    assert manifest.encoding == "utf-8"
    assert registry.violations() == [
        ("followups.line.readable", 2, "reject", GOLDEN("bytes_that_are_not_utf"))
    ]
    assert (manifest.rows_in_file, manifest.rows_landed, manifest.rows_unreadable) == (100, 99, 1)


def test_zero_bytes_and_invisible_characters_do_not_count(registry: Registry) -> None:
    registry.put(f"{FOLLOWUPS}\nP1\0,2021-03-05\0,\u200btelephone\ufeff,\xa02,no\n")
    registry.land()
    assert registry.shown() == [LANDED]


def test_huge_field_and_huge_line_cost_their_line(registry: Registry) -> None:
    field, line = "x" * 200_000, "y" * 3_000_000
    registry.put(f"{FOLLOWUPS}\nP1,2021-03-05,{field},2,no\nP1,2021-03-05,{line},2,no\n{ROW}\n")
    registry.land()
    assert registry.shown() == [(4, *LANDED[1:])]
    assert [violation[1] for violation in registry.violations()] == [2, 3]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n \n\r\n", "the file is empty"),
        (codecs.BOM_UTF8, "the file is empty"),
        (b"\x00\x01\x02\xff\xfe\xfd" * 100, None),
    ],
)
def test_what_is_no_table_is_rejected(
    registry: Registry, content: bytes, reason: str | None
) -> None:
    registry.put(content)
    registry.put(f"{FOLLOWUPS}\n{ROW}\n", "followups_2.csv")
    report = registry.land()
    assert [file.status for file in report.files] == ["rejected", "landed"]
    assert reason in (None, report.files[0].reason)
    assert registry.shown() == [LANDED]


def test_header_alone_lands_no_rows(registry: Registry) -> None:
    registry.put(f"{FOLLOWUPS}\n")
    [manifest] = registry.land().files
    assert (manifest.status, manifest.rows_in_file) == ("landed", 0)
    assert registry.rows() == []


CELLS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters='\n\r",;\t'), max_size=12
)
WIDTH = 9
# With QUOTE_MINIMAL Python's writer quotes no other line end than its own.
STYLES = [(csv.QUOTE_ALL, end) for end in ("\n", "\r\n", "\r")] + [(csv.QUOTE_MINIMAL, "\r\n")]


@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(st.lists(CELLS, min_size=WIDTH, max_size=WIDTH), max_size=8),
    style=st.sampled_from(STYLES),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_csv_writer_wrote_is_read_back(
    rows: list[list[str]], style: tuple[int, str], encoding: str
) -> None:
    """All cells, and the physical line on which every record starts."""
    header = [f"column_{number}" for number in range(WIDTH)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=style[0], lineterminator=style[1])
    starts = []
    for row in [header, *rows]:
        starts.append(_physical_lines(text.getvalue()) + 1)
        writer.writerow(row)
    content = io.BytesIO(text.getvalue().encode(encoding))
    table = DelimitedTable(content, SiteMapping(site="a", encoding=encoding), len)
    read = [
        row for batch in table.batches() for row in zip(batch.source_rows, batch.rows, strict=True)
    ]
    written = zip(starts[1:], rows, strict=True)
    blank = " \t\r\n\ufeff"
    assert table.header == header
    assert read == [(at, row) for at, row in written if any(cell.strip(blank) for cell in row)]


def _physical_lines(text: str) -> int:
    return len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1
