"""The methods paragraph: what a release did, and nothing that it did not."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.support.golden import golden
from tests.support.refreshed import Refreshed
from warehouse.exports.choices import Content, Format
from warehouse.exports.export import ExportRequest, exported

GOLDEN = golden("exports")


def methods(path: Path) -> str:
    return exported(ExportRequest(Content.methods, Format.text, "jama"), path).decode()


def test_the_methods_describe_what_the_release_did(copy_of_refreshed: Refreshed) -> None:
    path = copy_of_refreshed.settings.published_path
    reported = methods(path)
    ((release, commit, versions),) = copy_of_refreshed.rows(
        "select refresh_id, git_commit, versions from ops.refreshes "
        "order by refresh_number desc limit 1"
    )
    assert f"Release {release} as of" in reported
    assert versions.startswith("dbt-core ")
    assert f"with {versions}." in reported
    assert commit is None or f"(commit {commit})" in reported
    for sentence in (
        "Analyzed: 127. Groups: Rescue stenting: 41; No rescue stenting: 86.",
        "younger than 18 years;",
        "later stroke of a patient who is counted already;",
        "died, in a group of which only deaths are known.",
        "test for small samples: approximate.",
        "by Student's t test (pooled): Age, Systolic blood pressure;",
        "by Pearson's chi-square test (uncorrected): Male sex, Hypertension,",
        "by rank sum test (Mann-Whitney, normal approximation, corrected for ties): Platelets,",
        "standard deviation (n - 1)",
        "two-sided p-value of the test, not corrected for the number of tests",
        "risk ratio, share under rescue stenting over share under no rescue stenting, "
        "95% interval (score, Koopman)",
        "Systolic blood pressure 1 of 41 (Rescue stenting); Intravenous thrombolysis 1 of 86",
        "no value was imputed.",
        "Data. 11 files delivered from 15 February 2022 to 7 June 2022 with "
        "1,516 rows, of which 1,497 were accepted, 17 rejected by rules, 0 held and 2 unreadable.",
    ):
        assert sentence in reported


def test_the_methods_change_with_the_release(copy_of_refreshed: Refreshed) -> None:
    path = copy_of_refreshed.settings.published_path
    changed = path.with_name("changed.duckdb")
    changed.write_bytes(path.read_bytes())
    with duckdb.connect(changed) as connection:
        connection.execute(
            "update studies.flow_steps set label = 'Younger than 40 years' where step_name = 'age'"
        )
        connection.execute(
            "update studies.comparisons set test = 'ranksum' where is_printed and test is not null "
            "and study = 'guo_2023' and table_name = 'table1_baseline' and line = 1"
        )
        connection.execute("comment on column study.text.rs_sd is 'SD (n), rescue.'")
        connection.execute("update studies.members set systolic_bp_mmhg = 150")
        connection.execute("update ops.refreshes set warehouse_version = '9.8.7'")
        connection.execute(
            "insert into ops.refreshes select * replace ('20200101T000000Z' as refresh_id, "
            "'0.0.1' as warehouse_version) from ops.refreshes"
        )
    reported = methods(changed)
    assert "younger than 40 years;" in reported
    assert GOLDEN("corrected_for_ties_age_platelets") in reported
    assert "SD (n)" in reported
    assert " thrombectomy-warehouse 9.8.7" in reported, "as the last refresh, not the first"
    assert "imputed" not in reported, "the cohort has values that the table calls missing"
