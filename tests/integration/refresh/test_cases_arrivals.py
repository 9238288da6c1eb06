"""Cases of what did not arrive, or arrived at two sites, through a refresh; invented rows."""

from __future__ import annotations

import shutil
from datetime import date

import pytest

from tests.support.golden import golden
from tests.support.html_page import Page
from tests.support.refreshed import Refreshed, refresh_without_prefect
from warehouse.settings import PROJECT_DIR, Settings

GOLDEN = golden("refresh")

CASES = PROJECT_DIR / "tests" / "fixtures" / "cases"
AS_OF = date(2022, 2, 10)
SITES = ("c26_nofile", "h01_future")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Refreshed:
    """One refresh on the day of the last delivery; no site of the study is among them."""
    settings = Settings(data=tmp_path_factory.mktemp("cases") / "data")
    for site in SITES:
        shutil.copytree(CASES / site, settings.raw_dir / site)
    return Refreshed(settings, refresh_without_prefect(settings, AS_OF))


def figures(night: Refreshed, what: str) -> list[str]:
    return [value for name, value in night.summary.figures if name == what]


@pytest.fixture(scope="module")
def page(night: Refreshed) -> Page:
    return Page(night.settings.reports_dir / "quality.html")


def test_what_did_not_come_is_known_by_site_and_extract(night: Refreshed) -> None:
    rows = night.rows(
        "select extract, status, usual_by, usual_days, last_delivered_on, expected_on, "
        "days_overdue from quality.expected_deliveries where site = 'c26_nofile' order by extract"
    )
    first, last = date(2022, 1, 10), date(2022, 2, 10)
    assert rows == [
        ("admissions", "in time", "extract", 16, last, date(2022, 2, 26), None),
        ("followups", "overdue", "site", 16, first, date(2022, 1, 26), 15),
        ("imaging", "overdue", "site", 16, None, date(2022, 1, 26), 15),
        ("procedures", "in time", "site", 16, last, date(2022, 2, 26), None),
    ]


def test_the_end_of_the_run_says_what_did_not_come(night: Refreshed) -> None:
    reported = [line.partition(";")[0] for line in figures(night, "not delivered")]
    assert reported == [
        GOLDEN("followups_of_nofile_overdue_since_last"),
        GOLDEN("imaging_of_nofile_overdue_since_never"),
    ]
    assert [line.split(":")[0] for line in figures(night, "skipped")] == ["h01_future/2032-01-10"]
    (study,) = [line for line in figures(night, "look into") if "study_sites_delivered" in line]
    assert "(synthetic_centre)" in study


def test_the_page_says_what_did_not_come(page: Page) -> None:
    assert [row[:3] for row in page.rows("expected-deliveries")[:3]] == [
        ["c26_nofile", "followups", "overdue"],
        ["c26_nofile", "imaging", "overdue"],
        ["c26_nofile", "admissions", "in time"],
    ]
    assert "study-undelivered" in page.ids
    assert page.rows("skipped-files")[0][:2] == ["h01_future/2032-01-10", "to fix"]


@pytest.fixture(scope="module")
def other_patients(tmp_path_factory: pytest.TempPathFactory) -> Refreshed:
    """Twelve other patients at the study's site, some with impossible values (case huge)."""
    settings = Settings(data=tmp_path_factory.mktemp("huge") / "data")
    shutil.copytree(CASES / "huge", settings.raw_dir / "synthetic_centre" / "2022-01-10")
    return Refreshed(settings, refresh_without_prefect(settings))


def test_impossible_values_enter_no_number(other_patients: Refreshed) -> None:
    """Of 999999, 150 to 155 and 1 mmHg the ten possible ones are left, and all twelve rows."""
    assert other_patients.rows(
        "select count(*), count(systolic_bp_mmhg), avg(systolic_bp_mmhg), "
        "max(glucose_mmol_per_l), count(platelets_giga_per_l), avg(platelets_giga_per_l) "
        "from registry.patients"
    ) == [(12, 10, 151.5, 6.05, 2, 100.0)]
    assert other_patients.rows(
        "select rule, severity, count(*) from quality.violations "
        "where status = 'open' and rule like 'admissions.%.range' group by all order by all"
    ) == [
        ("admissions.glucose_mmol_per_l.range", "warn", 2),
        ("admissions.platelets_giga_per_l.range", "warn", 10),
        ("admissions.systolic_bp_mmhg.range", "warn", 2),
    ]


def test_nothing_of_other_patients_is_held_against_the_paper(other_patients: Refreshed) -> None:
    verdicts = dict(
        other_patients.rows("select verdict, count(*) from study.published_comparison group by all")
    )
    assert set(verdicts) == {"another_cohort", "not_derivable"}
    assert sum(verdicts.values()) == 270
    page = Page(other_patients.settings.reports_dir / "comparison.html")
    assert "another-cohort" in page.ids
    assert "errors" not in page.tables
    reported = {row[5] for row in page.rows("comparison")}
    assert reported == {"another cohort", "not derivable"}
    overview = (other_patients.settings.reports_dir / "index.html").read_text(encoding="utf-8")
    assert "numbers reproduced" not in overview
