"""Checks of every landed row and every delivery with Great Expectations.

Great Expectations itself is imported (4 to 15 seconds) by the first call, not by these modules.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse.checks.extract_check import CheckError, ExtractCheck
from warehouse.checks.gx_worker import GxWorker
from warehouse.checks.held_versions import AcceptedCorrections
from warehouse.checks.impossible import empty_impossible_cells
from warehouse.checks.near_misses import describe_near_misses
from warehouse.checks.own_thresholds import meet_own_thresholds
from warehouse.checks.records import create_record_tables
from warehouse.checks.results import create_result_tables
from warehouse.checks.site_ranges import fields_with_own
from warehouse.checks.strokes import key_admissions
from warehouse.definitions.dictionary import EXTRACTS
from warehouse.expectations.delivery import DeliveryRule
from warehouse.expectations.suites import RuleBook, rule_book


@dataclass(frozen=True)
class ChecksSummary:
    """Counts of the checks over all landed rows."""

    rules: int
    rows_checked: int
    rows_rejected: int
    rows_warned: int


def run_checks(
    work_path: Path,
    refresh_id: str,
    results_dir: Path,
    progress: Callable[[str], None] = print,
    rules: RuleBook | None = None,
) -> ChecksSummary:
    """Check all rows of ``raw.*`` in a work database; store rules, results and failing rows there.

    Great Expectations' own records of each extract are written to ``results_dir``: of its rows to
    ``<extract>.json``, of its deliveries to ``<extract>_deliveries.json``. ``rules`` are others
    than the project's.
    The file must not be open in this process. Raises CheckError when a rule cannot be worked out.
    """
    book = rules or rule_book()
    _check_thresholds(book)
    stamp = (refresh_id, datetime.now(UTC).replace(tzinfo=None, microsecond=0))
    with (
        duckdb.connect(work_path) as connection,
        GxWorker(connection, results_dir) as worker,
        ThreadPoolExecutor(max_workers=1, thread_name_prefix="failures") as aside,
    ):
        book = book.by_site(fields_with_own(connection))
        create_result_tables(connection, book)
        create_record_tables(connection)
        key_admissions(connection)
        corrections = AcceptedCorrections.of(connection)
        _check_extracts(
            [
                ExtractCheck(
                    connection, worker, aside, extract, book.suites[extract], corrections, stamp
                )
                for extract in EXTRACTS
            ],
            progress,
        )
        for extract in EXTRACTS:
            describe_near_misses(connection, extract)
        meet_own_thresholds(connection)
        corrections.store_unused(connection)
        empty_impossible_cells(connection, book)
        return _summary(connection)


def _check_extracts(checks: list[ExtractCheck], progress: Callable[[str], None]) -> None:
    """Check each extract after those before it, while Great Expectations counts beside."""
    for position, check in enumerate(checks):
        progress(f"  {check.extract}: {sum(map(len, check.suite))} rules")
        check.run(EXTRACTS[:position])
    for check in checks:
        check.hold_to_verdicts()


def _check_thresholds(book: RuleBook) -> None:
    """Raises CheckError when a threshold names no rule, or says what cannot be done."""
    rules = book.rules
    problems = book.allowed.problems(
        {rule.id: rule.severity for rule in rules},
        [rule.id for rule in rules if isinstance(rule, DeliveryRule)],
    )
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise CheckError(
            f"thresholds.yaml does not fit the rules, so nothing was checked:\n{listed}\n"
            f"Correct these lines."
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
