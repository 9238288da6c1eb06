"""The same procedure or scan under several numbers: each query names the rows of the others."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.checked_rows import checked, query, valid

KEY = {"procedures": "procedure_key", "imaging": "imaging_key"}
RULE = {"procedures": "same_procedure_once", "imaging": "same_scan_once"}
MAY, JUNE = date(2022, 5, 1), date(2022, 6, 1)


def sent(extract: str, name: str, day: date, line: int, **changes: Any) -> dict[str, Any]:
    """A row of a number in the file of a day."""
    file = f"centre/{day}/{extract}.csv"
    place = {"source_file": file, "file_id": file, "source_row": line, "delivered_on": day}
    return valid(extract, **{KEY[extract]: name}, **place, **changes)


@pytest.mark.parametrize("extract", KEY)
def test_the_query_names_the_other_lines(extract: str, tmp_path: Path) -> None:
    rows = [
        sent(extract, "x1", MAY, 2),
        sent(extract, "x2", JUNE, 2),
        sent(extract, "x3", JUNE, 3),
        sent(extract, "x1", JUNE, 4, **{"passes": 1} if extract == "procedures" else {}),
    ]
    path = checked(tmp_path, {"procedures": [], "imaging": [], "followups": [], extract: rows})
    found = query(
        path,
        "select source_file, source_row, regexp_extract(expected, ': (.*)', 1) "
        f"from raw.check_failures inner join raw.{extract} using (row_id) "
        f"where rule = '{extract}.{RULE[extract]}' order by all",
    )
    june = f"centre/{JUNE}/{extract}.csv"
    assert found == [
        (june, 2, f"{june}, line 3; {june}, line 4"),
        (june, 3, f"{june}, line 2; {june}, line 4"),
        (june, 4, f"{june}, line 2; {june}, line 3"),
    ]


def test_a_second_procedure_of_a_day_is_asked_about(tmp_path: Path) -> None:
    """The study takes group, times and passes of the first alone: a stent in the second is lost."""

    def at(name: str, line: int, day: int, hour: int, patient: str = "p1") -> dict[str, Any]:
        puncture = datetime(2021, 3, day, hour, 30)
        times = {"puncture_at": puncture, "ended_at": puncture + timedelta(minutes=40)}
        return sent("procedures", name, MAY, line, patient_key=patient, **times)

    rows = [
        at("first", 2, 2, 9),
        at("stent", 3, 2, 11),
        at("next day", 4, 3, 11),
        at("other patient", 5, 2, 12, "p2"),
        at("twice", 6, 4, 9, "p3"),  # same_procedure_once asks
        at("again", 7, 4, 9, "p3"),
    ]
    path = checked(tmp_path, {"procedures": rows, "imaging": [], "followups": []})
    found = query(
        path,
        "select source_row, regexp_extract(expected, 'line ([0-9]+)', 1) from raw.check_failures "
        "inner join raw.procedures using (row_id) "
        "where rule = 'procedures.one_procedure_a_day' order by all",
    )
    assert found == [(2, "3"), (3, "2")]


def others(path: Path, rule: str) -> list[tuple[Any, ...]]:
    """Line of each procedure that breaks a rule, and the lines that its query names."""
    rows = query(
        path,
        "select source_row, regexp_extract_all(expected, 'line ([0-9]+)', 1) "
        "from raw.check_failures inner join raw.procedures using (row_id) "
        f"where rule = 'procedures.{rule}' order by all",
    )
    return [(line, sorted(map(int, named))) for line, named in rows]


def lasting(name: str, line: int, start: datetime, minutes: int, **changes: Any) -> dict[str, Any]:
    times = {"puncture_at": start, "ended_at": start + timedelta(minutes=minutes)}
    return sent("procedures", name, changes.pop("on", MAY), line, **times, **changes)


def test_a_second_procedure_across_midnight_is_asked_about(tmp_path: Path) -> None:
    """One session in two rows, a re-intervention in the same night; not one on the next evening."""
    rows = [
        lasting("overlaps", 2, datetime(2021, 3, 1, 23, 30), 60),
        lasting("it", 3, datetime(2021, 3, 2, 0, 10), 40),
        lasting("night", 4, datetime(2021, 3, 1, 22, 0), 60, patient_key="p2"),
        lasting("same night", 5, datetime(2021, 3, 2, 3, 0), 60, patient_key="p2"),
        lasting("evening", 6, datetime(2021, 3, 1, 22, 0), 60, patient_key="p3"),
        lasting("a day later", 7, datetime(2021, 3, 2, 22, 0), 60, patient_key="p3"),
        lasting("at midnight", 8, datetime(2021, 3, 2, 0, 0), 30, patient_key="p4"),
        lasting("in the same day", 9, datetime(2021, 3, 2, 23, 59), 30, patient_key="p4"),
    ]
    path = checked(tmp_path, {"procedures": rows, "imaging": [], "followups": []})
    found = others(path, "one_procedure_a_day")
    assert found == [(2, [3]), (3, [2]), (4, [5]), (5, [4]), (8, [9]), (9, [8])]


@pytest.mark.parametrize(
    ("rule", "times"),
    [
        ("one_procedure_a_day", [datetime(2021, 3, 1, 11, 0), datetime(2021, 3, 3, 11, 0)]),
        ("same_procedure_once", [datetime(2021, 3, 1, 10, 30), datetime(2021, 3, 3, 11, 0)]),
    ],
)
def test_the_query_ends_when_the_other_row_is_corrected(
    tmp_path: Path, rule: str, times: list[datetime]
) -> None:
    """It named the replaced row for ever."""
    first = lasting("t1", 2, datetime(2021, 3, 1, 10, 30), 20)
    second = [lasting("t2", 3, times[0], 20), lasting("t2", 4, times[1], 20, on=JUNE)]
    extracts = {"imaging": [], "followups": []}
    before = checked(tmp_path / "before", {"procedures": [first, second[0]], **extracts})
    assert others(before, rule) == [(2, [3]), (3, [2])]
    after = checked(tmp_path / "after", {"procedures": [first, *second], **extracts})
    assert others(after, rule) == []
