"""Thresholds that sites have of their own: for their deliveries they win over the warehouse's."""

from __future__ import annotations

import duckdb

from warehouse.definitions.thresholds import Threshold
from warehouse.expectations.delivery import DeliveryRule
from warehouse.expectations.suites import RuleBook

MEET = """
update raw.check_results as results
set status = raw.check_status(
    results.status, results.severity, results.rows_checked, results.rows_failed,
    allowed.max_failed_share, allowed.min_rows, allowed.consequence
)
from raw.allowed_results as allowed
where
    allowed.is_own and results.rule = allowed.rule and results.site = allowed.site
    and results.delivered_on = allowed.delivered_on
"""


def store_own_thresholds(connection: duckdb.DuckDBPyConnection, book: RuleBook) -> None:
    """Store the thresholds of the mappings in ``raw.own_thresholds``, and which fit no rule."""
    rows = connection.execute(
        "select site, rule, max_failed_share, min_rows, consequence from raw.site_thresholds"
    ).fetchall()
    severities = {rule.id: rule.severity for rule in book.rules}
    rowless = {rule.id for rule in book.rules if isinstance(rule, DeliveryRule)}
    for site, rule, share, min_rows, then in rows:
        own = Threshold(max_failed_share=share, min_rows=min_rows, then=then)
        problem = own.problem(severities.get(rule), rule in rowless)
        connection.execute(
            "insert into raw.own_thresholds values (?, ?, ?, ?, ?, ?)",
            [site, rule, share, min_rows, then, problem],
        )


def meet_own_thresholds(connection: duckdb.DuckDBPyConnection) -> None:
    """Let the stored results of sites with thresholds of their own meet these."""
    connection.execute(MEET)
