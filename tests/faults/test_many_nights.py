"""40 nights of small deliveries leave what the same files leave that are landed at once."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb

from benchmarks.nights import ALLOWED_RATIO, deliver_each_day, refresh_each_day
from tests.faults.processes import done
from tests.faults.soundness import digests, log_content
from warehouse.history import read_records
from warehouse.settings import Settings

NIGHTS = 40
# Their strokes, 100 days before, are within the study.
LAST_DAY, STUDY_SITE = date(2022, 4, 30), "synthetic_centre"
# A bad value comes in the first of each ten nights, and its correction in the second.
BUILT = (0, 1, 20, 21, NIGHTS - 1)
# The view of all refreshes has more for each, so only one is asked. Rows that waited for a rejected
# admission were queries until its correction came, which landing at once never sees.
ROWS = """
select
    (select count(*) from quality.check_result_changes),
    (select count(*) from quality.check_results where refresh_id = $last),
    (select count(*) from quality.violations where closed_how is distinct from 'no longer found'),
    (select count(*) from quality.deliveries),
    (select count(*) from study.cohort)
"""


def test_forty_nights_leave_what_one_leaves(tmp_path: Path) -> None:
    """Rows, size, files and marts; times are measured by ``python -m benchmarks.nights``."""
    nightly = Settings(data=tmp_path / "nightly")
    at_once = Settings(data=tmp_path / "at_once")
    days = deliver_each_day(nightly.raw_dir, NIGHTS, LAST_DAY, STUDY_SITE)
    done(refresh_each_day, nightly.data, days, [days[number] for number in BUILT])
    shutil.copytree(nightly.raw_dir, at_once.raw_dir)
    at_once.state_dir.mkdir()  # with another key, pseudonyms differ
    shutil.copy2(nightly.secret_path, at_once.secret_path)
    done(refresh_each_day, at_once.data, days[-1:])
    assert [record.as_of for record in read_records(nightly.history_dir)] == days

    changes, *rows = stored(nightly)
    changes_at_once, *rows_at_once = stored(at_once)
    assert rows == rows_at_once
    assert 0 not in rows
    assert changes_at_once <= changes <= 1.05 * changes_at_once
    assert size(nightly) <= ALLOWED_RATIO * size(at_once)
    assert kept_files(nightly) == kept_files(at_once)
    assert digests(nightly) == digests(at_once)
    assert log_content(nightly) == log_content(at_once)


def stored(settings: Settings) -> tuple[int, ...]:
    """Rows of the quality tables."""
    last = read_records(settings.history_dir)[-1].refresh_id
    with duckdb.connect(settings.published_path, read_only=True) as connection:
        return connection.execute(ROWS, {"last": last}).fetchall()[0]


def size(settings: Settings) -> int:
    return settings.published_path.stat().st_size


def kept_files(settings: Settings) -> list[str]:
    """The history without the records of each refresh."""
    return sorted(path.name for path in settings.history_dir.iterdir())
