"""Finding the header of a table: its first row, or the one below a few titles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.text_lines import split_line

# So many rows that are not blank are looked at, and so many lines to find them.
HEADER_SEARCH_ROWS = 20
HEADER_SEARCH_LINES = 200
DELIMITERS = (",", ";", "\t", "|")

Row = TypeVar("Row")
KnownColumns = Callable[[list[str]], int]


class Header(NamedTuple):
    """The names of the columns, the row in which they stand, and those of the titles above it."""

    row: int
    names: list[str]
    titles: tuple[int, ...] = ()


def rows_of_header(
    rows: Sequence[tuple[int, Row]], header_row: int | None
) -> Sequence[tuple[int, Row]]:
    """The rows among which the header is looked for: one alone where the mapping names its line.

    Raises UnreadableFileError where nothing stands on that line.
    """
    if header_row is None:
        return rows
    if named := [row for row in rows if row[0] == header_row]:
        return named
    raise UnreadableFileError(
        f"header_row in the site's mapping is {header_row}, and that line is blank or not there; "
        "correct it, or deliver the file as before",
        found=f"no header on line {header_row}",
    )


def header_among(rows: Sequence[tuple[int, list[str]]], known_columns: KnownColumns) -> Header:
    """The first of the rows, or, where only titles are above it, the one with most known columns.

    Records above a header are not lost: then the first row is the header, which lacks columns.
    """
    row, names = max(rows, key=lambda numbered: known_columns(numbered[1]))
    above = [numbered for numbered in rows if numbered[0] < row]
    if all(_is_title(cells, names) for _, cells in above):
        return Header(row, names, tuple(number for number, _ in above))
    return Header(*rows[0])


def text_header(
    lines: Iterable[tuple[int, str]], delimiters: Sequence[str], known_columns: KnownColumns
) -> tuple[Header, str]:
    """The header among numbered lines that are not blank, and the delimiter that finds most of it.

    Raises UnreadableFileError when there is none.
    """
    numbered = list(lines)
    if not numbered:
        raise UnreadableFileError("the file is empty").with_rows(0)
    found = {
        delimiter: header_among(
            [(number, split_line(line, delimiter) or []) for number, line in numbered],
            known_columns,
        )
        for delimiter in delimiters
    }
    delimiter = max(found, key=lambda known: known_columns(found[known].names))
    if not found[delimiter].names:
        raise UnreadableFileError("the header line cannot be split into columns")
    return found[delimiter], delimiter


def _is_title(cells: list[str], header: list[str]) -> bool:
    """Whether a row above a header has so few cells that it holds no record."""
    return 2 * sum(map(bool, map(str.strip, cells))) < len(header)
