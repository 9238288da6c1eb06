"""The cells of each field: a column of the file, or several columns put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from warehouse.landing.cell_text import Cell, as_text
from warehouse.landing.cells import CellReader
from warehouse.landing.headers import ColumnMap, CombinedColumn


def field_cells(
    rows: Sequence[Sequence[Any]], columns: ColumnMap, readers: Mapping[str, CellReader]
) -> dict[str, tuple[Cell, ...]]:
    """The cells of every field that the file has."""
    if not rows:
        return {}
    turned = list(zip(*rows, strict=True))
    cells = {name: turned[position] for name, position in columns.positions.items()}
    for name, column in columns.combined.items():
        cells[name] = _combined(
            [turned[place] for place in column.positions], column, readers[name]
        )
    return cells


def _combined(
    columns: Sequence[Sequence[Cell]], column: CombinedColumn, reader: CellReader
) -> tuple[Cell, ...]:
    make = _joined if column.recipe.join else _first
    cells = (make(parts, column, reader) for parts in zip(*columns, strict=True))
    if not column.suffix:
        return tuple(cells)
    return tuple(None if cell is None else as_text(cell) + column.suffix for cell in cells)


def _first(parts: Sequence[Cell], _column: CombinedColumn, reader: CellReader) -> Cell:
    """The first that is not missing."""
    return next((part for part in parts if not reader.is_missing(part)), None)


def _joined(parts: Sequence[Cell], column: CombinedColumn, reader: CellReader) -> Cell:
    """All texts that are not missing. Of an identifier every part is needed."""
    texts = [as_text(part) for part in parts if not reader.is_missing(part)]
    if not texts or (reader.field.identifier and len(texts) < len(parts)):
        return None
    return column.recipe.separator.join(text.strip() for text in texts)
