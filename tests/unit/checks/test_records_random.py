"""Random histories: what is in force equals a plain model, and no delivered row is in nothing.

All rows are invented. ``RECORDS_HISTORIES`` sets how many sites are made and ``RECORDS_FIRST`` the
number of the first, to run others than the 50 of every day by hand.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.checked_rows import query
from tests.support.random_histories import NIGHTS, Generator, day_of, write
from tests.support.record_model import History, Place, State, States, states
from warehouse.checks.run import run_checks
from warehouse.definitions.dictionary import dictionary
from warehouse.history import RefreshRecord
from warehouse.landing import land
from warehouse.settings import Settings
from warehouse.work_database import (
    load_history,
    load_landed,
    load_studies,
    new_work_database,
)

HISTORIES = int(os.environ.get("RECORDS_HISTORIES", "50"))
FIRST = int(os.environ.get("RECORDS_FIRST", "0"))
LAST = day_of(NIGHTS)
STATES = """
    select site, extract, source_file, source_row, version_status,
        case when version_status = 'withdrawn' then withdrawn_on end
    from raw.record_versions
    union all
    select places.site, places.extract, places.source_file, source_row, 'unreadable', null
    from raw.landing_violations as violations
    inner join raw.places using (file_id)
    where violations.rule like '%.line.readable'
"""


@pytest.fixture(scope="module")
def histories() -> dict[str, History]:
    """The histories by site."""
    return {f"s{n}": Generator(n).history() for n in range(FIRST, FIRST + HISTORIES)}


@pytest.fixture(scope="module")
def work(histories: dict[str, History], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work database of all sites, landed before and after their changes, and checked."""
    settings = Settings(data=tmp_path_factory.mktemp("random") / "data", landing_settle_seconds=0)
    for places in ("first", "last"):
        for site, history in histories.items():
            write(settings.raw_dir / site, history, getattr(history, places))
        land(settings, progress=lambda _line: None)
    work_path = settings.data / "work.duckdb"
    with new_work_database(work_path) as connection:
        load_landed(connection, settings.landed_dir, dictionary(), LAST)
        load_studies(connection)
        load_history(connection, settings.history_dir, RefreshRecord("r", datetime.now(), LAST))
    run_checks(work_path, "r", settings.data / "results", lambda _line: None)
    return work_path


def found_states(work: Path) -> dict[str, States]:
    """The state of each row at each place by site, in the model's words."""
    found: dict[str, States] = {}
    for site, extract, source_file, line, status, withdrawn_on in query(work, STATES):
        _, day, name = source_file.split("/")
        place = Place((datetime.fromisoformat(day).date() - day_of(0)).days, extract, name)
        gone = withdrawn_on and (withdrawn_on - day_of(0)).days
        assert (place, line) not in found.setdefault(site, {})
        found[site][place, line] = State(status, gone)
    return found


def test_the_states_of_all_rows_equal_the_model(work: Path, histories: dict[str, History]) -> None:
    """At every place of every file; a site that differs is named with its rows."""
    found = found_states(work)
    expected = {site: states(history) for site, history in histories.items()}
    counts = Counter(state.status for rows in expected.values() for state in rows.values())
    assert set(counts) == {"current", "superseded", "withdrawn", "rejected", "unreadable"}
    assert _differences(found, expected) == {}


def _differences(found: dict[str, States], expected: dict[str, States]) -> dict[str, Any]:
    return {
        site: [
            (key, rows.get(key), found.get(site, {}).get(key))
            for key in sorted(rows.keys() | found.get(site, {}).keys())
            if rows.get(key) != found.get(site, {}).get(key)
        ]
        for site, rows in expected.items()
        if rows != found.get(site, {})
    }


def test_every_rejected_row_is_a_query_and_every_withdrawn_one_names_its_file(work: Path) -> None:
    """A row that does not count says why."""
    silent = query(
        work,
        """
        select source_file, source_row, version_status from raw.record_versions
        where (version_status = 'withdrawn' and withdrawn_file is null)
            or (version_status = 'superseded' and next_version_file is null)
            or (version_status = 'rejected' and row_id not in (
                select row_id from raw.check_failures where severity = 'reject'
                union all
                select row_id from raw.landing_violations
                where severity = 'reject' and row_id is not null
            ))
        order by all
        """,
    )
    assert silent == []
