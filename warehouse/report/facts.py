"""Counts and lists of the quality page, from the quality tables of one release.

Lists are bounded, so that the page stays small. ``found`` is never read: a page shows the expected
value, not the content of a cell.
"""

from __future__ import annotations

from warehouse.queries import IS_NEW, IS_NEWLY_CLOSED, IS_OPEN
from warehouse.releases.reader import Release, Row
from warehouse.report.order import BLOCKS_MOST, FILES_BLOCK_MOST

NEWS_SHOWN, OLDEST_SHOWN, FILES_SHOWN = 20, 5, 60
AGE_BANDS = ((0, "today"), (7, "1 to 7 days"), (30, "8 to 30 days"), (90, "31 to 90 days"))
OLDEST_BAND = "over 90 days"

# A finding that holds its delivery is already counted by its held rows.
NEW_FINDINGS = """
select count(*)
from quality.delivery_findings as findings
where findings.is_new and not exists (
    select *
    from quality.violations as violations
    where violations.status = 'open' and violations.rule = findings.extract || '.delivery.held'
        and violations.site = findings.site and violations.delivered_on = findings.delivered_on
)
"""

TOTALS = f"""
select
    count(*) filter ({IS_OPEN}) as n_open,
    count(*) filter ({IS_OPEN} and severity = 'reject') as n_open_reject,
    count(*) filter ({IS_OPEN} and severity = 'warn') as n_open_warn,
    count(*) filter ({IS_NEW}) as n_new,
    count(*) filter ({IS_NEWLY_CLOSED}) as n_newly_closed,
    count(distinct (source_file, source_row))
        filter ({IS_OPEN} and severity = 'reject' and source_row is not null)
        as n_rows_rejected,
    count(distinct source_file)
        filter ({IS_OPEN} and severity = 'reject' and source_row is null) as n_files_rejected,
    (select count(*) from quality.skipped_files) as n_skipped,
    (select count(*) from quality.skipped_files where needs_correction) as n_skipped_to_fix,
    (select count(*) from quality.expected_deliveries where status = 'overdue') as n_overdue,
    (
        select cast(count(*) > 0 and count(last_delivered_on) = 0 as integer)
        from quality.expected_deliveries where is_study_site
    ) as n_study_undelivered,
    (select count(*) from quality.deliveries) as n_files,
    (select count(*) from quality.deliveries where not is_balanced) as n_unbalanced,
    (
        select count(distinct (extract, site, delivered_on)) from quality.delivery_findings
        where consequence in ('hold_delivery', 'hold_release')
    ) as n_held,
    (select count(*) from quality.expected_deliveries) as n_expected,
    (select count(*) from quality.delivery_findings) as n_findings,
    ({NEW_FINDINGS}) as n_new_findings,
    (
        select count(distinct rule) from quality.check_results where refresh_id = $refresh_id
    ) as n_rules,
    (
        select count(distinct rule) from quality.check_results
        where refresh_id = $refresh_id and status = 'errored'
    ) as n_errored
from quality.violations
"""

# A file that breaks a rule in a hundred lines is one item of the list.
NEW = f"""
select
    rule, any_value(title) as title, severity, source_file,
    case when min(field) = max(field) then min(field) end as field,
    case when min(expected) = max(expected) then min(expected) end as expected,
    count(*) as n, min(source_row) as first_row,
from quality.violations where {IS_NEW}
group by rule, severity, source_file
order by {FILES_BLOCK_MOST} limit {NEWS_SHOWN}
"""

CLOSED = f"""
select
    rule, any_value(title) as title, source_file,
    case when min(field) = max(field) then min(field) end as field, closed_how, closed_by_file,
    closed_on, count(*) as n, min(source_row) as first_row,
from quality.violations where {IS_NEWLY_CLOSED}
group by rule, severity, source_file, closed_how, closed_by_file, closed_on
order by closed_on desc, {FILES_BLOCK_MOST}, closed_how, closed_by_file limit {NEWS_SHOWN}
"""

OLDEST = f"""
select rule, title, severity, source_file, source_row, age_days, first_seen_on
from quality.violations where {IS_OPEN} and not is_new
order by age_days desc, {BLOCKS_MOST} limit {OLDEST_SHOWN}
"""

SKIPPED_FILES = f"""
select source_file, reason, needs_correction from quality.skipped_files
order by needs_correction desc, source_file limit {FILES_SHOWN}
"""

RULES_OFF = f"""
select site, rule, title, because, is_off from quality.rules_off
order by is_off, site, rule limit {FILES_SHOWN}
"""

