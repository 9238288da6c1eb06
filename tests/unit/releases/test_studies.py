"""Patients who moved in a study between two releases, with the value that decided."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from warehouse.releases.pair import ReleasesError, opened
from warehouse.releases.study_differences import CorrectedValue, moves, number_changes

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
    for path, rows in (
        (before, [("a", 64, "1.csv", 4), ("c", 70, "1.csv", 5), ("d", 50, "1.csv", 6)]),
        (after, [("a", 46, "2.csv", 9), ("c", 70, "2.csv", 2), ("d", 51, "2.csv", 3)]),
    ):
        with duckdb.connect(path) as connection:
            connection.execute("create schema registry")
            connection.execute(
                "create table registry.patients (admission_key varchar, age_years integer, "
                "sex varchar, source_file varchar, source_row integer)"
            )
            connection.executemany("insert into registry.patients values (?, ?, 'm', ?, ?)", rows)
    with duckdb.connect(after) as connection:
        connection.execute("insert into registry.patients values ('e', null, 'f', '2.csv', 7)")
    corrected = CorrectedValue("patients", "age_years", "64", "46", "corrected", "2.csv", 9)
    new = CorrectedValue("patients", None, None, None, "new", "2.csv", 7)
    with opened(before, after) as pair:
        assert [tuple(move) for move in moves(pair, "s")] == [
            ("p_a", "a", "x", None, "y", None, (corrected,)),
            ("p_b", "b", "left at age", "17; age_years=17", "x", None, ()),
            ("p_c", "c", "x", None, "left at consent", "unrecorded; consent_given=unknown", ()),
            ("p_e", "e", "not screened", None, "y", None, (new,)),
        ]


def test_each_number_that_differs_has_both_values(tmp_path: Path) -> None:
    paths = [tmp_path / "before.duckdb", tmp_path / "after.duckdb"]
    for path, n, cell, p, odds in (
        (paths[0], 9, "4 (40.0)", "0.040", 2.0),
        (paths[1], 8, "5 (50.0)", "0.060", 2.00000001),
    ):
        release(path, [], [])
        with duckdb.connect(path) as connection:
            connection.execute(
                f"""
                create table studies.flow_steps as
                select 's' as study, 'age' as step_name, 'Too young' as label, 2 as step_order,
                    1 as n_excluded, {n} as n_remaining;
                create table studies.study_groups as
                select 's' as study, 'x' as study_group, 'Group X' as label;
                create table studies.table_lines as
                select 's' as study, 't1' as table_name, 1 as line, 'ivt' as variable,
                    'Lysis' as label;
                create table studies.table_cells as
                select 's' as study, 't1' as table_name, 1 as line, 'ivt' as variable,
                    '-' as level, 'x' as study_group, 'summary' as statistic, '{cell}' as display;
                create table studies.comparisons as
                select 's' as study, 't1' as table_name, 1 as line, 'ivt' as variable,
                    'x-y' as contrast, unnest(['chi2', 'odds_ratio']) as measure,
                    unnest(['{p}', null]) as p_display, unnest([null, {odds}]) as estimate,
                    unnest([null, 1.5]) as ci_low, unnest([null, 2.5]) as ci_high
                """
            )
    with duckdb.connect(paths[1]) as connection:
        connection.execute(
            "alter table studies.table_cells add subgroup varchar default 'all'; "
            "insert into studies.table_cells select * replace ('old' as subgroup, '1' as display) "
            "from studies.table_cells"
        )
    with opened(*paths) as pair:
        changes = number_changes(pair, "s")
        (of_subgroup,) = (each for each in changes if "old" in each.subject.split(", "))
        assert (of_subgroup.before, of_subgroup.after) == (None, "1")
        assert [tuple(change) for change in changes if change != of_subgroup] == [
            ("flow", "Too young", "1 left, 9 remain", "1 left, 8 remain"),
            ("cell", "t1, Lysis, Group X", "4 (40.0)", "5 (50.0)"),
            ("comparison", "t1, Lysis, x-y, chi2", "p 0.040", "p 0.060"),
        ]


def test_a_release_without_the_study_is_named(tmp_path: Path) -> None:
    path = release(tmp_path / "one.duckdb", [], [])
    with opened(path, path) as pair, pytest.raises(ReleasesError, match="no study t"):
        moves(pair, "t")
