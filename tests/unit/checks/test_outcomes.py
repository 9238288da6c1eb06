"""What the checks make of a known death (all rows are invented; punctured on 1 March 2021)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from tests.support.checked_rows import checked, query, valid

NOTHING: dict[str, Any] = {"assessed_on": None, "mode": None, "mrs": None}
DAY_20, DAY_90, DAY_91 = date(2021, 3, 21), date(2021, 5, 30), date(2021, 5, 31)
# name -> follow-up, and the rules that reject it
ROWS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "death_alone": (NOTHING | {"death_date": DAY_20}, []),
    "death_alone_day_90": (NOTHING | {"death_date": DAY_90}, []),
    "death_alone_day_91": (NOTHING | {"death_date": DAY_91}, ["followups.mrs_or_lost"]),
    "nothing": (NOTHING, ["followups.mrs_or_lost"]),
    "lost_dead": (NOTHING | {"death_date": DAY_20, "lost_to_followup": True}, []),
    "lost_dead_mrs_6": (
        {"mrs": 6, "mode": "record", "death_date": DAY_20, "lost_to_followup": True},
        [],
    ),
    "lost_dead_later_mrs_6": (
        {
            "mrs": 6,
            "mode": "record",
            "death_date": DAY_91,
            "assessed_on": date(2021, 6, 30),
            "lost_to_followup": True,
        },
        ["followups.lost_without_mrs"],
    ),
    "lost_with_mrs": ({"lost_to_followup": True}, ["followups.lost_without_mrs"]),
    "alive_then_dead": ({"mrs": 1, "assessed_on": DAY_20, "death_date": DAY_90}, []),
    "alive_after_death": ({"mrs": 1, "death_date": DAY_20}, ["followups.dead_with_mrs_6"]),
    "alive_on_the_day_of_death": (
        {"mrs": 1, "assessed_on": DAY_90, "death_date": DAY_90},
        ["followups.dead_with_mrs_6"],
    ),
}


def test_a_death_by_day_90_is_an_outcome_and_no_reason_to_reject(tmp_path: Path) -> None:
    people = list(ROWS)
    path = checked(
        tmp_path,
        {
            "admissions": [valid("admissions", patient_key=name) for name in people],
            "procedures": [
                valid("procedures", patient_key=name, procedure_key=name) for name in people
            ],
            "imaging": [],
            "followups": [valid("followups", patient_key=name, **ROWS[name][0]) for name in people],
        },
    )
    found = query(
        path,
        "select record_key, rule from raw.check_failures inner join raw.followups using (row_id) "
        "where severity = 'reject' order by all",
    )
    expected = [(name, rule) for name, (_, rules) in ROWS.items() for rule in rules]
    assert found == sorted(expected)
