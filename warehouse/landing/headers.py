"""Which column of a file is which field of the dictionary."""

from __future__ import annotations

import re
from dataclasses import dataclass

from warehouse.dictionary import Extract
from warehouse.landing.cells import clean
from warehouse.landing.errors import MissingColumnsError, UnreadableFileError
from warehouse.landing.safe_text import shape
from warehouse.site import SiteMapping

LONGEST_SHOWN = 40
UNNAMED = "(no name)"
_SEPARATORS = re.compile(r"[\s_\-]+")
_LONG_NUMBER = re.compile(r"[0-9]{5}")


@dataclass(frozen=True)
class ColumnMap:
    """Where each field stands in a row, and what the header has or lacks beyond that."""

    positions: dict[str, int]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]


class HeaderReader:
    """Finds the fields of an extract in a header, by name, alias and the site's own names."""

    def __init__(self, extract: Extract, mapping: SiteMapping) -> None:
        self._extract = extract
        self._names: dict[str, str] = {}
        for field in extract.fields:
            for name in (field.name, *field.aliases):
                self._names[header_key(name)] = field.name
        for name, field_name in mapping.headers.get(extract.name, {}).items():
            self._names[header_key(name)] = extract.field(field_name).name

    def known_columns(self, header: list[str]) -> int:
        """How many columns of the header are fields."""
        return sum(header_key(name) in self._names for name in header)

    def read(self, header: list[str]) -> ColumnMap:
        """The place of every field.

        Raises UnreadableFileError when a field has two columns, MissingColumnsError when a
        required field has none.
        """
        positions: dict[str, int] = {}
        unknown: list[str] = []
        for position, name in enumerate(header):
            field = self._names.get(header_key(name))
            if field is None:
                unknown.append(name)
            elif field in positions:
                raise UnreadableFileError(
                    f"two columns hold {field}; keep one of them", field=field, found="two columns"
                )
            else:
                positions[field] = position
        self._require(positions, unknown)
        landed = (field.name for field in self._extract.landed_fields)
        missing = tuple(name for name in landed if name not in positions)
        return ColumnMap(positions, tuple(_shown(name) for name in unknown), missing)

    def _require(self, positions: dict[str, int], unknown: list[str]) -> None:
        """What looks like no header may be a row of data, so its cells are shown as shapes."""
        missing = tuple(
            field.name
            for field in self._extract.fields
            if field.name not in positions
            and (field.constraints.required or field.name in self._extract.primary_key)
        )
        if missing:
            shapes = tuple(shape(clean(name)) or UNNAMED for name in unknown)
            raise MissingColumnsError(missing, shapes)


def header_key(name: str) -> str:
    """A header as it is compared: case, width, spaces, hyphens and underscores do not count."""
    return _SEPARATORS.sub("_", clean(name).casefold()).strip("_")


def _shown(name: str) -> str:
    name = clean(name)
    if not name:
        return UNNAMED
    return shape(name) if _LONG_NUMBER.search(name) else name[:LONGEST_SHOWN]
