"""A site's own ranges of numbers (invented rows): its checks take them, those of others do not."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.support.checked_rows import VALID, failures, query, valid, within_sites, work_database
from warehouse.checks.run import run_checks
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.ranges import range_rows
from warehouse.definitions.site import SiteMapping

GLUCOSE, NIHSS = "admissions.glucose_mmol_per_l", "admissions.baseline_nihss"
# O'Brien has other limits of glucose, and takes no stroke above an NIHSS of 30.
OWN = SiteMapping.model_validate(
    {
        "site": "o'brien",
        "ranges": {
            "admissions": {
                "glucose_mmol_per_l": {
                    "minimum": 0.5,
                    "maximum": 80,
                    "usual": {"minimum": 5, "maximum": 30},
                },
                "baseline_nihss": {"maximum": 30},
                "platelets_giga_per_l": {"usual": {"maximum": 900}},
            }
        },
    }
)
# The changed value, and the rules that it breaks elsewhere and at the site.
CASES = [
    ({"glucose_mmol_per_l": 0.7}, [f"{GLUCOSE}.range"], [f"{GLUCOSE}.usual"]),
    ({"glucose_mmol_per_l": 70.0}, [f"{GLUCOSE}.range"], [f"{GLUCOSE}.usual"]),
    ({"glucose_mmol_per_l": 81.0}, [f"{GLUCOSE}.range"], [f"{GLUCOSE}.range"]),
    ({"glucose_mmol_per_l": 25.0}, [f"{GLUCOSE}.usual"], []),
    ({"glucose_mmol_per_l": 4.5}, [], [f"{GLUCOSE}.usual"]),
    ({"glucose_mmol_per_l": None}, [], []),
    ({"baseline_nihss": 31}, [], [f"{NIHSS}.range"]),
    ({"baseline_nihss": 43}, [f"{NIHSS}.range"], [f"{NIHSS}.range"]),
    ({"platelets_giga_per_l": 850.0}, ["admissions.platelets_giga_per_l.usual"], []),
]
CHECKED = {rule for _, *both in CASES for rules in both for rule in rules}


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows: dict[str, list[dict[str, object]]] = {extract: [] for extract in VALID}
    for site in ("north", OWN.site):
        for number, (change, *_) in enumerate(CASES):
            key = f"{site[0]}{number}"
            own = {"patient_key": key, "record_key": key, "row_id": key, "source_row": number + 2}
            rows["admissions"].append(valid("admissions", site=site, **own, **change))
    path = tmp_path_factory.mktemp("ranges") / "work.duckdb"
    work_database(path, rows)
    with duckdb.connect(path) as connection:
        for row in range_rows(OWN, dictionary()):
            connection.execute(
                f"insert into raw.site_ranges ({', '.join(row)}) "
                f"values ({', '.join('?' * len(row))})",
                list(row.values()),
            )
    run_checks(path, "r1", path.parent / "results", lambda _line: None, within_sites())
    return path


@pytest.mark.parametrize("number", range(len(CASES)))
def test_the_checks_of_a_site_take_its_own_ranges(checked: Path, number: int) -> None:
    found = [(row, rule) for row, rule in failures(checked) if rule in CHECKED]
    for site, expected in zip("no", CASES[number][1:], strict=True):
        assert [rule for row, rule in found if row == f"{site}{number}"] == expected


def test_a_query_names_the_range_of_its_site(checked: Path) -> None:
    assert query(
        checked,
        "select row_id, list_filter(regexp_extract_all(expected, '[0-9.]*'), lambda x: x <> '') "
        f"from raw.check_failures where rule in ('{GLUCOSE}.range', '{GLUCOSE}.usual') "
        "order by all",
    ) == [
        ("n0", ["1", "60"]),
        ("n1", ["1", "60"]),
        ("n2", ["1", "60"]),
        ("n3", ["2.77", "22.2"]),
        ("o0", ["2.77", "22.2", "5", "30"]),
        ("o1", ["2.77", "22.2", "5", "30"]),
        ("o2", ["1", "60", "0.5", "80"]),
        ("o4", ["2.77", "22.2", "5", "30"]),
    ]


def test_an_impossible_number_is_emptied_by_the_range_of_its_site(checked: Path) -> None:
    kept = query(checked, "select row_id, glucose_mmol_per_l from raw.admissions order by all")
    assert [value for row, value in kept if row in ("n0", "n1", "n2")] == [None] * 3
    assert [value for row, value in kept if row in ("o0", "o1", "o2")] == [0.7, 70.0, None]


def test_as_many_rows_are_counted_as_by_fixed_ends(checked: Path) -> None:
    assert query(
        checked,
        "select rule, site, rows_checked, rows_failed from raw.check_results "
        f"where rule in ('{GLUCOSE}.range', '{GLUCOSE}.usual') order by all",
    ) == [
        (f"{GLUCOSE}.range", "north", 8, 3),
        (f"{GLUCOSE}.range", "o'brien", 8, 1),
        (f"{GLUCOSE}.usual", "north", 5, 1),
        (f"{GLUCOSE}.usual", "o'brien", 7, 3),
    ]
