"""A later follow-up does not take away a known death, or a known outcome at 90 days.

Each case is a site with one patient, whose follow-ups come month by month.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.checked_rows import VALID, query, valid, within_sites, work_database
from tests.support.golden import golden
from warehouse.checks.run import run_checks

GOLDEN = golden("checks")

Row = dict[str, Any]
PUNCTURE = VALID["procedures"]["puncture_at"].date()


def on(days: int) -> date:
    """So many days after the puncture."""
    return PUNCTURE + timedelta(days=days)


def alive(days: int | None = 90, mrs: int = 2, **changes: Any) -> Row:
    """Assessed alive so many days after the puncture, or on an unknown day."""
    assessed_on = None if days is None else on(days)
    return valid("followups", mrs=mrs, assessed_on=assessed_on, **changes)


def dead(days: int, **changes: Any) -> Row:
    """Died, and known to have died, so many days after the puncture."""
    return valid("followups", mrs=6, assessed_on=on(days), **{"death_date": on(days)} | changes)


def lost(**changes: Any) -> Row:
    """Not reached."""
    missing: Row = {"assessed_on": None, "mode": None, "mrs": None, "lost_to_followup": True}
    return valid("followups", **missing | changes)


NO_DEATH, NO_DATE, NO_OUTCOME = "no death", "no date of death", "no outcome at 90 days"
NEITHER = f"{NO_DEATH} and {NO_OUTCOME}"
NO_HALF = "no outcome at 6 months"
HALF: Row = {"time_point": "month_6", "record_key": "p1+month_6"}
AGAIN = "sent again as lost_sent_again/2022-03-01/followups.csv: "
# Follow-ups in order of delivery, and what is found of each that is held: words, version it names.
CASES: dict[str, tuple[list[Row], dict[int, tuple[str, int]]]] = {
    "death_then_lost": ([dead(30), lost()], {1: (NEITHER, 0)}),
    "death_then_alive": ([dead(30), alive(92)], {1: (NO_DEATH, 0)}),
    "alive_then_lost": ([alive(), lost()], {1: (NO_OUTCOME, 0)}),
    "alive_then_late": ([alive(), alive(180, mrs=1)], {1: (NO_OUTCOME, 0)}),
    "alive_then_early": ([alive(), alive(8)], {1: (NO_OUTCOME, 0)}),
    "alive_then_late_death": ([alive(), dead(200)], {1: (NO_OUTCOME, 0)}),
    "death_later_than_known": ([dead(30), lost(death_date=on(100))], {1: (NO_OUTCOME, 0)}),
    "death_loses_its_date": ([dead(30), dead(30, death_date=None)], {1: (NO_DATE, 0)}),
    "late_death_gone": ([alive(death_date=on(300)), alive()], {1: (NO_DEATH, 0)}),
    "undated_death_gone": ([dead(30, death_date=None), lost()],
                           {1: (NEITHER, 0)}),
    "undated_mrs_gone": ([alive(None), lost()], {1: (NO_OUTCOME, 0)}),
    "held_is_no_measure": ([dead(30), alive(92), lost(), dead(31)],
                           {1: (NO_DEATH, 0), 2: (NEITHER, 0)}),
    "rejected_is_no_measure": ([alive(mrs=9), lost()], {}),
    "corrected": ([alive(), alive(95, mrs=4), alive(61, mrs=3)], {}),
    "died_after_all": ([alive(), dead(75)], {}),
    "other_day_of_death": ([dead(30), dead(45)], {}),
    "death_beside_mrs": ([alive(), alive(death_date=on(200))], {}),
    "late_then_lost": ([alive(180), lost()], {}),
    "lost_then_known": ([lost(), alive(180), alive(), dead(80)], {}),
    "lost_with_the_death": ([dead(30), lost(death_date=on(30))], {}),
    # Another time point is another record: it takes nothing from the one at 90 days.
    "half_beside_90_days": ([alive(), alive(180, **HALF), alive(92)], {}),
    "half_then_lost": ([alive(180, **HALF), lost(**HALF)], {1: (NO_HALF, 0)}),
    "half_then_early": ([alive(180, **HALF), alive(149, **HALF)], {1: (NO_HALF, 0)}),
    "half_death_then_alive": ([dead(140, **HALF), alive(180, **HALF)], {1: (NO_DEATH, 0)}),
    # The first file is sent again after the second.
    "lost_sent_again": ([lost(), dead(30)], {0: (AGAIN + NEITHER, 1)}),
    # The second is accepted, later ones are compared with it.
    "accepted": ([dead(30), lost(), alive(180), alive(), lost()], {4: (NO_OUTCOME, 3)}),
}  # fmt: skip


def versions(site: str) -> list[Row]:
    """The follow-ups of a site, each in a file of its own month."""
    return [
        row
        | {
            "site": site,
            "delivered_on": date(2022, month, 1),
            "source_file": file_of(site, month - 1),
            "file_id": file_of(site, month - 1),
            "source_row": 2,
        }
        for month, row in enumerate(CASES[site][0], start=1)
    ]


def file_of(site: str, version: int) -> str:
    """The file of a version."""
    return f"{site}/2022-{version + 1:02}-01/followups.csv"


def of_site(extract: str, site: str) -> Row:
    """The valid row of a site's patient."""
    place = f"{site}/{extract}"
    return valid(
        extract, site=site, source_file=place, file_id=place, delivered_on=date(2022, 1, 1)
    )


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work database of all cases after the checks; one more entry accepts nothing."""
    folder = tmp_path_factory.mktemp("outcomes")
    rows = {name: [of_site(name, site) for site in CASES] for name in ("admissions", "procedures")}
    rows |= {"imaging": [], "followups": [row for site in CASES for row in versions(site)]}
    work_path = work_database(folder / "work.duckdb", rows)
    with duckdb.connect(work_path) as connection:
        connection.executemany(
            "insert into raw.accepted_corrections (site, file, line) values (?, ?, 2)",
            [("accepted", file_of("accepted", 1)), ("corrected", file_of("corrected", 1))],
        )
        connection.execute(
            "insert into raw.files "
            "(source_file, site, delivered_on, extract, status, duplicate_of) "
            "values (?, 'lost_sent_again', '2022-03-01', 'followups', 'duplicate', ?)",
            [file_of("lost_sent_again", 2), file_of("lost_sent_again", 0)],
        )
    run_checks(work_path, "r1", folder / "results", lambda _line: None, within_sites())
    return work_path


@pytest.mark.parametrize("site", sorted(CASES))
def test_a_later_row_takes_no_known_outcome_away(checked: Path, site: str) -> None:
    found = query(
        checked,
        f"""
        select source_file, failures.found
        from raw.followups
        inner join raw.check_failures as failures using (row_id)
        where site = '{site}' and rule = 'followups.outcome.kept' order by all
        """,
    )
    assert found == [
        (file_of(site, version), GOLDEN("unlike_in_line", words=words, named=file_of(site, named)))
        for version, (words, named) in CASES[site][1].items()
    ]


def test_the_newest_version_that_is_not_held_counts(checked: Path) -> None:
    rejected = {
        site: {*held} | ({0} if site == "rejected_is_no_measure" else set())
        for site, (_rows, held) in CASES.items()
    }
    newest = {
        (site, rows[n].get("record_key", "p1")): n
        for site, (rows, _held) in CASES.items()
        for n in range(len(rows))
        if n not in rejected[site]
    }
    counting = query(
        checked,
        "select site, source_file from raw.record_versions "
        "where extract = 'followups' and version_status = 'current' order by all",
    )
    assert counting == sorted(
        (site, file_of(site, version)) for (site, _), version in newest.items()
    )


def test_an_entry_that_accepts_no_follow_up_is_a_query(checked: Path) -> None:
    assert query(
        checked,
        "select site, rule, found from raw.landing_violations order by all",
    ) == [
        (
            "corrected",
            "admissions.accepted_corrections.used",
            f"accepted_corrections: {file_of('corrected', 1)}, line 2",
        )
    ]


def test_the_results_count_the_rows_that_are_held(checked: Path) -> None:
    assert query(
        checked,
        """
        select month(delivered_on), rows_checked, rows_failed, status from raw.check_results
        where rule = 'followups.outcome.kept' and site = 'held_is_no_measure' order by delivered_on
        """,
    ) == [(1, 1, 0, "passed"), (2, 1, 1, "failed"), (3, 1, 1, "failed"), (4, 1, 0, "passed")]
