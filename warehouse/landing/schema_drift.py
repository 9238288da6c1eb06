"""Schema drift: what of a file's shape differs from the file before it (``LogIndex.before``)."""

from __future__ import annotations

from collections.abc import Iterator

from warehouse.landing.headers import ColumnMap, HeaderBefore
from warehouse.landing.manifest import Manifest
from warehouse.landing.table import Table
from warehouse.landing.violations import Violation, file_violation

# A column is written in another way when at least half of five or more cells cannot be read, of
# which at most a tenth could not be read before.
RETYPED_FROM_SHARE = 0.5
RETYPED_FROM_CELLS = 5
READABLE_BEFORE_SHARE = 0.1


def header_before(before: Manifest | None) -> HeaderBefore:
    """Return what reading a header may know of the file before."""
    return HeaderBefore(before.columns, before.sources) if before else HeaderBefore()


def column_violations(
    extract: str, columns: ColumnMap, before: Manifest | None, is_main: bool = True
) -> Iterator[Violation]:
    """Unknown, new, missing and renamed columns; each is reported once.

    Of a wide file, only the main part reports the columns that no part uses.
    """
    renamed = _renamed(columns, before)
    for name, header in renamed.items():
        found = f"'{header}' instead of '{before.sources[name] if before else name}'"
        renaming = file_violation(extract, "columns.renamed", found, name)
        yield renaming.advised(columns.hints[name])
    guesses = {header: name for name, header in columns.likely.items()}
    for header in columns.unknown if is_main else ():
        if header not in renamed.values():
            is_new = before is not None and header not in before.columns
            rule = "columns.new" if is_new else "columns.known"
            hint = columns.hints[guesses[header]] if header in guesses else None
            yield _expecting(file_violation(extract, rule, header), f", not '{header}'").advised(
                hint
            )
    if before is not None:
        yield from _appeared_and_gone(extract, columns, before, renamed)


def file_violations(extract: str, table: Table, before: Manifest | None) -> Iterator[Violation]:
    """A changed format, or, within text, a changed encoding or delimiter."""
    if before is None:
        return
    formats = _base(before.file_format), _base(table.file_format)
    if formats[0] != formats[1]:
        yield _changed(extract, "file.format_changed", *formats)
        return
    encodings = _without_mark(before.encoding), _without_mark(table.encoding)
    if encodings[0] != encodings[1] and not (before.is_ascii or table.is_ascii):
        yield _changed(extract, "file.encoding_changed", *encodings)
    if before.delimiter != table.delimiter:
        yield _changed(
            extract, "file.delimiter_changed", _visible(before.delimiter), _visible(table.delimiter)
        )


def retyped_violations(
    extract: str, cells: dict[str, tuple[int, int]], before: Manifest | None
) -> Iterator[Violation]:
    """Columns most of whose cells are no values any more."""
    for name, (filled, bad) in cells.items():
        filled_before, bad_before = before.cells.get(name, (0, 0)) if before else (0, 0)
        was_readable = filled_before and bad_before <= READABLE_BEFORE_SHARE * filled_before
        is_unreadable = filled >= RETYPED_FROM_CELLS and bad >= RETYPED_FROM_SHARE * filled
        if was_readable and is_unreadable:
            found = f"{bad:,} of {filled:,} cells, before {bad_before:,} of {filled_before:,}"
            yield file_violation(extract, "columns.retyped", found, name)


def _renamed(columns: ColumnMap, before: Manifest | None) -> dict[str, str]:
    """Fields whose column has gone, where a column has come that looks like it."""
    if before is None:
        return {}
    return {
        name: header
        for name, header in columns.likely.items()
        if name in before.sources and header not in before.columns
    }


def _appeared_and_gone(
    extract: str, columns: ColumnMap, before: Manifest, renamed: dict[str, str]
) -> Iterator[Violation]:
    sources = columns.sources
    for name, header in sources.items():
        if name not in before.sources:
            yield _expecting(
                file_violation(extract, "columns.new", header, name), f", not '{header}'"
            )
    for name, header in before.sources.items():
        if name not in sources and name not in renamed:
            yield file_violation(extract, "columns.missing", f"no '{header}'", name)
    read_before = set(before.sources.values())
    for header in before.unknown_columns:
        if header not in columns.headers and header not in read_before:
            yield _expecting(
                file_violation(extract, "columns.missing", f"no '{header}'"), f", also '{header}'"
            )


def _changed(extract: str, rule: str, was: str | None, now: str | None) -> Violation:
    return _expecting(file_violation(extract, rule, f"{now}, before {was}"), f" ({was}), not {now}")


def _expecting(violation: Violation, what: str) -> Violation:
    """The same, and which column or format it is: reports show what is expected, not what is found.

    Headers are as they may be shown, and a file's format is no value of a patient.
    """
    return violation._replace(expected=f"{violation.expected}{what}")


def _base(file_format: str | None) -> str:
    return (file_format or "").removesuffix(".gz")


def _without_mark(encoding: str | None) -> str | None:
    return encoding.removesuffix("-sig") if encoding else None


def _visible(delimiter: str | None) -> str:
    return "tab" if delimiter == "\t" else f"'{delimiter}'"
