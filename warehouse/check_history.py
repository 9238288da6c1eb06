"""Check results over the refreshes: a result is stored when it changes, not once for each refresh.

A row of ``raw.check_result_changes`` is the result of a rule for a delivery, from the first refresh
that had it to the first one that no longer had it (docs/decisions/0024-check-results.md).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.digests import remove_kept
from warehouse.history import (
    RefreshRecord,
    check_results_path,
    files_of_refreshes,
    keep_table,
    read_records,
    require_kept,
    write_record,
)
from warehouse.work_database import load_check_results, load_results_of_refresh

RESULT = (
    *("rule", "extract", "site", "delivered_on"),
    *("severity", "rows_checked", "rows_failed", "status"),
)
IS_SAME = " and ".join(f"found.{name} is not distinct from stored.{name}" for name in RESULT)
# A refresh number is used again if the records of the later refreshes are lost.
FORGET_LATER = """
delete from raw.check_result_changes where since_refresh >= $number
"""
REOPEN_LATER = """
update raw.check_result_changes set until_refresh = null where until_refresh >= $number
"""
# A refresh of a past day does not know later deliveries, so it ends none of their results.
END = f"""
update raw.check_result_changes as stored
set until_refresh = $number
where
    until_refresh is null
    and delivered_on <= $as_of
    and not exists (select 1 from raw.check_results as found where {IS_SAME})
"""
BEGIN = f"""
insert into raw.check_result_changes by name
select {", ".join(RESULT)}, $number as since_refresh
from raw.check_results as found
where
    not exists (
        select 1 from raw.check_result_changes as stored
        where until_refresh is null and {IS_SAME}
    )
"""


def store_check_results(
    connection: duckdb.DuckDBPyConnection, history_dir: Path, record: RefreshRecord
) -> None:
    """Store the results in ``raw.check_results`` and their time in the record.

    ``raw.check_result_changes`` must hold the results of all earlier refreshes. Without a change,
    only the record is written.
    """
    n_changes = _merge(connection, record)
    if n_changes or not check_results_path(history_dir).exists():
        _keep(connection, history_dir)
    record.checked_at = _checked_at(connection)
    connection.execute("update raw.refresh set checked_at = ?", [record.checked_at])
    write_record(history_dir, record)


def upgrade_check_results(history_dir: Path) -> int:
    """Import the check results of version 0.1.0 and return the number of refreshes imported.

    It can be repeated after an interruption at any point. A file is skipped if its refresh has no
    record or is older than the imported ones. Raises HistoryError if a file cannot be read.
    """
    folder = history_dir / "check_results"
    paths = {path.stem: path for path in files_of_refreshes(folder, ".parquet")}
    if not paths:
        return 0
    require_kept(check_results_path(history_dir), *paths.values())
    records = read_records(history_dir)
    newest = max((row.refresh_number for row in records if row.checked_at), default=0)
    added = [row for row in records if row.refresh_id in paths and row.refresh_number > newest]
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        load_check_results(connection, history_dir)
        for record in added:
            load_results_of_refresh(connection, paths[record.refresh_id])
            _merge(connection, record)
            record.checked_at = _checked_at(connection)
        if added:
            _keep(connection, history_dir)
    for record in added:
        write_record(history_dir, record)
    for record in records:
        if record.checked_at and record.refresh_id in paths:
            remove_kept(paths[record.refresh_id])
    return len(added)


def _merge(connection: duckdb.DuckDBPyConnection, record: RefreshRecord) -> int:
    """Add the results of one more refresh; return the number of changed rows."""
    number = {"number": record.refresh_number}
    changed = [
        connection.execute(statement, parameters).fetchall()[0][0]
        for statement, parameters in (
            (FORGET_LATER, number),
            (REOPEN_LATER, number),
            (END, number | {"as_of": record.as_of}),
            (BEGIN, number),
        )
    ]
    return sum(changed)


def _keep(connection: duckdb.DuckDBPyConnection, history_dir: Path) -> None:
    changes = connection.table("raw.check_result_changes")
    keep_table(
        check_results_path(history_dir),
        changes.order("delivered_on, site, extract, rule, since_refresh"),
    )


def _checked_at(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    (row,) = connection.execute("select max(checked_at) from raw.check_results").fetchall()
    return row[0]
