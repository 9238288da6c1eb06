"""The shipped registry goes to REDCap and back into an empty warehouse."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.support.built_release import built_release
from tests.support.refreshed import Refreshed
from warehouse.exports.redcap import export_redcap
from warehouse.landing.pseudonyms import known_pseudonymizer
from warehouse.settings import PROJECT_DIR, Settings, settings

SITE = "redcap_registry"
MAPPING = PROJECT_DIR / "docs" / "mappings" / SITE / "mapping.yaml"
# What is another row's or delivery's in the second warehouse.
LINEAGE = {"site", "source_file", "source_row", "delivered_on"}
KEYS = {"patient_key", "admission_key", "procedure_key", "imaging_key"}


@pytest.fixture
def again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """An empty warehouse whose site delivers REDCap's file."""
    monkeypatch.setenv("WAREHOUSE_CONFIG", str(tmp_path / "config"))
    (tmp_path / "config" / "sites").mkdir(parents=True)
    shutil.copy(MAPPING, tmp_path / "config" / "sites" / f"{SITE}.yaml")
    settings.cache_clear()
    yield Settings(data=tmp_path / "data")
    settings.cache_clear()


@pytest.mark.rest
def test_the_registry_comes_back_as_it_was(
    refreshed: Refreshed, again: Settings, tmp_path: Path
) -> None:
    """All 335 patients: equal rows of equal patients, the derived columns and outcomes, too."""
    first = refreshed.settings.published_path
    assert export_redcap(first, tmp_path / "redcap") == [
        "registry_synthetic_centre.csv: 1,471 rows"
    ]
    folder = again.raw_dir / SITE / "2022-06-08"
    folder.mkdir(parents=True)
    shutil.copy(tmp_path / "redcap" / "registry_synthetic_centre.csv", folder)
    ((as_of,),) = refreshed.rows("select max(as_of) from ops.refreshes")
    second = built_release(again, as_of)

    with duckdb.connect() as connection:
        connection.execute(f"attach '{first}' as first (read_only)")
        connection.execute(f"attach '{second}' as second (read_only)")
        _load_keys(connection, again)
        different = {table: _different(connection, table) for table in _tables(connection)}
    # One patient had a number of platelets that could not be read; it is simply missing now.
    assert different == {
        "followups": {},
        "imaging": {},
        "monthly_indicators": {},
        "overdue_followups": {},
        "patients": {"is_warned": 1},
        "procedures": {},
        "study_variables": {},
        "treated_patients": {},
    }


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "select table_name from duckdb_tables() where database_name = 'first' "
        "and schema_name = 'registry' order by all"
    ).fetchall()
    return [table for (table,) in found]


def _load_keys(connection: duckdb.DuckDBPyConnection, again: Settings) -> None:
    """The patients' keys before, each with the one that it has in the second warehouse."""
    maker = known_pseudonymizer(again.secret_path)
    assert maker is not None
    keys = connection.execute("select patient_key from first.registry.patients").fetchall()
    connection.execute("create table keys (patient_key varchar, key_again varchar)")
    connection.executemany(
        "insert into keys values (?, ?)",
        [(key, maker.pseudonym("patient_id", SITE, key)) for (key,) in keys],
    )


def _different(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, int]:
    """The number of rows whose values of a column differ, a patient's rows in order of time."""
    described = connection.execute(f"describe first.registry.{table}").fetchall()
    names = [name for name, *_ in described]
    columns = [name for name in names if name not in LINEAGE | KEYS]
    of_patients = "patient_key" in names
    first, second = (
        connection.execute(
            f"select {', '.join([key, *columns])} from {source} "
            f"order by {key}, {', '.join(columns)}"
        ).fetchall()
        for key, source in (
            ("key_again", f"first.registry.{table} join keys using (patient_key)")
            if of_patients
            else ("1", f"first.registry.{table}"),
            ("patient_key" if of_patients else "1", f"second.registry.{table}"),
        )
    )
    assert [row[0] for row in first] == [row[0] for row in second]
    pairs = list(zip(first, second, strict=True))
    counts = {
        column: sum(a[place] != b[place] for a, b in pairs)
        for place, column in enumerate(columns, start=1)
    }
    return {column: count for column, count in counts.items() if count}
