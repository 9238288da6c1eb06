"""The sheets of a workbook: which are read as one table, and which are not and why."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl.utils.escape import unescape

from warehouse.landing.cell_text import clean_name
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.header_names import header_key
from warehouse.landing.header_search import (
    HEADER_SEARCH_LINES,
    HEADER_SEARCH_ROWS,
    Header,
    header_among,
)
from warehouse.landing.headers import HeaderReader
from warehouse.landing.no_record import filled, is_value
from warehouse.landing.table_notes import SkippedSheet
from warehouse.landing.workbook_parts import LostSheet

_EXAMPLE = re.compile(
    r"example|exemple|ejemplo|esempio|beispiel|muster|template|vorlage|dummy|demo\b"
    r"|示例|样例|范例|模板",
    re.IGNORECASE,
)
FEWEST_VALUES = 2
HIDDEN = "it is hidden"
EXAMPLE = "its name says that it is an example"
OTHER_COLUMNS = "it has not the columns of the sheet that was read"
DECLARED = "the site's mapping ignores it"


@dataclass(frozen=True)
class Sheet:
    """A sheet that is not blank, and its header; ``shown`` is its name as it may be shown.

    ``is_headless``: what should be the header holds values and names few columns, so it is a row.
    """

    sheet: Any
    header: Header
    shown: str
    is_headless: bool = False

    @property
    def name(self) -> str:
        """Name on its tab."""
        return clean_name(self.sheet.title)

    @property
    def is_hidden(self) -> bool:
        """Whether people do not see it."""
        return self.sheet.sheet_state != "visible"

    @property
    def is_example(self) -> bool:
        """Whether its name says that its rows are invented."""
        return bool(_EXAMPLE.search(self.name))

    @property
    def keys(self) -> list[str]:
        """Its header as it is compared."""
        return [header_key(name) for name in self.header.names]

    def order_of(self, best: Sheet) -> list[int]:
        """Return the places of another sheet's columns in this one, which has the same."""
        places: dict[str, list[int]] = defaultdict(list)
        for at, key in enumerate(self.keys):
            places[key].append(at)
        return [places[key].pop(0) for key in best.keys]

    def count_rows(self) -> int:
        """Its rows that are not blank, below the header if there is one."""
        first = self.header.row if self.is_headless else self.header.row + 1
        rows = self.sheet.iter_rows(min_row=first, values_only=True)
        return sum(any(cell not in (None, "") for cell in row) for row in rows)

    def has_rows_as_of(self, width: int) -> bool:
        """Whether a row looks like a record of a table that has so many columns."""
        rows = self.sheet.iter_rows(min_row=self.header.row, values_only=True)
        return any(_is_like_record(filled(_names(row)), width) for row in rows)


class SheetChoice:
    """Choice of an extract's sheets: the one with most of its columns, and those with the same.

    Hidden sheets and those that the mapping ignores are never read, examples only where nothing
    else is. Raises UnreadableFileError when no sheet is left, or when another sheet that looks
    like the extract has other columns.
    """

    def __init__(
        self, sheets: Sequence[Sheet], headers: HeaderReader, ignored: Sequence[str]
    ) -> None:
        self._headers = headers
        self._ignored = set(map(sheet_key, ignored))
        seen = [s for s in sheets if not s.is_hidden and sheet_key(s.name) not in self._ignored]
        if not seen:
            raise UnreadableFileError(
                f"the workbook has no rows outside of {_named(sheets)}, which "
                "are hidden or ignored by the site's mapping; show the sheet that holds the rows",
            ).with_rows(_count(sheets))
        rest = [sheet for sheet in seen if not sheet.is_example] or seen
        self.best = max(rest, key=lambda sheet: headers.known_columns(sheet.header.names))
        self.read = [sheet for sheet in rest if sorted(sheet.keys) == sorted(self.best.keys)]
        self._refuse_rivals([sheet for sheet in rest if sheet not in self.read], sheets)
        self._refuse_hidden([sheet for sheet in sheets if sheet.is_hidden], sheets)

    def unread(self, sheets: Sequence[Sheet]) -> Iterator[SkippedSheet]:
        """Return why these sheets are not read, and how many rows they have."""
        for sheet in sheets:
            why = OTHER_COLUMNS
            if sheet_key(sheet.name) in self._ignored:
                why = DECLARED
            elif sheet.is_hidden:
                why = HIDDEN
            elif sheet.is_example:
                why = EXAMPLE
            may_be_records = self._may_hold_records(sheet)
            yield SkippedSheet(
                sheet.shown, why, sheet.count_rows(), may_be_records, why == DECLARED
            )

    def _may_hold_records(self, sheet: Sheet) -> bool:
        """Whether the rows of a sheet may be of the extract: by its header, or by what they hold.

        A legend has other columns, and rows of few cells.
        """
        names, best = sheet.header.names, self.best.header.names
        is_likely = 2 * self._headers.known_columns(names) >= self._headers.known_columns(best)
        has_required = self._headers.has_required(names)
        return is_likely or has_required or sheet.has_rows_as_of(len(best))

    def _refuse_rivals(self, others: Sequence[Sheet], sheets: Sequence[Sheet]) -> None:
        """Raise for two sheets with different columns: either may be meant, or both."""
        rivals = [
            sheet
            for sheet in others
            if self._headers.has_required(sheet.header.names) and sheet.count_rows()
        ]
        if rivals and self._headers.has_required(self.best.header.names):
            names = _named([self.best, *rivals])
            raise UnreadableFileError(
                f"the sheets {names} hold the same kind of rows in different columns; give them "
                "the same header, deliver them as files of their own, or name those that are not "
                "meant below ignored_sheets in the site's mapping",
                found=f"different columns in {names}",
            ).with_rows(_count(sheets))

    def _refuse_hidden(self, hidden: Sequence[Sheet], sheets: Sequence[Sheet]) -> None:
        """Raise where only hidden sheets look like the extract: their rows are probably meant."""
        meant = [sheet for sheet in hidden if self._headers.has_required(sheet.header.names)]
        if meant and not self._headers.has_required(self.best.header.names):
            raise UnreadableFileError(
                f"the rows are in {_named(meant)}, which is hidden; show that sheet and save the "
                "workbook again",
                found=f"rows in the hidden {_named(meant)}",
            ).with_rows(_count(sheets))


