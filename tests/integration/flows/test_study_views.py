"""The views of each study in a release: they hold what the long tables hold."""

from __future__ import annotations

from tests.support.refreshed import Refreshed
from warehouse.definitions.study import load_studies


def test_each_study_has_its_views(refreshed: Refreshed) -> None:
    for study in load_studies():
        tables = sorted({table.table for table, _, _ in study.lines()})
        views = refreshed.rows(
            f"select view_name from duckdb_views() where schema_name = '{study.name}' order by 1"
        )
        assert [name for (name,) in views] == sorted(["cohort", "flow", *tables])
        undescribed = refreshed.rows(
            f"select column_name from duckdb_columns() where schema_name = '{study.name}' "
            f"and coalesce(comment, '') = ''"
        )
        assert undescribed == []
        members = (
            f"select admission_key, study_group from studies.members where study = '{study.name}'"
        )
        cohort = f"select admission_key, study_group from {study.name}.cohort"
        assert sorted(refreshed.rows(members)) == sorted(refreshed.rows(cohort))


def test_a_table_has_a_column_for_each_group(refreshed: Refreshed) -> None:
    (row,) = refreshed.rows(
        "select label, all_patients, first_pass, more_passes, incomplete, test, p_display "
        "from first_pass_effect.table2 where label = 'Death within 90 days'"
    )
    cells = dict(
        refreshed.rows(
            "select study_group, display from studies.table_cells "
            "where study = 'first_pass_effect' and variable = 'is_dead_90d' "
            "and statistic = 'summary'"
        )
    )
    ((p,),) = refreshed.rows(
        "select p_display from studies.comparisons "
        "where study = 'first_pass_effect' and variable = 'is_dead_90d'"
    )
    groups = ("all", "first_pass", "more_passes", "incomplete")
    assert row == ("Death within 90 days", *(cells[group] for group in groups), "chi2", p)


def test_the_default_study_is_the_same_in_both_forms(refreshed: Refreshed) -> None:
    for view, table in (("table1", "table1_baseline"), ("table2", "table2_outcomes")):
        assert refreshed.rows(
            f"select rescue_stenting, no_rescue_stenting, p_display from guo_2023.{view}"
        ) == refreshed.rows(
            f"select rs_display, non_rs_display, p_display from study.{table} order by line"
        )
    flow = "select step, step_name, label, n_excluded, n_remaining from"
    assert refreshed.rows(f"{flow} guo_2023.flow") == refreshed.rows(
        f"{flow} study.patient_flow order by step"
    )
