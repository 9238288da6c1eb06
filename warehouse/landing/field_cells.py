"""The cells of each field: a column of the file, several columns put together, or a constant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import compress
from typing import Any

from warehouse.landing.cell_parser import UNREADABLE, CellReader
from warehouse.landing.cell_text import Cell, PartlyEmpty, as_text, clean, trimmed
from warehouse.landing.datetimes import AssumedMoment, day_of, may_be_clock
from warehouse.landing.headers import ColumnMap, CombinedColumn

A_DAY = timedelta(days=1)


def field_cells(
    rows: Sequence[Sequence[Any]], columns: ColumnMap, readers: Mapping[str, CellReader]
) -> dict[str, tuple[Cell, ...]]:
    """The cells of every field that the file has."""
    if not rows:
        return {}
    turned = list(zip(*rows, strict=True))
    cells = {name: turned[position] for name, position in columns.positions.items()}
    for name, column in columns.combined.items():
        if column.recipe.constant:
            cells[name] = (column.recipe.constant,) * len(rows)
            continue
        reader = readers[name]
        cells[name] = _combined([turned[place] for place in column.positions], column, reader)
        if column.shift is not None and (shift := column.recipe.shifted):
            pairs = zip(cells[name], turned[column.shift], strict=True)
            cells[name] = tuple(_shifted(cell, by, shift.unit, reader) for cell, by in pairs)
        if column.after:
            parts = zip(*[turned[place] for place in column.after], strict=True)
            before = (_texts(each, column.recipe.after, column, reader) for each in parts)
            pairs = zip(cells[name], before, strict=True)
            cells[name] = tuple(_following(cell, earlier, reader) for cell, earlier in pairs)
    return cells


def _combined(
    columns: Sequence[Sequence[Cell]], column: CombinedColumn, reader: CellReader
) -> tuple[Cell, ...]:
    recipe = column.recipe
    make = _joined if recipe.join else _checked if recipe.checked else _first
    return tuple(make(parts, column, reader) for parts in zip(*columns, strict=True))


def with_blanks(cells: tuple[Cell, ...], reader: CellReader) -> tuple[Cell, ...]:
    """Cells with what an empty one means, where the site's mapping says it."""
    if reader.blank is None:
        return cells
    return tuple(cell if clean(as_text(cell)) else reader.blank for cell in cells)


def _checked(parts: Sequence[Cell], column: CombinedColumn, reader: CellReader) -> Cell:
    """Return the code of the ticked column; several codes or no tick as they are."""
    ticks = list(map(reader.is_ticked, parts))
    if None in ticks:
        return parts[ticks.index(None)]
    return "/".join(compress(column.recipe.checked.values(), ticks)) or None


def _shifted(cell: Cell, by: Cell, unit: timedelta, reader: CellReader) -> Cell:
    """The time of a cell and so many units later; None where one of the two is missing."""
    moment, number = reader.moment(cell), reader.duration(by)
    if moment is None or number is None:
        return None
    if moment is UNREADABLE or number is UNREADABLE:
        return f"{as_text(cell)} and {as_text(by)}"
    try:
        later = moment + timedelta(seconds=round(number * unit.total_seconds()))
    except OverflowError:
        return f"{as_text(cell)} and {as_text(by)}"
    return day_of(later) if reader.field.type == "date" else later


def _following(cell: Cell, before: Cell, reader: CellReader) -> Cell:
    """The time of a cell: of a clock alone on the day of the time before it, or on the next one.

    None where one of the two is missing. A day is added where that makes it less than a day later.
    """
    start = reader.moment(before)
    if start is None or reader.is_missing(cell):
        return None
    if start is UNREADABLE and isinstance(before, PartlyEmpty):
        return PartlyEmpty(as_text(cell), before.empty)
    if start is UNREADABLE:
        return f"{as_text(cell)} and {as_text(before)}"
    text = clean(as_text(cell))
    on_a_day = f"{start:%Y-%m-%d} {text}" if may_be_clock(text) else cell
    moment = reader.moment(on_a_day)
    if not isinstance(moment, datetime):
        return on_a_day
    if timedelta(0) < start - moment < A_DAY:
        moment += A_DAY
    is_assumed = isinstance(start, AssumedMoment)
    return AssumedMoment.combine(moment.date(), moment.time()) if is_assumed else moment


def _first(parts: Sequence[Cell], column: CombinedColumn, reader: CellReader) -> Cell:
    """The first that is not missing."""
    found = next((part for part in parts if not reader.is_missing(part)), None)
    if found is None or not column.suffix or _is_no_identifier(found, reader):
        return found
    return trimmed(as_text(found)) + column.suffix


def _joined(parts: Sequence[Cell], column: CombinedColumn, reader: CellReader) -> Cell:
    """All texts that are not missing. Of an identifier every part is needed."""
    present = [part for part in parts if not reader.is_missing(part)]
    if not present:
        return None
    if reader.field.identifier:
        if len(present) < len(parts):
            return None
        if len(parts) == 1 and _is_no_identifier(parts[0], reader):
            return parts[0]
        if spoilt := next(filter(reader.spoils_identifier, parts), None):
            return spoilt
    return _texts(parts, column.recipe.join, column, reader)


def _texts(
    parts: Sequence[Cell], headers: Sequence[str], column: CombinedColumn, reader: CellReader
) -> Cell:
    """The texts of columns as one, with the headers of those that have none; None without any."""
    if len(parts) == 1 and not column.suffix:
        return parts[0]
    texts = [trimmed(as_text(part)) for part in parts if not reader.is_missing(part)]
    if not texts:
        return None
    joined = column.recipe.separator.join(texts) + column.suffix
    if len(texts) == len(parts):
        return joined
    named = zip(headers, parts, strict=True)
    return PartlyEmpty(joined, tuple(name for name, part in named if reader.is_missing(part)))


def _is_no_identifier(cell: Cell, reader: CellReader) -> bool:
    """Whether a suffix would make an identifier of what is none; the cell itself is refused."""
    return reader.field.identifier == "key" and reader[cell] is UNREADABLE
