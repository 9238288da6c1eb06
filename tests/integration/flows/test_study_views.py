"""The views of each study in a release: they hold what the long tables hold."""

from __future__ import annotations

from tests.support.refreshed import Refreshed
from warehouse.definitions.study import OF_EVERYBODY, OF_SUBGROUPS, VIEWS
from warehouse.definitions.study_files import load_studies


def test_each_study_has_its_views(refreshed: Refreshed) -> None:
    studies = load_studies()
    for schema, study in [("study", studies[0]), *((each.name, each) for each in studies)]:
        tables = {table.table for table, _, _ in study.lines()}
        views = refreshed.rows(
            f"select view_name from duckdb_views() where schema_name = '{schema}' order by 1"
        )
        by_subgroup = {f"{name}{OF_SUBGROUPS}" for name in tables if study.subgroups}
        assert [name for (name,) in views] == sorted(tables | by_subgroup | {*VIEWS})
        undescribed = refreshed.rows(
            f"select table_name, column_name from duckdb_columns() "
            f"where schema_name = '{schema}' and coalesce(comment, '') = ''"
        )
        assert undescribed == []
        for view, table in VIEWS.items():
            if view not in {"patient_flow", "eligibility"}:
                long = f"select count(*) from studies.{table} where study = '{study.name}'"
                long += " and subgroup = 'all'" if view in OF_EVERYBODY else ""
                assert refreshed.rows(f"select count(*) from {schema}.{view}") == refreshed.rows(
                    long
                )


def test_a_table_of_three_groups_has_columns_for_each(refreshed: Refreshed) -> None:
    (row,) = refreshed.rows(
        "select all_display, first_display, more_display, incomplete_display, test, p_display "
        "from first_pass_effect.table2_outcomes where variable = 'is_dead_90d'"
    )
    cells = dict(
        refreshed.rows(
            "select study_group, display from first_pass_effect.table_cells "
            "where variable = 'is_dead_90d' and statistic = 'summary'"
        )
    )
    ((p,),) = refreshed.rows(
        "select p_display from first_pass_effect.comparisons where variable = 'is_dead_90d'"
    )
    groups = ("all", "first_pass", "more_passes", "incomplete")
    assert row == (*(cells[group] for group in groups), "chi2", p)
    effects = refreshed.rows(
        "select column_name from duckdb_columns() where schema_name = 'first_pass_effect' "
        "and table_name = 'table2_outcomes' and column_name like '%ratio%'"
    )
    assert effects == []


def test_study_is_the_default_study(refreshed: Refreshed) -> None:
    for view in (*VIEWS, "table1_baseline", "table2_outcomes"):
        assert refreshed.rows(f"from study.{view}") == refreshed.rows(f"from guo_2023.{view}")


def test_a_subgroup_has_its_own_patients_and_nobody_is_left_out(refreshed: Refreshed) -> None:
    cohort = "first_pass_effect.cohort"
    sizes = dict(
        refreshed.rows(
            f"select coalesce(circulation, 'unknown'), count(*) from {cohort} group by all"
        )
    )
    rows = refreshed.rows("select subgroup, n_patients, n_unknown from first_pass_effect.subgroups")
    n_unknown = sizes.get("unknown", 0)
    assert rows == [(name, sizes[name], n_unknown) for name in ("anterior", "posterior")]
    counted = refreshed.rows(
        f"""
        select
            circulation, study_group, count(*) filter (where is_good_outcome),
            count(is_good_outcome), median(mrs_90d)
        from {cohort} where circulation is not null group by cube (study_group), circulation
        """
    )
    prefixes = {"first_pass": "first", "more_passes": "more", None: "all"}
    for circulation, group, n, n_known, median in counted:
        prefix = prefixes.get(group, group)
        values = refreshed.rows(
            f"select {prefix}_n, {prefix}_denominator, {prefix}_median "
            f"from first_pass_effect.table2_outcomes_subgroups "
            f"where subgroup = '{circulation}' and variable in ('is_good_outcome', 'mrs_90d') "
            f"order by variable"
        )
        assert values == [(n, n_known, None), (None, values[1][1], median)]
