"""Page of patients who need a 90-day follow-up call."""

from __future__ import annotations

from pathlib import Path

from warehouse.releases.reader import Release
from warehouse.report.frame import frame
from warehouse.report.page import write_page

CALLS_SHOWN = 1_000
CALLS = f"""
select
    overdue.patient_key, overdue.site, overdue.punctured_on, overdue.due_from, overdue.due_until,
    overdue.days_overdue, overdue.is_overdue, overdue.is_assessed_outside_window,
    patients.source_file, patients.source_row
from registry.overdue_followups as overdue
left join registry.patients as patients on overdue.admission_key = patients.admission_key
order by overdue.due_until, overdue.patient_key
limit {CALLS_SHOWN}
"""
COUNTS = """
select
    count(*) as n_calls, count(*) filter (is_overdue) as n_overdue,
    count(*) filter (not is_overdue) as n_due
from registry.overdue_followups
"""
COMPLETENESS = """
select site, sum(n_followup_due) as n_due, sum(n_followed_up) as n_done,
    sum(n_outside_window) as n_outside, sum(n_pending) as n_pending
from registry.monthly_indicators
group by site
order by site
"""


def write_followups(release: Release, reports_dir: Path, sites_dir: Path | None) -> Path:
    """Write ``followups.html``."""
    calls = release.rows(CALLS)
    counts = release.row(COUNTS)
    return write_page(
        reports_dir,
        "followups.html.j2",
        frame(release, "followups.html", sites_dir),
        calls=calls,
        counts=counts,
        n_more=counts["n_calls"] - len(calls),
        completeness=release.rows(COMPLETENESS),
        definition=release.row("select * from study.definition"),
    )
