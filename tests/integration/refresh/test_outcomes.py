"""Outcomes of patients whose course is not the plain one, from their files to the tables.

All rows are invented: tests/fixtures/cases/outcomes_edge (X…) and outcomes_more (Y…). Follow-ups
were delivered on 1 December 2021, so windows of punctures from 3 August 2021 on are open.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.golden import golden
from warehouse.landing import land
from warehouse.refresh import steps
from warehouse.refresh.context import refreshing
from warehouse.settings import PROJECT_DIR, Settings

GOLDEN = golden("refresh")

CASES = PROJECT_DIR / "tests" / "fixtures" / "cases"
SITES = CASES / "outcomes_edge" / "sites"
DELIVERY = Path("synthetic_centre", "2021-12-01")
EXCLUDED = "(from study.eligibility where status = 'excluded')"
FILES = {"outcomes_edge": "", "outcomes_more": "_2"}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the cases, without its pages."""
    settings = Settings(data=tmp_path_factory.mktemp("outcomes") / "data")
    folder = settings.raw_dir / DELIVERY
    folder.mkdir(parents=True)
    for case, suffix in FILES.items():
        for path in (CASES / case).glob("*.csv"):
            shutil.copy(path, folder / f"{path.stem}{suffix}.csv")
    with refreshing(settings) as refresh:
        refresh.landing = land(settings, sites_dir=SITES)
        steps.check_rows(refresh, SITES)
        steps.build_marts(refresh)
        steps.pass_release_gate(refresh)
        steps.publish_release(refresh)
    return settings.published_path


