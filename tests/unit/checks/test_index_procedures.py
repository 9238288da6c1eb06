"""A rejected first procedure keeps its place: the later ones of the stroke wait for it.

All rows are invented. Each case is a site with a patient p1, whose stroke began at 8:00; some have
a second stroke on the tenth day. The first procedure is t1, the re-intervention t2.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.checked_rows import query, valid, within_sites, work_database
from warehouse.checks.run import run_checks

Row = dict[str, Any]
ONSET = datetime(2021, 3, 1, 8, 0)
SECOND = ONSET + timedelta(days=10)
DAYS = (date(2022, 6, 1), date(2022, 6, 2), date(2022, 6, 3))
WRONG: Row = {"mtici_final": "2b-"}
UNREAD: Row = {"device": None, "unparsed_fields": ["device"]}
NO_TIME: Row = {"puncture_at": None, "ended_at": None}
NO_PUNCTURE: Row = {"puncture_at": None}
NUMBERLESS: Row = {"procedure_key": None, "record_key": None}


def treated(name: str, hours: float, since: datetime = ONSET, **changes: Any) -> Row:
    """A procedure so many hours after an onset, an hour long."""
    at = since + timedelta(hours=hours)
    times = {"puncture_at": at, "ended_at": at + timedelta(hours=1)}
    return valid("procedures", procedure_key=name, **times | changes)


T1, T2 = treated("t1", 2.5), treated("t2", 10.5)
BAD = T1 | WRONG
FULL = "full"
# Deliveries in order, and of each row that waits, its place and that of the row that it names:
# delivery and line.
CASES: dict[str, tuple[list[list[Row]], dict[tuple[int, int], tuple[int, int]]]] = {
    "rejected_first": ([[BAD, T2]], {(0, 3): (0, 2)}),
    "first_comes_last": ([[T2], [BAD]], {(0, 2): (1, 2)}),
    "all_later_ones": ([[BAD, T2, treated("t3", 20)]], {(0, 3): (0, 2), (0, 4): (0, 2)}),
    "all_versions": ([[BAD, T2], [T2 | {"passes": 1}]], {(0, 3): (0, 2), (1, 2): (0, 2)}),
    "older_version_is_earlier": (
        [[treated("t2", 2)], [BAD, T2]],
        {(0, 2): (1, 2), (1, 3): (1, 2)},
    ),
    "no_time": ([[T1 | NO_TIME, T2]], {(0, 3): (0, 2)}),
    "end_alone": ([[T1 | NO_PUNCTURE, T2]], {(0, 3): (0, 2)}),
    "end_alone_of_the_later": ([[T1, T2 | NO_PUNCTURE]], {}),
    "puncture_a_year_late": (
        [[T1 | {"puncture_at": T1["puncture_at"] + timedelta(days=365)}, T2]],
        {(0, 3): (0, 2)},
    ),
    "after_the_delivery": (
        [[treated("t1", 2.5, ONSET + timedelta(days=700)), T2]],
        {(0, 3): (0, 2)},
    ),
    "numberless": ([[BAD | NUMBERLESS, T2]], {(0, 3): (0, 2)}),
    "numberless_then_numbered": ([[BAD | NUMBERLESS, T2], [T1]], {}),
    "numberless_then_full": ([[BAD | NUMBERLESS, T2], [T1 | NO_TIME | NUMBERLESS], [T2]], {}),
    "newest_place_counts": ([[BAD, T2], [treated("t1", 15) | WRONG]], {}),
    # Its admission has the number A1.
    "named_otherwise": ([[T1 | {"admission_key": "A7"}, T2]], {(0, 3): (0, 2)}),
    "named_otherwise_no_time": ([[T1 | NO_TIME | {"admission_key": "A7"}, T2]], {(0, 3): (0, 2)}),
    "named_otherwise_later": ([[T1, T2 | {"admission_key": "A7"}]], {}),
    "rejected_later_one": ([[T1, T2 | WRONG]], {}),
    "corrected": ([[BAD, T2], [T1]], {}),
    "older_version_counts": ([[T1, T2], [BAD]], {}),
    "withdrawn": ([[BAD, T2], [T2]], {}),
    "too_late_for_the_stroke": ([[treated("t1", 24 * 40), T2]], {}),
    "alone": ([[BAD]], {}),
    "accepted": ([[BAD, T2]], {}),
    # With a second stroke, whose admission has a number.
    "two_rejected_first": (
        [[BAD, T2, treated("t3", 2.5, SECOND)]],
        {(0, 3): (0, 2)},
    ),
    "two_rejected_second": (
        [[T1, treated("t3", 2.5, SECOND) | WRONG, treated("t4", 9, SECOND)]],
        {(0, 4): (0, 3)},
    ),
    "two_no_time": (
        [[T1 | NO_TIME, T2, treated("t3", 2.5, SECOND)]],
        {(0, 3): (0, 2), (0, 4): (0, 2)},
    ),
    "two_no_time_but_number": (
        [[treated("t3", 2, SECOND, admission_key="A2") | NO_TIME, T1, treated("t4", 9, SECOND)]],
        {(0, 4): (0, 2)},
    ),
    # The second admission is rejected: what fits it waits with it, and for nothing else.
    "waiting_stroke": ([[T1, treated("t3", 2.5, SECOND)]], {}),
    # The same, and its onset is missing: the arrival says when it was.
    "waiting_no_onset": ([[T1, treated("t3", 2.5, SECOND)]], {}),
}
FULL_LAST = ("withdrawn", "numberless_then_full")


def file_of(site: str, delivery: int) -> str:
    """The file of a delivery."""
    return f"{site}/{DAYS[delivery]}/procedures.csv"


def landed(site: str, delivery: int, line: int, row: Row) -> Row:
    """A procedure where it was delivered."""
    file = file_of(site, delivery)
    place = {"site": site, "source_file": file, "file_id": file, "source_row": line}
    return row | place | {"delivered_on": DAYS[delivery]}


def admissions(site: str) -> list[Row]:
    """The admissions of a site's patient."""
    file = f"{site}/admissions.csv"
    place = {"site": site, "source_file": file, "file_id": file, "delivered_on": DAYS[0]}
    second: Row = {
        "onset_at": SECOND,
        "arrived_at": SECOND + timedelta(hours=1),
        "admission_key": "A2",
        "record_key": "A2",
        "baseline_nihss": 55 if site == "waiting_stroke" else 9,
    }
    if site == "waiting_no_onset":
        second["onset_at"] = None
    first = {"admission_key": "A1", "record_key": "A1"} if site.startswith("named") else {}
    has_second = site.startswith(("two", "waiting"))
    return [valid("admissions", **place, **first), valid("admissions", **place, **second)][
        : 1 + has_second
    ]


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    rows: dict[str, list[Row]] = {"imaging": [], "followups": []}
    rows["admissions"] = [row for site in CASES for row in admissions(site)]
    rows["procedures"] = [
        landed(site, delivery, line, row)
        for site, (deliveries, _waiting) in CASES.items()
        for delivery, delivered in enumerate(deliveries)
        for line, row in enumerate(delivered, start=2)
    ]
    work_path = work_database(folder / "work.duckdb", rows)
    with duckdb.connect(work_path) as connection:
        connection.execute("update raw.files set mode = 'delta'")
        for site in FULL_LAST:
            last = file_of(site, len(CASES[site][0]) - 1)
            connection.execute("update raw.files set mode = 'full' where file_id = ?", [last])
        connection.execute(
            "insert into raw.accepted_corrections (site, file, line) values ('accepted', ?, 3)",
            [file_of("accepted", 0)],
        )
    run_checks(work_path, "r1", folder / "results", lambda _line: None, within_sites())
    return work_path


