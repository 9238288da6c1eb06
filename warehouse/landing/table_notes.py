"""Notes on an opened file: what it holds beside its records, and how these lie in it."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from dataclasses import dataclass, field

FIRST_LINES = 5

# Kinds of lines that are no records.
TITLE = "title above the header"
REPEATED_HEADER = "repeated header"
EXPLANATION = "units or explanations of the columns"
TOTAL = "total"
REMARK = "remark"

# Kinds of layouts that are read, and that invite mistakes.
TRAILING_DELIMITER = "delimiter at the end of every line"
MORE_DELIMITERS = "delimiters behind the last column"
SHORT_LINES = "lines without their last columns, which are empty"
ROW_NAMES = "row names without a header"
HIDDEN_ROWS = "hidden or filtered-out rows"
MERGED_DOWN = "cells merged over several rows"
MERGED_ACROSS = "cells merged over several columns"
UNSEEN_ZEROS = "identifiers in number cells, whose format (leading zeros, letters) is not seen"
UNSEEN_PERCENT = "percentages of at most 1 in number cells, whose format (75 or 0.75) is not seen"


@dataclass
class Places:
    """Count of something found, with its first lines."""

    count: int = 0
    first: list[int] = field(default_factory=list)

    def add(self, line: int) -> None:
        """Count one more; lines may come in any order."""
        self.count += 1
        insort(self.first, line)
        del self.first[FIRST_LINES:]

    @property
    def lines(self) -> str:
        """``line 4``, or ``lines 4, 9 and 3 more``."""
        places = ", ".join(map(str, self.first))
        more = self.count - len(self.first)
        return (
            f"line{'s' if self.count > 1 else ''} {places}{f' and {more:,} more' if more else ''}"
        )


@dataclass(frozen=True)
class JoinedSheet:
    """A sheet that was read together with others: its rows count as these lines of the file.

    ``name`` is as it may be shown, here and of an unread sheet.
    """

    name: str
    first_line: int
    last_line: int


@dataclass(frozen=True)
class SkippedSheet:
    """A sheet that was not read, why, and its rows.

    ``holds_records``: its rows may be records of the extract, so that these may be missing.
    """

    name: str
    why: str
    rows: int
    holds_records: bool
    is_declared: bool = False


@dataclass
class TableBelow:
    """A table of another extract below the one that is read: the line of its header, its rows."""

    extract: str
    line: int
    rows: int = 0


@dataclass
class TableNotes:
    """Filled while a table is opened and read. Lines are those of the file.

    ``below`` is the other table in which reading is now, to the end of the file or the sheet.
    ``ignored_sheets``: each sheet that the site's mapping ignores, and whether the workbook has it.
    ``rows_left_out`` counts the rows that the mapping does not choose. ``remarks`` are about the
    file as a whole. ``hides_formats``: number formats cannot be seen in a file of this kind.
    """

    titles: Places = field(default_factory=Places)
    no_records: dict[str, Places] = field(default_factory=lambda: defaultdict(Places))
    layout: dict[str, Places] = field(default_factory=lambda: defaultdict(Places))
    unnamed: dict[int, Places] = field(default_factory=lambda: defaultdict(Places))
    joined: list[JoinedSheet] = field(default_factory=list)
    unread: list[SkippedSheet] = field(default_factory=list)
    ignored_sheets: dict[str, bool] = field(default_factory=dict)
    tables_below: list[TableBelow] = field(default_factory=list)
    below: TableBelow | None = None
    rows_left_out: int = 0
    remarks: list[str] = field(default_factory=list)
    hides_formats: bool = False

    def begin_below(self, extract: str, line: int) -> None:
        """Note that a table of another extract begins."""
        self.below = TableBelow(extract, line)
        self.tables_below.append(self.below)

    @property
    def rows_no_record(self) -> int:
        """Lines below the header that are no records."""
        return sum(places.count for places in self.no_records.values())

    @property
    def rows_unread(self) -> int:
        """Rows of sheets, and of tables below the first, that were not read."""
        return sum(other.rows for other in (*self.unread, *self.tables_below))

    @property
    def has_unread_records(self) -> bool:
        """Whether rows that are probably records were not read."""
        return any(table.rows for table in self.tables_below) or any(
            sheet.holds_records and sheet.rows and not sheet.is_declared for sheet in self.unread
        )
