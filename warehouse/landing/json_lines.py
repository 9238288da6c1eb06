"""Reading JSON lines: one object on each line, whose names are the columns."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from warehouse.landing.cell_text import EXACT_BELOW, NESTED, Cell
from warehouse.landing.encoding import DAMAGE, DAMAGE_HANDLER, detect_encoding, is_ascii
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.headers import MAX_COLUMNS
from warehouse.landing.table import BATCH_ROWS, Batch, UnreadableLine
from warehouse.landing.table_notes import TableNotes
from warehouse.landing.text_lines import TOO_LONG, WHY_TOO_LONG, physical_lines
from warehouse.landing.text_shape import Probe

NO_OBJECT = "no whole JSON object"
TWICE = "a name that is there twice"
WHY_DAMAGED = "damaged bytes"
_START = 4096
_BATCH_CELLS = 1 << 20
_OBJECT, _LIST = re.compile(rb"\{\s*[\"}]"), re.compile(rb"\[\s*\{")
_LARGEST = 1e300  # beyond it no float is certain


class _FaultError(ValueError):
    """A line that is no row; the message says why, without any value."""


def is_json_lines(handle: BinaryIO) -> bool:
    """Whether the file begins with a JSON object. Raises UnreadableFileError for a list of them."""
    handle.seek(0)
    start = handle.read(_START).replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    handle.seek(0)
    if _LIST.match(start):
        raise UnreadableFileError(
            "it is a JSON list; write JSON lines, one object on each line without [ ] and commas "
            "between them, or CSV"
        )
    return bool(_OBJECT.match(start))


class JsonLinesTable:
    """A file of JSON lines. Raises UnreadableFileError when no line has an object."""

    file_format = "jsonl"
    delimiter = None
    epoch = None

    def __init__(self, handle: BinaryIO, encoding: str | None) -> None:
        self.encoding: str = detect_encoding(handle, encoding)
        self.is_ascii = is_ascii(handle)
        self.notes = TableNotes()
        self._handle = handle
        names: dict[str, None] = {}
        for _, row in self._rows():
            names |= dict.fromkeys(row) if isinstance(row, dict) else {}
            if len(names) > MAX_COLUMNS:  # an object may not make a table of any width
                raise UnreadableFileError(
                    f"its objects have more than {MAX_COLUMNS:,} names; deliver the columns of the "
                    "dictionary"
                )
        if not names:
            raise UnreadableFileError("no line is a whole JSON object with names")
        self.header = list(names)

    def batches(self, probe: Probe | None = None) -> Iterator[Batch]:  # noqa: ARG002
        """All objects that hold anything, with the line on which they stand."""
        batch, most = Batch(), max(1, min(BATCH_ROWS, _BATCH_CELLS // len(self.header)))
        for line, row in self._rows():
            if isinstance(row, _FaultError):
                batch.unreadable.append(UnreadableLine(line, str(row)))
            else:
                cells = [_cell(row.get(name)) for name in self.header]
                if any(cell is not None for cell in cells):
                    batch.source_rows.append(line)
                    batch.rows.append(cells)
            if len(batch.rows) + len(batch.unreadable) >= most:
                yield batch
                batch = Batch()
        yield batch

    def _rows(self) -> Iterator[tuple[int, dict[str, Any] | _FaultError]]:
        """The objects of all lines that are not blank, or why there is none."""
        self._handle.seek(0)
        text = io.TextIOWrapper(self._handle, self.encoding, errors=DAMAGE_HANDLER, newline=None)
        try:
            for line, content in enumerate(physical_lines(text), start=1):
                if stripped := content.strip("\ufeff \t\r\n\x00\x1a"):
                    yield line, _parsed(stripped)
        finally:
            text.detach()


def _parsed(text: str) -> dict[str, Any] | _FaultError:
    if TOO_LONG in text:
        return _FaultError(WHY_TOO_LONG)
    if DAMAGE in text:
        return _FaultError(WHY_DAMAGED)
    try:
        row = json.loads(text, object_pairs_hook=_object)
        if "\\u" in text:  # of half a character nobody can write anything
            json.dumps(row, ensure_ascii=False).encode()
    except _FaultError as error:
        return error
    except (ValueError, RecursionError):
        return _FaultError(NO_OBJECT)
    return row if isinstance(row, dict) else _FaultError(NO_OBJECT)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _FaultError(TWICE)
    return found


def _cell(value: Any) -> Cell:
    """A cell in one of the types that cells are read from."""
    match value:
        case bool():
            value = "true" if value else "false"
        case float() if math.isnan(value):
            value = None
        case int() if abs(value) >= EXACT_BELOW:
            value = float(value) if abs(value) < _LARGEST else str(value)
        case float() if math.isinf(value):
            value = str(value)
        case dict() | list():
            value = NESTED
        case str() if not value.strip():
            value = None
    return value