@pytest.mark.parametrize("site", CASES)
def test_later_procedures_wait_for_a_rejected_earlier_one(checked: Path, site: str) -> None:
    found = query(
        checked,
        f"""
        select source_file, source_row, failures.severity, failures.found
        from raw.procedures
        inner join raw.check_failures as failures using (row_id)
        where site = '{site}' and rule = 'procedures.first.known' order by all
        """,
    )
    assert found == [
        (file_of(site, at), line, "reject", f"rejected: {file_of(site, by)}, line {first}")
        for (at, line), (by, first) in CASES[site][1].items()
    ]


def test_what_waits_does_not_count(checked: Path) -> None:
    counted = query(
        checked,
        "select site, list(record_key order by record_key) from raw.record_versions "
        "where extract = 'procedures' and version_status = 'current' "
        "and site in ('rejected_first', 'older_version_is_earlier', 'two_rejected_first', "
        "'corrected', 'accepted', 'waiting_stroke', 'waiting_no_onset') "
        "group by all order by all",
    )
    assert counted == [
        ("accepted", ["t2"]),
        ("corrected", ["t1", "t2"]),
        ("two_rejected_first", ["t3"]),
        ("waiting_no_onset", ["t1"]),
        ("waiting_stroke", ["t1"]),
    ]


def test_no_accepted_correction_is_unused(checked: Path) -> None:
    unused = "select found from raw.landing_violations where rule like '%accepted_corrections%'"
    assert query(checked, unused) == []
