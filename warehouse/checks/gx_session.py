"""The one module that imports Great Expectations (4 to 15 seconds): import it late.

A DuckDB file is opened read-only through duckdb-sqlalchemy, a table of it is validated in one
ephemeral context that writes nothing anywhere, and the file is let go of again.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.datasource.fluent import SQLDatasource
from great_expectations.datasource.fluent.interfaces import Batch

from expectations.rule import Expectation
from warehouse.checks import gx_counts

# Without these, SQLAlchemy's transactions end every query with an error on DuckDB.
ENGINE_OPTIONS = {
    "isolation_level": "AUTOCOMMIT",
    "skip_autocommit_rollback": True,
    "pool_reset_on_return": None,
}
# Counts alone: never a value of a row.
COUNTS = {
    "result_format": "BASIC",
    "return_unexpected_index_query": False,
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
}
# Also what an UnexpectedRowsExpectation selected (at most 200 rows).
ROWS_IN_RESULT = {
    "result_format": "COMPLETE",
    "return_unexpected_index_query": False,
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
}


@dataclass(frozen=True)
class Table:
    """A table of a DuckDB file."""

    database: Path
    schema: str
    name: str


@dataclass(frozen=True)
class Verdict:
    """What Great Expectations found about one expectation."""

    id: str
    success: bool
    unexpected_count: int
    unexpected_rows: tuple[dict[str, Any], ...]
    error: str | None


@dataclass(frozen=True)
class Validation:
    """What Great Expectations found about a table: verdicts by id, and its own record of it."""

    verdicts: dict[str, Verdict]
    record: dict[str, Any]


def validate(
    table: Table,
    expectations: Iterable[tuple[str, str, Expectation]],
    result_format: dict[str, Any],
) -> Validation:
    """Validate a table against ``(id, severity, expectation)``; severity is critical or warning.

    No other connection of this process may have the file open. An expectation that cannot be
    worked out is a verdict with an error, not an exception.
    """
    with _data_source(table.database) as source:
        batch = _batch(source, table)
        suite = gx.ExpectationSuite(
            name=f"{table.schema}.{table.name}",
            expectations=[_expectation(*described) for described in expectations],
        )
        result = batch.validate(suite, result_format=result_format)
    record = result.to_json_dict()
    verdicts = (_verdict(entry) for entry in record["results"])
    return Validation({verdict.id: verdict for verdict in verdicts}, record)


@contextmanager
def _data_source(database: Path) -> Iterator[SQLDatasource]:
    context = gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
            analytics_enabled=False,
        ),
    )
    source = context.data_sources.add_sql(
        "duckdb",
        connection_string=f"duckdb:///{database.resolve()}?access_mode=read_only",
        kwargs=ENGINE_OPTIONS,
    )
    try:
        yield source
    finally:
        source.get_execution_engine().close()
        source.get_engine().dispose()


def _batch(source: SQLDatasource, table: Table) -> Batch:
    """All rows of a table; a DuckDB connection has no other way yet to name the schema."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`schema_name` is deprecated", DeprecationWarning)
        asset = source.add_table_asset(table.name, table_name=table.name, schema_name=table.schema)
        return asset.add_batch_definition_whole_table("whole table").get_batch()


def _expectation(id_: str, severity: str, expectation: Expectation) -> gxe.Expectation:
    counted = f"{expectation.type}{gx_counts.SUFFIX}"
    kind = getattr(gx_counts, counted, None) or getattr(gxe, expectation.type)
    return kind(**expectation.arguments, severity=severity, meta={"id": id_})


def _verdict(entry: dict[str, Any]) -> Verdict:
    result = entry["result"]
    rows = result.get("details", {}).get("unexpected_rows", [])
    return Verdict(
        id=entry["expectation_config"]["meta"]["id"],
        success=bool(entry["success"]),
        unexpected_count=result.get("unexpected_count", result.get("observed_value")) or 0,
        unexpected_rows=tuple(rows),
        error=_error(entry["exception_info"]),
    )


def _error(exception_info: dict[str, Any]) -> str | None:
    """The first error message; Great Expectations keeps one entry, or one per metric."""
    entries = [exception_info] if "raised_exception" in exception_info else exception_info.values()
    for entry in entries:
        if entry["raised_exception"]:
            return str(entry["exception_message"])
    return None
