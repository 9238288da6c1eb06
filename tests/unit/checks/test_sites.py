"""The same file, and the same stroke, at two sites. All rows are invented (synthetic)."""

from __future__ import annotations

import gzip
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.checked_rows import query
from warehouse.checks.run import run_checks
from warehouse.definitions.dictionary import dictionary
from warehouse.history import RefreshRecord
from warehouse.landing import land
from warehouse.settings import PROJECT_DIR, Settings
from warehouse.work_database import (
    load_history,
    load_landed,
    load_studies,
    new_work_database,
)

CASES = PROJECT_DIR / "tests" / "fixtures" / "cases"
AS_OF = date(2022, 3, 1)
HEADER = (
    "patient_id,birth_date,sex,onset_at,arrived_at,prestroke_mrs,etiology,baseline_nihss,"
    "consent_given"
)
FOLLOWUPS = "patient_id,assessed_on,mode,mrs,lost_to_followup\n"


def admission(number: str, birth: str, onset: str = "2021-03-01 08:03", nihss: int = 14) -> str:
    day = onset.split()[0]
    arrived = f"{day} 10:14"
    return f"{number},{birth},male,{onset},{arrived},0,large_artery_atherosclerosis,{nihss},true"


def admissions(*rows: str) -> str:
    return "\n".join([HEADER, *rows, ""])


# Transfers from east to west: two numbers, one person, an onset at most 24 hours away; of the last
# two patients one has the stroke a minute too late, and one was born a day later.
EAST = admissions(
    admission("E1", "1950-02-03"),
    admission("E2", "1951-02-03"),
    admission("E3", "1952-02-03"),
    admission("E4", "1953-02-03"),
    admission("E5", "1954-02-03"),
)
WEST = admissions(
    admission("W1", "1950-02-03", nihss=15),
    admission("W2", "1951-02-03", onset="2021-03-01 08:23"),
    admission("W3", "1952-02-03", onset="2021-03-02 08:03"),
    admission("W4", "1953-02-03", onset="2021-03-02 08:04"),
    admission("W5", "1954-02-04"),
)
# One person under two numbers of a site; another pair, of which a full delivery drops one.
TWICE = admissions(
    admission("T1", "1940-02-03"), admission("T2", "1940-02-03", onset="2021-03-01 08:23")
)
OFTEN = admissions(*(admission(f"O{number}", "1942-02-03") for number in range(7)))
DROPPED = admissions(admission("D1", "1941-02-03"), admission("D2", "1941-02-03"))
# What two sites share by other files, and no longer: corrected by one, withdrawn by the other.
FIRST = admissions(admission("F1", "1960-02-03"), admission("F2", "1961-02-03"))
SECOND = admissions(admission("S1", "1960-02-03"), admission("S2", "1961-02-03", nihss=9))
CORRECTED = admissions(admission("S1", "1960-02-13"))
WITHOUT = admissions(admission("F1", "1960-02-03"))
AGAIN = admissions(admission("A1", "1970-02-03"))
# Numbers in several spellings: of one person (the onset may differ by years), of two persons, of
# strokes that same_patient_once asks about, one that is withdrawn, one that the mapping joins.
SPELT_ROWS = [
    ("A01", "1910-02-03", "2021-03-01 08:03"), ("a01", "1910-02-03", "2021-09-01 08:03"),
    ("A-02", "1911-02-03", "2021-03-01 08:03"), ("A2", "1911-03-03", "2021-03-02 07:00"),
    ("0042", "1912-02-03", "2021-03-01 08:03"), ("42", "1932-02-03", "2021-06-01 08:03"),
    ("B1", "1913-02-03", "2021-03-01 08:03"), ("b1", "1913-02-03", "2021-03-01 09:03"),
    ("B11", "1910-02-03", "2021-11-01 08:03"),
]  # fmt: skip
GONE_ROWS = [("c1", "1914-02-03", "2021-04-01 08:03"), ("C1", "1914-02-03", "2021-03-01 08:03")]
AGES = (
    "patient_id,age_years,sex,onset_at,arrived_at,prestroke_mrs,etiology,baseline_nihss,"
    "consent_given\n"
    "g1,60,male,2020-03-01 08:03,2020-03-01 09:03,0,cardioembolism,9,true\n"
    "G1,62,male,2021-11-01 08:03,2021-11-01 09:03,0,cardioembolism,9,true\n"
    "g2,60,male,2020-03-01 08:03,2020-03-01 09:03,0,cardioembolism,9,true\n"
    "G2,40,male,2021-11-01 08:03,2021-11-01 09:03,0,cardioembolism,9,true\n"
)
SPELT = {
    "spelt/2022-01-10/admissions.csv": admissions(*(admission(*row) for row in SPELT_ROWS)),
    "ages/2022-01-10/admissions.csv": AGES,
    "gone/2022-01-10/admissions.csv": admissions(*(admission(*row) for row in GONE_ROWS)),
    "gone/2022-01-20/admissions.csv": admissions(admission(*GONE_ROWS[1])),
    "gone/2022-01-20/delivery.yaml": "mode: full",
    "one_way/2022-01-10/admissions.csv": admissions(
        admission("A01", "1920-02-03"), admission("a01", "1920-02-03", onset="2021-09-01 08:03")
    ),
}
FILES = {
    "east/2022-01-10/admissions.csv": EAST,
    "west/2022-02-10/admissions.csv": WEST,
    "first/2022-01-10/admissions.csv": FIRST,
    "first/2022-01-20/admissions.csv": WITHOUT,
    "first/2022-01-20/delivery.yaml": "mode: full",
    "second/2022-01-10/admissions.csv": SECOND,
    "second/2022-01-20/admissions.csv": CORRECTED,
    # A stroke of two sites that one of them corrects, and brings back by its first file.
    "again/2022-01-10/admissions.csv": AGAIN,
    "again/2022-01-20/admissions.csv": admissions(admission("A1", "1970-02-13")),
    "again/2022-02-01/admissions.csv": AGAIN,
    "beside/2022-01-10/admissions.csv": admissions(admission("B1", "1970-02-03", nihss=8)),
    "twice/2022-01-10/admissions.csv": TWICE,
    "dropped/2022-01-10/admissions.csv": DROPPED,
    "often/2022-01-10/admissions.csv": OFTEN,
    **SPELT,
    "dropped/2022-01-20/admissions.csv": admissions(admission("D1", "1941-02-03")),
    "dropped/2022-01-20/delivery.yaml": "mode: full",
    # The same follow-ups at three sites, packed at one of them, and a header alone at two.
    "east/2022-01-11/followups.csv": f"{FOLLOWUPS}E1,2021-06-01,telephone,2,no\n",
    "first/2022-01-10/followups.csv": f"{FOLLOWUPS}E1,2021-06-01,telephone,2,no\n",
    "west/2022-01-11/followups.csv.gz": f"{FOLLOWUPS}E1,2021-06-01,telephone,2,no\n",
    "second/2022-01-10/followups.csv": FOLLOWUPS,
    "first/2022-02-01/followups.csv": FOLLOWUPS,
}


