"""The tables of the work database's schema ``raw``: their columns and DuckDB types, in order."""

from __future__ import annotations

from warehouse.definitions.dictionary import Extract
from warehouse.definitions.published import FILES as PUBLISHED_FILES
from warehouse.definitions.study import StudyDefinition
from warehouse.history import RefreshRecord, StepRecord
from warehouse.landing import schemas
from warehouse.landing.manifest import Manifest
from warehouse.landing.schemas import SQL_TYPES, VIOLATION
from warehouse.sql_types import sql_columns

# What only landing needs of a manifest.
_OF_LANDING = (
    *("contract_sha256", "secret_fingerprint", "landed_at", "limits", "part", "compared_with"),
    *("is_ascii", "columns", "sources", "cells", "conversions", "rules_at_work", "digests"),
)

FILES = sql_columns(Manifest, without=_OF_LANDING)

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

SITE_RANGES = {
    "site": "varchar",
    "extract": "varchar",
    "field": "varchar",
    **dict.fromkeys(("minimum", "maximum", "usual_minimum", "usual_maximum"), "double"),
    **dict.fromkeys(("possible", "usual", "possible_elsewhere", "usual_elsewhere"), "varchar"),
}

SITE_THRESHOLDS = {
    "site": "varchar",
    "rule": "varchar",
    "max_failed_share": "double",
    "min_rows": "integer",
    "consequence": "varchar",
}

FIELD_USES = dict.fromkeys(("kind", "study", "name", "extract", "field"), "varchar")

MISSING_FIELDS = dict.fromkeys(("site", "extract", "field"), "varchar")

STUDY_VARIABLES = {"variable": "varchar", "description": "varchar"}

RULES_OFF = {"site": "varchar", "rule": "varchar", "because": "varchar"}

STUDY_DEFINITION = {column.name: column.sql_type for column in StudyDefinition.columns()}

STUDIES = (
    STUDY_DEFINITION
    | {"subgroup_codes": "varchar[]"}
    | dict.fromkeys(("patients_sql", "criteria_sql", "value_counts_sql"), "varchar")
)
STUDY_STEPS = {
    "study": "varchar",
    "place": "integer",
    **dict.fromkeys(("step_name", "label"), "varchar"),
    **dict.fromkeys(("is_exclusion", "is_always_shown"), "boolean"),
}
STUDY_GROUPS = {
    "study": "varchar",
    "place": "integer",
    **dict.fromkeys(("study_group", "prefix", "label"), "varchar"),
}
STUDY_SUBGROUPS = {
    "study": "varchar",
    "place": "integer",
    **dict.fromkeys(("characteristic", "characteristic_label", "subgroup", "label"), "varchar"),
}
STUDY_LINES = {
    **dict.fromkeys(("study", "table_name"), "varchar"),
    "table_number": "integer",
    "title": "varchar",
    "line": "integer",
    **dict.fromkeys(("variable", "paper_line", "section", "label", "unit"), "varchar"),
    "indent": "integer",
    "summary": "varchar",
    "decimals": "integer",
    "test": "varchar",
    "levels": "varchar[]",
    "effects": "varchar",
}

# Files of published results (``warehouse.definitions.published``), all texts but for these.
_KINDS = {"is_own_result": "boolean", "value": "integer"}
PUBLISHED = {
    f"published_{name}": {"study": "varchar"}
    | {
        "printed_group" if each == "group" else each: _KINDS.get(each, "varchar")
        for each in of_file
    }
    for name, of_file in PUBLISHED_FILES.items()
}

REFRESH = sql_columns(RefreshRecord, without=("steps", "mart_digests", "digests", "locks"))
REFRESH["refresh_number"] = "integer"

STEPS = {"refresh_id": "varchar"} | sql_columns(StepRecord) | {"attempt": "integer"}

_RESULT = {
    "rule": "varchar",
    "extract": "varchar",
    "site": "varchar",
    "delivered_on": "date",
    "severity": "varchar",
    "rows_checked": "bigint",
    "rows_failed": "bigint",
    "status": "varchar",
}

CHECK_RESULTS = {"refresh_id": "varchar", "checked_at": "timestamp"} | _RESULT

CHECK_RESULT_CHANGES = _RESULT | {"since_refresh": "integer", "until_refresh": "integer"}

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
