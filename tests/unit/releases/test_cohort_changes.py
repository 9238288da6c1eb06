"""Which files moved a patient in or out of the cohort, in two small releases (synthetic)."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from warehouse.definitions.dictionary import dictionary
from warehouse.releases.changes import PatientChange
from warehouse.releases.cohort_changes import line_changes, patient_changes
from warehouse.releases.mart_changes import mart_change
from warehouse.releases.pair import ReleasePair

KEYS = {"procedures": "procedure_key", "imaging": "imaging_key"}
FIRST, SECOND = "north/2024-01-01", "north/2024-02-01"


def fill(connection: duckdb.DuckDBPyConnection, release: str, delivered: dict[str, str]) -> None:
    """Fill a release with patient p1: by registry table, the file of the row, and its value."""
    run = connection.execute
    run(f"attach ':memory:' as {release}")
    for schema in ("registry", "study"):
        run(f"create schema {release}.{schema}")
    for table in dictionary().registry_tables:
        key = KEYS.get(table, "admission_key")
        run(
            f"create table {release}.registry.{table} ({key} varchar, patient_key varchar, "
            f"site varchar, source_file varchar, source_row int, delivered_on date, found varchar, "
            f"time_point varchar default 'day_90')"
        )
        if source := delivered.get(table):
            file, found = source.split()
            run(
                f"insert into {release}.registry.{table} values "
                f"('k1', 'p1', 'north', '{file}', 2, '2024-01-01', '{found}', default)"
            )
    is_followed_up = "followups" in delivered
    run(
        f"create table {release}.study.cohort as select 'k1' as admission_key, "
        f"'p1' as patient_key, 'north' as site, 'rescue_stenting' as study_group "
        f"where {is_followed_up}"
    )
    run(
        f"create table {release}.study.eligibility as select 'p1' as patient_key, "
        f"'Lost to follow-up' as label, null::varchar as reason, 1 as step_order, "
        f"'excluded' as status where {not is_followed_up}"
    )


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def changes(
    connection: duckdb.DuckDBPyConnection,
    before: dict[str, str],
    after: dict[str, str],
    new_files: dict[str, str],
) -> tuple[PatientChange, ...]:
    """The moves between two releases, of which the later has these files with their modes."""
    fill(connection, "before", before)
    fill(connection, "after", after)
    connection.execute(
        "create temp table new_files (source_file text, site text, extract text, mode text)"
    )
    for file, mode in new_files.items():
        extract = file.rpartition("/")[2].removesuffix(".csv")
        connection.execute("insert into new_files values (?, 'north', ?, ?)", [file, extract, mode])
    pair = ReleasePair(connection)
    for table in ("study.cohort", *(f"registry.{name}" for name in dictionary().registry_tables)):
        mart_change(pair, table)
    return patient_changes(pair)


def test_a_withdrawn_follow_up_is_named_and_not_what_was_delivered_again(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """The full procedures.csv of the same day repeats the patient's row."""
    before = {
        "patients": f"{FIRST}/admissions.csv a",
        "procedures": f"{FIRST}/procedures.csv b",
        "followups": f"{FIRST}/followups.csv dead",
    }
    after = {
        "patients": f"{FIRST}/admissions.csv a",
        "procedures": f"{SECOND}/procedures.csv b",
    }
    new = {
        f"{SECOND}/procedures.csv": "full",
        f"{SECOND}/followups.csv": "full",
        f"{SECOND}/admissions.csv": "delta",
    }
    (left,) = changes(connection, before, after, new)
    assert (left.patient_key, left.change, left.files) == (
        "p1",
        "left",
        (f"{SECOND}/followups.csv",),
    )


def test_a_row_that_came_is_named(connection: duckdb.DuckDBPyConnection) -> None:
    before = {"patients": f"{FIRST}/admissions.csv a"}
    after = before | {"followups": f"{SECOND}/followups.csv mrs"}
    new = {f"{SECOND}/followups.csv": "delta", f"{SECOND}/imaging.csv": "full"}
    (entered,) = changes(connection, before, after, new)
    assert (entered.change, entered.files) == ("entered", (f"{SECOND}/followups.csv",))


def test_the_lines_of_subgroups_are_not_compared_with_each_other(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """The view by subgroup has a line for each; the note is on the table of everybody."""
    changes(connection, {}, {}, {})
    for release, age in (("before", "60"), ("after", "61")):
        connection.execute(
            f"create table {release}.study.table1 as select 1 as line, 'age_years' as variable, "
            f"'-' as level, 'Age' as label, '{age}' as rs_display, 0.5 as p_value"
        )
        connection.execute(
            f"create table {release}.study.table1_subgroups as "
            f"select subgroup, * replace (subgroup as rs_display) from {release}.study.table1, "
            "(values ('anterior'), ('posterior')) as subgroups (subgroup)"
        )
    found = line_changes(ReleasePair(connection))
    assert [(line.table, line.cells) for line in found] == [
        ("study.table1", {"rs_display": ("60", "61")})
    ]