SITE_RANGES = f"""
select site, extract, field, possible, usual, possible_elsewhere, usual_elsewhere
from quality.site_ranges
order by site, extract, field limit {FILES_SHOWN}
"""

SITE_THRESHOLDS = f"""
select
    site, rule, title, max_failed_share, min_rows, consequence, max_failed_share_elsewhere,
    min_rows_elsewhere, consequence_elsewhere, problem
from quality.site_thresholds
order by problem is null, site, rule limit {FILES_SHOWN}
"""

UNAVAILABLE = f"""
select site, missing_fields, list({{
    'kind': kind || if(study = 'registry', '', ' of ' || study), 'name': name, 'label': label
}}) as uses
from quality.unavailable
group by site, missing_fields
order by site, missing_fields limit {FILES_SHOWN}
"""

EXPECTED = f"""
select site, extract, is_study_site, status, usual_by, usual_days, last_delivered_on, expected_on,
    days_overdue
from quality.expected_deliveries
order by days_overdue desc nulls last, site, extract limit {FILES_SHOWN}
"""

DELIVERIES = f"""
select source_file, delivered_on, mode, status, reason, duplicate_of, rows_in_file, rows_accepted,
    rows_rejected, rows_unreadable, rows_unread, rows_no_record, rows_left_out, rows_current,
    rows_superseded, rows_withdrawn, rows_warned, is_balanced
from quality.deliveries
order by delivered_on desc, source_file limit {FILES_SHOWN}
"""

DELIVERY_FINDINGS = f"""
select rule, title, extract, site, delivered_on, measured, unit, measured_on, expected,
    consequence, why, action, first_seen_on, age_days, is_new
from quality.delivery_findings
order by consequence not in ('hold_delivery', 'hold_release'), delivered_on desc, site, extract,
    rule
limit {FILES_SHOWN}
"""


def totals(release: Release) -> Row:
    """Return the counts for the verdict."""
    return release.row(
        TOTALS, day_before=release.day_before, refresh_id=release.refresh["refresh_id"]
    )


def news(release: Release) -> dict[str, list[Row]]:
    """Return new queries and those closed since the day before, counted by rule and file."""
    closed = release.rows(CLOSED, day_before=release.day_before)
    return {"new": release.rows(NEW), "closed": closed}


def ages(release: Release) -> list[Row]:
    """Return the numbers of open queries by age and severity; every band has a row."""
    cases = " ".join(f"when age_days <= {days} then '{band}'" for days, band in AGE_BANDS)
    counts = release.rows(
        f"""
        select case {cases} else '{OLDEST_BAND}' end as band,
            count(*) filter (severity = 'reject') as n_reject,
            count(*) filter (severity = 'warn') as n_warn
        from quality.violations where {IS_OPEN} group by all
        """
    )
    by_band = {row["band"]: row for row in counts}
    bands = [*(band for _, band in AGE_BANDS), OLDEST_BAND]
    return [by_band.get(band, {"band": band, "n_reject": 0, "n_warn": 0}) for band in bands]


def oldest(release: Release) -> list[Row]:
    """Return the queries that have been open longest."""
    return release.rows(OLDEST)


def skipped_files(release: Release) -> list[Row]:
    """Return the skipped files and folders, those that need a correction first."""
    return release.rows(SKIPPED_FILES)


def rules_off(release: Release) -> list[Row]:
    """Return the rules that sites switch off, those first that cannot be off."""
    return release.rows(RULES_OFF)


def site_ranges(release: Release) -> list[Row]:
    """Return the ranges of numbers that sites have of their own."""
    return release.rows(SITE_RANGES)


def site_thresholds(release: Release) -> list[Row]:
    """Return the thresholds that sites have of their own, those first that do not count."""
    return release.rows(SITE_THRESHOLDS)


def unavailable(release: Release) -> list[Row]:
    """Return what cannot be computed of a site, by the fields that it never delivered."""
    return release.rows(UNAVAILABLE)


def expected(release: Release) -> list[Row]:
    """Return the last and next expected delivery of each extract and site, most overdue first."""
    return release.rows(EXPECTED)


def deliveries(release: Release) -> list[Row]:
    """Return the newest delivered files with the balance of their rows."""
    return release.rows(DELIVERIES)


def delivery_findings(release: Release) -> list[Row]:
    """Return the findings on whole deliveries, held ones first."""
    return release.rows(DELIVERY_FINDINGS)
