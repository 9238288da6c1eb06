"""Symptomatic hemorrhage by each named definition, worked out once more with pandas.

Nothing of the project takes part but its registry tables. The shipped files have an NIHSS on
admission and at each scan, and no remote hematoma, no NIHSS at 24 hours and no reader.
"""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd
import pytest

from tests.support.refreshed import Refreshed

POINTS = 4
FATAL_DAYS = 7
DEFINITIONS = ["is_sich_ecass2", "is_sich_ecass3", "is_sich_sits_most", "is_sich_heidelberg"]


@pytest.fixture(scope="module")
def tables(refreshed: Refreshed) -> dict[str, pd.DataFrame]:
    """The tables of the release that the outcomes are worked out from, or are compared with."""
    names = ("patients", "procedures", "imaging", "followups", "treated_patients")
    with duckdb.connect(refreshed.settings.published_path, read_only=True) as connection:
        return {name: connection.table(f"registry.{name}").df() for name in names}


def outcomes(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Each definition by admission: True, False or None."""
    first = tables["procedures"].sort_values(["puncture_at", "procedure_key"])
    first = first.drop_duplicates("admission_key")[["admission_key", "puncture_at"]]
    admissions = tables["patients"][["admission_key", "patient_key", "baseline_nihss"]]
    deaths = tables["followups"].groupby("patient_key")["death_date"].min()
    strokes = first.merge(admissions, on="admission_key")
    assessed = tables["followups"].groupby("admission_key")["mrs"].max()
    strokes["mrs"] = strokes["admission_key"].map(assessed)
    strokes["death_date"] = pd.to_datetime(strokes["patient_key"].map(deaths))
    scans = tables["imaging"].drop(columns=["patient_key"]).merge(strokes, on="admission_key")
    scans = scans[scans["imaged_at"] >= scans["puncture_at"]]
    found = {key: of_stroke(rows) for key, rows in scans.groupby("admission_key")}
    return pd.DataFrame.from_dict(found, orient="index", columns=DEFINITIONS)


def of_stroke(scans: pd.DataFrame) -> list[bool | None]:
    """The definitions of one stroke, from its scans in order of time."""
    verdicts: dict[str, list[bool | None]] = {name: [] for name in DEFINITIONS}
    best = best_24h = last = int(scans["baseline_nihss"].iloc[0])
    for scan in scans.sort_values("imaged_at").to_dict("records"):
        hours = (scan["imaged_at"] - scan["puncture_at"]).total_seconds() / 3600
        nihss, kind = int(scan["nihss_at_imaging"]), scan["hemorrhage_type"]
        bled, petechiae = kind != "none", kind in ("HI-1", "HI-2")
        fatal = died_soon(scan) if bled and not petechiae else False
        if hours <= 7 * 24:
            risen = nihss - scan["baseline_nihss"] >= POINTS
            verdicts["is_sich_ecass2"].append(bled and risen)
            worse = (nihss - best >= POINTS or fatal) if bled else False
            verdicts["is_sich_ecass3"].append(None if worse and petechiae else worse)
        if hours <= 36:
            worse = (nihss - best_24h >= POINTS or fatal) if kind == "PH-2" else False
            verdicts["is_sich_sits_most"].append(worse)
        is_certain = not bled or nihss - last >= POINTS
        verdicts["is_sich_heidelberg"].append(bled if is_certain else None)
        best, last = min(best, nihss), nihss
        best_24h = min(best_24h, nihss) if hours <= 24 else best_24h
    return [any_of(verdicts[name]) for name in DEFINITIONS]


def died_soon(scan: dict[Any, Any]) -> bool | None:
    """Whether the patient died within a week of the scan; None for who was lost."""
    if pd.isna(scan["death_date"]):
        return None if pd.isna(scan["mrs"]) else False
    return 0 <= (scan["death_date"] - scan["imaged_at"].normalize()).days <= FATAL_DAYS


def any_of(verdicts: list[bool | None]) -> bool | None:
    """True by any scan, None where one leaves it open or there is none."""
    if any(verdicts):
        return True
    return None if None in verdicts or not verdicts else False


def counts(rows: pd.DataFrame) -> dict[str, tuple[int, int, int]]:
    """How many have each outcome, have it not, and are unknown."""
    return {
        name: (
            sum(value is True for value in rows[name]),
            sum(value is False for value in rows[name]),
            sum(value is None for value in rows[name]),
        )
        for name in DEFINITIONS
    }


def test_each_definition_of_symptomatic_hemorrhage_is_as_pandas_has_it(
    tables: dict[str, pd.DataFrame],
) -> None:
    published = tables["treated_patients"].set_index("admission_key")[DEFINITIONS]
    published = published.astype(object).where(published.notna(), None)
    expected = outcomes(tables).astype(object)
    expected = expected.where(expected.notna(), None)
    assert counts(expected) == {
        "is_sich_ecass2": (45, 290, 0),
        "is_sich_ecass3": (32, 289, 14),
        "is_sich_sits_most": (13, 322, 0),
        "is_sich_heidelberg": (38, 250, 47),
    }
    assert published.sort_index().to_dict("index") == expected.sort_index().to_dict("index")


def test_the_bridging_study_prints_them_by_group(
    refreshed: Refreshed, tables: dict[str, pd.DataFrame]
) -> None:
    lines = DEFINITIONS[:3]
    members = refreshed.rows(
        "select admission_key, study_group from studies.members where study = ?",
        "bridging_thrombolysis",
    )
    groups = pd.DataFrame(members, columns=["admission_key", "study_group"])
    found = groups.set_index("admission_key").join(outcomes(tables).astype(object))
    expected = {
        (name, group, statistic): value
        for name in lines
        for group, rows in found.groupby("study_group")
        for statistic, value in (
            ("n", sum(value is True for value in rows[name])),
            ("denominator", sum(isinstance(value, bool) for value in rows[name])),
        )
    }
    cells = refreshed.rows(
        "select variable, study_group, statistic, cast(value as integer) from studies.table_cells "
        "where study = 'bridging_thrombolysis' and variable in (?, ?, ?) "
        "and statistic in ('n', 'denominator') and study_group <> 'all'",
        *lines,
    )
    assert {cell[:3]: cell[3] for cell in cells} == expected
    assert len(expected) == 12
