"""One mistyped time is one query of its row, however many rules it would break (invented rows)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.checked_rows import VALID, checked, query, valid, within_sites

# A century, a decade, a year, two months, a month and some days too early and too late.
SHIFTS = (36525, 3652, 365, 60, 31, 20, 10, 3, 1)
DEAD = {"mrs": 6, "death_date": date(2021, 3, 9), "assessed_on": date(2021, 3, 9), "mode": "record"}
TIMES = (
    ("admissions", "birth_date"),
    ("admissions", "onset_at"),
    ("admissions", "arrived_at"),
    ("procedures", "puncture_at"),
    ("procedures", "ended_at"),
    ("imaging", "imaged_at"),
    ("followups", "assessed_on"),
    ("followups", "death_date"),
)
# A site each: extract, column and by how many days it is wrong.
CASES = [
    (extract, column, sign * days)
    for extract, column in TIMES
    for days in SHIFTS
    for sign in (-1, 1)
]
# What a few of them break, in any row.
EXAMPLES = {
    ("admissions", "birth_date", -36525): {"admissions.birth_date.range"},
    ("admissions", "onset_at", -36525): {"admissions.onset_at.range"},
    ("admissions", "onset_at", -365): {"admissions.onset_to_arrival_possible"},
    ("admissions", "onset_at", -3): {"admissions.onset_to_arrival_plausible"},
    ("admissions", "arrived_at", 365): {"admissions.onset_to_arrival_possible"},
    ("procedures", "puncture_at", -365): {"procedures.puncture_after_onset"},
    ("procedures", "puncture_at", 365): {"procedures.puncture_before_end"},
    ("procedures", "ended_at", -36525): {"procedures.ended_at.range"},
    ("procedures", "ended_at", 1): {"procedures.duration_possible"},
    ("procedures", "ended_at", 3652): {"procedures.end_before_delivery"},
    ("imaging", "imaged_at", 365): {"imaging.scan_of_this_stroke"},
    ("followups", "assessed_on", 3652): {"followups.assessment_before_delivery"},
    ("followups", "death_date", 3652): {"followups.death_before_delivery"},
}
# What is missing in the marts, although the query is about another row, or another value.
MISSING = {
    ("admissions", "onset_at", -20): {"onset_to_admission_min", "onset_to_puncture_min"},
    ("admissions", "onset_at", -365): {"onset_to_admission_min", "onset_to_puncture_min"},
    ("admissions", "arrived_at", 20): {
        "onset_to_admission_min",
        "onset_to_puncture_min",
        "door_to_puncture_min",
    },
    ("procedures", "puncture_at", 20): {"onset_to_puncture_min", "door_to_puncture_min"},
    ("procedures", "puncture_at", 10): {"door_to_puncture_min"},
    ("procedures", "ended_at", 20): {"procedure_duration_min"},
}


def rows_with_a_fault(number: int, extract: str, column: str, days: int) -> dict[str, Any]:
    """The valid patient as a site of its own, by extract, with a time that is wrong."""
    found = {}
    for name in VALID:
        dead = DEAD if column == "death_date" and name == "followups" else {}
        row = valid(name, **dead, site=f"s{number}")
        if name == extract:
            row[column] += timedelta(days=days)
        found[name] = row
    return found


@pytest.fixture(scope="module")
def checked_cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows: dict[str, list[dict[str, Any]]] = {extract: [] for extract in VALID}
    for number, case in enumerate(CASES):
        for extract, row in rows_with_a_fault(number, *case).items():
            rows[extract].append(row)
    return checked(tmp_path_factory.mktemp("one"), rows, within_sites())


def of_cases(checked_cases: Path, sql: str) -> dict[tuple[str, str, int], list[tuple[Any, ...]]]:
    """What a query gives of each case: a row_id (file and line), and what else."""
    found = defaultdict(list)
    for row_id, *rest in query(checked_cases, sql):
        found[CASES[int(row_id.split(":")[1]) - 2]].append((row_id, *rest))
    return found


def test_a_wrong_time_is_one_query_of_its_row_at_most(checked_cases: Path) -> None:
    sql = "select row_id, list(rule order by rule) from raw.check_failures group by all"
    twice = {
        case: rules
        for case, rows in of_cases(checked_cases, sql).items()
        for _row_id, rules in rows
        if len(rules) > 1
    }
    assert twice == {}


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: "-".join(map(str, case)))
def test_the_query_is_that_of_the_fault(checked_cases: Path, case: tuple[str, str, int]) -> None:
    """Rows of a patient whose admission is rejected have no patient; that is theirs to say."""
    sql = "select row_id, rule from raw.check_failures where not ends_with(rule, '.reference')"
    assert {rule for _, rule in of_cases(checked_cases, sql)[case]} == EXAMPLES[case]


def test_what_is_impossible_enters_no_number_whoever_asks_about_it(checked_cases: Path) -> None:
    found = of_cases(checked_cases, "select row_id, derived_column from raw.impossible_values")
    assert {case: {column for _, column in found[case]} for case in MISSING} == MISSING
