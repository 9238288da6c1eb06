"""Runs the project's own SQL of the statistics on cohort rows that a test makes up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from warehouse.cohorts.columns import member_columns
from warehouse.cohorts.wide_views import wide_tables
from warehouse.dbt.build import DbtFolders, run_dbt
from warehouse.work_database import load_studies

SELECTION = (
    "path:models/intermediate/statistics",
    *(
        "definitions",
        "study_groups",
        "members",
        "subgroups",
        "table_lines",
        "table_cells",
        "comparisons",
    ),
    "published_comparison",
)
OWN_VARIABLE = "is_above_stenosis_threshold"
# The models that the dbt selection reads from, as this class makes them.
STUDY_DEFINITION = """
    select
        'guo_2023' as study,
        date '2018-08-01' as period_start,
        date '2022-01-31' as period_end,
        60 as followup_day_min,
        120 as followup_day_max,
        90 as mortality_window_days,
        true as is_of_the_paper,
        'approximate' as small_samples
"""
FLOW = """
    select *, 'guo_2023' as study, step as step_order
    from (values
        (1, 'screened', 0, 335),
        (2, 'cardioembolic', 152, 183),
        (3, 'other_etiology', 39, 144),
        (4, 'prestroke_mrs', 9, 135),
        (5, 'included', 0, 135),
        (6, 'refused_rescue_stent', 4, 131),
        (7, 'insufficient_flow_below_threshold', 2, 129),
        (8, 'lost_to_followup', 2, 127),
        (9, 'analyzed', 0, 127)
    ) as patient_flow (step, step_name, n_excluded, n_remaining)
"""

# Each row of a test is an analyzed patient, known by its place.
NUMBERED = "(select * replace (cast(rowid as varchar) as admission_key) from cohort)"
STROKES = f"""
    create or replace table intermediate.int_strokes as
    select * exclude (study_group, {OWN_VARIABLE}) from {NUMBERED}
"""
STUDY_PATIENTS = f"""
    create or replace table intermediate.int_study_patients as
    select
        'guo_2023' as study, admission_key, study_group, cast(null as integer) as left_at,
        map {{'{OWN_VARIABLE}': cast({OWN_VARIABLE} as double)}} as variables,
        cast(null as map(varchar, varchar)) as subgroups
    from {NUMBERED}
"""


def cohort_columns() -> dict[str, str]:
    """Columns of a cohort and their types, from those of ``studies.members``."""
    of_members = {column.name: column.sql_type for column in member_columns()}
    others = {name: kind for name, kind in of_members.items() if name not in LONG}
    return others | {OWN_VARIABLE: "boolean"}


LONG = {"study", "variables", "subgroups"}


class TablesSql:
    """The statistics models, compiled once by dbt and run again for each cohort."""

    def __init__(self, folder: Path) -> None:
        """Build everything once on an empty cohort in ``folder``."""
        folders = DbtFolders(
            work_path=folder / "work.duckdb",
            release_path=folder / "release.duckdb",
            target_dir=folder / "target",
            log_dir=folder / "logs",
        )
        self._folders = folders
        with self._connect() as connection:
            _make_upstream(connection)
        results = run_dbt(
            folders, "build", "--select", *SELECTION, "--exclude", "resource_type:unit_test"
        )
        self._models = [
            (node.relation_name, node.language, node.compiled_code)
            for node in (result.node for result in results)
            if node.resource_type == "model" and node.config.materialized == "new_table"
        ]
        with duckdb.connect(folders.release_path) as connection:
            connection.execute("create schema study")
            for table in wide_tables(connection, "guo_2023"):
                connection.execute(f"create view study.{table.name} as {table.sql}")
        self.connection = self._connect()

    def run(self, cohort: pd.DataFrame) -> None:
        """Replace the cohort by these rows (missing columns are null) and rebuild the tables."""
        columns = ", ".join(
            f"cast({name if name in cohort else 'null'} as {kind}) as {name}"
            for name, kind in cohort_columns().items()
        )
        self.connection.register("rows_of_the_test", cohort)
        self.connection.execute(
            f"create or replace table cohort as select {columns} from rows_of_the_test"
        )
        self.connection.execute(STROKES)
        self.connection.execute(STUDY_PATIENTS)
        for relation, language, code in self._models:
            source = "select * from model_result" if language == "python" else code
            if language == "python":
                self.connection.register("model_result", self._python_model(code))
            self.connection.execute(f"create or replace table {relation} as {source}")

    def _python_model(self, code: str) -> Any:
        """What a Python model returns, called as dbt-duckdb calls it."""
        module: dict[str, Any] = {}
        exec(code, module)
        reads = module["dbtObj"](lambda table: self.connection.query(f"select * from {table}"))
        return module["model"](reads, self.connection)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query as dictionaries."""
        cursor = self.connection.execute(sql)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def by_variable(self, sql: str) -> dict[str, dict[str, Any]]:
        """The rows of a query by their column ``variable``."""
        return {row["variable"]: row for row in self.rows(sql)}

    def _connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(self._folders.work_path)
        connection.execute(
            f"attach if not exists '{self._folders.release_path}' as release "
            "(storage_version 'v1.2.0')"
        )
        return connection


def _make_upstream(connection: duckdb.DuckDBPyConnection) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in cohort_columns().items())
    connection.execute(f"create table cohort ({columns})")
    connection.execute("create schema intermediate")
    connection.execute(f"create table intermediate.int_study_flow as {FLOW}")
    connection.execute(STROKES)
    connection.execute(STUDY_PATIENTS)
    connection.execute("create schema raw")
    load_studies(connection)
    connection.execute(f"create or replace table raw.study_definition as {STUDY_DEFINITION}")
    for table in ("studies", "study_groups", "study_lines"):
        connection.execute(f"delete from raw.{table} where study <> 'guo_2023'")
