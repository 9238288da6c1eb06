"""Two real releases side by side, going back to the first, and landing everything again.

A delivery after the shipped ones takes a patient of the cohort for cardioembolic, and notes that
another one died.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pytest

from tests.integration.commands.test_cli import run
from tests.support.golden import golden
from tests.support.refreshed import Refreshed, copy_data, refresh_without_prefect
from warehouse.digests import RELEASE, file_digest, sealed, unsealed
from warehouse.history import RefreshRecord, read_records, write_record
from warehouse.landing.reland import KEPT
from warehouse.lock import AlreadyRunningError, lock_path, refresh_lock
from warehouse.refresh.context import refreshing
from warehouse.refresh.steps import land_deliveries
from warehouse.releases.diff import diff_releases
from warehouse.releases.on_disk import find_release, releases_on_disk
from warehouse.releases.pair import ReleasesError
from warehouse.releases.report import diff_report
from warehouse.releases.rollback import roll_back
from warehouse.report.frame import PAGES
from warehouse.settings import PROJECT_DIR, Settings

GOLDEN = golden("releases")

REPORTED = (PROJECT_DIR / "tests" / "fixtures" / "difference.txt").read_text(encoding="utf-8")
DELIVERY = "synthetic_centre/2022-06-14"
# Two patients without rescue stenting whose admission was delivered once, by their line in it.
CHOSEN = """
select cohort.patient_key, patients.source_row from study.cohort
inner join registry.patients using (patient_key)
inner join registry.followups using (patient_key)
where study_group = 'no_rescue_stenting' and not is_dead_90d and mrs_90d = 3
    and patients.source_file like '%2022-02-15%' and followups.source_file like '%2022-02-15%'
