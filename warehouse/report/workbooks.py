"""Query workbooks: one XLSX file per site with its open and closed queries.

A workbook is a list to work from, not a form for answers: each refresh writes it again, and a query
closes by itself when the corrected row arrives.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from openpyxl import Workbook

from warehouse.definitions.site import site_label
from warehouse.files import write_atomically
from warehouse.queries import IS_CLOSED, IS_OPEN
from warehouse.releases.reader import Release, Row, open_release
from warehouse.report.order import BLOCKS_MOST
from warehouse.tables.sheets import Sheet, add_sheet, workbook_bytes
from warehouse.text import counted, day

FOLDER = "queries"
CLOSED_DAYS = 90
# More than anyone corrects by hand; the most blocking come first.
ROWS_SHOWN = 10_000

# Heading, width in characters, column of the rows below.
OPEN_COLUMNS = (
    ("Effect", 11, "effect"),
    ("File", 34, "source_file"),
    ("Line", 7, "source_row"),
    ("Key (pseudonym)", 23, "record_key"),
    ("Field", 22, "field"),
    ("Rule", 30, "title"),
    ("Expected", 38, "expected"),
    ("Why it matters", 38, "why"),
    ("What to do", 44, "action"),
    ("Fix first", 34, "fix_first"),
    ("First seen", 12, "first_seen_on"),
    ("Open for (days)", 10, "age_days"),
    ("New", 7, "is_new"),
    ("Rule id", 34, "rule"),
)
CLOSED_COLUMNS = (
    ("File", 34, "source_file"),
    ("Line", 7, "source_row"),
    ("Key (pseudonym)", 23, "record_key"),
    ("Field", 22, "field"),
    ("Rule", 30, "title"),
    ("First seen", 12, "first_seen_on"),
    ("Closed on", 12, "closed_on"),
    ("How", 18, "closed_how"),
    ("By file", 34, "closed_by_file"),
    ("Was open (days)", 10, "age_days"),
    ("Rule id", 34, "rule"),
)

OPEN = f"""
select
    case severity when 'reject' then 'rejected' else 'flagged' end as effect, source_file,
    source_row, record_key, field, title, expected, why, action,
    caused_by_file || ', line ' || caused_by_row as fix_first, first_seen_on, age_days,
    case when is_new then 'new' end as is_new, rule
from quality.violations
where site = $site and {IS_OPEN}
order by {BLOCKS_MOST}
limit {ROWS_SHOWN}
"""

CLOSED = f"""
select source_file, source_row, record_key, field, title, first_seen_on, closed_on, closed_how,
    closed_by_file, age_days, rule
from quality.violations
where site = $site and {IS_CLOSED} and closed_on >= $closed_since
order by closed_on desc, {BLOCKS_MOST}
limit {ROWS_SHOWN}
"""

COUNTS = f"""
select
    count(*) filter ({IS_OPEN}) as n_open,
    count(*) filter ({IS_OPEN} and severity = 'reject') as n_reject,
    count(*) filter ({IS_CLOSED} and closed_on >= $closed_since) as n_closed
from quality.violations
where site = $site
"""


def write_query_workbooks(
    release_path: Path, reports_dir: Path, sites_dir: Path | None = None
) -> list[Path]:
    """Write ``queries/<site>.xlsx`` for every site with a delivery; return their paths.

    The release is opened read-only. The same release gives the same files, byte for byte.
    """
    with open_release(release_path) as release:
        sites = release.rows(
            "select site from quality.deliveries union select site from quality.violations "
            "where site is not null order by site"
        )
        return [_write(release, row["site"], reports_dir / FOLDER, sites_dir) for row in sites]


def _write(release: Release, site: str, folder: Path, sites_dir: Path | None) -> Path:
    since = release.as_of - timedelta(days=CLOSED_DAYS)
    counts = release.row(COUNTS, site=site, closed_since=since)
    label = site_label(site, sites_dir)
    title = f"{label.title}: queries as of {day(release.as_of)}"
    if label.synthetic:
        title += " (SYNTHETIC DATA)"
    workbook = Workbook(write_only=True)
    add_sheet(
        workbook,
        Sheet("open", title, _open_text(counts), OPEN_COLUMNS),
        _with_places(release.rows(OPEN, site=site)),
    )
    add_sheet(
        workbook,
        Sheet("closed", title, _closed_text(counts), CLOSED_COLUMNS),
        _with_places(release.rows(CLOSED, site=site, closed_since=since)),
    )
    path = folder / f"{site}.xlsx"
    write_atomically(path, workbook_bytes(workbook, release.as_of))
    return path


def _with_places(rows: list[Row]) -> list[Row]:
    """Return the rows; the line of a query on a whole file is ``whole file``."""
    return [row | {"source_row": row["source_row"] or "whole file"} for row in rows]


def _open_text(counts: Row) -> str:
    if not counts["n_open"]:
        return "No query is open: there is nothing to correct."
    text = (
        f"{counted(counts['n_open'], 'open query', 'open queries')} (rejected: "
        f"{counts['n_reject']:,}, flagged: {counts['n_open'] - counts['n_reject']:,}). Correct "
        f"them at the source, from the top, and deliver the rows again; a query closes by itself "
        f"when the corrected row arrives."
    )
    return text + _more_text(counts["n_open"])


def _closed_text(counts: Row) -> str:
    if not counts["n_closed"]:
        return f"No query was closed in the last {CLOSED_DAYS} days."
    closed = counted(counts["n_closed"], "query", "queries")
    return f"{closed} closed in the last {CLOSED_DAYS} days." + _more_text(counts["n_closed"])


def _more_text(number: int) -> str:
    more = number - ROWS_SHOWN
    return f" And {more:,} more in quality.violations." if more > 0 else ""
