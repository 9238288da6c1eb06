"""Groups and lines of the default study, as explanations read them."""

from __future__ import annotations

from warehouse.dbt import project


def test_the_default_study_is_read() -> None:
    assert project.prefixes() == {"rs": "rescue_stenting", "non_rs": "no_rescue_stenting"}
    assert project.table_lines()["age_years"] == project.TableLine("mean_sd", 2)
    assert project.table_lines()["is_dead_90d"] == project.TableLine("n_pct", 1)
