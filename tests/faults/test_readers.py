"""Readers are never in the way, never see a mix, and never get an error."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import duckdb

from tests.faults import nights
from tests.faults.processes import Running, done
from tests.faults.soundness import is_one_release
from warehouse.settings import Settings

READERS = 8
HOLDERS = 2
PUBLICATIONS, WHOLE_REFRESHES = 30, 3
SHORT_PUBLICATIONS, SHORT_WHOLE_REFRESHES = 6, 1
HELD_SECONDS, SHORT_HELD_SECONDS = 180, 5
# The three counts that must agree, each from its own table of the default study.
FEWER = """
set variable study = (select study from study.definition);
delete from studies.members where study = getvariable('study') and patient_key in (
    select patient_key from study.cohort order by patient_key limit {fewer}
);
update studies.flow_steps set n_remaining = n_remaining - {fewer}
where
    study = getvariable('study')
    and step = (select max(step) from study.patient_flow);
update studies.table_cells set value = value - {fewer}
where
    study = getvariable('study')
    and statistic = 'denominator'
    and subgroup = 'all'
    and study_group = (select study_group from study.study_groups order by place desc limit 1);
"""


def test_eight_readers_during_publications(
    installation: Settings, tmp_path: Path, full: bool
) -> None:
    """Holders end only after the last publication: a refresh that waited for one would hang."""
    publications = PUBLICATIONS if full else SHORT_PUBLICATIONS
    whole = WHOLE_REFRESHES if full else SHORT_WHOLE_REFRESHES
    stop = tmp_path / "stop"
    prepared = [
        _prepared(installation.published_path, tmp_path / f"{number}.duckdb", number + 1)
        for number in range(publications - whole)
    ]
    readers = [Running(nights.read_in_a_loop, installation.data, stop) for _ in range(READERS)]
    holders = [Running(nights.hold_open, installation.data, stop) for _ in range(HOLDERS)]
    assert all(holder.wait_for("open") for holder in holders)
    opened_at = time.monotonic()
    seconds = done(nights.publish_many, installation.data, prepared, whole)
    time.sleep(
        max(0, opened_at + (HELD_SECONDS if full else SHORT_HELD_SECONDS) - time.monotonic())
    )
    stop.touch()
    reported = [reader.end() for reader in readers]
    held = [holder.end() for holder in holders]
    assert [end for end in (*reported, *held) if end.exit_code or end.traceback] == []
    answers = {numbers for end in (*reported, *held) for numbers in end.result["answers"]}
    assert all(is_one_release(numbers) for numbers in answers)
    assert [len(end.result["answers"]) for end in held] == [1] * HOLDERS
    assert len(answers) > publications // 2
    asked = sum(sum(end.result["answers"].values()) for end in reported)
    print(
        f"{publications} publications ({whole} whole refreshes), {READERS} readers, "
        f"{asked} answers, {len(answers)} releases seen, publication at most "
        f"{max(seconds):.2f} s, answer at most "
        f"{max(end.result['slowest_seconds'] for end in reported):.2f} s, held "
        f"{min(end.result['held_seconds'] for end in held):.0f} s"
    )


def _prepared(release: Path, path: Path, fewer: int) -> Path:
    """A release of which every count that must agree is smaller by as many patients."""
    shutil.copy2(release, path)
    path.chmod(0o644)
    with duckdb.connect(path) as connection:
        connection.execute(FEWER.format(fewer=fewer))
    return path
