"""Great Expectations judges every landed row (here) and every candidate of a release (audit).

Great Expectations itself is imported (4 to 15 seconds) by the first call, not by these modules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from expectations.rule import Rule
from expectations.suites import all_rules, suite
from warehouse import check_tables
from warehouse.audit import GateFailure, GateResult, audit_release
from warehouse.dictionary import EXTRACTS, dictionary
from warehouse.errors import WarehouseError
from warehouse.gx_results import great_expectations, write_record

__all__ = [
    "CheckError",
    "ChecksSummary",
    "GateFailure",
    "GateResult",
    "audit_release",
    "run_checks",
]


class CheckError(WarehouseError):
    """A rule could not be worked out; the message names it."""


@dataclass(frozen=True)
class ChecksSummary:
    """What the checks found, over all landed rows."""

    rules: int
    rows_checked: int
    rows_rejected: int
    rows_warned: int


def run_checks(
    work_path: Path,
    refresh_id: str,
    results_dir: Path,
    progress: Callable[[str], None] = print,
) -> ChecksSummary:
    """Judge all rows of ``raw.*`` in a work database; store rules, results and failing rows there.

    Great Expectations' own record of each extract is written to ``results_dir/<extract>.json``.
    The file must not be open in this process. Raises CheckError when a rule cannot be worked out.
    """
    gx = great_expectations()
    with duckdb.connect(work_path) as connection:
        check_tables.create_result_tables(connection, all_rules())
    stamp = (refresh_id, datetime.now(UTC).replace(tzinfo=None, microsecond=0))
    for position, extract in enumerate(EXTRACTS):
        rules = suite(extract)
        progress(f"  {extract}: {len(rules)} rules")
        _prepare(work_path, extract, rules, EXTRACTS[:position])
        table = gx.Table(work_path, "checks", extract)
        validation = gx.validate(table, [_task(rule) for rule in rules], gx.ROWS_BY_QUERY)
        write_record(results_dir / f"{extract}.json", validation.record)
        _store(work_path, extract, rules, validation.verdicts, stamp)
    with duckdb.connect(work_path) as connection:
        check_tables.drop_check_tables(connection)
        return _summary(connection)


def _prepare(work_path: Path, extract: str, rules: Sequence[Rule], judged: Sequence[str]) -> None:
    words = dictionary().extracts[extract]
    with duckdb.connect(work_path) as connection:
        try:
            check_tables.create_check_table(connection, words, rules, judged)
        except duckdb.Error as error:
            raise _broken_rule(connection, words.name, rules, judged, error) from error


def _broken_rule(
    connection: duckdb.DuckDBPyConnection,
    extract: str,
    rules: Sequence[Rule],
    judged: Sequence[str],
    error: duckdb.Error,
) -> CheckError:
    """An error that names the rules whose SQL fails by itself, or else what DuckDB said."""
    words = dictionary().extracts[extract]
    broken = []
    for rule in rules:
        try:
            check_tables.create_check_table(connection, words, [rule], judged)
        except duckdb.Error:
            broken.append(rule.id)
    return CheckError(
        f"{', '.join(broken) or extract}: the SQL of this rule does not run, so no row of "
        f"{extract} can be judged: {error}\nCorrect the rule in expectations/{extract}.py."
    )


def _task(rule: Rule) -> tuple[str, str, Any]:
    return rule.id, "critical" if rule.severity == "reject" else "warning", rule.decided_by


def _store(
    work_path: Path,
    extract: str,
    rules: Sequence[Rule],
    verdicts: dict[str, Any],
    stamp: tuple[str, datetime],
) -> None:
    errors = {name: verdict.error for name, verdict in verdicts.items() if verdict.error}
    with duckdb.connect(work_path) as connection:
        for rule in rules:
            verdict = verdicts[rule.id]
            if verdict.unexpected_count:
                _store_failures(connection, rule, verdict)
        check_tables.store_results(connection, extract, rules, list(errors), stamp)
        check_tables.create_current_table(connection, extract)
    if errors:
        listed = "\n".join(f"  {name}: {message}" for name, message in errors.items())
        raise CheckError(
            f"Great Expectations could not work out {len(errors)} rules of {extract}, so nobody "
            f"knows which rows break them:\n{listed}\n"
            f"Correct the rules in expectations/ or the dictionary."
        )


def _store_failures(connection: duckdb.DuckDBPyConnection, rule: Rule, verdict: Any) -> None:
    """Store the rows that Great Expectations' own query finds, and hold it to its own count."""
    query = verdict.failing_rows_query.rstrip(";")
    stored = check_tables.store_failures(connection, rule, query)
    if stored != verdict.unexpected_count:
        raise CheckError(
            f"{rule.id}: Great Expectations counts {verdict.unexpected_count} failing rows, its "
            f"query finds {stored}. One of them is wrong, so no row can be rejected safely."
        )


def _summary(connection: duckdb.DuckDBPyConnection) -> ChecksSummary:
    rows = " union all ".join(f"select row_id from raw.{extract}" for extract in EXTRACTS)
    counts = connection.execute(
        f"""
        select
            (select count(distinct rule) from raw.check_results),
            (select count(*) from ({rows})),
            (select count(distinct row_id) from raw.check_failures where severity = 'reject'),
            (select count(distinct row_id) from raw.check_failures where severity = 'warn')
        """
    ).fetchone()
    return ChecksSummary(*(counts or (0, 0, 0, 0)))
