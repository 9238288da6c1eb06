"""Follow-ups of two strokes of a patient: what contradicts is flagged, and a correction ends it.

All rows are invented. Each case is a site with a patient who had a stroke A1 and a stroke A2.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.checked_rows import checked, query, valid, within_sites

Row = dict[str, Any]
ONSETS = {"A1": datetime(2021, 3, 1, 8, 0), "A2": datetime(2021, 3, 11, 8, 0)}
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
# Of the first stroke.
YEAR = {"time_point": "year_1", "record_key": "A1+year_1"}


def on(days: int) -> date:
    """So many days after the second onset."""
    return ONSETS["A2"].date() + days * DAY


def alive(stroke: str, days: int | None, **changes: Any) -> Row:
    assessed_on = None if days is None else on(days)
    return valid(
        "followups",
        **{"admission_key": stroke, "record_key": stroke, "assessed_on": assessed_on} | changes,
    )


def dead(stroke: str, days: int, **changes: Any) -> Row:
    died = {"mrs": 6, "mode": "record", "death_date": on(days)}
    return alive(stroke, days, **died | changes)


def later(row: Row) -> Row:
    """The row in a file of the month after."""
    return row | {"delivered_on": date(2022, 7, 1)}


# Follow-ups (lines 2 and so on), and what is found in which of them.
CASES: dict[str, tuple[list[Row], dict[int, str]]] = {
    "alive_later": ([dead("A1", 20), alive("A2", 90)], {2: "alive later in {file}, line 3"}),
    "undated": (
        [dead("A1", 20, death_date=None), alive("A2", 90)],
        {2: "alive later in {file}, line 3"},
    ),
    "second_stroke_after_death": (
        [dead("A1", -5), dead("A2", -5)],
        {2: "alive later in {admissions}, line {second}"},
    ),
    # Only the first stroke has a follow-up, and its admission has no number.
    "second_stroke_after_death_of_the_unnumbered": (
        [dead("p1", -5)],
        {2: "alive later in {admissions}, line {second}"},
    ),
    # The second onset is before the death, the puncture and the scan are after it.
    "second_puncture_after_death": (
        [dead("A1", 0)],
        {2: "alive later in {file_of_procedures}, line 2"},
    ),
    "second_scan_after_death": (
        [dead("A1", 1)],
        {2: "alive later in {file_of_imaging}, line 2"},
    ),
    "two_dates": (
        [dead("A1", 20), dead("A2", 21)],
        {3: "another date of death than in {file}, line 2"},
    ),
    "corrected": ([dead("A1", 20), alive("A2", 90), later(dead("A2", 20))], {}),
    "one_life": ([dead("A1", 20), dead("A2", 20)], {}),
    "died_after_all": ([alive("A1", 80), dead("A2", 90)], {}),
    "on_that_day": ([alive("A1", 90), dead("A2", 90)], {}),
    "lost": ([dead("A1", 20), alive("A2", None, mrs=None, mode=None, lost_to_followup=True)], {}),
    "both_alive": ([alive("A1", 80), alive("A2", 90)], {}),
    # Two follow-ups of one stroke, at 90 days and at one year.
    "alive_at_one_year": (
        [dead("A1", 90), alive("A1", 365, **YEAR)],
        {2: "alive later in {file}, line 3"},
    ),
    "two_dates_of_one_stroke": (
        [dead("A1", 20), dead("A1", 21, **YEAR)],
        {3: "another date of death than in {file}, line 2"},
    ),
    "died_after_90_days": ([alive("A1", 90), dead("A1", 200, **YEAR)], {}),
}


# The procedure or scan of the second stroke.
TREATED: dict[str, tuple[str, Row]] = {
    "second_puncture_after_death": (
        "procedures",
        {
            "puncture_at": ONSETS["A2"] + 20 * HOUR,
            "ended_at": ONSETS["A2"] + 21 * HOUR,
        },
    ),
    "second_scan_after_death": ("imaging", {"imaged_at": ONSETS["A2"] + 50 * HOUR}),
}


@pytest.fixture(scope="module")
def checked_cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows: dict[str, list[Row]] = {
        "admissions": [],
        "procedures": [],
        "imaging": [],
        "followups": [],
    }
    for site, (followups, _found) in CASES.items():
        for stroke, onset in ONSETS.items():
            times = {"onset_at": onset, "arrived_at": onset + timedelta(hours=1)}
            # An admission without a number has the patient's key.
            is_unnumbered = stroke == "A1" and followups[0]["admission_key"] == "p1"
            key = "p1" if is_unnumbered else stroke
            keys = {"site": site, "admission_key": key, "record_key": key}
            rows["admissions"].append(valid("admissions", **times, **keys))
        for line, row in enumerate(followups, start=2):
            name = f"{row.get('delivered_on', date(2022, 6, 1))}/followups.csv"
            place = f"{site}/{name}"
            lineage = {"site": site, "source_file": place, "file_id": place, "source_row": line}
            rows["followups"].append(row | lineage)
        if site in TREATED:
            extract, times = TREATED[site]
            file = f"{site}/{extract}.csv"
            lineage = {"site": site, "source_file": file, "file_id": file, "source_row": 2}
            rows[extract].append(valid(extract, admission_key="A2", **times, **lineage))
    return checked(tmp_path_factory.mktemp("strokes"), rows, within_sites())


@pytest.mark.parametrize("site", CASES)
def test_one_patient_has_one_life(checked_cases: Path, site: str) -> None:
    found = query(
        checked_cases,
        "select source_row, found from raw.check_failures "
        "inner join raw.followups using (row_id) "
        f"where rule = 'followups.strokes_agree' and site = '{site}' order by all",
    )
    second = 3 + 2 * list(CASES).index(site)
    names = {"file": f"{site}/2022-06-01/followups.csv", "admissions": "centre/admissions.csv"}
    names |= {
        f"file_of_{extract}": f"{site}/{extract}.csv" for extract in ("procedures", "imaging")
    }
    assert found == [
        (line, words.format(second=second, **names)) for line, words in CASES[site][1].items()
    ]


def test_the_rows_are_used_and_flagged(checked_cases: Path) -> None:
    flagged = query(
        checked_cases,
        "select site, source_row from raw.record_versions where extract = 'followups' "
        "and is_warned and is_accepted and version_status = 'current' order by all",
    )
    assert flagged == sorted((site, line) for site, (_, found) in CASES.items() for line in found)
