"""Alerts from a release's quality tables: counts and files only."""

from __future__ import annotations

import logging
from pathlib import Path

import duckdb

from warehouse.alerts.models import Alert, Audience
from warehouse.expected import overdue_deliveries
from warehouse.files import replacing
from warehouse.queries import IS_OPEN

log = logging.getLogger(__name__)

CONSEQUENCES = {
    "flag": "is flagged",
    "reject_row": "has rows rejected",
    "hold_delivery": "is held: none of its rows is used",
    "hold_release": "holds back the release",
}
CONSEQUENCE_OF = {"reject": "rejected", "warn": "flagged"}
NEW_QUERIES = f"""
select severity, title, rule, source_file, count(*)
from quality.violations
where {IS_OPEN} and not list_contains($notified, problem_id)
group by all
order by severity, count(*) desc, rule, source_file
"""
FINDINGS = """
select rule, title, extract, site, delivered_on, consequence
from quality.delivery_findings
order by consequence desc, delivered_on, rule
"""
# The status's former name: other keys would send the alerts of these files once more.
REJECTED_KEY = "set_aside"
REJECTED_FILES = """
select source_file, reason from quality.deliveries where status = 'rejected' order by source_file
"""
OPEN_QUERIES = f"select distinct problem_id from quality.violations where {IS_OPEN}"


def new_queries(release_path: Path, sent_path: Path) -> list[Alert]:
    """Return an alert for each rule and file with queries that no alert named yet.

    ``sent_path`` holds the queries that were named.
    """
    with duckdb.connect(release_path, read_only=True) as connection:
        groups = connection.execute(
            NEW_QUERIES, {"notified": _notified_queries(sent_path)}
        ).fetchall()
    return [
        Alert(
            key=f"violations:{release_path.stem}:{rule}:{source_file}",
            audience=Audience.DATA_MANAGER,
            text=(
                f"{count:,} {'query' if count == 1 else 'queries'}, {CONSEQUENCE_OF[severity]}: "
                f"{title} ({rule}), {source_file}"
            ),
        )
        for severity, title, rule, source_file, count in groups
    ]


def standing_alerts(release_path: Path) -> list[Alert]:
    """Return alerts that last: files rejected, deliveries held, flagged or overdue."""
    with duckdb.connect(release_path, read_only=True) as connection:
        files = connection.execute(REJECTED_FILES).fetchall()
        findings = connection.execute(FINDINGS).fetchall()
    return [
        *(
            _alert(f"{REJECTED_KEY}:{file}", f"rejected file: {file}: {reason}")
            for file, reason in files
        ),
        *(
            _alert(
                f"finding:{rule}:{site}:{day}",
                f"{extract} of {site}, {day}, {CONSEQUENCES[consequence]}: {title} ({rule})",
            )
            for rule, title, extract, site, day, consequence in findings
        ),
        *(
            _alert(
                f"overdue:{late.site}:{late.extract}:{late.expected_on}",
                f"not delivered: {late.line}",
            )
            for late in overdue_deliveries(release_path)
        ),
    ]


def skipped_alerts(skipped_lines: list[str]) -> list[Alert]:
    """Return alerts for files and folders that were skipped."""
    return [_alert(f"left:{line}", f"skipped: {line}") for line in skipped_lines]


def keep_notified_queries(release_path: Path, sent_path: Path) -> None:
    """Store all open queries of a release as named; one that is reopened is named again."""
    sent_path.parent.mkdir(parents=True, exist_ok=True)
    with (
        duckdb.connect(release_path, read_only=True) as connection,
        replacing(sent_path) as partial,
    ):
        connection.sql(OPEN_QUERIES).write_parquet(str(partial))


def _notified_queries(sent_path: Path) -> list[str]:
    """Read the named queries; none if the file is damaged: a second alert does less harm."""
    if not sent_path.is_file():
        return []
    try:
        with duckdb.connect() as connection:
            rows = connection.execute("from read_parquet($path)", {"path": str(sent_path)})
            return [problem for (problem,) in rows.fetchall()]
    except duckdb.Error:
        log.warning("%s was damaged: open queries are sent again", sent_path)
        return []


def _alert(key: str, text: str) -> Alert:
    return Alert(key, Audience.DATA_MANAGER, text)
