"""The row checks on a million delivered rows against DuckDB reading the same rows from CSV files.

The shipped deliveries are landed and copied, with other keys, birthdays and seconds, until there
are a million rows: registry after registry, so that neighbors differ as in a real one, and with
the shipped share of rows that break a rule. They are written as CSV files with the columns of the
delivered ones. Then, in turn and each in a process of its own: DuckDB reads the files into the
tables of a new database file, with its defaults; and all rules check the landed rows, and the
failing rows are stored. The import of Great Expectations is
not counted: it does not grow with rows.

Run it with ``python -m benchmarks.row_checks [ROWS]``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from statistics import median

import duckdb

from warehouse.definitions.dictionary import EXTRACTS, DictionaryField, dictionary
from warehouse.landing import land
from warehouse.settings import PROJECT_DIR, Settings
from warehouse.synthetic.files import delivered_fields
from warehouse.synthetic.plan import delivered_files
from warehouse.work_database import load_landed, load_studies, new_work_database

ROWS = 1_000_000
ROUNDS = 9
ALLOWED_RATIO = 1.5
ALLOWED_MB = 3000
AS_OF = date(2022, 12, 31)

READ = """
import sys, resource, json
from pathlib import Path
from time import perf_counter
import duckdb
folder = Path(sys.argv[1])
started = perf_counter()
with duckdb.connect(folder / "read.duckdb") as connection:
    for path in sorted(folder.glob("*.csv")):
        connection.execute(f"create table {path.stem} as from read_csv('{path}')")
seconds = perf_counter() - started
"""
CHECK = """
import sys, resource, json
from pathlib import Path
from time import perf_counter
from warehouse.checks.run import run_checks
from warehouse.checks.gx_results import great_expectations
great_expectations()
folder = Path(sys.argv[1])
started = perf_counter()
run_checks(folder / "work.duckdb", "r1", folder / "results", progress=lambda _line: None)
seconds = perf_counter() - started
"""
MEASURE = """
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([seconds, megabytes]))
"""


def main(rows: int = ROWS) -> int:
    """Print the medians, their ratio and the peak memory; returns 1 when one is not allowed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = _prepare(folder, rows)
        reads, checks, peak = [], [], 0.0
        for number in range(1, ROUNDS + 1):
            (folder / "read.duckdb").unlink(missing_ok=True)
            shutil.copy(folder / "landed.duckdb", folder / "work.duckdb")
            reads.append(_measured(READ, folder)[0])
            seconds, megabytes = _measured(CHECK, folder)
            checks.append(seconds)
            peak = max(peak, megabytes)
            print(
                f"round {number}: DuckDB reads {count:,} rows in {reads[-1]:.1f} s, "
                f"the checks took {seconds:.1f} s with {megabytes:.0f} MB",
                flush=True,
            )
    ratio = median(checks) / median(reads)
    print(
        f"medians: {median(reads):.1f} s and {median(checks):.1f} s, ratio {ratio:.2f} "
        f"(allowed {ALLOWED_RATIO}), {peak:.0f} MB (allowed {ALLOWED_MB})"
    )
    return int(ratio > ALLOWED_RATIO or peak > ALLOWED_MB)


def _prepare(folder: Path, rows: int) -> int:
    """Write ``landed.duckdb`` and one CSV file per extract; returns how many rows there are."""
    shutil.copytree(PROJECT_DIR / "data" / "raw", folder / "data" / "raw")
    settings = Settings(data=folder / "data")
    land(settings, progress=lambda _line: None, as_of=AS_OF)
    with new_work_database(folder / "landed.duckdb") as connection:
        load_landed(connection, settings.landed_dir, dictionary(), AS_OF)
        load_studies(connection)
        # Rows that were sent again would be checked for each day, and read once.
        connection.execute("delete from raw.files where status = 'duplicate'")
        rows_shipped = sum(_count(connection, extract) for extract in EXTRACTS)
        for extract in EXTRACTS:
            _copy_rows(connection, extract, rows // rows_shipped + 1)
            delivered = ", ".join(_delivered_fields(extract))
            path = folder / f"{extract}.csv"
            connection.execute(
                f"copy (select {delivered} from raw.{extract}) to '{path}' "
                "(timestampformat '%Y-%m-%d %H:%M')"
            )
        return sum(_count(connection, extract) for extract in EXTRACTS)


def _copy_rows(connection: duckdb.DuckDBPyConnection, extract: str, copies: int) -> None:
    """Replace the rows of an extract by copies of them, each of other patients at other times."""
    fields = dictionary().extracts[extract].landed_fields
    keys = [str(field.landed_name) for field in fields if field.identifier]
    changed = [f"substr(md5({key} || number), 1, 20) as {key}" for key in [*keys, "record_key"]]
    if extract == "admissions":
        changed.append("birth_date + cast(number % 365 as integer) as birth_date")
        changed.append("onset_at - to_seconds(number % 60) as onset_at")
    connection.execute(
        f"""
        create table copied as
        select landed.* replace (
            {", ".join(changed)},
            file_id || ':' || (source_row + 1000 * number) as row_id,
            cast(source_row + 1000 * number as integer) as source_row
        )
        from range({copies}) as copies (number), raw.{extract} as landed
        order by delivered_on, source_file, number, landed.source_row;
        drop table raw.{extract};
        create table raw.{extract} as from copied;
        drop table copied
        """
    )


def _delivered_fields(extract: str) -> list[str]:
    """SQL of the columns of a delivered file: numbers of 13 letters, names and telephones too."""
    file = next(file for file in delivered_files(seed=1) if file.extract == extract)
    fields = delivered_fields(dictionary().extracts[extract], file.lines)
    return [f"{_delivered(field)} as {field.name}" for field in fields]


def _delivered(field: DictionaryField) -> str:
    match field.identifier:
        case "key":
            return f"substr({field.landed_name}, 1, 13)"
        case "direct" if field.name == "phone":
            return "'000-0000-' || lpad(cast(source_row % 10000 as varchar), 4, '0')"
        case "direct":
            return "'Synthetic Patient ' || lpad(cast(source_row as varchar), 4, '0')"
    return str(field.landed_name)


def _count(connection: duckdb.DuckDBPyConnection, extract: str) -> int:
    row = connection.execute(f"select count(*) from raw.{extract}").fetchone()
    return int(row[0]) if row else 0


def _measured(code: str, folder: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of a piece of code in a process of its own."""
    outcome = subprocess.run(
        [sys.executable, "-c", code + MEASURE, str(folder)],
        cwd=PROJECT_DIR,
        env={**os.environ, "GX_ANALYTICS_ENABLED": "false"},
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    seconds, megabytes = json.loads(outcome.stdout.splitlines()[-1])
    return seconds, megabytes


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
