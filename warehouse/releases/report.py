"""Output of ``warehouse releases``, ``diff`` and ``rollback``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from warehouse.definitions.study_files import load_study_groups
from warehouse.landing.deliveries import shown
from warehouse.releases.change_note import change_note, group_label, read_again_words, shown_name
from warehouse.releases.changes import (
    DeliveredFile,
    LineChange,
    MartChange,
    PatientChange,
    ReleaseDiff,
    ReleaseIdentity,
    RowChange,
)
from warehouse.releases.on_disk import Release
from warehouse.releases.rollback import Rollback
from warehouse.text import listed

MEGABYTE = 1 << 20
LINES_SHOWN, NAMES_SHOWN = 12, 4
HEADER = ("release", "as of", "published", "cohort", "files", "rows", "MB", "")


def releases_table(releases: Sequence[Release]) -> list[str]:
    """Return a header and a line for each release, newest first."""
    former = {
        release.refresh_id: _digests(older)
        for release, older in pairwise([one for one in releases if not one.is_past_day])
    }
    rows = [HEADER, *(_release_row(one, former.get(one.refresh_id)) for one in releases)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def diff_report(diff: ReleaseDiff) -> Iterator[str]:
    """Yield lines on the difference of two releases; long lists end with the number of the rest."""
    yield f"{_identity(diff.before)}  ->  {_identity(diff.after)}"
    yield change_note(diff)
    if diff.causes and not diff.is_empty:
        yield f"Differs besides deliveries: {', '.join(diff.causes)}"
    if diff.read_again:
        yield f"Read again, with no new delivery: {', '.join(read_again_words(diff))}"
    yield from _section("Deliveries", [_file(file) for file in diff.files])
    yield from _section("Cohort", [_patient(patient) for patient in diff.patients])
    yield from _section("Tables 1 and 2", [_line(line) for line in diff.lines])
    yield from _marts(diff)
    queries = diff.violations
    yield from _section("Queries opened", _titles(queries.opened), queries.n_opened)
    yield from _section("Queries closed", _titles(queries.closed), queries.n_closed)


def rollback_report(rollback: Rollback) -> Iterator[str]:
    """Yield lines on the current release and on the next refresh."""
    now, before = rollback.now, rollback.before
    yield (
        f"Release {now.refresh_id} is current again"
        + (f"; {before.refresh_id} stays on disk." if before else ".")
    )
    yield (
        "The next refresh builds from all deliveries again. Unless the cause is corrected before, "
        "it publishes the same content as the release that was rolled back: deliver the corrected "
        "rows under a later day, or undo the change of a rule. To keep this release until then, "
        "stop the schedule."
    )


def _digests(release: Release) -> dict[str, str]:
    return release.record.mart_digests if release.record else {}


def _release_row(release: Release, former: dict[str, str] | None) -> tuple[str, ...]:
    size = f"{release.path.stat().st_size / MEGABYTE:,.1f}"
    record = release.record
    if record is None:
        return (release.refresh_id, "", "", "", "", "", size, "no record in the history")
    finished = record.finished_at
    notes = [
        "current" if release.is_current else "",
        "shows a day in the past" if release.is_past_day else "",
        "unchanged" if former and former == record.mart_digests else "",
        f"rolled back {record.rolled_back_at:%Y-%m-%d %H:%M} UTC"
        if record.rolled_back_at and not release.is_current
        else "",
    ]
    return (
        release.refresh_id,
        f"{record.as_of}",
        f"{finished:%Y-%m-%d %H:%M} UTC" if finished else "",
        f"{sum(record.cohort.values()):,}: {' + '.join(f'{n:,}' for n in record.cohort.values())}",
        f"{record.files_landed:,} new",
        f"{record.rows_landed:,} new",
        size,
        ", ".join(filter(None, notes)),
    )


def _identity(release: ReleaseIdentity) -> str:
    return f"{release.refresh_id} (as of {release.as_of})"


def _section(title: str, lines: Sequence[str], count: int | None = None) -> Iterator[str]:
    """Yield a title with the count, and at most LINES_SHOWN of the lines."""
    if lines:
        yield ""
        yield f"{title} ({len(lines) if count is None else count:,})"
        yield from (f"  {line}" for line in lines[:LINES_SHOWN])
        if len(lines) > LINES_SHOWN:
            yield f"  and {len(lines) - LINES_SHOWN:,} more (--format json has all)"


def _file(file: DeliveredFile) -> str:
    what = "held" if file.is_held else file.status
    total = "an unknown number of" if file.rows_in_file is None else f"{file.rows_in_file:,}"
    rows = f"{file.rows_accepted:,} of {total} rows accepted"
    reason = f": {file.reason}" if file.reason else ""
    return f"{file.change:<12} {shown(file.source_file)}, {what}{reason}, {rows}"


def _patient(patient: PatientChange) -> str:
    by = f"; by {_names(patient.files)}" if patient.files else ""
    return (
        f"{patient.change:<13} {patient.patient_key}: {shown_name(patient.before)} -> "
        f"{shown_name(patient.after)}{by}"
    )


def _line(line: LineChange) -> str:
    labels = {f"{group.prefix}_display": group_label(group) for group in load_study_groups()}
    cells = ", ".join(
        f"{labels.get(name) or name.removesuffix('_display')} {old or 'none'} -> {new or 'none'}"
        for name, (old, new) in line.cells.items()
    )
    by = f"; by {_names(line.files)}" if line.files else ""
    return f"{line.label}: {cells}{by}"


def _names(files: Sequence[str]) -> str:
    return listed([shown(file) for file in files], NAMES_SHOWN)


def _marts(diff: ReleaseDiff) -> Iterator[str]:
    changed = [mart for mart in diff.marts if mart.is_changed]
    again = [mart for mart in diff.marts if not mart.is_changed]
    if changed or diff.tables_added or diff.tables_gone:
        yield ""
        yield f"Marts ({len(changed):,} changed)"
    for mart in changed:
        yield from _mart(mart)
    yield from (f"  {table}: new table" for table in diff.tables_added)
    yield from (f"  {table}: removed" for table in diff.tables_gone)
    if again:
        yield f"  delivered again with the same values: {listed([m.table for m in again], 4)}"


def _mart(mart: MartChange) -> Iterator[str]:
    counts = [
        f"{mart.added:,} added" if mart.added else "",
        f"{mart.removed:,} removed" if mart.removed else "",
        f"{mart.changed:,} changed" if mart.changed else "",
    ]
    columns = [f"{name} ({n:,})" for name, n in mart.columns.items()]
    files = [f"{shown(name)} ({n:,})" for name, n in mart.files.items()]
    key = f" by {', '.join(mart.key)}" if mart.key else ", whole rows: no common key"
    yield f"  {mart.table}: {', '.join(filter(None, counts)) or 'columns'}{key}"
    for what, names in (
        ("columns changed", columns),
        ("columns new", list(mart.new_columns)),
        ("columns removed", list(mart.gone_columns)),
        ("delivered by", files),
    ):
        if names:
            yield f"    {what}: {listed(names, NAMES_SHOWN)}"
    if any(row.source_file for row in mart.examples):
        yield from (f"    {_row(row)}" for row in mart.examples[:NAMES_SHOWN])
        more = mart.added + mart.removed + mart.changed - NAMES_SHOWN
        if more > 0:
            yield f"    and {more:,} more"


def _row(row: RowChange) -> str:
    key = ", ".join(row.key.values())
    columns = f" {listed(row.columns, NAMES_SHOWN)}" if row.columns else ""
    place = f" ({shown(row.source_file)}, line {row.source_row})" if row.source_file else ""
    return f"{row.change} {key}{columns}{place}"


def _titles(counts: Mapping[str, int]) -> list[str]:
    return [f"{title}: {n:,}" for title, n in counts.items()]
