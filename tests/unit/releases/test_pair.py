"""A release of an early version is compared as if it had the keys that it lacks (invented rows)."""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.releases.pair import opened

EARLY = """
create schema registry; create schema study;
create table registry.patients as select 'p1' as patient_key;
create table registry.followups as select 'p1' as patient_key, 2 as mrs;
create table study.cohort as select 'p1' as patient_key;
create table study.patient_flow as select 1 as step;
create schema studies; create table studies.table_cells as select 'age' as variable;
"""
LATE = """
create schema registry; create schema study;
create table registry.patients as select 'a1' as admission_key, 'p1' as patient_key;
create table registry.followups as select 'a1' as admission_key, 'p1' as patient_key, 2 as mrs;
create table study.cohort as select 'a1' as admission_key, 'p1' as patient_key;
create table study.patient_flow as select 1 as step;
"""


def test_keys_that_a_release_lacks_are_put_in(tmp_path: Path) -> None:
    for name, content in (("early", EARLY), ("late", LATE)):
        with duckdb.connect(tmp_path / name) as connection:
            connection.execute(content)
    with opened(tmp_path / "early", tmp_path / "late") as pair:
        assert {table: list(columns) for table, columns in pair.before.items()} == {
            "registry.followups": ["admission_key", "time_point", "patient_key", "mrs"],
            "registry.patients": ["admission_key", "patient_key"],
            "study.cohort": ["admission_key", "patient_key"],
            "study.patient_flow": ["step"],
            "studies.table_cells": ["subgroup", "variable"],
        }
        assert pair.rows("from before.registry.followups") == [("p1", "day_90", "p1", 2)]
        assert pair.rows("from after.registry.followups") == [("day_90", "a1", "p1", 2)]
        assert pair.rows("from after.study.cohort") == [("a1", "p1")]
