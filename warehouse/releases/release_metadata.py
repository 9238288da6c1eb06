"""Record of its own refresh inside a release, as far as known at publication."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path

import duckdb

from warehouse.history import RefreshRecord, utc_now

BY_NUMBER = "refresh_number desc"
# Releases of early versions have no number. Their ids are increasing times; a refresh in the same
# second ends with -2, -10.
BY_ID = "string_split(refresh_id, '-')[1] desc, length(refresh_id) desc, refresh_id desc"
OWN_ROW = """
update ops.refreshes set status = $status, change_note = $change_note, finished_at = $finished_at
where refresh_id = $refresh_id
"""
OWN_STEP = """
insert into ops.steps by name
select $refresh_id as refresh_id, $step as step, $attempt as attempt, $started_at as started_at,
    $seconds as seconds, $rows as rows, $peak_memory_mb as peak_memory_mb, $status as status,
    $what_to_do as what_to_do
"""


def newest_first(columns: Collection[str]) -> str:
    """Return the SQL order of ``ops.refreshes`` with these columns, newest refresh first.

    The first row is the refresh that built the release.
    """
    return BY_NUMBER if "refresh_number" in columns else BY_ID


def complete_own_record(candidate: Path, record: RefreshRecord, status: str) -> None:
    """Write status, change note, end and steps of its refresh into the candidate."""
    own_row = {
        "refresh_id": record.refresh_id,
        "status": status,
        "change_note": record.change_note,
        "finished_at": utc_now(),
    }
    with duckdb.connect(candidate) as connection:
        connection.execute(OWN_ROW, own_row)
        for step in record.steps:
            connection.execute(OWN_STEP, {"refresh_id": record.refresh_id, **asdict(step)})
