"""Row rules of a pre-flight: Great Expectations checks the files with the landed log as context."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb

from warehouse.checks.run import run_checks
from warehouse.definitions.dictionary import EXTRACTS, dictionary
from warehouse.definitions.site import mapping_name
from warehouse.history import RefreshRecord, utc_now
from warehouse.preflight.landing import ScratchLog
from warehouse.preflight.report import Finding
from warehouse.text import meant
from warehouse.work_database import (
    load_accepted_corrections,
    load_history,
    load_landed,
    load_studies,
    new_work_database,
)

REFRESH_ID = "check"
_CHECKED_ROWS = " union all ".join(
    f"select row_id, file_id, source_row from raw.{extract} where list_contains($files, file_id)"
    for extract in EXTRACTS
)
# References to admissions cannot be checked where no admission is known at all.
_FAILURES = f"""
    with checked as ({_CHECKED_ROWS}),
    failures as (
        select
            checked.file_id,
            failures.*,
            checked.source_row,
            row_number() over (
                partition by checked.file_id, failures.rule, failures.expected
                order by checked.source_row
            ) as number,
            count(*) over (partition by checked.file_id, failures.rule, failures.expected) as total
        from raw.check_failures as failures
        inner join checked on failures.row_id = checked.row_id
    )
    select
        failures.file_id, failures.rule, failures.severity, failures.expected, rules.action,
        failures.total, failures.source_row, failures.found
    from failures
    inner join raw.rules as rules on failures.rule = rules.rule
    where failures.number <= $shown
    order by all
"""
_ROWS = f"""
    with checked as ({_CHECKED_ROWS}),
    objections as (
        select row_id, severity from raw.landing_violations
        union all select row_id, severity from raw.check_failures
    )
    select
        count(distinct row_id) filter (severity = 'reject'),
        count(distinct row_id)
    from checked
    inner join objections using (row_id)
"""
# Entries of a mapping about rules that cannot count.
_MAPPING_FAULTS = """
    select site, 'thresholds', rule, problem from raw.own_thresholds where problem is not null
    union all
    select site, 'rules_off', rule, 'there is no such rule, or none that may be off'
    from raw.switched_off where not is_off
    order by all
"""


@dataclass(frozen=True)
class Checked:
    """Result of the checks: broken rules per file, and numbers of rejected and flagged rows."""

    findings: dict[str, list[Finding]]
    rows_rejected: int
    rows_warned: int


def check_rows(
    scratch: ScratchLog, files: Sequence[str], shown: int, say: Callable[[str], None]
) -> Checked:
    """Check the landed rows of files (by file_id); the rest of the log is their context.

    ``shown`` lines are kept of each finding.

    Raises CheckError when a rule cannot be worked out.
    """
    landed_dir, as_of = scratch.landed_dir, scratch.day
    work_path = landed_dir.parent / "work.duckdb"
    parameters = {"files": list(files)}
    with new_work_database(work_path) as connection:
        load_landed(connection, landed_dir, dictionary(), as_of)
        load_accepted_corrections(connection, scratch.names)
        load_studies(connection)
        record = RefreshRecord(REFRESH_ID, utc_now(), as_of)
        load_history(connection, landed_dir.parent / "history", record)
        _keep_patients_of(connection, parameters)
        has_admissions = bool(connection.table("raw.admissions").limit(1).fetchall())
    run_checks(work_path, REFRESH_ID, landed_dir.parent / "results", progress=say)
    with duckdb.connect(work_path) as connection:
        for line in mapping_faults(connection):
            say(line)
        if not has_admissions:
            connection.execute(
                "delete from raw.check_failures where rule in "
                """(select rule from raw.rules where "constraint" = 'reference')"""
            )
        rejected, objected = connection.execute(_ROWS, parameters).fetchone() or (0, 0)
        rows = connection.execute(_FAILURES, {**parameters, "shown": shown}).fetchall()
    return Checked(_findings(rows), rejected, objected - rejected)


def mapping_faults(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """A line for each entry of a mapping about rules that cannot count, and why."""
    rows = connection.execute(_MAPPING_FAULTS).fetchall()
    rules = [rule for (rule,) in connection.execute("select rule from raw.rules").fetchall()]
    return [
        f"{mapping_name(site)}: {key}.{rule}: {problem}"
        + ("" if rule in rules else meant(rule, rules))
        for site, key, rule, problem in rows
    ]


def _keep_patients_of(
    connection: duckdb.DuckDBPyConnection, parameters: dict[str, list[str]]
) -> None:
    """Forget the patients who are in none of the files: nothing about them is asked."""
    patients = " union ".join(
        f"select patient_key from raw.{extract} where list_contains($files, file_id)"
        for extract in EXTRACTS
    )
    connection.execute(f"create temp table asked as {patients}", parameters)
    for extract in EXTRACTS:
        connection.execute(
            f"delete from raw.{extract} where not list_contains($files, file_id) "
            "and patient_key not in (select patient_key from asked where patient_key is not null)",
            parameters,
        )


def _findings(rows: Sequence[tuple]) -> dict[str, list[Finding]]:
    by_file: dict[str, dict[tuple[str, str], Finding]] = {}
    for file_id, rule, severity, expected, action, total, line, found in rows:
        findings = by_file.setdefault(file_id, {})
        finding = findings.setdefault(
            (rule, expected), Finding(rule, severity, expected, action, total)
        )
        finding.first.append((line, found))
    return {file_id: list(findings.values()) for file_id, findings in by_file.items()}
