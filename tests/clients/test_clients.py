"""What docs/sql.md says of R, DBeaver and ODBC, tried with the drivers of this machine.

``make test-clients`` runs this and needs them installed: no package index that ``make setup`` uses
has them, so that it is no part of ``make test``.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from tests.support.refreshed import SHIPPED_RAW, refresh_without_prefect
from warehouse.settings import PROJECT_DIR, Settings

PAGE = (PROJECT_DIR / "docs" / "sql.md").read_text(encoding="utf-8")
QUERY = "select study_group, mrs, n from study.mrs_distribution where mrs = 6"
ANSWER = ["no_rescue_stenting|6|11", "rescue_stenting|6|6"]
COUNTS = """
select table_schema || '.' || table_name from information_schema.tables order by all
"""


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of the shipped deliveries."""
    settings = Settings(data=tmp_path_factory.mktemp("clients") / "data")
    settings.raw_dir.parent.mkdir(parents=True)
    settings.raw_dir.symlink_to(SHIPPED_RAW)
    refresh_without_prefect(settings)
    return settings.published_path


def driver(variable: str, what: str) -> str:
    """The path of a driver from the environment; the test fails when it is not given."""
    path = os.environ.get(variable, "")
    if not Path(path).is_file():
        pytest.fail(f"Say where {what} is: make test-clients {variable}=/path/to/it (now {path!r})")
    return path


def stated_by(command: Sequence[str], standard_input: str | None = None) -> list[str]:
    """The lines that a command prints; the test fails with what it says when it fails."""
    outcome = subprocess.run(
        command, input=standard_input, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout.splitlines()


def rows_by_table(release: Path) -> dict[str, int]:
    """How many rows each table has, as Python reads it."""
    with duckdb.connect(release, read_only=True) as connection:
        names = [name for (name,) in connection.execute(COUNTS).fetchall()]
        return {name: len(connection.execute(f"from {name}").fetchall()) for name in names}


def test_r_prints_what_the_page_shows(release: Path) -> None:
    code, shown = re.findall(r"```r\n(.*?)```\n\n```\n(.*?)```\n", PAGE, re.DOTALL)[0]
    here = code.replace("data/warehouse/warehouse.duckdb", str(release))
    assert "\n".join(stated_by(["Rscript", "-e", here])) == shown.strip("\n")


def test_r_reads_every_table_with_its_types(release: Path) -> None:
    code = f"""
        release <- DBI::dbConnect(duckdb::duckdb(), "{release}", read_only = TRUE)
        for (name in c({", ".join(f"'{name}'" for name in rows_by_table(release))}))
            cat(name, nrow(DBI::dbGetQuery(release, paste("from", name))), "\\n")
        patients <- DBI::dbGetQuery(release, "from registry.patients")
        for (name in c("age_years", "hypertension", "delivered_on", "onset_at"))
            cat(name, class(patients[[name]])[1], "\\n")
        cat("unknown", sum(is.na(patients$platelets_giga_per_l)), "\\n")
        dropping <- function() DBI::dbExecute(release, "drop table registry.patients")
        cat(tryCatch(dropping(), error = function(error) "refused"))
    """
    reported = [line.strip() for line in stated_by(["Rscript", "-e", code])]
    assert reported == [
        *(f"{name} {rows}" for name, rows in rows_by_table(release).items()),
        "age_years integer",
        "hypertension logical",
        "delivered_on Date",
        "onset_at POSIXct",
        "unknown 7",
        "refused",
    ]


def test_jdbc_shows_what_dbeaver_needs(release: Path) -> None:
    """The answer, an explanation of each table and column, every row, and no way to write."""
    jar = driver("JDBC_DRIVER", "DuckDB's JDBC driver (duckdb_jdbc.jar)")
    program = Path(__file__).with_name("AsDBeaver.java")
    reported = stated_by(["java", "-cp", jar, str(program), str(release), QUERY])
    counts = sorted(f"count {name} {rows}" for name, rows in rows_by_table(release).items())
    assert reported[:3] == [*(f"row {row}" for row in ANSWER), "refused"]
    assert sorted(reported[3:]) == counts


def odbc(release: Path, query: str) -> list[str]:
    """What isql prints of a query with the page's connection string on this machine."""
    library = driver("ODBC_DRIVER", "DuckDB's ODBC driver (libduckdb_odbc.so)")
    (shown,) = re.findall(r"`(Driver=\{[^`]*)`", PAGE)
    here = re.sub(r"(?<=Driver=\{)[^}]*", library, shown)
    here = re.sub(r"(?<=Database=)[^;]*", lambda _path: str(release), here)
    return stated_by(["isql", "-k", "-v", "-b", "-d|", here], query)


def test_odbc_answers_and_refuses_to_write(release: Path) -> None:
    assert odbc(release, QUERY) == ANSWER
    assert "read-only mode" in "".join(odbc(release, "delete from registry.patients"))


def test_odbc_reads_every_table(release: Path) -> None:
    """Cells with line breaks are printed over several lines, so rows are not counted."""
    failed = {
        name: stated
        for name in rows_by_table(release)
        for stated in ["".join(odbc(release, f"select * from {name}"))]
        if "[ISQL]" in stated or stated.startswith("[")
    }
    assert failed == {}
