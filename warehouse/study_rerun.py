"""``warehouse study rerun``: a study as its folder says now, on the strokes of a release.

The models of the refresh run here one by one, without dbt, in memory.
"""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.cohorts.conditions import literal
from warehouse.cohorts.expected_patients import check_study
from warehouse.cohorts.strokes import TABLE as STROKES
from warehouse.cohorts.views import create_views
from warehouse.dbt.project import DBT_DIR, mart
from warehouse.definitions.study import StudyDefinition
from warehouse.errors import WarehouseError
from warehouse.releases.pair import ReleasePair
from warehouse.work_database import load_study_tables

# In the order in which each can read those before it.
MODELS = (
    "intermediate/studies/int_study_criteria",
    "intermediate/studies/int_study_patients",
    "intermediate/studies/int_study_flow",
    "intermediate/statistics/int_value_counts",
    "intermediate/statistics/int_study_cells",
    "intermediate/statistics/int_study_comparisons",
)
# The marts of studies that are made of the strokes alone.
MARTS = (
    *("definitions", "study_groups", "members", "flow_steps", "criteria"),
    *("subgroups", "table_lines", "table_cells", "comparisons"),
)
VARIABLES = "create view registry.study_variables as from before.registry.study_variables"
CONFIG = re.compile(r"\{\{\s*config\(.*?\)\s*\}\}", re.DOTALL)
REF = re.compile(r"\{\{\s*ref\('(\w+)'\)\s*\}\}")
OF_EACH_STUDY = re.compile(r"\{\{\s*of_each_study\('(\w+)', '\w+'\)\s*\}\}")
SOURCE = re.compile(r"\{\{\s*source\('(\w+)', '(\w+)'\)\s*\}\}")


class RerunError(WarehouseError):
    """A study cannot be computed again on a release; the message says why."""


@dataclass(frozen=True)
class _Models:
    """Stand-in for dbt in a Python model, which asks it for other models and sources alone."""

    connection: duckdb.DuckDBPyConnection

    def ref(self, name: str) -> duckdb.DuckDBPyRelation:
        """Return a model that was built before."""
        return self.connection.table(name)

    def source(self, schema: str, table: str) -> duckdb.DuckDBPyRelation:
        """Return a table of the study's folder."""
        return self.connection.table(f"{schema}.{table}")

    def config(self, **_: Any) -> None:
        """Take the materialization, which is always a table here."""


@contextmanager
def rerun(release_path: Path, study: StudyDefinition) -> Iterator[ReleasePair]:
    """Compute a study on the strokes of a release, and yield the release and the result.

    Of the pair, ``before`` is the release and ``after``, which is in use, the result: the schema
    ``studies`` with this study alone, its views, and ``ops.refreshes`` of the release. Nothing is
    written.
    Raises StudyCheckError and DictionaryError for a wrong study, RerunError for a release without
    the strokes that it needs.
    """
    check_study(study)
    with duckdb.connect() as connection:
        connection.execute(f"attach {literal(str(release_path))} as before (read_only)")
        connection.execute("attach ':memory:' as after; use after")
        connection.execute("create schema ops")
        connection.execute("create view ops.refreshes as select * from before.ops.refreshes")
        try:
            connection.execute(f"create view int_strokes as select * from before.{STROKES}")
            build_studies(connection, [study])
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise RerunError(
                f"{study.name} cannot be computed on {release_path.name}: "
                f"{str(error).splitlines()[0]} The release is of a version of the warehouse that "
                f"did not publish this. Refresh once, or choose a newer release."
            ) from error
        list(create_views(connection, study.name, study.name))
        yield ReleasePair(connection)


def build_studies(
    connection: duckdb.DuckDBPyConnection, studies: Sequence[StudyDefinition]
) -> None:
    """Build the schema ``studies`` of these studies on ``int_strokes``, beside a release."""
    for schema in ("raw", "studies", "registry"):
        connection.execute(f"create schema {schema}")
    connection.execute(VARIABLES)
    load_study_tables(connection, studies)
    for name in MODELS:
        _create(connection, name.rpartition("/")[2], DBT_DIR / "models" / name)
    for name in MARTS:
        chosen = ", ".join(f'"{column}"' for column in mart("studies", name).column_meta) or "*"
        sql = _rendered(
            connection, (DBT_DIR / "models/marts/studies" / f"{name}.sql").read_text("utf-8")
        )
        connection.execute(f"create table studies.{name} as select {chosen} from ({sql}\n)")


def _create(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    """Build a model, of SQL or of Python."""
    code = path.with_suffix(".py")
    if code.exists():
        model = runpy.run_path(str(code))["model"]  # an import would leave its bytecode there
        made = model(_Models(connection), connection)  # noqa: F841 - the query reads it
        connection.execute(f"create table {name} as select * from made")
    else:
        sql = _rendered(connection, path.with_suffix(".sql").read_text("utf-8"))
        connection.execute(f"create table {name} as {sql}")


def _rendered(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Return a model's SQL without the Jinja that studies' models use."""

    def query(found: re.Match[str]) -> str:
        """Return the queries of the studies that a model takes from their folders."""
        made = connection.execute(f"select {found[1]} from raw.studies order by place").fetchall()
        return "\nunion all by name\n".join(f"select * from ({sql})" for (sql,) in made)

    named = SOURCE.sub(r"\1.\2", REF.sub(r"\1", CONFIG.sub("", sql)))
    return OF_EACH_STUDY.sub(query, named)