order by patients.source_row limit 2
"""


@dataclass(frozen=True)
class TwoNights:
    """An installation after the shipped deliveries, and after the one that changes two patients."""

    settings: Settings
    excluded: str
    died: str
    records: tuple[RefreshRecord, RefreshRecord]

    @property
    def paths(self) -> tuple[Path, Path]:
        """Both releases, older first."""
        first, second = (self.settings.releases_dir / str(one.release) for one in self.records)
        return first, second


@pytest.fixture(scope="module")
def two_nights(refreshed: Refreshed, tmp_path_factory: pytest.TempPathFactory) -> TwoNights:
    """The second night on a copy of the refreshed installation."""
    data = tmp_path_factory.mktemp("nights") / "data"
    copy_data(refreshed.settings.data, data)
    settings = Settings(data=data)
    (excluded, line), (died, died_line) = refreshed.rows(CHOSEN)
    first = settings.raw_dir / "synthetic_centre" / "2022-02-15" / "admissions.csv"
    lines = first.read_text(encoding="gb18030").splitlines()
    number = lines[died_line - 1].split(",")[lines[0].split(",").index("患者编号")]
    folder = settings.raw_dir / DELIVERY
    folder.mkdir(parents=True)
    (folder / "delivery.yaml").write_text("mode: delta\n", encoding="utf-8")
    row = lines[line - 1].replace("大动脉粥样硬化", "心源性栓塞")
    (folder / "admissions.csv").write_text(f"{lines[0]}\n{row}\n", encoding="gb18030")
    (folder / "followups.csv").write_text(
        "patient_id,assessed_on,mode,mrs,death_date,lost_to_followup\n"
        f"{number},{_death_of(refreshed, died)},telephone,6,{_death_of(refreshed, died)},false\n",
        encoding="utf-8",
    )
    refresh_without_prefect(settings)
    older, newer = read_records(settings.history_dir)
    return TwoNights(settings, excluded, died, (older, newer))


@pytest.fixture
def copied(two_nights: TwoNights, tmp_path: Path) -> Iterator[TwoNights]:
    """A copy of both nights, for a test that goes on from there."""
    copy_data(two_nights.settings.data, tmp_path / "data")
    settings = Settings(data=tmp_path / "data")
    # A copy of a folder has two files where there was one with two names.
    settings.published_path.unlink()
    settings.published_path.hardlink_to(settings.releases_dir / two_nights.paths[1].name)
    yield TwoNights(settings, two_nights.excluded, two_nights.died, two_nights.records)


def test_the_difference_is_reported_in_full(two_nights: TwoNights) -> None:
    text = "\n".join(diff_report(diff_releases(*two_nights.paths)))
    for value, name in (
        (two_nights.excluded, "EXCLUDED"),
        (two_nights.died, "DIED"),
        (two_nights.records[0].refresh_id, "FIRST"),
        (two_nights.records[1].refresh_id, "SECOND"),
        (str(two_nights.records[0].as_of), "DAY"),
        (str(two_nights.records[1].as_of), "DAY"),
    ):
        text = text.replace(value, name)
    assert text.splitlines() == REPORTED.strip().splitlines()


def test_the_note_stands_in_the_release_that_it_describes(two_nights: TwoNights) -> None:
    first, second = two_nights.records
    note = REPORTED.strip().splitlines()[1]
    assert second.change_note == note
    assert first.change_note == (GOLDEN("there_is_no_earlier_release_to"))
    with duckdb.connect(two_nights.paths[1], read_only=True) as release:
        own = release.execute(
            "select status, change_note from ops.refreshes order by refresh_number"
        )
        assert own.fetchall() == [("published", first.change_note), ("published", note)]
        assert release.execute("select count(finished_at) from ops.refreshes").fetchone() == (2,)


def test_a_release_knows_the_steps_up_to_its_publication(two_nights: TwoNights) -> None:
    steps = """
        select step, attempt, status, rows, what_to_do from ops.steps
        where refresh_id = ? order by started_at, rowid
    """
    with duckdb.connect(two_nights.paths[1], read_only=True) as release:
        reported = [
            release.execute(steps, [record.refresh_id]).fetchall() for record in two_nights.records
        ]
        measured = release.execute(
            "select min(seconds) >= 0, min(peak_memory_mb) > 100 from ops.steps"
        ).fetchall()
    assert [step[0] for step in reported[0]] == [
        "land", "check", "build", "release gate", "publish", "report",
    ]  # fmt: skip
    assert [step[0] for step in reported[1]] == ["land", "check", "build", "release gate"]
    assert [steps[0] for steps in reported] == [
        ("land", 1, "done", 1514, None),
        ("land", 1, "done", 2, None),
    ]
    assert [steps[1] for steps in reported] == [
        ("check", 1, "done", 1514, None),
        ("check", 1, "done", 1516, None),
    ]
    assert measured == [(True, True)]


def test_the_same_release_twice_has_no_difference(two_nights: TwoNights, tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    shutil.copy(two_nights.paths[0], copy)
    diff = diff_releases(two_nights.paths[0], copy)
    assert diff.is_empty
    assert list(diff_report(diff))[1] == "Nothing changed."


def test_what_else_differed_between_two_releases_is_named(
    two_nights: TwoNights, tmp_path: Path
) -> None:
    other = tmp_path / "other.duckdb"
    shutil.copy(two_nights.paths[0], other)
    other.chmod(0o644)
    with duckdb.connect(other) as release:
        release.execute("update studies.definitions set mortality_window_days = 30")
        release.execute(
            "update ops.refreshes set warehouse_version = '0.0.1', git_commit = 'abcdef012345', "
            "as_of = '2022-06-30'"
        )
    first = two_nights.records[0]
    commit = first.git_commit[:7] if first.git_commit else "unknown"
    assert diff_releases(two_nights.paths[0], other).causes == (
        f"version {first.warehouse_version} -> 0.0.1",
        f"commit {commit} -> abcdef0",
        "the study's definition",
        f"day {first.as_of} -> 2022-06-30",
    )


def test_the_difference_can_be_read_by_programs(two_nights: TwoNights) -> None:
    outcome = run(two_nights.settings, "diff", "previous", "current", "--format", "json")
    reported = json.loads(outcome.stdout)
    assert reported["cohort_before"] == {"rescue_stenting": 41, "no_rescue_stenting": 86}
    assert reported["cohort_after"] == {"rescue_stenting": 41, "no_rescue_stenting": 85}
    assert reported["patients"] == [
        {
            "patient_key": two_nights.excluded,
            "site": "synthetic_centre",
            "change": "left",
            "before": "no_rescue_stenting",
            "after": "Cardioembolic stroke (Cardioembolism)",
            "files": [f"{DELIVERY}/admissions.csv"],
        }
    ]


def test_what_is_no_release_is_explained(two_nights: TwoNights, tmp_path: Path) -> None:
    settings = two_nights.settings
    first, second = (record.refresh_id for record in two_nights.records)
    with pytest.raises(ReleasesError) as unknown:
        find_release(settings, "20200101T000000Z")
    assert str(unknown.value).endswith(f"or one of: {second}, {first}")
    other = tmp_path / "other.duckdb"
    duckdb.connect(other).close()
    with pytest.raises(ReleasesError, match=r"other.duckdb cannot be compared"):
        diff_releases(two_nights.paths[0], other)
    assert find_release(settings, str(settings.published_path)) == two_nights.paths[1]


def test_going_back_and_forth(copied: TwoNights) -> None:
    """At once, told with its pages, and noted; the next refresh is compared with what is read."""
    settings = copied.settings
    first, second = (record.refresh_id for record in copied.records)

    outcome = run(settings, "rollback")

    assert outcome.stdout.splitlines()[0] == (
        GOLDEN("release_is_current_again_stays_on", first=first, second=second)
    )
    assert outcome.stdout.splitlines()[1].startswith(GOLDEN("the_next_refresh_builds_from_all"))
    assert settings.published_path.samefile(settings.releases_dir / f"{first}.duckdb")
    taken_back, current = releases_on_disk(settings)
    assert taken_back.record is not None
    assert taken_back.record.rolled_back_at is not None
    assert (taken_back.is_current, current.is_current) == (False, True)
    listed = run(settings, "releases").stdout.splitlines()
    assert find_release(settings, "current") == settings.releases_dir / f"{first}.duckdb"
    assert [line.split()[0] for line in listed] == ["release", second, first]
    assert "rolled back" in listed[1]
    assert listed[2].endswith("current")

    with refreshing(settings) as refresh:
        assert refresh.before is not None
        assert refresh.before.refresh_id == first
        refresh.record.status = "failed"
    with pytest.raises(ReleasesError, match=GOLDEN("there_is_no_release_before_the")):
        roll_back(settings)

    roll_back(settings, second)
    forward = releases_on_disk(settings)[0]
    assert forward.is_current
    assert forward.record is not None
    assert forward.record.rolled_back_at is None


def test_going_back_behind_a_change_of_the_project_names_the_pages(copied: TwoNights) -> None:
    """A release of another version lacks columns, and its records name what is no more."""
    settings, first = copied.settings, copied.records[0].refresh_id
    release = settings.releases_dir / f"{first}.duckdb"
    release.chmod(0o600)
    with duckdb.connect(release) as connection:
        connection.execute("alter table quality.violations drop column caused_by_file")
    made = copied.records[0]
    known = replace(made, digests=made.digests | {RELEASE: file_digest(release)})
    write_record(settings.history_dir, known)
    record = settings.history_dir / "checks" / first / "admissions.json"
    in_set, vanished = (f"expect_column_values_to_{be}_in_set_counted" for be in ("be", "not_be"))
    assert in_set in record.read_text()
    other = json.dumps(unsealed(record.read_bytes())).replace(in_set, vanished, 1)
    record.write_bytes(sealed(other))

    outcome = run(settings, "rollback")

    assert outcome.returncode == 4
    assert settings.published_path.samefile(release)
    reported = [" ".join(line.split()) for line in outcome.stderr.splitlines() if line[:3] == "  -"]
    lacking = (
        "the release was made by another version of the project, and its tables lack what this "
        'page shows (Binder Error: Referenced column "caused_by_file" not found in FROM clause!). '
        "They can be queried; its pages are written by that version (git_commit in ops.refreshes) "
        "with the same command."
    )
    assert reported == [f"- quality page: {lacking}", f"- query workbooks: {lacking}"]
    assert_not_shown(settings, first)


def assert_not_shown(settings: Settings, release: str) -> None:
    """The pages that could be written are of the release; the others say that they are not."""
    second = releases_on_disk(settings)[0].refresh_id
    pages = {path.name: path.read_text("utf-8") for path in settings.reports_dir.glob("*.html")}
    assert {name for name, text in pages.items() if release in text} == set(PAGES)
    assert not [name for name, text in pages.items() if second in text]
    title = "<h1>This page does not show the current release</h1>"
    assert [name for name, text in pages.items() if title in text] == ["quality.html"]
    assert list(settings.reports_dir.glob("queries/*")) == []


def test_no_rollback_while_a_refresh_is_at_work(copied: TwoNights) -> None:
    with refresh_lock(lock_path(copied.settings)), pytest.raises(AlreadyRunningError):
        roll_back(copied.settings)
    assert releases_on_disk(copied.settings)[0].is_current


def test_all_is_landed_again_from_raw(copied: TwoNights) -> None:
    """What is no longer among the raw files keeps its rows, and is told."""
    settings = copied.settings
    before = sorted(path.name for path in settings.landed_dir.rglob("*.*"))
    gone = f"{DELIVERY}/followups.csv"
    (settings.raw_dir / gone).unlink()

    with refreshing(settings, full=True) as refresh:
        land_deliveries(refresh)

    assert refresh.landing is not None
    assert refresh.landing.skipped_lines == [f"{gone}: {KEPT}"]
    assert (refresh.landing.files_landed, refresh.landing.rows_landed) == (12, 1515)
    assert sorted(path.name for path in settings.landed_dir.rglob("*.*")) == before


def test_full_and_a_past_day_together_are_refused(copied: TwoNights) -> None:
    outcome = run(copied.settings, "refresh", "--full", "--as-of", "2022-02-15")
    assert outcome.returncode == 2


def _death_of(refreshed: Refreshed, patient: str) -> str:
    """A day on which the patient's follow-up is due."""
    ((day,),) = refreshed.rows(
        "select cast(puncture_at + interval 85 days as date) from study.cohort "
        "where patient_key = ?",
        patient,
    )
    return str(day)