@pytest.fixture
def release(published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The release with the patients' numbers, from the lines of their admissions."""
    numbers = [
        (f"{DELIVERY.as_posix()}/admissions{suffix}.csv", line, row["patient_id"])
        for case, suffix in FILES.items()
        for line, row in enumerate(_rows(CASES / case / "admissions.csv"), start=2)
    ]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{published}' as release (read_only)")
        connection.execute("use release")
        connection.execute("create temp table lines (file text, line integer, number text)")
        connection.executemany("insert into lines values (?, ?, ?)", numbers)
        connection.execute(
            "create temp view numbers as select patient_key, number from registry.patients "
            "inner join lines on source_file = file and source_row = line"
        )
        yield connection


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def of(
    release: duckdb.DuckDBPyConnection, table: str, columns: str, *numbers: str
) -> dict[str, Any]:
    """Columns of some patients' rows of a table, by the patients' numbers."""
    rows = release.execute(
        f"select number, {columns} from {table} inner join numbers using (patient_key) "
        "where number in (select unnest(?)) order by all",
        [list(numbers)],
    ).fetchall()
    return {number: values[0] if len(values) == 1 else tuple(values) for number, *values in rows}


def test_a_death_by_day_90_is_mrs_6(release: duckdb.DuckDBPyConnection) -> None:
    found = of(
        release,
        "registry.treated_patients",
        "mrs_90d, is_good_outcome, is_dead_90d, days_to_death",
        *("X0013", "X0014", "X0018", "X0019", "X0034", "Y01", "Y02", "Y06", "Y07", "Y08"),
    )
    assert found == {
        "X0013": (6, False, True, 75),
        "X0014": (6, False, False, 100),
        "X0018": (6, False, True, 20),
        "X0019": (6, False, True, 2),
        "X0034": (6, False, True, None),
        "Y01": (6, False, True, 90),
        "Y02": (0, True, False, 91),
        "Y06": (6, False, True, 90),
        "Y07": (6, False, True, 3),
        "Y08": (None, None, False, 91),
    }
    contradictions = "select count(*) from registry.treated_patients where mrs_90d < 6 "
    assert release.sql(contradictions + "and is_dead_90d").fetchall() == [(0,)]


def test_an_assessment_outside_the_window_is_no_90_day_mrs(
    release: duckdb.DuckDBPyConnection,
) -> None:
    outside = ("X0015", "X0016", "X0017", "Y03", "Y04", "Y05")
    columns = "mrs_90d, is_good_outcome, is_dead_90d, is_outside_window, is_followed_up"
    assert of(release, "registry.treated_patients", columns, *outside) == {
        "X0015": (None, None, None, True, False),
        "X0016": (None, None, None, True, False),
        "X0017": (None, None, False, True, False),
        "Y03": (None, None, None, True, False),
        "Y04": (None, None, False, True, False),
        "Y05": (None, None, False, True, False),
    }
    known_deaths = ("X0018", "X0019", "Y06")
    excluded = of(release, EXCLUDED, "step_name", *outside, *known_deaths, "Y08")
    expected = dict.fromkeys(outside, "assessed_outside_window")
    assert excluded == expected | {"Y08": "lost_to_followup"}


def test_the_living_and_the_dead_are_counted_once_the_window_has_closed(
    release: duckdb.DuckDBPyConnection,
) -> None:
    pending = ("Y20", "Y21", "Y22", "Y23")
    columns = "is_followup_due, is_dead_90d"
    assert of(release, "registry.treated_patients", columns, *pending, "Y24") == {
        "Y20": (False, True),
        "Y21": (False, None),
        "Y22": (False, False),
        "Y23": (False, None),
        "Y24": (True, None),
    }
    reasons = of(release, EXCLUDED, "step_name, reason", *pending, "Y24")
    no_mrs = "no 90-day mRS yet, due until day 120"
    known = "outcome known, counted with the others after day 120"
    assert reasons == {
        "Y20": ("followup_pending", known),
        "Y21": ("followup_pending", no_mrs),
        "Y22": ("followup_pending", known),
        "Y23": ("followup_pending", no_mrs),
        "Y24": ("lost_to_followup", GOLDEN("no_follow_up_record_or_none")),
    }
    months = release.sql(
        "select treated_month, n_patients, n_pending, n_followup_due, n_followed_up, n_dead_90d, "
        "n_dead_90d_known, n_good_outcome_known, pct_dead_90d from registry.monthly_indicators "
        "where treated_month >= '2021-02-01' order by treated_month"
    ).fetchall()
    assert months == [
        (date(2021, 2, 1), 0, 0, 0, 0, 0, 0, 0, None),
        (date(2021, 3, 1), 1, 0, 1, 1, 0, 1, 1, 0.0),
        (date(2021, 4, 1), 0, 0, 0, 0, 0, 0, 0, None),
        (date(2021, 5, 1), 0, 0, 0, 0, 0, 0, 0, None),
        (date(2021, 6, 1), 0, 0, 0, 0, 0, 0, 0, None),
        (date(2021, 7, 1), 1, 0, 1, 0, 0, 0, 0, None),
        (date(2021, 8, 1), 3, 3, 0, 0, 0, 0, 0, None),
        (date(2021, 9, 1), 1, 1, 0, 0, 0, 0, 0, None),
    ]


def test_a_hemorrhage_does_not_leave_the_rate_silently(
    release: duckdb.DuckDBPyConnection,
) -> None:
    hemorrhages = ("X0020", "X0032", "Y09", "Y10", "Y11", "Y12", "Y13", "Y14")
    assert of(release, "registry.treated_patients", "is_sich", *hemorrhages) == {
        "X0020": True,
        "X0032": True,
        "Y09": True,
        "Y10": None,
        "Y11": None,
        "Y12": None,
        "Y13": False,
        "Y14": None,
    }


def test_a_procedure_of_a_later_day_is_flagged(release: duckdb.DuckDBPyConnection) -> None:
    columns = "days_to_reintervention, is_stented_later"
    people = ("X0023", "Y15", "Y16", "Y17")
    expected = {"X0023": (1, True), "Y15": (5, False), "Y16": (None, False), "Y17": (None, False)}
    assert of(release, "registry.treated_patients", columns, *people) == expected
    assert of(release, "study.cohort", f"study_group, {columns}", "X0023") == {
        "X0023": ("no_rescue_stenting", 1, True)
    }


def test_the_notes_say_who_counts_and_how(release: duckdb.DuckDBPyConnection) -> None:
    columns = (
        "n_pending, n_outside_window, n_good_outcome_outside, n_dead_later, n_mrs_6_dead_later, "
        "n_sich_by_death, n_sich_unclear, n_reintervened, n_stented_later"
    )
    notes = release.sql(f"select study_group, {columns} from study.outcome_notes").fetchall()
    assert notes == [
        ("no_rescue_stenting", 4, 5, 3, 2, 1, 2, 4, 2, 1),
        ("rescue_stenting", 0, 1, 1, 0, 0, 1, 0, 0, 0),
    ]
    rates = release.sql(
        "select n_patients, n_good_outcome, round(pct_good_outcome_with_outside, 2) "
        "from study.outcome_notes order by study_group"
    ).fetchall()
    assert rates == [
        (n, good, round(100 * (good + more) / (n + outside), 2))
        for (n, good, _), (more, outside) in zip(rates, [(3, 5), (1, 1)], strict=True)
    ]


def test_a_night_in_which_the_clock_changes_has_its_hours(
    release: duckdb.DuckDBPyConnection,
) -> None:
    """Forward on 28 March 2021 and 29 March 2020, back on 25 October 2020, in Europe/Berlin.

    Y19 has an onset at an hour that the clock skipped, so its clock times are subtracted.
    """
    nights = ("X0025", "Y17", "Y18", "Y19", "Y01")
    columns = "onset_to_puncture_min, door_to_puncture_min"
    assert of(release, "registry.treated_patients", columns, *nights) == {
        "X0025": (180, 60),
        "Y01": (161, 61),
        "Y17": (300, 80),
        "Y18": (290, 75),
        "Y19": (175, 135),
    }
    assert of(release, "registry.patients", "onset_to_admission_min", *nights) == {
        "X0025": 120,
        "Y01": 100,
        "Y17": 220,
        "Y18": 215,
        "Y19": 40,
    }
