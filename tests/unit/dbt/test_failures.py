"""What people are told of a model that dbt could not build (invented values)."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.support.golden import golden
from warehouse.dbt.build import BuildError, DbtFolders, run_dbt
from warehouse.dbt.failures import NOT_SHOWN, READ_FIRST, reason_of
from warehouse.dbt.project import declared_models
from warehouse.definitions.dictionary import DictionaryError

GOLDEN = golden("dbt")

NAME = "O'Brien 1955-04-02"


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "select cast(a as integer) from people",
            "Conversion Error: Could not convert string '...' to INT32 when casting from source "
            "column a",
        ),
        (
            "select cast(a || chr(10) || 'LINE 3: Wang' as integer) from people",
            "Conversion Error: Could not convert string '...' to INT32",
        ),
        (
            "select cast(length(a) * 100 as tinyint) from people",
            "Conversion Error: Type INT64 with value # can't be cast because the value is out of "
            "range for the destination type INT8",
        ),
        (
            "create table t (a varchar primary key); insert into t from people; insert into t from "
            "people",
            "Constraint Error: Duplicate key '...' violates primary key constraint.",
        ),
        ("select strptime(a, '%Y') from people", f"Invalid Input Error; {NOT_SHOWN}"),
        ("select error(a) from people", f"Invalid Input Error; {NOT_SHOWN}"),
        (
            "select b from people",
            'Binder Error: Referenced column "b" not found in FROM clause! Candidate bindings: "a"',
        ),
    ],
)
def test_the_databases_words_are_reported_without_the_values_that_it_quotes(
    sql: str, reason: str
) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table people as select ? as a", [NAME])
        with pytest.raises(duckdb.Error) as error:
            connection.execute(sql).fetchall()
    assert reason_of(GOLDEN("runtime_error_in_model_cohort_models", error=error.value)) == reason


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("select\n    1 as a,\n    nothing as b\n", "line 3): Binder Error: Referenced column"),
        ("select\n    1 as a,,\nfrom people\n", "line 2): Parser Error: syntax error at or near"),
        (
            "select\n    cast(a as integer) as b\nfrom (select 'Ng 1955' as a)\n",
            "line 2): Conversion Error: Could not convert string '...' to INT32",
        ),
    ],
)
def test_a_model_that_fails_is_reported_with_file_and_line(
    tmp_path: Path, sql: str, problem: str
) -> None:
    """In a project of one model, as dbt and DuckDB really say it."""
    _write_project(tmp_path / "project", sql)
    names = ("w.duckdb", "r.duckdb", "target", "logs", "project")
    folders = DbtFolders(*(tmp_path / name for name in names))
    with pytest.raises(BuildError) as error:
        run_dbt(folders, "run")
    first, reported = str(error.value).splitlines()
    assert first == "dbt run failed at:"
    assert reported.startswith(f"  - model cohort (dbt_project/models/marts/cohort.sql, {problem}")
    assert "1955" not in reported
    assert error.value.without_values == str(error.value)


@pytest.mark.parametrize(
    ("raising", "problem"),
    [
        (f"raise ValueError({NAME!r}); return session", f"line 2): ValueError; {NOT_SHOWN}"),
        ("return nothing", f"line 2): NameError; {NOT_SHOWN}"),
        ("return session.sql('select nothing')", "line 2): Binder Error: Referenced column"),
    ],
)
def test_a_python_model_that_fails_is_reported_with_its_line_and_kind(
    tmp_path: Path, raising: str, problem: str
) -> None:
    _write_project(tmp_path / "project", "select 1 as one")
    model = tmp_path / "project" / "models" / "marts" / "patients.py"
    model.write_text(f"def model(dbt, session):\n    {raising}\n")
    names = ("w.duckdb", "r.duckdb", "target", "logs", "project")
    with pytest.raises(BuildError) as error:
        run_dbt(DbtFolders(*(tmp_path / name for name in names)), "run")
    assert "models/marts/patients.py" in str(error.value)
    assert problem in str(error.value)
    assert NAME not in str(error.value)


@pytest.mark.parametrize(
    ("file", "text", "named"),
    [
        ("models/marts/cohort.sql", "select {{ ref('nothing') }}", "models/marts/cohort.sql"),
        ("models/marts/cohort.sql", "select {{ ref( }}", "models/marts/cohort.sql"),
        ("models/marts/cohort.yml", "models:\n  - : [\n", "cohort.yml"),
        ("models/cohort.sql", "select 1", "models/cohort.sql"),
        ("dbt_project.yml", "name: [x", f"{READ_FIRST}: "),
    ],
)
def test_a_project_that_dbt_cannot_read_is_named(
    tmp_path: Path, file: str, text: str, named: str
) -> None:
    project = tmp_path / "project"
    _write_project(project, "select 1 as one")
    (project / file).write_text(text)
    folders = DbtFolders(
        *(tmp_path / name for name in ("w.duckdb", "r.duckdb", "target", "logs")), project
    )
    with pytest.raises(BuildError) as error:
        run_dbt(folders, "run")
    assert named in str(error.value).splitlines()[0]


@pytest.mark.parametrize("text", ["models:\n  - descr: [x\n", "models:\n"])
def test_broken_declarations_of_models_are_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "patients.yml"
    path.write_text(text)
    with pytest.raises(DictionaryError, match="patients"):
        declared_models(path)


def _write_project(folder: Path, sql: str) -> None:
    (folder / "models" / "marts").mkdir(parents=True)
    (folder / "models" / "marts" / "cohort.sql").write_text(sql)
    (folder / "dbt_project.yml").write_text(
        "name: one\nversion: 1.0.0\nprofile: one\nmodels: {+materialized: table}\n"
    )
    (folder / "profiles.yml").write_text(
        "one: {target: d, outputs: {d: {type: duckdb, "
        "path: \"{{ env_var('WAREHOUSE_WORK_PATH') }}\"}}}\n"
    )
