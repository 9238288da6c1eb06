"""Files of one day that contradict each other: a query names both lines, whatever counts.

All rows are invented. Each case is a site with rows of one patient.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.checked_rows import EXTRACTS, checked, query, valid, within_sites

Row = dict[str, Any]
FIRST, LAST = date(2022, 6, 1), date(2022, 7, 1)


class Delivered(NamedTuple):
    """The row of a file, by what differs from the valid one."""

    name: str
    changes: Row
    day: date = FIRST


# By case: the extract, its files, and what is found: file, line and words.
CASES: dict[str, tuple[str, list[Delivered], list[tuple[str, str]]]] = {
    "imaging": (
        "imaging",
        [
            Delivered("a.csv", {"hemorrhage_type": "PH-2", "nihss_at_imaging": 30}),
            Delivered("b.csv", {"hemorrhage_type": "none", "nihss_at_imaging": 10}),
        ],
        [
            (
                "b.csv",
                "hemorrhage_type and nihss_at_imaging other than in "
                "{site}/2022-06-01/a.csv, line 2",
            )
        ],
    ),
    "admissions": (
        "admissions",
        [Delivered("a.csv", {}), Delivered("b.xlsx", {"baseline_nihss": 4})],
        [("b.xlsx", "baseline_nihss other than in {site}/2022-06-01/a.csv, line 2")],
    ),
    "procedures": (
        "procedures",
        [Delivered("a.csv", {"rescue_stent": "refused"}), Delivered("b.csv", {})],
        [("b.csv", "rescue_stent other than in {site}/2022-06-01/a.csv, line 2")],
    ),
    "followups": (
        "followups",
        [Delivered("a.csv", {}), Delivered("a.xlsx", {"mrs": 4})],
        [("a.xlsx", "mrs other than in {site}/2022-06-01/a.csv, line 2")],
    ),
    "one_value_is_missing": (
        "imaging",
        [Delivered("a.csv", {}), Delivered("b.csv", {"nihss_at_imaging": None})],
        [("b.csv", "nihss_at_imaging other than in {site}/2022-06-01/a.csv, line 2")],
    ),
    "three_files": (
        "imaging",
        [
            Delivered("a.csv", {}),
            Delivered("b.csv", {"nihss_at_imaging": 3}),
            Delivered("c.csv", {}),
        ],
        [("c.csv", "nihss_at_imaging other than in {site}/2022-06-01/b.csv, line 2")],
    ),
    # On each of two days; the first query is closed by the second day.
    "on_both_days": (
        "imaging",
        [
            *(
                Delivered(f"{name}.csv", {"nihss_at_imaging": n}, day)
                for day in (FIRST, LAST)
                for n, name in enumerate("ab", 9)
            ),
        ],
        [
            ("b.csv", "nihss_at_imaging other than in {site}/2022-06-01/a.csv, line 2"),
            ("b.csv", "nihss_at_imaging other than in {site}/2022-07-01/a.csv, line 2"),
        ],
    ),
    "alike": ("imaging", [Delivered("a.csv", {}), Delivered("b.csv", {})], []),
    "on_two_days": (
        "imaging",
        [Delivered("a.csv", {}), Delivered("b.csv", {"nihss_at_imaging": 3}, LAST)],
        [],
    ),
    "of_two_records": (
        "imaging",
        [Delivered("a.csv", {}), Delivered("b.csv", {"imaging_key": "i2", "modality": "mra"})],
        [],
    ),
    # The rejected row has a query of its own, and the other corrects it.
    "one_is_rejected": (
        "imaging",
        [Delivered("a.csv", {"hemorrhage_type": "PH-9"}), Delivered("b.csv", {})],
        [],
    ),
}


@pytest.fixture(scope="module")
def checked_cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows: dict[str, list[Row]] = {extract: [] for extract in EXTRACTS}
    for site, (extract, files, _found) in CASES.items():
        for other in EXTRACTS:
            if other != extract:
                rows[other].append(valid(other, site=site, file_id=f"{site}/{other}"))
        for name, changes, day in files:
            place = f"{site}/{day}/{name}"
            lineage = {"site": site, "delivered_on": day, "source_file": place, "file_id": place}
            rows[extract].append(valid(extract, **lineage, source_row=2, **changes))
    return checked(tmp_path_factory.mktemp("days"), rows, within_sites())


@pytest.mark.parametrize("site", CASES)
def test_a_record_that_two_files_of_a_day_contradict_is_a_query(
    checked_cases: Path, site: str
) -> None:
    extract, _files, expected = CASES[site]
    found = query(
        checked_cases,
        f"select split_part(source_file, '/', 3), found from raw.check_failures "
        f"inner join raw.{extract} using (row_id) "
        f"where rule = '{extract}.files_agree' and site = '{site}' order by source_file",
    )
    assert found == [(name, words.format(site=site)) for name, words in expected]


def test_the_last_file_by_name_counts_and_is_flagged(checked_cases: Path) -> None:
    rows = query(
        checked_cases,
        "select site, split_part(source_file, '/', 3) from raw.record_versions where "
        "version_status = 'current' and is_warned and is_accepted and site <> 'one_is_rejected' "
        "order by all",
    )
    assert rows == sorted((site, found[-1][0]) for site, (_, _, found) in CASES.items() if found)
