"""A release of delivered files: landed, checked and built, without the pages of a refresh."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse.check_history import store_check_results
from warehouse.checks.run import run_checks
from warehouse.dbt.build import DbtFolders, run_dbt
from warehouse.definitions.dictionary import dictionary
from warehouse.history import RefreshRecord
from warehouse.landing import land
from warehouse.settings import Settings
from warehouse.work_database import (
    load_history,
    load_landed,
    load_skipped_files,
    load_studies,
    new_work_database,
)

Row = dict[str, Any]


def deliver(settings: Settings, site: str, day: str, extracts: dict[str, list[Row]]) -> None:
    """Deliver rows as CSV files, one per extract; its first row has the columns."""
    folder = settings.raw_dir / site / day
    folder.mkdir(parents=True)
    for extract, rows in extracts.items():
        lines = [",".join(map(str, row.values())) for row in rows]
        text = "\n".join([",".join(rows[0]), *lines, ""])
        (folder / f"{extract}.csv").write_text(text, encoding="utf-8")


def built_release(settings: Settings, as_of: date, *tables: str) -> Path:
    """These tables of the release that all deliveries of a data folder make, or all of them."""
    land(settings, progress=lambda _line: None)
    root = settings.data.parent
    work_path = root / "work.duckdb"
    record = RefreshRecord("r1", datetime.now(), as_of)
    with new_work_database(work_path) as connection:
        load_landed(connection, settings.landed_dir, dictionary(), as_of)
        load_skipped_files(connection, [])
        load_studies(connection)
        load_history(connection, settings.history_dir, record)
    run_checks(work_path, "r1", root / "results", progress=lambda _line: None)
    with duckdb.connect(work_path) as connection:
        store_check_results(connection, settings.history_dir, record)
    folders = DbtFolders(work_path, root / "release.duckdb", root / "target", root / "logs")
    chosen = ["--select", *(f"+{table}" for table in tables)] if tables else []
    # Of the tests those whose tables are all built.
    tested = ("--exclude", "test_type:unit", "--indirect-selection", "cautious")
    run_dbt(folders, "build", *tested, *chosen)
    return folders.release_path
