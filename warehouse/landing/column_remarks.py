"""Queries about whole columns once all rows are read: about the mapping and the dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from warehouse.definitions.dictionary import Extract
from warehouse.definitions.site import ALL, BY_FIELD, SiteMapping
from warehouse.landing.cell_parser import CellReader
from warehouse.landing.headers import ColumnMap
from warehouse.landing.layout_queries import ROUNDED, saying
from warehouse.landing.plain_words import LONGEST_SHOWN
from warehouse.landing.row_parser import RowParser
from warehouse.landing.violations import Violation, file_violation
from warehouse.text import meant

# A key of the mapping, as rules_at_work names it, its field, and why it matches nothing.
Idle = tuple[str, str | None, str]
_YES_NO = {"true": "yes", "false": "no"}
IGNORED_SHEETS = "ignored_sheets."


def rules_at_work(
    mapping: SiteMapping, extract: str, columns: ColumnMap, parser: RowParser
) -> tuple[set[str], list[Idle]]:
    """Return the mapping's keys that matched something in a file, and those that did not.

    Where several headers are named for one field, one of them is enough. A column without any
    value is left out, and so is what the mapping says of all extracts: not each has it.
    """
    working: set[str] = set()
    idle: list[Idle] = []
    there = columns.positions.keys() | columns.combined.keys()
    named = mapping.headers.get(extract, {})
    served = {field for header, field in named.items() if header not in columns.absent}
    for header in _own(mapping, "headers", parser.extract):
        name = named[header]
        key = f"headers.{extract}.{header}"
        if name in served:
            working.add(key)
        else:
            hint = meant(header, columns.unknown)
            idle.append((key, name, f"headers: no column '{header[:LONGEST_SHOWN]}'{hint}"))
    for header in columns.conditions:
        key = f"where.{header}"
        if header in parser.choice.working:
            working.add(key)
        else:
            idle.append((key, None, f"where: none of its values is in '{header[:LONGEST_SHOWN]}'"))
    for part in BY_FIELD:
        for name in _own(mapping, part, parser.extract):
            key = f"{part}.{extract}.{name}"
            found_all = columns.combined if part == "columns" else there
            if name not in found_all:
                idle.append((key, name, f"{part}.{name}: no column to apply it to"))
            elif part != "recode" or parser.readers[name].has_recoded:
                working.add(key)
            elif name in columns.combined and columns.combined[name].recipe.constant:
                continue  # the recode is for the columns of other parts
            elif parser.readers[name].has_values:
                found = f"recode.{name}: none of its spellings is in the column"
                idle.append((key, name, found))
    return working, idle


def _own(mapping: SiteMapping, key: str, extract: Extract) -> list[str]:
    """The entries of a key for an extract that are not of all extracts."""
    of_all = getattr(mapping, key).get(ALL, {})
    shared = {field.name for field in extract.fields if field.codes in of_all} | {*of_all}
    return [name for name in getattr(mapping, key).get(extract.name, {}) if name not in shared]


def sheets_at_work(sheets: Mapping[str, bool]) -> tuple[set[str], list[Idle]]:
    """The same of the sheets that the mapping ignores; ``sheets`` says whether each is there."""
    working = {f"{IGNORED_SHEETS}{name}" for name, is_there in sheets.items() if is_there}
    idle: list[Idle] = [
        (f"{IGNORED_SHEETS}{name}", None, f"ignored_sheets: no sheet '{name[:LONGEST_SHOWN]}'")
        for name, is_there in sheets.items()
        if not is_there
    ]
    return working, idle


def idle_rules(extract: str, idle: list[Idle], worked_before: Set[str]) -> Iterator[Violation]:
    """Rules of the mapping that found nothing, neither here nor in any file before."""
    for key, name, found in idle:
        if key not in worked_before:
            yield file_violation(extract, "mapping.at_work", found, name)


def column_remarks(extract: str, readers: Mapping[str, CellReader]) -> Iterator[Violation]:
    """Queries of columns: markers that are values, codes half known, dates half swapped."""
    if rounded := [name for name, reader in readers.items() if reader.has_rounded_times]:
        yield saying(extract, "file.layout", ROUNDED, f"{ROUNDED}: {', '.join(rounded)}")
    for name, reader in readers.items():
        for marker in sorted(reader.markers_read):
            yield file_violation(extract, "markers.possible_value", marker, name)
        if undeclared := sorted(reader.undeclared.items()):
            counted = (f"'{text}' ({count:,} x)" for text, count in undeclared)
            yield file_violation(extract, "markers.undeclared", ", ".join(counted), name)
        if half_known := reader.half_known:
            read = (f"'{text}' is read as {_YES_NO.get(c, c)}" for text, c in half_known.items())
            yield file_violation(extract, "codes.half_known", ", ".join(read), name)
        if found := reader.date_mix.half_swapped:
            yield file_violation(extract, "dates.half_swapped", found, name)
