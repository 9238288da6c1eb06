"""Results of a study as text: flow, groups and tables for a terminal, and tables as CSV files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from warehouse.definitions.styles import load_styles
from warehouse.exports import sheet
from warehouse.exports.tables import StyledTable, study_table
from warehouse.files import write_atomically
from warehouse.sql_shell.session import Column
from warehouse.sql_shell.text import table_lines
from warehouse.tables.studies import StudyResults

STYLE = "jama"


def study_lines(results: StudyResults, *, with_tables: bool = True) -> Iterator[str]:
    """Yield the lines of a study: each step of the flow, each group, and its tables."""
    yield results.definition["title"]
    for step in results.flow:
        left = f"{step['n_excluded']:>8,} left" if step["is_exclusion"] else " " * 13
        yield f"{left} {step['n_remaining']:>8,} remain  {step['label']}"
    for group in results.group_sizes:
        yield f"{group['n']:>8,}  {group['label']}"
    for table in _styled(results) if with_tables else ():
        yield ""
        yield from _table_lines(table)


def csv_files(results: StudyResults, folder: Path) -> Iterator[Path]:
    """Write each table as ``<table>.csv`` into a folder; yields the paths."""
    for table, styled in zip(results.tables, _styled(results), strict=True):
        path = folder / f"{table.name}.csv"
        write_atomically(path, sheet.csv_file(styled))
        yield path


def _styled(results: StudyResults) -> Iterator[StyledTable]:
    for table in results.tables:
        yield study_table(results, table, load_styles()[STYLE])


def _table_lines(table: StyledTable) -> Iterator[str]:
    yield table.title
    columns = [Column(heading.text, "VARCHAR") for heading in table.headings]
    rows = []
    for section, lines in table.sections:
        rows.append([section, *[""] * (len(columns) - 1)])
        rows += [["  " * line.indent + line.marked_label, *line.cells] for line in lines]
    yield from table_lines(columns, rows, None)
    yield from table.notes
