"""Great Expectations in a thread of its own: it judges while DuckDB works at the next tables.

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
    """Has Great Expectations judge tables of the database ``checks``, one after the other.

    Its record of each is written to ``<results_dir>/<table>.json``.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, results_dir: Path) -> None:
        self._results_dir = results_dir
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="great-expectations")
        self._session = self._thread.submit(_session, connection.cursor())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Wait for the judgement that is being made, forget those to come, and let go."""
        self._thread.shutdown(cancel_futures=True)
        if not self._session.cancelled() and not self._session.exception():
            self._session.result().close()

    def judge(self, table: str, rules: Sequence[Rule | DeliveryRule]) -> Verdicts:
        """Begin to judge a table by rules; none where there is no rule."""
        return self._thread.submit(self._judge, table, rules)

    def _judge(self, table: str, rules: Sequence[Rule | DeliveryRule]) -> Mapping[str, Any]:
        if not rules:
            return {}
        gx = great_expectations()
        tasks = [
            (rule.id, "critical" if rule.severity == "reject" else "warning", rule.decided_by)
            for rule in rules
        ]
        judged = gx.Table("checks", table, is_attached=True)
        validation = self._session.result().validate(judged, tasks, gx.COUNTS)
        write_record(self._results_dir / f"{table}.json", validation.record)
        return validation.verdicts


def _session(connection: duckdb.DuckDBPyConnection) -> Any:
    return great_expectations().Session(connection)