def sheet_key(name: str) -> str:
    """The name of a sheet as it is compared."""
    return clean_name(name).casefold()


def unescaped(text: str) -> str:
    """A text of a workbook, in which _x000D_ stands for a character that XML does not hold."""
    if "_x" not in text:
        return text
    text = unescape(text)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _count(sheets: Sequence[Sheet]) -> int:
    return sum(sheet.count_rows() for sheet in sheets)


def _named(sheets: Sequence[Sheet]) -> str:
    return ", ".join(sheet.shown for sheet in sheets)


def sheet_of(sheet: Any, number: int, headers: HeaderReader) -> Sheet | None:
    """The sheet of that number in its workbook with its header; None when it is blank."""
    sheet.reset_dimensions()
    rows: list[tuple[int, list[str]]] = []
    for line, cells in enumerate(
        sheet.iter_rows(values_only=True, max_row=HEADER_SEARCH_LINES), start=1
    ):
        if names := _names(cells):
            rows.append((line, names))
        if len(rows) == HEADER_SEARCH_ROWS and not headers.header_row:
            break
    if not rows:
        return None
    if headers.header_row is not None:
        rows = [row for row in rows if row[0] == headers.header_row] or rows[:1]
    shown = _shown(sheet.title, number, headers)
    header = header_among(rows, headers.known_columns)
    texts = filled(header.names)
    is_headless = any(map(is_value, texts)) and 2 * headers.known_columns(texts) < len(texts)
    return Sheet(sheet, header, shown, is_headless)


def require_all(lost: Sequence[LostSheet], headers: HeaderReader, ignored: Sequence[str]) -> None:
    """Raise UnreadableFileError for the first sheet that is lost and that nobody ignores.

    Its rows may be of the extract, and a whole export without them would withdraw patients.
    """
    ignored_keys = set(map(sheet_key, ignored))
    for sheet in lost:
        if sheet_key(sheet.name) not in ignored_keys:
            shown = _shown(sheet.name, sheet.number, headers)
            raise UnreadableFileError(
                f"the sheet {shown} cannot be read: {sheet.why}; save the workbook again, or name "
                "the sheet below ignored_sheets in the site's mapping if it is not meant",
                found=f"no rows of the sheet {shown}",
            )


def _shown(title: str, number: int, headers: HeaderReader) -> str:
    """The name of a sheet as it may be shown, or its number."""
    plain = headers.plain_words.shown(title)
    return f"'{plain}'" if plain else f"number {number}"


def _is_like_record(texts: Sequence[str], width: int) -> bool:
    """Whether a row has at least half of so many cells filled, and several values among them."""
    return 2 * len(texts) >= width and sum(map(is_value, texts)) >= FEWEST_VALUES


def _names(cells: Sequence[Any]) -> list[str]:
    """A row as a header; an empty list when it is blank."""
    names = ["" if cell is None else unescaped(str(cell)) for cell in cells]
    while names and not names[-1].strip():
        names.pop()
    return names
