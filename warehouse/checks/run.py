"""Great Expectations judges every landed row and every delivery.

Great Expectations itself is imported (4 to 15 seconds) by the first call, not by these modules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from expectations.delivery import DeliveryRule
from expectations.rule import Described, Rule
from expectations.suites import all_rules, delivery_suite, suite
from warehouse.checks import results, tables
from warehouse.checks.consequences import apply_consequences
from warehouse.checks.gx_results import great_expectations, write_record
from warehouse.definitions.dictionary import EXTRACTS, dictionary
from warehouse.definitions.thresholds import thresholds
from warehouse.errors import WarehouseError


class CheckError(WarehouseError):
    """A rule could not be worked out; the message names it."""


class Suites(NamedTuple):
    """The rules that Great Expectations decides for an extract."""

    rows: Sequence[Rule]
    deliveries: Sequence[DeliveryRule]


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

    Great Expectations' own records of each extract are written to ``results_dir``: of its rows to
    ``<extract>.json``, of its deliveries to ``<extract>_deliveries.json``.
    The file must not be open in this process. Raises CheckError when a rule cannot be worked out.
    """
    rules = all_rules()
    _check_thresholds(rules)
    with duckdb.connect(work_path) as connection:
        results.create_result_tables(connection, rules)
    stamp = (refresh_id, datetime.now(UTC).replace(tzinfo=None, microsecond=0))
    for position, extract in enumerate(EXTRACTS):
        suites = Suites(suite(extract), delivery_suite(extract))
        progress(f"  {extract}: {len(suites.rows) + len(suites.deliveries)} rules")
        _prepare(work_path, extract, suites, EXTRACTS[:position])
        _judge(work_path, extract, suites, results_dir, stamp)
    with duckdb.connect(work_path) as connection:
        tables.drop_check_tables(connection)
        return _summary(connection)


def _check_thresholds(rules: Sequence[Described]) -> None:
    """Raises CheckError when a threshold names no rule, or says what cannot be done."""
    problems = thresholds().problems(
        {rule.id: rule.severity for rule in rules},
        [rule.id for rule in rules if isinstance(rule, DeliveryRule)],
    )
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise CheckError(f"dictionary/thresholds.yaml does not fit the rules:\n{listed}")


def _prepare(work_path: Path, extract: str, suites: Suites, judged: Sequence[str]) -> None:
    words = dictionary().extracts[extract]
    with _work_database(work_path) as connection:
        try:
            tables.create_check_table(connection, words, *suites, judged)
            tables.create_deliveries_table(connection, extract, suites.deliveries)
        except duckdb.Error as error:
            raise _broken_rule(connection, words.name, suites, judged, error) from error


@contextmanager
def _work_database(work_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that writes tables as they are: soon dropped, they are not worth compressing."""
    with duckdb.connect(work_path) as connection:
        connection.execute("set force_compression = 'uncompressed'")
        yield connection


def _broken_rule(
    connection: duckdb.DuckDBPyConnection,
    extract: str,
    suites: Suites,
    judged: Sequence[str],
    error: duckdb.Error,
) -> CheckError:
    """An error that names the rules whose SQL fails by itself, or else what DuckDB said."""
    words = dictionary().extracts[extract]
    alone = [
        *(Suites([rule], []) for rule in suites.rows),
        *(Suites([], [rule]) for rule in suites.deliveries),
    ]
    broken = []
    for one in alone:
        try:
            tables.create_check_table(connection, words, *one, judged)
            tables.create_deliveries_table(connection, extract, one.deliveries)
        except duckdb.Error:
            broken += [rule.id for rule in (*one.rows, *one.deliveries)]
    return CheckError(
        f"{', '.join(broken) or extract}: the SQL of this rule does not run, so no row of "
        f"{extract} can be judged: {error}\nCorrect the rule in expectations/."
    )


def _judge(
    work_path: Path,
    extract: str,
    suites: Suites,
    results_dir: Path,
    stamp: tuple[str, datetime],
) -> None:
    """Have Great Expectations judge the rows and the deliveries of an extract, and store it.

    A rule that could be measured on no delivery has nothing to judge.
    """
    gx = great_expectations()
    with duckdb.connect(work_path) as connection:
        measured = tables.measured_rules(connection, extract, suites.deliveries)
    judged = {extract: suites.rows, f"{extract}_deliveries": measured}
    verdicts: dict[str, Any] = {}
    for table, rules in judged.items():
        if not rules:
            continue
        tasks = [_task(rule) for rule in rules]
        validation = gx.validate(gx.Table(work_path, "checks", table), tasks, gx.COUNTS)
        write_record(results_dir / f"{table}.json", validation.record)
        verdicts |= validation.verdicts
    _store(work_path, extract, suites, verdicts, stamp)


def _task(rule: Rule | DeliveryRule) -> tuple[str, str, Any]:
    return rule.id, "critical" if rule.severity == "reject" else "warning", rule.decided_by


def _store(
    work_path: Path,
    extract: str,
    suites: Suites,
    verdicts: dict[str, Any],
    stamp: tuple[str, datetime],
) -> None:
    errors = {name: verdict.error for name, verdict in verdicts.items() if verdict.error}
    rows = [rule for rule in suites.rows if rule.id not in errors]
    deliveries = [rule for rule in suites.deliveries if rule.id not in errors]
    with _work_database(work_path) as connection:
        found = results.store_failures(connection, extract, rows)
        found |= results.store_findings(connection, extract, deliveries)
        for rules in suites:
            results.store_results(connection, extract, rules, list(errors), stamp)
        _hold_to_verdicts(found, verdicts, errors)
        apply_consequences(connection, extract, stamp)
        tables.create_current_table(connection, extract)
    if errors:
        listed = "\n".join(f"  {name}: {message}" for name, message in errors.items())
        raise CheckError(
            f"Great Expectations could not work out {len(errors)} rules of {extract}, so nobody "
            f"knows which rows break them:\n{listed}\n"
            f"Correct the rules in expectations/ or the dictionary."
        )


def _hold_to_verdicts(
    found: Mapping[str, int], verdicts: Mapping[str, Any], errors: Mapping[str, str]
) -> None:
    """Hold the stored rows of each rule to the number that Great Expectations counted."""
    for name, verdict in verdicts.items():
        stored = found.get(name, 0)
        if name not in errors and stored != verdict.unexpected_count:
            raise CheckError(
                f"{name}: Great Expectations counts {verdict.unexpected_count} failing rows, "
                f"{stored} were found. One of them is wrong, so no row can be rejected safely."
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
