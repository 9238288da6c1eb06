"""Control characters in cells and headers, in every format alike. All rows are invented."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support import mappings
from tests.support.landing_tools import FOLLOWUPS, Registry
from warehouse.landing.cell_text import clean, clean_name
from warehouse.settings import Settings

HEADER = FOLLOWUPS.split(",")
GOOD = ["P1", "2021-03-05", "telephone", "2", "no"]
DAY = date(2021, 3, 5)
LOST = "a character that cannot be read"


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def _csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _xlsx(rows: list[list[str]]) -> bytes:
    """As Excel writes them: _x0001_ for a character that XML does not hold, _x005F_ before one."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(["".join(map(_escaped, cell)) for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _escaped(character: str) -> str:
    return f"_x{ord(character):04X}_" if character < " " else character


def _parquet(rows: list[list[str]]) -> bytes:
    header, *cells = rows
    table = pa.table(dict(zip(header, map(list, zip(*cells, strict=True)), strict=True)))
    content = io.BytesIO()
    pq.write_table(table, content)
    return content.getvalue()


FORMATS = pytest.mark.parametrize(
    ("name", "written"),
    [("followups.csv", _csv), ("followups.xlsx", _xlsx), ("followups.parquet", _parquet)],
    ids=["csv", "xlsx", "parquet"],
)


@FORMATS
@pytest.mark.parametrize("sign", ["\0", "\x01", "\x1b", "\x1f"])
def test_a_cell_with_one_is_no_value(
    registry: Registry, name: str, written: Any, sign: str
) -> None:
    """A letter or digit may be lost there, and what is left may be a code or another patient."""
    rows = [
        [f"P{sign}1", *GOOD[1:]],
        ["P1", f"2021-0{sign}3-05", *GOOD[2:]],
        ["P1", "2021-03-05", f"tele{sign}phone", "2", "no"],
        ["P1", "2021-03-05", "telephone", f"{sign}2", "no"],
        ["P1", "2021-03-05", "telephone", "2", f"n{sign}o"],
        GOOD,
    ]
    registry.put(written([HEADER, *rows]), name)
    registry.land()
    assert registry.violations() == [
        ("followups.patient_id.type", 2, "reject", LOST),
        ("followups.assessed_on.type", 3, "reject", LOST),
        ("followups.mrs.type", 5, "reject", LOST),
        ("followups.lost_to_followup.type", 6, "reject", LOST),
    ]
    assert [row[2:] for row in registry.shown()] == [
        ("telephone", 2, False, ["patient_key"]),
        ("telephone", 2, False, ["assessed_on"]),
        ("AAAA?AAAAA", 2, False, []),
        ("telephone", None, False, ["mrs"]),
        ("telephone", 2, None, ["lost_to_followup"]),
        ("telephone", 2, False, []),
    ]


@FORMATS
def test_a_column_whose_header_holds_one_is_read(
    registry: Registry, name: str, written: Any
) -> None:
    header = ["pat\x01ient_id", "assessed_on\0", "mo\x1bde", "m\0rs", "lost_to\x1ffollowup"]
    registry.put(written([header, GOOD]), name)
    registry.land()
    assert registry.shown() == [(2, DAY, "telephone", 2, False, [])]
    assert registry.violations() == []


@FORMATS
def test_a_header_that_lost_a_letter_is_an_unknown_column(
    registry: Registry, name: str, written: Any
) -> None:
    registry.put(written([[*HEADER[:2], "m\0de", *HEADER[3:]], GOOD]), name)
    registry.land()
    assert registry.shown() == [(2, DAY, None, 2, False, [])]
    assert [rule for rule, *_ in registry.violations()] == ["followups.columns.known"]


@FORMATS
def test_spaces_and_padding_are_no_damage(registry: Registry, name: str, written: Any) -> None:
    """Line ends within a cell, zero bytes that fill a field, the end mark of old systems."""
    rows = [["P1\r", "2021-03-05\0\0", "tele\nphone", "\t2", "no"], [*GOOD[:4], "no\x1a"]]
    registry.put(written([HEADER, *rows]), name)
    registry.land()
    assert registry.violations() == []
    [first, second] = registry.rows()
    assert first["patient_key"] == second["patient_key"]
    assert registry.shown() == [
        (2, DAY, "AAAA AAAAA", 2, False, []),
        (second["source_row"], DAY, "telephone", 2, False, []),
    ]


def test_an_escape_of_a_workbook_is_the_character_that_it_stands_for(registry: Registry) -> None:
    """Excel writes a carriage return behind a number as _x000D_: it is the same patient."""
    book = openpyxl.Workbook()
    for row in ([*HEADER[:3], "mrs_x000D_", HEADER[4]], GOOD, ["P1_x000D_", *GOOD[1:]],
                ["P_x0031_", *GOOD[1:]], ["P_x005F_x0031_", *GOOD[1:]],
                ["P_xD83D_1", *GOOD[1:]]):  # fmt: skip
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    registry.put(content.getvalue(), "followups.xlsx")
    registry.land()
    keys = [row["patient_key"] for row in registry.rows()]
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert [row[3] for row in registry.shown()] == [2] * 5
    assert registry.violations() == [("followups.patient_id.type", 6, "reject", LOST)]


def test_a_part_of_an_identifier_keeps_it(registry: Registry, tmp_path: Path) -> None:
    header = "clinic,number,assessed_on,mode,mrs,lost_to_followup"
    rest = ",2021-03-05,telephone,2,no"
    registry.put(f"{header}\nA\0,1{rest}\nA,1\x1f{rest}\nA\x01,1{rest}\nA,1{rest}\n")
    columns = {"patient_id": {"join": ["clinic", "number"], "separator": "-"}}
    mappings.land(registry, tmp_path, columns={"followups": columns})
    keys = [row["patient_key"] for row in registry.rows()]
    assert (keys[0], keys[1], keys[2]) == (keys[3], None, None)
    assert [found[:2] for found in registry.violations()] == [
        ("followups.patient_id.type", 3),
        ("followups.patient_id.type", 4),
    ]


def test_a_row_is_not_left_out_by_a_cell_that_nobody_can_read(
    registry: Registry, tmp_path: Path
) -> None:
    rows = "\n".join(f"{','.join(GOOD)},{event}" for event in ("final", "fi\0nal", "draft"))
    registry.put(f"{FOLLOWUPS},status\n{rows}\n", "registry.csv")
    part = {"extract": "followups", "where": {"status": ["final"]}}
    mappings.land(registry, tmp_path, files={"registry": [part]})
    assert [row["source_row"] for row in registry.rows()] == [2, 3]


def test_the_word_for_a_lost_character_is_that_of_unicode() -> None:
    assert clean("ma\0le") == clean("ma\ufffdle") == "ma\ufffdle"
    assert clean("\0ale\0\0 ") == "\ufffdale"
    assert clean("\0\0") == clean(" \x1a\0") == ""
    assert clean_name("\0m\x1frs\x01") == "m rs"
