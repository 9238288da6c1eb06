"""The release gate: Great Expectations holds the candidate of a release to its invariants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from warehouse.checks.gx_results import great_expectations, write_record
from warehouse.expectations.gate import GateRule
from warehouse.expectations.release import GATE

SHOWN_FAULTS = 3


@dataclass(frozen=True)
class GateFailure:
    """An invariant that does not hold, in plain words."""

    rule: str
    severity: str
    title: str
    problems: tuple[str, ...]
    action: str

    def __str__(self) -> str:
        """``<title> - does not hold: <problems>. <what to do> [<rule>]``."""
        shown = "; ".join(self.problems[:SHOWN_FAULTS])
        more = len(self.problems) - SHOWN_FAULTS
        and_more = f"; and {more} more" if more > 0 else ""
        return f"{self.title} - does not hold: {shown}{and_more}. {self.action} [{self.rule}]"


@dataclass(frozen=True)
class GateResult:
    """Result of the gate: failures stop the release, warnings do not."""

    refresh_id: str
    failures: tuple[GateFailure, ...]
    warnings: tuple[GateFailure, ...]

    @property
    def passed(self) -> bool:
        """Whether the candidate may be published."""
        return not self.failures


def check_release(
    release_path: Path, results_dir: Path, refresh_id: str, gate: Sequence[GateRule] = GATE
) -> GateResult:
    """Hold a release file to invariants, sorted by table: those of ``expectations/release.py``.

    Great Expectations' record goes to ``results_dir/release.json``. The file must not be open for
    writing in this process. An invariant that cannot be worked out does not hold.
    """
    gx = great_expectations()
    found: list[GateFailure] = []
    records: dict[str, Any] = {}
    with (
        duckdb.connect(release_path, read_only=True) as connection,
        gx.Session(connection) as session,
    ):
        existing = _tables(connection)
        for table, rules in groupby(gate, key=lambda rule: rule.table):
            if table in existing:
                failures, records[table] = _check_table(session, table, list(rules))
                found += failures
            else:
                found.append(_missing(table))
    write_record(results_dir / "release.json", {"refresh_id": refresh_id, "tables": records})
    return GateResult(
        refresh_id=refresh_id,
        failures=tuple(failure for failure in found if failure.severity == "critical"),
        warnings=tuple(failure for failure in found if failure.severity == "warning"),
    )


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables"
    ).fetchall()
    return {name for (name,) in rows}


def _check_table(
    session: Any, table: str, rules: Sequence[GateRule]
) -> tuple[list[GateFailure], dict[str, Any]]:
    gx = great_expectations()
    tasks = [(rule.id, rule.severity, rule.expectation) for rule in rules]
    validation = session.validate(gx.Table(*table.split(".")), tasks, gx.ROWS_IN_RESULT)
    verdicts = [(rule, validation.verdicts[rule.id]) for rule in rules]
    failures = [_failure(rule, verdict) for rule, verdict in verdicts if not verdict.success]
    return failures, validation.record


def _failure(rule: GateRule, verdict: Any) -> GateFailure:
    problems = tuple(row["problem"] for row in verdict.unexpected_rows)
    if verdict.error:
        problems = (f"it could not be worked out: {verdict.error}",)
    return GateFailure(
        rule=rule.id,
        severity=rule.severity,
        title=rule.title,
        problems=problems or (f"{verdict.unexpected_count} rows of {rule.table} break it",),
        action=rule.action,
    )


def _missing(table: str) -> GateFailure:
    return GateFailure(
        rule=f"{table}.exists",
        severity="critical",
        title=f"The release has the table {table}",
        problems=("there is none",),
        action="Look at what dbt built in this refresh.",
    )
