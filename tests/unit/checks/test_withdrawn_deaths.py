"""A death that a full delivery of follow-ups no longer has is a query until it is answered.

All rows are invented. Each case is a site with the patients p1, who died, and p2.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.checked_rows import query, valid, within_sites, work_database
from warehouse.checks.run import run_checks

Row = dict[str, Any]
DEAD: Row = {"mrs": 6, "mode": "record", "death_date": date(2021, 4, 1)}
UNDATED: Row = DEAD | {"death_date": None}
YEAR: Row = DEAD | {"time_point": "year_1", "record_key": "p1+year_1"}
OTHER: Row = {"patient_key": "p2"}
# Deliveries of follow-ups, month by month, all full, and the month whose file lacks the death.
CASES: dict[str, tuple[list[list[Row]], int | None]] = {
    "withdrawn": ([[DEAD, OTHER], [OTHER]], 2),
    "undated": ([[UNDATED, OTHER], [OTHER]], 2),
    "still_withdrawn": ([[DEAD, OTHER], [OTHER], [OTHER | {"mrs": 3}]], 2),
    "returned": ([[DEAD, OTHER], [OTHER], [OTHER | {"mrs": 3}, DEAD]], None),
    "alive": ([[{}, OTHER], [OTHER]], None),
    "corrected_before": ([[UNDATED, OTHER], [DEAD, OTHER], [OTHER]], 3),
    "kept": ([[DEAD, OTHER], [DEAD | {"mode": "clinic"}, OTHER]], None),
    # The death is still recorded at one year, and then no longer.
    "at_one_year": ([[DEAD, YEAR, OTHER], [YEAR, OTHER]], None),
    "at_no_time_point": ([[YEAR, OTHER], [OTHER]], 2),
    "accepted": ([[DEAD, OTHER], [OTHER]], None),
    "patient_withdrawn": ([[DEAD, OTHER], [OTHER]], None),
}


def file_of(site: str, month: int, extract: str = "followups") -> str:
    """The file of a month."""
    return f"{site}/2022-{month:02}-01/{extract}.csv"


def landed(extract: str, site: str, month: int, line: int, row: Row) -> Row:
    """A row where it was delivered."""
    file = file_of(site, month, extract)
    place = {"site": site, "source_file": file, "file_id": file, "source_row": line}
    return valid(extract, **place, **{"delivered_on": date(2022, month, 1)} | row)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deaths")
    rows: dict[str, list[Row]] = {"procedures": [], "imaging": [], "admissions": []}
    rows["followups"] = [
        landed("followups", site, month, line, row)
        for site, (deliveries, _lacking) in CASES.items()
        for month, delivered in enumerate(deliveries, start=1)
        for line, row in enumerate(delivered, start=2)
    ]
    for site in CASES:
        people = [{}, OTHER | {"birth_date": date(1960, 1, 1)}]
        months = {1: people} | ({2: people[1:]} if site == "patient_withdrawn" else {})
        rows["admissions"] += [
            landed("admissions", site, month, line, row | {"aspects": 8 + month % 2})
            for month, delivered in months.items()
            for line, row in enumerate(delivered, start=2)
        ]
    work_path = work_database(folder / "work.duckdb", rows)
    with duckdb.connect(work_path) as connection:
        connection.execute("update raw.files set mode = 'full'")
        connection.execute(
            "insert into raw.accepted_corrections (site, file, line) values ('accepted', ?, 2)",
            [file_of("accepted", 1)],
        )
    run_checks(work_path, "r1", folder / "results", lambda _line: None, within_sites())
    return work_path


@pytest.mark.parametrize("site", CASES)
def test_a_withdrawn_death_is_a_query_until_it_is_answered(checked: Path, site: str) -> None:
    deliveries, lacking = CASES[site]
    found = query(
        checked,
        "select source_file, source_row, delivered_on, found from raw.landing_violations "
        f"where site = '{site}' and rule = 'followups.death.withdrawn'",
    )
    newest = date(2022, len(deliveries), 1)
    assert found == (
        []
        if lacking is None
        else [
            (
                file_of(site, lacking),
                None,
                newest,
                f"without the death in {file_of(site, lacking - 1)}, line 2",
            )
        ]
    )


def test_an_answer_is_used(checked: Path) -> None:
    unused = "select found from raw.landing_violations where rule like '%accepted_corrections%'"
    assert query(checked, unused) == []
