"""The same procedure or scan under several numbers: each query names the rows of the others.

All rows are invented. Each case is a site, and all are checked together.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.checked_rows import checked, query, valid, within_sites

Row = dict[str, Any]
KEY = {"procedures": "procedure_key", "imaging": "imaging_key"}
RULE = {"procedures": "same_procedure_once", "imaging": "same_scan_once"}
MAY, JUNE = date(2022, 5, 1), date(2022, 6, 1)


def sent(extract: str, name: str, day: date, line: int, **changes: Any) -> Row:
    """A row of a number in the file of a day."""
    place = {"source_file": f"{day}/{extract}.csv", "source_row": line, "delivered_on": day}
    return valid(extract, **{KEY[extract]: name}, **place, **changes)


def lasting(name: str, line: int, start: datetime, minutes: int, **changes: Any) -> Row:
    times = {"puncture_at": start, "ended_at": start + timedelta(minutes=minutes)}
    return sent("procedures", name, changes.pop("on", MAY), line, **times, **changes)


def at(name: str, line: int, day: int, hour: int, patient: str = "p1") -> Row:
    return lasting(name, line, datetime(2021, 3, day, hour, 30), 40, patient_key=patient)


def corrected(first: datetime, then: datetime) -> list[Row]:
    """Two procedures, of which the second comes again with another time."""
    return [
        lasting("t1", 2, datetime(2021, 3, 1, 10, 30), 20),
        lasting("t2", 3, first, 20),
        lasting("t2", 4, then, 20, on=JUNE),
    ]


SAME_DAY, SAME_TIME = datetime(2021, 3, 1, 11, 0), datetime(2021, 3, 1, 10, 30)
ENDS = {
    "one_procedure_a_day": corrected(SAME_DAY, datetime(2021, 3, 3, 11, 0)),
    "same_procedure_once": corrected(SAME_TIME, datetime(2021, 3, 3, 11, 0)),
}
CASES: dict[str, list[Row]] = {
    **{
        f"several_{extract}": [
            sent(extract, "x1", MAY, 2),
            sent(extract, "x2", JUNE, 2),
            sent(extract, "x3", JUNE, 3),
            sent(extract, "x1", JUNE, 4, **{"passes": 1} if extract == "procedures" else {}),
        ]
        for extract in KEY
    },
    "a_day": [
        at("first", 2, 2, 9),
        at("stent", 3, 2, 11),
        at("next day", 4, 3, 11),
        at("other patient", 5, 2, 12, "p2"),
        at("twice", 6, 4, 9, "p3"),  # same_procedure_once asks
        at("again", 7, 4, 9, "p3"),
    ],
    "midnight": [
        lasting("overlaps", 2, datetime(2021, 3, 1, 23, 30), 60),
        lasting("it", 3, datetime(2021, 3, 2, 0, 10), 40),
        lasting("night", 4, datetime(2021, 3, 1, 22, 0), 60, patient_key="p2"),
        lasting("same night", 5, datetime(2021, 3, 2, 3, 0), 60, patient_key="p2"),
        lasting("evening", 6, datetime(2021, 3, 1, 22, 0), 60, patient_key="p3"),
        lasting("a day later", 7, datetime(2021, 3, 2, 22, 0), 60, patient_key="p3"),
        lasting("at midnight", 8, datetime(2021, 3, 2, 0, 0), 30, patient_key="p4"),
        lasting("in the same day", 9, datetime(2021, 3, 2, 23, 59), 30, patient_key="p4"),
    ],
    **{f"before_{rule}": rows[:2] for rule, rows in ENDS.items()},
    **{f"after_{rule}": rows for rule, rows in ENDS.items()},
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work database of all sites after the checks."""
    delivered: dict[str, list[Row]] = {
        "admissions": [valid("admissions", site=site, file_id=site) for site in CASES],
        **{extract: [] for extract in ("procedures", "imaging", "followups")},
    }
    for site, rows in CASES.items():
        extract = "imaging" if "imaging_key" in rows[0] else "procedures"
        for row in rows:
            file = f"{site}/{row['source_file']}"
            delivered[extract].append(row | {"site": site, "source_file": file, "file_id": file})
    return checked(tmp_path_factory.mktemp("once"), delivered, within_sites())


@pytest.mark.parametrize("extract", KEY)
def test_the_query_names_the_other_lines(extract: str, found: Path) -> None:
    site = f"several_{extract}"
    rows = query(
        found,
        "select source_file, source_row, regexp_extract(expected, ': (.*)', 1) "
        f"from raw.check_failures inner join raw.{extract} using (row_id) "
        f"where rule = '{extract}.{RULE[extract]}' and site = '{site}' order by all",
    )
    june = f"{site}/{JUNE}/{extract}.csv"
    assert rows == [
        (june, 2, f"{june}, line 3; {june}, line 4"),
        (june, 3, f"{june}, line 2; {june}, line 4"),
        (june, 4, f"{june}, line 2; {june}, line 3"),
    ]


def others(path: Path, site: str, rule: str) -> list[tuple[Any, ...]]:
    """Line of each procedure of a site that breaks a rule, and the lines that its query names."""
    rows = query(
        path,
        "select source_row, regexp_extract_all(expected, 'line ([0-9]+)', 1) "
        "from raw.check_failures inner join raw.procedures using (row_id) "
        f"where rule = 'procedures.{rule}' and site = '{site}' order by all",
    )
    return [(line, sorted(map(int, named))) for line, named in rows]


def test_a_second_procedure_of_a_day_is_asked_about(found: Path) -> None:
    """The study takes group, times and passes of the first alone: a stent in the second is lost."""
    assert others(found, "a_day", "one_procedure_a_day") == [(2, [3]), (3, [2])]


def test_a_second_procedure_across_midnight_is_asked_about(found: Path) -> None:
    """One session in two rows, a re-intervention in the same night; not one on the next evening."""
    assert others(found, "midnight", "one_procedure_a_day") == [
        (2, [3]), (3, [2]), (4, [5]), (5, [4]), (8, [9]), (9, [8]),
    ]  # fmt: skip


@pytest.mark.parametrize("rule", ENDS)
def test_the_query_ends_when_the_other_row_is_corrected(found: Path, rule: str) -> None:
    """It named the replaced row for ever."""
    assert others(found, f"before_{rule}", rule) == [(2, [3]), (3, [2])]
    assert others(found, f"after_{rule}", rule) == []
