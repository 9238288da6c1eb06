"""Patients who moved in a study between two releases, with the value that decided."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from warehouse.releases.pair import ReleasesError
from warehouse.releases.studies import moved_patients

OUT_BY_AGE = ("b", "s", "age", "excluded", "17", "age_years=17")


def release(path: Path, members: list[tuple[str, str, str]], left: list[tuple[str, ...]]) -> Path:
    """A release with one study, s: members (key, study, group), and who left at a step."""
    with duckdb.connect(path) as connection:
        connection.execute("create schema studies")
        connection.execute("create table studies.definitions as select 's' as study")
        connection.execute(
            "create table studies.members (admission_key varchar, patient_key varchar, "
            "study varchar, study_group varchar)"
        )
        connection.execute(
            "create table studies.criteria (admission_key varchar, patient_key varchar, "
            "study varchar, step_name varchar, status varchar, reason varchar, decided_by varchar)"
        )
        for key, study, group in members:
            connection.execute(
                "insert into studies.members values (?, ?, ?, ?)", [key, f"p_{key}", study, group]
            )
        for key, *rest in left:
            connection.execute(
                "insert into studies.criteria values (?, ?, ?, ?, ?, ?, ?)",
                [key, f"p_{key}", *rest],
            )
    return path


def test_each_move_is_named_with_what_decided(tmp_path: Path) -> None:
    before = release(
        tmp_path / "before.duckdb",
        [("a", "s", "x"), ("c", "s", "x"), ("d", "s", "x"), ("a", "other", "z")],
        [OUT_BY_AGE],
    )
    after = release(
        tmp_path / "after.duckdb",
        [("a", "s", "y"), ("b", "s", "x"), ("d", "s", "x"), ("e", "s", "y")],
        [("c", "s", "consent", "excluded", "unrecorded", "consent_given=unknown")],
    )
    assert [tuple(move) for move in moved_patients(before, after, "s")] == [
        ("p_a", "a", "x", None, "y", None),
        ("p_b", "b", "left at age", "17; age_years=17", "x", None),
        ("p_c", "c", "x", None, "left at consent", "unrecorded; consent_given=unknown"),
        ("p_e", "e", "not screened", None, "y", None),
    ]


def test_a_release_without_the_study_is_named(tmp_path: Path) -> None:
    path = release(tmp_path / "one.duckdb", [], [])
    with pytest.raises(ReleasesError, match="no study t"):
        list(moved_patients(path, path, "t"))