@pytest.fixture(scope="module")
def checked_cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work database with the files of all sites, after the checks."""
    settings = Settings(data=tmp_path_factory.mktemp("sites") / "data", landing_settle_seconds=0)
    for site in ("f19_north", "f19_south"):
        shutil.copytree(CASES / site, settings.raw_dir / site)
    for name, content in FILES.items():
        path = settings.raw_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        packed = gzip.compress(content.encode())
        path.write_bytes(packed if path.suffix == ".gz" else content.encode())
    sites = settings.data / "sites"
    sites.mkdir()
    (sites / "one_way.yaml").write_text("site: one_way\nidentifiers: {patient_id: [upper_case]}\n")
    land(settings, progress=lambda _line: None, sites_dir=sites)
    work_path = settings.data / "work.duckdb"
    with new_work_database(work_path) as connection:
        load_landed(connection, settings.landed_dir, dictionary(), AS_OF)
        load_studies(connection)
        load_history(connection, settings.history_dir, RefreshRecord("r1", datetime.now(), AS_OF))
    run_checks(work_path, "r1", settings.data / "results", progress=lambda _line: None)
    return work_path


def held(path: Path) -> list[tuple[Any, ...]]:
    return query(path, "select site, extract, delivered_on from raw.held_deliveries order by all")


def test_a_file_that_another_site_delivered_is_held(checked_cases: Path) -> None:
    """The one that came first, or the site that is first by name, keeps its rows."""
    assert held(checked_cases) == [
        ("east", "followups", date(2022, 1, 11)),
        ("f19_south", "admissions", date(2022, 1, 10)),
        ("west", "followups", date(2022, 1, 11)),
    ]


def test_the_finding_names_both_files(checked_cases: Path) -> None:
    rows = query(
        checked_cases,
        "select site, measured, expected from raw.delivery_findings "
        "where rule like '%.content.of_one_site' order by all",
    )
    stated = "no file with the content of a file of another site: "
    first = "first/2022-01-10/followups.csv"
    south, north = (f"f19_{site}/2022-01-10/admissions.csv" for site in ("south", "north"))
    east, west = "east/2022-01-11/followups.csv", "west/2022-01-11/followups.csv.gz"
    assert rows == [
        ("east", 1, f"{stated}{east} is {first}"),
        ("f19_south", 1, f"{stated}{south} is {north}"),
        ("west", 1, f"{stated}{west} is {east}; {west} is {first}"),
    ]


def test_all_rows_of_the_held_file_are_rejected_and_no_other(checked_cases: Path) -> None:
    rows = query(
        checked_cases,
        "select site, count(distinct row_id) from raw.check_failures "
        "inner join raw.admissions using (row_id) where rule = 'admissions.delivery.held' "
        "group by all",
    )
    assert rows == [("f19_south", 40)]


def lines_of(checked_cases: Path, rule: str) -> list[tuple[Any, ...]]:
    """File and line of the rows that break a rule, and what it names of the other row."""
    return query(
        checked_cases,
        "select source_file, source_row, severity, split_part(failures.expected, ': ', 2) "
        "from raw.check_failures as failures inner join raw.admissions using (row_id) "
        f"where rule = 'admissions.{rule}' order by all",
    )


def test_a_stroke_at_two_sites_is_flagged_in_both_with_file_and_line(checked_cases: Path) -> None:
    """Not one corrected or withdrawn since, unless it was sent again, nor rows of a held file."""
    east, west = "east/2022-01-10/admissions.csv", "west/2022-02-10/admissions.csv"
    again, beside = "again/2022-01-10/admissions.csv", "beside/2022-01-10/admissions.csv"
    assert lines_of(checked_cases, "same_stroke_at_two_sites") == [
        (again, 2, "warn", f"{beside}, line 2"),
        (beside, 2, "warn", f"{again}, line 2"),
        *((east, line, "warn", f"{west}, line {line}") for line in (2, 3, 4)),
        *((west, line, "warn", f"{east}, line {line}") for line in (2, 3, 4)),
    ]


def test_a_stroke_under_two_numbers_of_a_site_names_both_lines(checked_cases: Path) -> None:
    """Until one of them is withdrawn. Of many, the first five are named."""
    often = "often/2022-01-10/admissions.csv"
    others = {line: [each for each in range(2, 9) if each != line][:5] for line in range(2, 9)}
    twice = "twice/2022-01-10/admissions.csv"
    spelt = "spelt/2022-01-10/admissions.csv"
    assert lines_of(checked_cases, "same_patient_once") == [
        *(
            (often, line, "warn", "; ".join(f"{often}, line {n}" for n in named) + "; and 1 more")
            for line, named in others.items()
        ),
        (spelt, 8, "warn", f"{spelt}, line 9"),
        (spelt, 9, "warn", f"{spelt}, line 8"),
        (twice, 2, "warn", f"{twice}, line 3"),
        (twice, 3, "warn", f"{twice}, line 2"),
    ]


def test_two_spellings_of_a_number_name_both_lines(checked_cases: Path) -> None:
    """A01 and a01 were two patients, each with a part of the procedures and the follow-up."""
    spelt, ages = (f"{site}/2022-01-10/admissions.csv" for site in ("spelt", "ages"))
    assert lines_of(checked_cases, "patient_id.one_spelling") == [
        (ages, 2, "warn", f"{ages}, line 3"),
        (ages, 3, "warn", f"{ages}, line 2"),
        (spelt, 2, "warn", f"{spelt}, line 3"),
        (spelt, 3, "warn", f"{spelt}, line 2"),
        (spelt, 4, "warn", f"{spelt}, line 5"),
        (spelt, 5, "warn", f"{spelt}, line 4"),
    ]
