"""The oldest DuckDB client that docs/sql.md names reads a release, all of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.golden import golden
from tests.support.refreshed import Refreshed
from warehouse.settings import PROJECT_DIR

GOLDEN = golden("sql_shell")

READ_ALL = """
import json, sys
import duckdb

with duckdb.connect(sys.argv[1], read_only=True) as release:
    names = release.execute(
        "select table_schema || '.' || table_name from information_schema.tables order by all"
    ).fetchall()
    tables = {
        name: [[str(cell) for cell in row] for row in release.execute(f"from {name}").fetchall()]
        for (name,) in names
    }
print(json.dumps([duckdb.__version__, tables]))
"""


@pytest.fixture
def oldest_client() -> Path:
    """Where ``make test-rest`` installs tests/oldest_client.lock."""
    return PROJECT_DIR / ".cache" / "oldest_client"


def test_the_oldest_client_reads_every_row_of_every_table(
    refreshed: Refreshed, oldest_client: Path
) -> None:
    version, tables = read_all(refreshed.settings.published_path, oldest_client)
    assert version == "1.2.0"
    assert GOLDEN("the_oldest_client_that_opens_the", version=version) in (
        (PROJECT_DIR / "docs" / "sql.md").read_text(encoding="utf-8")
    )
    locked, expected = read_all(refreshed.settings.published_path, None)
    assert locked != version
    assert len(tables["registry.patients"]) > len(tables["study.cohort"]) > 0
    assert tables == expected


def read_all(path: Path, client: Path | None) -> tuple[str, dict[str, Any]]:
    """The version of a client (of the locked one by default), and the rows that it reads."""
    environment = os.environ | ({"PYTHONPATH": str(client)} if client else {})
    outcome = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(path)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    version, tables = json.loads(outcome.stdout)
    return version, tables
