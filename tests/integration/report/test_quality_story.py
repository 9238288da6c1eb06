"""A week in the life of a data manager, night by night, on a small hospital with the real steps.

Monday brings a good delivery, Tuesday bad rows, Wednesday one that cannot be read, and Thursday a
full delivery of admissions that corrects one of them, repeats one and no longer has one.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import load_workbook

from tests.support.golden import golden
from tests.support.html_page import Page
from tests.support.refreshed import refresh_without_prefect
from tests.support.small_hospital import MONDAY, NIGHTS, SITE, THURSDAY, TUESDAY, WEDNESDAY, deliver
from warehouse.alerts.data_news import keep_notified_queries, new_queries
from warehouse.history import read_records, violations_path
from warehouse.refresh.summary import RefreshSummary
from warehouse.releases.diff import diff_releases
from warehouse.releases.reader import open_release
from warehouse.report import write_quality_report, write_query_workbooks
from warehouse.report.facts import totals
from warehouse.settings import PROJECT_DIR, Settings
from warehouse.status import read_status

GOLDEN = golden("report")
pytestmark = pytest.mark.rest  # six refreshes


@dataclass(frozen=True)
class Story:
    """The installation after Thursday's refresh, and the release of each night."""

    settings: Settings
    releases: dict[date, Path]
    summaries: dict[date, RefreshSummary]

    def rows(self, night: date, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query on the release of a night."""
        return rows_of(self.releases[night], sql)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Four nights, each refreshed on what was delivered by then. Tests write the pages."""
    settings = Settings(data=tmp_path_factory.mktemp("story") / "data")
    reported = Story(settings, {}, {})
    for night in NIGHTS:
        deliver(settings.raw_dir, night)
        reported.summaries[night] = refresh_without_prefect(settings, night, pages=False)
        reported.releases[night] = _last_release(settings)
    return reported


def test_a_good_delivery_has_no_violations(story: Story) -> None:
    assert story.rows(MONDAY, "from quality.violations") == []
    assert story.rows(MONDAY, BALANCE) == [
        ("2024-06-03/admissions.csv", "full", 3, 3, 0, 3, 0, 0, True),
        ("2024-06-03/followups.csv", "full", 3, 3, 0, 3, 0, 0, True),
        ("2024-06-03/imaging.csv", "full", 3, 3, 0, 3, 0, 0, True),
        ("2024-06-03/procedures.csv", "full", 3, 3, 0, 3, 0, 0, True),
    ]


def test_bad_rows_are_reported_once_as_new(story: Story) -> None:
    assert story.rows(TUESDAY, VIOLATIONS) == [
        (*DORAS_NIHSS, "open", None, None, None, 0, True, TUESDAY, TUESDAY),
        (*EMILS_NIHSS, "open", None, None, None, 0, True, TUESDAY, TUESDAY),
        (*BERTS_SEX, "open", None, None, None, 0, True, TUESDAY, TUESDAY),
        (*DORAS_PROCEDURE, "open", None, None, None, 0, True, TUESDAY, TUESDAY),
    ]


def test_what_a_rejected_admission_keeps_out_names_it(story: Story, tmp_path: Path) -> None:
    """In the table, and in the workbook behind it; no other query has a cause elsewhere."""
    causes = """
        select rule, caused_by_file, caused_by_row, action from quality.violations
        where caused_by_file is not null
    """
    admission = f"{SITE}/2024-06-04/admissions.csv"
    words = (
        "Correct the admission of this patient first: it was delivered and rejected. This row then "
        "needs no new delivery."
    )
    assert [story.rows(night, causes) for night in NIGHTS] == [
        [],
        *[[("procedures.patient_id.reference", admission, 2, words)]] * 2,
        [],
    ]
    (workbook,) = write_query_workbooks(story.releases[TUESDAY], tmp_path)
    assert _sheet(workbook, "open", ("Rule id", "Line", "Fix first")) == [
        ("admissions.baseline_nihss.range", 2, None),
        ("admissions.baseline_nihss.range", 3, None),
        ("admissions.sex.codes", 4, None),
        ("procedures.patient_id.reference", 2, f"{admission}, line 2"),
    ]


def test_a_bad_correction_does_not_erase_the_valid_row(story: Story) -> None:
    berts = "select sex, source_file, source_row from registry.patients where age_years = 75"
    assert story.rows(TUESDAY, berts) == [("male", f"{SITE}/2024-06-03/admissions.csv", 3)]
    assert story.rows(TUESDAY, BALANCE)[4:] == [
        ("2024-06-04/admissions.csv", "delta", 3, 0, 3, 0, 0, 0, True),
        ("2024-06-04/procedures.csv", "delta", 1, 0, 1, 0, 0, 0, True),
    ]


def test_what_is_new_and_closed_is_counted_alike(story: Story, tmp_path: Path) -> None:
    """By change note, page, workbook and alerts; the release before is that of the day before."""
    counted = []
    for before, night in pairwise(NIGHTS):
        with open_release(story.releases[night]) as release:
            page = totals(release)
        note = diff_releases(story.releases[before], story.releases[night]).violations
        keep_notified_queries(story.releases[before], tmp_path / "told")
        alerts = new_queries(story.releases[night], tmp_path / "told")
        n_reported = sum(int(matter.text.partition(" ")[0]) for matter in alerts)
        assert (note.n_opened, note.n_closed) == (page["n_new"], page["n_newly_closed"])
        assert n_reported == page["n_new"]
        workbooks = write_query_workbooks(story.releases[night], tmp_path / str(night))
        lines = [len(_sheet(book, "open", ("Rule id",))) for book in workbooks]
        assert sum(lines) == page["n_open"]
        counted.append((page["n_new"], page["n_newly_closed"]))
    assert counted == [(4, 0), (0, 0), (0, 3)]


@pytest.mark.parametrize("night", NIGHTS)
def test_the_console_counts_what_the_tables_count(story: Story, night: date) -> None:
    """Rows, files and patients; the change note is that of the release."""
    ((rejected, flagged, unreadable, cohort, note),) = story.rows(night, CONSOLE)
    summary = story.summaries[night]
    shown = dict(summary.figures)
    assert shown["rows rejected"].startswith(f"{rejected} in all deliveries, {flagged} flagged;")
    assert shown["rows in"].endswith(f", {unreadable} unreadable")
    assert shown["study cohort"].startswith(f"{cohort}: ")
    assert summary.change_note == note
    skipped = [line for what, line in summary.figures if what == "skipped"]
    unread = story.rows(night, "select source_file, reason from quality.skipped_files")
    assert skipped == [f"{file}: {reason}" for file, reason in unread]
    landed = story.rows(night, f"from quality.deliveries where delivered_on = '{night}'")
    assert shown["files landed"].startswith(f"{len(landed)} new, ")


def test_the_status_counts_what_the_folders_hold(story: Story) -> None:
    """Of the release that people read, and of the alerts that wait."""
    status = read_status(story.settings)
    ((last, n_refreshes),) = story.rows(THURSDAY, LAST_REFRESH)
    assert (status.release_read, n_refreshes) == (last, len(NIGHTS))
    assert status.alerts_waiting == len([*(story.settings.alerts_dir / "outbox").glob("*")])
    assert (status.release_damage, status.last_failure, status.lost) == (None, None, [])


def test_a_night_without_rows_only_makes_them_older(story: Story) -> None:
    assert story.rows(WEDNESDAY, VIOLATIONS) == [
        (*found, "open", None, None, None, 1, False, TUESDAY, WEDNESDAY)
        for found in (DORAS_NIHSS, EMILS_NIHSS, BERTS_SEX, DORAS_PROCEDURE)
    ]
    assert story.rows(WEDNESDAY, BALANCE) == story.rows(TUESDAY, BALANCE)


def test_a_delivery_that_cannot_be_read_is_reported_until_it_is_corrected(
    story: Story, tmp_path: Path
) -> None:
    """Seen from Tuesday, it is still to come."""
    unread = "select source_file, reason, needs_correction from quality.skipped_files"
    wednesdays = (
        f"{SITE}/2024-06-05",
        "delivery.yaml: mode: 'AAA' is not allowed; use 'full' or 'delta'. It holds mode: full "
        "or mode: delta, and perhaps a note; nothing of this delivery is read before it is right",
        True,
    )
    assert [story.rows(night, unread) for night in NIGHTS] == [[], [], [wednesdays], [wednesdays]]
    assert (
        "skipped-files" not in Page(write_quality_report(story.releases[TUESDAY], tmp_path)).tables
    )
    page = Page(write_quality_report(story.releases[WEDNESDAY], tmp_path))
    assert page.rows("skipped-files") == [[wednesdays[0], "to fix", wednesdays[1]]]
    assert page.texts["verdict"].startswith(GOLDEN("fix_first_study_has_no_delivery"))


def test_a_correction_closes_what_it_corrects_and_names_which_file_did(story: Story) -> None:
    """Dora is corrected, Emil withdrawn, Bert is wrong again; Dora's procedure has its patient."""
    by = "2024-06-06/admissions.csv"
    closed = ("closed", THURSDAY)
    assert story.rows(THURSDAY, VIOLATIONS) == [
        (*DORAS_NIHSS, *closed, by, "corrected", 2, False, TUESDAY, WEDNESDAY),
        (*EMILS_NIHSS, *closed, by, "withdrawn", 2, False, TUESDAY, WEDNESDAY),
        (*BERTS_SEX, *closed, by, "delivered again", 2, False, TUESDAY, WEDNESDAY),
        (*DORAS_PROCEDURE, *closed, None, "no longer found", 2, False, TUESDAY, WEDNESDAY),
        (*BERTS_SEX_AGAIN, "open", None, None, None, 2, False, TUESDAY, THURSDAY),
    ]
    problems = "select count(distinct problem_id) from quality.violations where field = 'sex'"
    assert story.rows(THURSDAY, problems) == [(1,)]


def test_the_corrected_rows_are_used(story: Story) -> None:
    assert story.rows(THURSDAY, BALANCE) == [
        ("2024-06-03/admissions.csv", "full", 3, 3, 0, 1, 2, 0, True),
        ("2024-06-03/followups.csv", "full", 3, 3, 0, 3, 0, 0, True),
        ("2024-06-03/imaging.csv", "full", 3, 3, 0, 3, 0, 0, True),
        ("2024-06-03/procedures.csv", "full", 3, 3, 0, 3, 0, 0, True),
        ("2024-06-04/admissions.csv", "delta", 3, 0, 3, 0, 0, 0, True),
        ("2024-06-04/procedures.csv", "delta", 1, 1, 0, 1, 0, 0, True),
        ("2024-06-06/admissions.csv", "full", 4, 3, 1, 3, 0, 0, True),
    ]
    patients = [story.rows(night, "select count(*) from registry.patients") for night in NIGHTS]
    assert patients == [[(3,)], [(3,)], [(3,)], [(4,)]]


def test_every_check_of_every_night_is_kept(story: Story) -> None:
    counts = """
        select as_of, delivered_on, rows_checked, rows_failed, failed_share, results.status
        from quality.check_results as results
        inner join ops.refreshes as refreshes on results.refresh_id = refreshes.refresh_id
        where rule = '{rule}' order by all
    """
    assert story.rows(THURSDAY, counts.format(rule="admissions.baseline_nihss.range")) == [
        (MONDAY, MONDAY, 3, 0, 0, "passed"),
        (TUESDAY, MONDAY, 3, 0, 0, "passed"),
        (TUESDAY, TUESDAY, 3, 2, 2 / 3, "failed"),
        (WEDNESDAY, MONDAY, 3, 0, 0, "passed"),
        (WEDNESDAY, TUESDAY, 3, 2, 2 / 3, "failed"),
        (THURSDAY, MONDAY, 3, 0, 0, "passed"),
        (THURSDAY, TUESDAY, 3, 2, 2 / 3, "failed"),
        (THURSDAY, THURSDAY, 4, 0, 0, "passed"),
    ]
    landings_own = story.rows(MONDAY, counts.format(rule="admissions.baseline_nihss.type"))
    assert landings_own == [(MONDAY, MONDAY, 3, 0, 0, "passed")]


def test_the_scorecard_names_what_is_open_and_what_became_worse(story: Story) -> None:
    score = """
        select rows_failed, n_open, n_new, sign(passed_share_change) from quality.scorecard
        where kahn_category = 'conformance' and extract = 'admissions'
            and kahn_context = 'verification'
    """
    assert [story.rows(night, score) for night in NIGHTS] == [
        [(0, 0, 0, None)],
        [(3, 3, 3, -1)],
        [(3, 3, 0, 0)],
        [(4, 1, 0, 1)],
    ]


@pytest.mark.parametrize("night", NIGHTS)
def test_the_workbook_and_the_page_say_what_the_tables_say(
    story: Story, tmp_path: Path, night: date
) -> None:
    release = story.releases[night]
    (workbook,) = write_query_workbooks(release, tmp_path)
    page = write_quality_report(release, tmp_path).read_text(encoding="utf-8")

    open_queries = sorted(story.rows(night, OPEN_QUERIES))
    closed_queries = sorted(story.rows(night, CLOSED_QUERIES))
    assert sorted(_sheet(workbook, "open", OPEN_COLUMNS)) == open_queries
    assert sorted(_sheet(workbook, "closed", CLOSED_COLUMNS)) == closed_queries
    assert _n_queries(page, "new-queries") == sum(is_new == "new" for *_, is_new in open_queries)
    assert _n_queries(page, "closed-queries") == len(closed_queries)


def test_the_questions_of_the_documentation_can_be_asked(story: Story) -> None:
    text = (PROJECT_DIR / "docs" / "quality.md").read_text(encoding="utf-8")
    answered = re.findall(r"```sql\n(.*?)```\n\n\| (.*?) \|\n", text, re.DOTALL)
    assert len(answered) == text.count("```sql")
    with duckdb.connect(story.releases[THURSDAY], read_only=True) as release:
        for query, columns in answered:
            assert release.execute(query).description is not None
            assert [name for name, *_ in release.description or ()] == columns.split(" | ")


def test_the_history_survives_a_look_at_the_past_and_a_rebuild(
    story: Story, tmp_path: Path
) -> None:
    """Tuesday's picture as it was, then everything but the history and the secret built again."""
    shutil.copytree(story.settings.data, tmp_path / "data")
    settings = Settings(data=tmp_path / "data")
    kept = violations_path(settings.history_dir).read_bytes()

    past = _refreshed(settings, TUESDAY)

    everything = "from quality.violations"
    assert rows_of(past, everything) == story.rows(TUESDAY, everything)
    assert violations_path(settings.history_dir).read_bytes() == kept

    for folder in (settings.landed_dir, settings.warehouse_dir):
        shutil.rmtree(folder)
    rebuilt = _refreshed(settings, THURSDAY)

    for table in ("violations", "deliveries", "delivery_findings", "scorecard"):
        assert rows_of(rebuilt, f"from quality.{table}") == story.rows(
            THURSDAY, f"from quality.{table}"
        )


BALANCE = f"""
select replace(source_file, '{SITE}/', ''), mode, rows_in_file, rows_accepted, rows_rejected,
    rows_current, rows_superseded, rows_withdrawn, is_balanced
from quality.deliveries
"""
VIOLATIONS = f"""
select rule, severity, replace(source_file, '{SITE}/', ''), source_row, found, status, closed_on,
    replace(closed_by_file, '{SITE}/', ''), closed_how, age_days, is_new, first_seen_on,
    last_seen_on
from quality.violations
"""
CONSOLE = """
select sum(rows_rejected), sum(rows_warned), sum(rows_unreadable),
    (select count(*) from study.cohort),
    (select arg_max(change_note, refresh_number) from ops.refreshes)
from quality.deliveries
"""
LAST_REFRESH = "select arg_max(refresh_id, refresh_number), count(*) from ops.refreshes"
OPEN_COLUMNS = ("Rule id", "File", "Line", "Open for (days)", "New")
OPEN_QUERIES = """
select rule, source_file, source_row, age_days, case when is_new then 'new' end
from quality.violations where status = 'open'
"""
CLOSED_COLUMNS = ("Rule id", "File", "Line", "Was open (days)", "How", "By file")
CLOSED_QUERIES = """
select rule, source_file, source_row, age_days, closed_how, closed_by_file
from quality.violations where status = 'closed' and closed_how <> 'delivered again'
"""
NIHSS_RANGE = ("admissions.baseline_nihss.range", "reject")
DORAS_NIHSS = (*NIHSS_RANGE, "2024-06-04/admissions.csv", 2, "55")
EMILS_NIHSS = (*NIHSS_RANGE, "2024-06-04/admissions.csv", 3, "55")
SEX_CODES = ("admissions.sex.codes", "reject")
BERTS_SEX = (*SEX_CODES, "2024-06-04/admissions.csv", 4, "A9")
BERTS_SEX_AGAIN = (*SEX_CODES, "2024-06-06/admissions.csv", 3, "A9")
DORAS_PROCEDURE = (
    *("procedures.patient_id.reference", "reject"),
    *("2024-06-04/procedures.csv", 2),
    "its admission is rejected: small_hospital/2024-06-04/admissions.csv, line 2",
)


def _refreshed(settings: Settings, as_of: date) -> Path:
    """The release of a refresh as of a day."""
    refresh_without_prefect(settings, as_of, pages=False)
    return _last_release(settings)


def _last_release(settings: Settings) -> Path:
    return settings.releases_dir / str(read_records(settings.history_dir)[-1].release)


def rows_of(release: Path, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query on a release."""
    with duckdb.connect(release, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def _sheet(workbook: Path, name: str, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Columns of a sheet of queries, below its title and lead."""
    _title, _lead, header, *rows = load_workbook(workbook)[name].iter_rows(values_only=True)
    return [tuple(row[header.index(column)] for column in columns) for row in rows if row[0]]


def _n_queries(page: str, table: str) -> int:
    """Queries that a table of the page counts, row by row; 0 when the page has no such table."""
    found = re.search(rf'<table[^>]*id="{table}".*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    counts = re.findall(r'data-label="Queries">([\d,]+)<', found.group(1)) if found else []
    return sum(int(count.replace(",", "")) for count in counts)
