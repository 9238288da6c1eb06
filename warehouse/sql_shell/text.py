"""Results as text: a table, or one block per row if a table does not fit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len

from warehouse.sql_shell.session import Column

EMPTY = ""
LONGEST_CELL = 60
SHORTEST_COLUMN = 12
CUT = "…"
GAP = "  "
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT")
NUMBERS += ("UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL")


def cell_text(value: Any) -> str:
    """Return a value as text: nothing for null, ISO dates, JSON for lists and structs."""
    if value is None:
        return EMPTY
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, default=cell_text, ensure_ascii=False)
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex()
    return str(value)


def table_lines(
    columns: Sequence[Column], rows: Sequence[Sequence[Any]], width: int | None
) -> Iterator[str]:
    """Yield the lines of a table. With a width, long cells are cut; a table that is still too wide
    is written as one block per row, so that no column is lost.
    """
    heads = [column.name for column in columns]
    cells = [[_one_line(cell_text(value)) for value in row] for row in rows]
    widths = [max(map(_width, each)) for each in zip(heads, *cells, strict=True)]
    if width is not None:
        widths = [
            min(each, max(LONGEST_CELL, _width(head)))
            for each, head in zip(widths, heads, strict=True)
        ]
        widths = _shrunk(widths, [_width(head) for head in heads], width)
        if sum(widths) + len(GAP) * (len(widths) - 1) > width:
            yield from _blocks(heads, cells, width)
            return
    to_right = [column.type.startswith(NUMBERS) for column in columns]
    yield _line(heads, widths, to_right)
    yield GAP.join("─" * each for each in widths)
    for row in cells:
        yield _line(row, widths, to_right)


def _shrunk(widths: list[int], heads: list[int], width: int) -> list[int]:
    """Return narrower widths, the widest columns first, if the table then fits."""
    available = width - len(GAP) * (len(widths) - 1)
    least = [
        max(min(each, SHORTEST_COLUMN), head) for each, head in zip(widths, heads, strict=True)
    ]
    if sum(widths) <= available or sum(least) > available:
        return widths
    shrunk = list(widths)
    while sum(shrunk) > available:
        spare = [have - need for have, need in zip(shrunk, least, strict=True)]
        shrunk[max(range(len(shrunk)), key=lambda i: (spare[i] > 0, shrunk[i]))] -= 1
    return shrunk


def _blocks(heads: list[str], cells: list[list[str]], width: int) -> Iterator[str]:
    named = max(map(_width, heads))
    for number, row in enumerate(cells, start=1):
        yield f"── row {number} ".ljust(min(width, named + LONGEST_CELL), "─")
        for head, cell in zip(heads, row, strict=True):
            yield f"{_padded(head, named, False)}{GAP}{cell}"


def _line(cells: Sequence[str], widths: Sequence[int], to_right: Sequence[bool]) -> str:
    parts = [_padded(*each) for each in zip(cells, widths, to_right, strict=True)]
    return GAP.join(parts).rstrip()


def _padded(text: str, width: int, to_right: bool) -> str:
    if _width(text) > width:
        text = _cut(text, width)
    space = " " * (width - _width(text))
    return space + text if to_right else text + space


def _cut(text: str, width: int) -> str:
    while _width(text) > width - 1:
        text = text[:-1]
    return text + CUT


def _one_line(text: str) -> str:
    """Return text without line breaks and control characters, which would break the table."""
    return "".join(each if each.isprintable() else " " for each in text)


def _width(text: str) -> int:
    """Return the columns of a text on a terminal; Chinese characters take two."""
    return len(text) if text.isascii() else cell_len(text)
