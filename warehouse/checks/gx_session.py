"""The one module that imports Great Expectations (4 to 15 seconds): import it late.

The tables of an open DuckDB database are validated through duckdb-sqlalchemy, all of them in one
ephemeral context that writes nothing anywhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import duckdb
import great_expectations as gx
import great_expectations.expectations as gxe
from duckdb_sqlalchemy import ConnectionWrapper
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.datasource.fluent.interfaces import Batch

from warehouse.checks import gx_count_only
from warehouse.expectations.rule import Expectation

WRITES_NOTHING = DataContextConfig(
    store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
    progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
    analytics_enabled=False,
)
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


class Table(NamedTuple):
    """A table of a schema, or of an attached database."""

    schema: str
    name: str
    is_attached: bool = False

    @property
    def schema_name(self) -> str:
        """The schema as Great Expectations needs it."""
        return f"{self.schema}.main" if self.is_attached else self.schema


@dataclass(frozen=True)
class Verdict:
    """Result of Great Expectations for one expectation."""

    id: str
    success: bool
    unexpected_count: int
    unexpected_rows: tuple[dict[str, Any], ...]
    error: str | None


@dataclass(frozen=True)
class Validation:
    """Result of Great Expectations for a table: verdicts by id, and its own record."""

    verdicts: dict[str, Verdict]
    record: dict[str, Any]


class Session:
    """Great Expectations on the database of a DuckDB connection, until it is closed.

    It works with connections of its own to the same open database, so that it sees each table that
    is committed, and nothing has to be written out and opened again.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        context = gx.get_context(mode="ephemeral", project_config=WRITES_NOTHING)
        # It would turn its configuration into YAML again for each table, and keep that in memory.
        context.variables.save = lambda: None
        self._source = context.data_sources.add_sql(
            "duckdb",
            connection_string="duckdb:///:memory:",
            kwargs=ENGINE_OPTIONS | {"creator": lambda: ConnectionWrapper(connection.cursor())},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._source.get_execution_engine().close()
        self._source.get_engine().dispose()

    def validate(
        self,
        table: Table,
        expectations: Iterable[tuple[str, str, Expectation]],
        result_format: dict[str, Any],
    ) -> Validation:
        """Validate a table against ``(id, severity, expectation)``: critical or warning.

        An expectation that cannot be worked out is a verdict with an error, not an exception.
        """
        suite = gx.ExpectationSuite(
            name=f"{table.schema}.{table.name}",
            expectations=[_expectation(*described) for described in expectations],
        )
        result = self._batch(table).validate(suite, result_format=result_format)
        record = result.to_json_dict()
        verdicts = (_verdict(entry) for entry in record["results"])
        return Validation({verdict.id: verdict for verdict in verdicts}, record)

    def _batch(self, table: Table) -> Batch:
        """All rows of a table; a DuckDB connection has no other way yet to name the schema."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "`schema_name` is deprecated", DeprecationWarning)
            asset = self._source.add_table_asset(
                f"{table.schema}.{table.name}", table_name=table.name, schema_name=table.schema_name
            )
            return asset.get_batch(asset.build_batch_request())


def _expectation(id_: str, severity: str, expectation: Expectation) -> gxe.Expectation:
    counted = f"{expectation.type}{gx_count_only.SUFFIX}"
    kind = getattr(gx_count_only, counted, None) or getattr(gxe, expectation.type)
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
