"""Great Expectations in its own thread: it checks a table while DuckDB prepares the next ones.

Most of its time is Python, most of DuckDB's is not, so that the two share the machine well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import duckdb

from warehouse.checks.gx_results import great_expectations, write_record
from warehouse.expectations.delivery import DeliveryRule
from warehouse.expectations.rule import Rule

# Verdicts by the id of the rule, when they are there.
Verdicts = Future[Mapping[str, Any]]


class GxWorker:
    """Runs Great Expectations on tables of the database ``checks``, one after the other.

    Its record of each is written to ``<results_dir>/<table>.json``.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, results_dir: Path) -> None:
        self._results_dir = results_dir
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="great-expectations")
        self._session = self._thread.submit(_session, connection.cursor())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Wait for the running check, drop the queued ones, and stop the thread."""
        self._thread.shutdown(cancel_futures=True)
        if not self._session.cancelled() and not self._session.exception():
            self._session.result().close()

    def submit(self, table: str, rules: Sequence[Rule | DeliveryRule]) -> Verdicts:
        """Start to check a table by rules; without rules the verdicts are empty."""
        return self._thread.submit(self._check, table, rules)

    def _check(self, table: str, rules: Sequence[Rule | DeliveryRule]) -> Mapping[str, Any]:
        if not rules:
            return {}
        gx = great_expectations()
        tasks = [
            (rule.id, "critical" if rule.severity == "reject" else "warning", rule.decided_by)
            for rule in rules
        ]
        table_of_gx = gx.Table("checks", table, is_attached=True)
        validation = self._session.result().validate(table_of_gx, tasks, gx.COUNTS)
        write_record(self._results_dir / f"{table}.json", validation.record)
        return validation.verdicts


def _session(connection: duckdb.DuckDBPyConnection) -> Any:
    return great_expectations().Session(connection)
