"""The twenty questions of docs/sql.md on the current release and on a million patients.

The large release is the current one with every patient copied under new pseudonyms until there are
a million: each table that has a pseudonym in it is multiplied, those that count patients stay as
they are. It is a database to time queries on, and describes nobody.

    python -m benchmarks.queries [--patients 1000000]

Exit code 1 when a question takes longer than it may.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import duckdb

from warehouse.reference.sql_page import PAGE, questions
from warehouse.settings import settings
from warehouse.sql_shell.session import Session, release_path

PATIENTS = 1_000_000
RUNS = 3
ALLOWED_SECONDS = (0.1, 1.0)
# Every pseudonym is a column with such a name.
KEY_SUFFIX = "_key"


def make_large_release(release: Path, large: Path, patients: int) -> int:
    """Write a release with at least so many patients; returns how many times each is there."""
    with duckdb.connect(large) as connection:
        connection.execute(f"attach '{release}' as release (read_only)")
        (there,) = connection.execute("select count(*) from release.registry.patients").fetchall()
        copies = -(-patients // there[0])
        tables = connection.execute(
            """
            select schema_name, table_name, list(column_name order by column_index)
            from duckdb_columns()
            where database_name = 'release' and not internal
            group by all
            """
        ).fetchall()
        for schema, table, columns in tables:
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(_copied(f"{schema}.{table}", columns, copies))
        connection.execute("checkpoint")
    return copies


def _copied(table: str, columns: list[str], copies: int) -> str:
    keys = [column for column in columns if column.endswith(KEY_SUFFIX)]
    if not keys:
        return f"create table {table} as from release.{table}"
    renamed = ", ".join(f"md5({key} || copy.number)[:20] as {key}" for key in keys)
    return (
        f"create table {table} as select rows.* replace ({renamed}) "
        f"from release.{table} as rows cross join range({copies}) as copy (number)"
    )


def seconds(session: Session, sql: str) -> float:
    """The fastest of some runs."""
    taken = []
    for _ in range(RUNS):
        started = time.perf_counter()
        for result in session.results(sql):
            list(result.rows)
        taken.append(time.perf_counter() - started)
    return min(taken)


def main() -> int:
    """Print a line for each question: milliseconds on both releases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=PATIENTS)
    wanted = parser.parse_args().patients
    asked = questions(PAGE.read_text(encoding="utf-8"))
    current = release_path(settings())
    with tempfile.TemporaryDirectory(dir=settings().state_dir) as folder:
        large = Path(folder) / "large.duckdb"
        copies = make_large_release(current, large, wanted)
        columns = []
        for path in (current, large):
            with closing(Session(path)) as session:
                columns.append([seconds(session, sql) for sql in asked])
    print(f"question   current release   {copies} times its patients")
    for number, (small, big) in enumerate(zip(*columns, strict=True), start=1):
        print(f"{number:8}   {small * 1000:12.1f} ms   {big * 1000:12.1f} ms")
    slowest = [max(column) for column in columns]
    print(f"slowest    {slowest[0] * 1000:12.1f} ms   {slowest[1] * 1000:12.1f} ms")
    return int(any(s > allowed for s, allowed in zip(slowest, ALLOWED_SECONDS, strict=True)))


if __name__ == "__main__":
    sys.exit(main())
