"""The tables of the work database's schema ``raw``: their columns and DuckDB types, in order."""

from __future__ import annotations

from warehouse.definitions.dictionary import Extract
from warehouse.landing import schemas
from warehouse.landing.schemas import SQL_TYPES, VIOLATION

FILES = {
    "file_id": "varchar",
    "site": "varchar",
    "delivered_on": "date",
    "extract": "varchar",
    "source_file": "varchar",
    "file_sha256": "varchar",
    "content_sha256": "varchar",
    "size_bytes": "bigint",
    "file_format": "varchar",
    "encoding": "varchar",
    "delimiter": "varchar",
    "mode": "varchar",
    "status": "varchar",
    "reason": "varchar",
    "duplicate_of": "varchar",
    "rows_in_file": "bigint",
    "rows_landed": "bigint",
    "rows_unreadable": "bigint",
    "rows_no_record": "bigint",
    "rows_left_out": "bigint",
    "rows_unread": "bigint",
    "has_unread_records": "boolean",
    "unknown_columns": "varchar[]",
    "missing_columns": "varchar[]",
    "mapping_sha256": "varchar",
    "dictionary_sha256": "varchar",
}

SKIPPED_FILES = {
    "source_file": "varchar",
    "reason": "varchar",
    "needs_correction": "boolean",
}

TIME_ZONES = {"site": "varchar", "time_zone": "varchar", "earliest": "date"}

EXPECTED_DELIVERIES = {
    "site": "varchar",
    "extract": "varchar",
    "every_days": "integer",
    "is_expected": "boolean",
}

LANDING_VIOLATIONS = {column.name: SQL_TYPES[column.type] for column in VIOLATION}

ACCEPTED_CORRECTIONS = {
    "site": "varchar",
    "file": "varchar",
    "line": "integer",
}

RULES_OFF = {"site": "varchar", "rule": "varchar", "because": "varchar"}

STUDY_DEFINITION = {
    "title": "varchar",
    "site_codes": "varchar[]",
    "period_start": "date",
    "period_end": "date",
    "minimum_age_years": "integer",
    "onset_to_puncture_max_hours": "double",
    "prestroke_mrs_below": "integer",
    "stenosis_threshold_pct": "integer",
    "sich_nihss_increase": "integer",
    "sich_fatal_days": "integer",
    "followup_day_min": "integer",
    "followup_day_max": "integer",
    "mortality_window_days": "integer",
    "is_of_the_paper": "boolean",
    "small_samples": "varchar",
}

REFRESH = {
    "refresh_id": "varchar",
    "refresh_number": "integer",
    "started_at": "timestamp",
    "as_of": "date",
    "status": "varchar",
    "reason": "varchar",
    "finished_at": "timestamp",
    "checked_at": "timestamp",
    "release": "varchar",
    "files_landed": "bigint",
    "rows_landed": "bigint",
    "rows_unreadable": "bigint",
    "rows_rejected": "bigint",
    "rows_warned": "bigint",
    "rescue_stenting": "bigint",
    "no_rescue_stenting": "bigint",
    "followup_pending": "bigint",
    "change_note": "varchar",
    "rolled_back_at": "timestamp",
    "warehouse_version": "varchar",
    "git_commit": "varchar",
    "versions": "map(varchar, varchar)",
    "settings": "map(varchar, varchar)",
}

STEPS = {
    "refresh_id": "varchar",
    "step": "varchar",
    "attempt": "integer",
    "started_at": "timestamp",
    "seconds": "double",
    "rows": "bigint",
    "peak_memory_mb": "double",
    "status": "varchar",
    "what_to_do": "varchar",
}

CHECK_RESULTS = {
    "refresh_id": "varchar",
    "checked_at": "timestamp",
    "rule": "varchar",
    "extract": "varchar",
    "site": "varchar",
    "delivered_on": "date",
    "severity": "varchar",
    "rows_checked": "bigint",
    "rows_failed": "bigint",
    "status": "varchar",
}

CHECK_RESULT_CHANGES = {
    "rule": "varchar",
    "extract": "varchar",
    "site": "varchar",
    "delivered_on": "date",
    "severity": "varchar",
    "rows_checked": "bigint",
    "rows_failed": "bigint",
    "status": "varchar",
    "since_refresh": "integer",
    "until_refresh": "integer",
}

EARLIER_VIOLATIONS = {
    "violation_id": "varchar",
    "problem_id": "varchar",
    "rule": "varchar",
    "title": "varchar",
    "severity": "varchar",
    "kahn_category": "varchar",
    "kahn_context": "varchar",
    "extract": "varchar",
    "site": "varchar",
    "source_file": "varchar",
    "source_row": "integer",
    "record_key": "varchar",
    "field": "varchar",
    "found": "varchar",
    "expected": "varchar",
    "why": "varchar",
    "action": "varchar",
    "status": "varchar",
    "closed_how": "varchar",
    "closed_by_file": "varchar",
    "delivered_on": "date",
    "first_seen_on": "date",
    "last_seen_on": "date",
    "closed_on": "date",
}


def landed_columns(extract: Extract) -> dict[str, str]:
    """Columns of a landed row and their DuckDB types, in order."""
    return {column.name: column.sql_type for column in schemas.landed_columns(extract)}
