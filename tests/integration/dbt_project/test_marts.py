"""dbt on a small registry: what each mart holds, row by row, and that it holds it every time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.golden import golden
from tests.support.small_registry import (
    AS_OF,
    DURATION,
    FULL,
    NIHSS,
    SECOND_FULL,
    SITE,
    VOLUME,
    write_small_registry,
)
from warehouse.cohorts.views import create_study_views
from warehouse.dbt.build import BuildError, DbtFolders, build_release, parsed, run_dbt
from warehouse.published_tables import PUBLISHED_TABLES
from warehouse.report.words import local_times

GOLDEN = golden("dbt_project")

MARTS = {
    *("codes", "registry", "studies", "quality", "ops"),
    *("study", "guo_2023", "bridging_thrombolysis", "first_pass_effect"),
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> DbtFolders:
    """A built small registry; dbt parses the project once for all tests of this module."""
    root: Path = tmp_path_factory.mktemp("dbt")
    work_path = root / "work.duckdb"
    write_small_registry(work_path)
    built = DbtFolders(work_path, root / "release.duckdb", root / "target", root / "logs")
    build_release(built)
    create_study_views(built.release_path)
    return built


@pytest.fixture
def release(folders: DbtFolders) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(folders.release_path, read_only=True) as connection:
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def content(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of a release with its rows in stored order."""
    with duckdb.connect(path, read_only=True) as connection:
        tables = rows(
            connection, "select schema_name, table_name from duckdb_tables() order by all"
        )
        return {
            f"{schema}.{table}": rows(connection, f'select * from "{schema}"."{table}"')
            for schema, table in tables
        }


def test_a_withdrawn_patient_leaves_the_registry(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        release,
        "select patient_key, sex, age_years, baseline_nihss, onset_to_admission_min, etiology, "
        "source_file, source_row, delivered_on, is_warned from registry.patients",
    )
    first, second = f"{SITE}/2022-06-01/admissions.csv", f"{SITE}/2022-06-08/admissions.csv"
    laa, day_1, day_2 = "large_artery_atherosclerosis", date(2022, 6, 1), date(2022, 6, 8)
    assert found == [
        ("heart", "female", 65, 15, 90, "cardioembolism", second, 4, day_2, False),
        ("lost", "female", 65, 15, 90, laa, second, 5, day_2, False),
        ("reperfused", "female", 65, 15, 90, laa, first, 3, day_1, False),
        ("stented", "male", 65, 15, 90, laa, second, 2, day_2, False),
    ]


def test_procedures_follow_their_patients(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        release,
        "select procedure_key, mtici_final, door_to_puncture_min, procedure_duration_min, "
        "source_file, is_warned from registry.procedures",
    )
    first = f"{SITE}/2022-06-01/procedures.csv"
    assert found == [
        ("heart", "3", 60, 60, first, False),
        ("lost", "3", 60, 60, first, False),
        ("reperfused", "2c", 60, 60, f"{SITE}/2022-06-15/procedures.csv", False),
        ("stented", "3", 60, 60, first, True),
    ]


def test_the_patient_flow_accounts_for_everybody(release: duckdb.DuckDBPyConnection) -> None:
    assert rows(release, "select step, label, n_excluded, n_remaining from study.patient_flow") == [
        (1, GOLDEN("treated_with_thrombectomy_in_the_study"), 0, 4),
        (2, "Cardioembolic stroke", 1, 3),
        (3, GOLDEN("stroke_of_other_determined_or_undetermined"), 0, 3),
        (4, GOLDEN("pre_stroke_mrs_of_or_more"), 0, 3),
        (5, GOLDEN("acute_intracranial_atherosclerotic_occlusion_included"), 0, 3),
        (6, "Rescue stent refused", 0, 3),
        (7, GOLDEN("stenosis_below_and_insufficient_distal_flow"), 0, 3),
        (8, "Lost to follow-up", 1, 2),
        (9, "Analyzed", 0, 2),
    ]
    excluded = "select patient_key, step, step_name, reason from study.eligibility"
    assert rows(release, f"{excluded} where status = 'excluded'") == [
        ("heart", 2, "cardioembolic", "Cardioembolism"),
        ("lost", 8, "lost_to_followup", GOLDEN("recorded_as_lost_to_follow_up")),
    ]


def test_the_cohort_holds_the_derived_outcomes(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        release,
        "select patient_key, study_group, circulation, is_above_stenosis_threshold, is_sich, "
        "sich_hours_after_procedure, is_ph, is_ph1, is_ph2, mrs_90d, is_good_outcome, "
        "is_dead_90d, days_to_death, warned_rows from study.cohort",
    )
    well = (False, None, False, False, False, 2, True, False, None, 0)
    bled = (True, 12.0, True, False, True, 6, False, True, 3, 1)
    assert found == [
        ("reperfused", "no_rescue_stenting", "anterior", False, *well),
        ("stented", "rescue_stenting", "posterior", True, *bled),
    ]


def test_a_hemorrhage_is_listed_with_its_cause(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        release,
        "select patient_key, hemorrhage_type, timing_class, nihss_increase from study.sich_events",
    )
    assert found == [("stented", "PH-2", "perforation", 4)]


def test_every_file_balances(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        release,
        f"select replace(source_file, '{SITE}/', ''), rows_in_file, rows_accepted, rows_rejected, "
        "rows_unreadable, rows_current, rows_superseded, rows_withdrawn, rows_warned, is_balanced "
        "from quality.deliveries",
    )
    assert found == [
        ("2022-06-01/admissions.csv", 5, 5, 0, 0, 1, 3, 1, 0, True),
        ("2022-06-01/followups.csv", 3, 3, 0, 0, 3, 0, 0, 0, True),
        ("2022-06-01/imaging.csv", 2, 2, 0, 0, 2, 0, 0, 0, True),
        ("2022-06-01/procedures.csv", 5, 5, 0, 0, 3, 1, 1, 1, True),
        ("2022-06-08/admissions.csv", 4, 3, 1, 0, 3, 0, 0, 0, True),
        ("2022-06-15/procedures.csv", 2, 1, 0, 1, 1, 0, 0, 0, True),
    ]


def test_violations_say_where_what_and_why(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        release,
        "select rule, title, severity, kahn_category, source_file, source_row, record_key, field, "
        "found, expected, action, status, age_days, is_new from quality.violations",
    )
    assert found == [
        (
            *("procedures.duration_plausible", "A plausible duration", "warn", "plausibility"),
            *(f"{SITE}/2022-06-01/procedures.csv", 2, "stented", "puncture_at, ended_at"),
            *("60", "a shorter procedure", "Correct it.", "open", 0, True),
        ),
        (
            *("admissions.baseline_nihss.range", "NIHSS in its range", "reject", "conformance"),
            *(f"{SITE}/2022-06-08/admissions.csv", 3, "reperfused", "baseline_nihss"),
            *("55", "between 0 and 42", "Correct it.", "open", 0, True),
        ),
        (
            *("procedures.line.readable", "Readable lines", "reject", "conformance"),
            *(f"{SITE}/2022-06-15/procedures.csv", 3, None, None),
            *("9 fields", "16 fields", "Deliver the line again.", "open", 0, True),
        ),
    ]


def test_statuses_follow_the_thresholds(release: duckdb.DuckDBPyConnection) -> None:
    """Of the two rules on rows that are beyond, one holds its delivery, which is a finding."""
    found = rows(
        release,
        "select rule, delivered_on, rows_checked, rows_failed, failed_share, threshold_share, "
        "is_within_threshold, consequence, status from quality.check_results",
    )
    assert found == [
        (DURATION, FULL, 5, 1, 0.2, 0.05, False, "hold_delivery", "failed"),
        (NIHSS, SECOND_FULL, 4, 1, 0.25, 0, False, "reject_row", "failed"),
    ]
    findings = "select rule, delivered_on, measured, unit, measured_on, expected, consequence,"
    seen = "first_seen_on, age_days, is_new from quality.delivery_findings"
    assert rows(release, f"{findings} {seen}") == [
        (VOLUME, FULL, 0.1, "ratio", 4, "between 0.2 and 5", "flag", AS_OF, 0, True),
        (
            *(
                DURATION,
                FULL,
                0.2,
                "share",
                5,
                GOLDEN("at_most_of_the_rows_break"),
                "hold_delivery",
            ),
            *(AS_OF, 0, True),
        ),
    ]


def test_scorecard_and_refreshes(release: duckdb.DuckDBPyConnection) -> None:
    scorecard = "select kahn_category, kahn_context, extract, n_rules, rows_checked, rows_failed, "
    columns = "n_open, n_new, passed_share, passed_share_change"
    assert rows(release, f"{scorecard} {columns} from quality.scorecard") == [
        ("conformance", "verification", "admissions", 1, 4, 1, 1, 1, 0.75, None),
        ("plausibility", "verification", "procedures", 1, 5, 1, 1, 1, 0.8, None),
    ]
    refresh = "select refresh_id, status, release_file, rows_rejected, rows_warned"
    assert rows(release, f"{refresh} from ops.refreshes") == [
        ("this", "published", "this.duckdb", 1, 1)
    ]
    columns = "study, is_default, study_group, n"
    sizes = f"select {columns} from ops.study_sizes where is_default or n > 0"
    assert rows(release, sizes) == [
        ("first_pass_effect", False, "more_passes", 2),
        ("guo_2023", True, "no_rescue_stenting", 1),
        ("guo_2023", True, "rescue_stenting", 1),
    ]


def test_every_published_column_is_described(release: duckdb.DuckDBPyConnection) -> None:
    undescribed = rows(
        release,
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where not internal and coalesce(comment, '') = ''",
    )
    schemas = rows(release, "select distinct schema_name from duckdb_columns() where not internal")
    assert undescribed == []
    assert sorted(schema for (schema,) in schemas) == sorted(MARTS)


def test_every_time_and_interval_says_on_which_clock_it_is(
    release: duckdb.DuckDBPyConnection,
) -> None:
    silent = rows(
        release,
        f"""
        select table_name, column_name from duckdb_columns()
        where not internal
        and schema_name in ('registry', 'study')
        and (data_type = 'TIMESTAMP' or regexp_matches(column_name, '_min$|_hours?_'))
        and table_name <> 'definition'
        and not ends_with(comment, '{local_times().replace("'", "''")}')
        """,
    )
    assert silent == []


def test_the_view_is_listed_beside_the_tables(release: duckdb.DuckDBPyConnection) -> None:
    listed = {(schema, table): rest for schema, table, *rest in rows(release, PUBLISHED_TABLES)}
    n_rows, comment = listed["quality", "check_results"]
    assert n_rows is None
    assert comment.startswith(GOLDEN("every_check_of_every_refresh"))
    assert listed["quality", "check_result_changes"][0] == 2
    assert {schema for schema, _ in listed} == set(MARTS)


def test_no_date_of_birth_is_published(release: duckdb.DuckDBPyConnection) -> None:
    columns = "select column_name from duckdb_columns() where column_name like '%birth%'"
    assert rows(release, columns) == []


def test_each_derivation_keeps_its_examples(folders: DbtFolders) -> None:
    examples = run_dbt(folders, "test", "--select", "test_type:unit")
    outcomes = {(result.node.resource_type.value, str(result.status)) for result in examples}
    assert outcomes == {("unit_test", "pass"), ("operation", "success")}


def test_building_twice_gives_the_same_rows_in_the_same_order(folders: DbtFolders) -> None:
    before = content(folders.release_path)
    build_release(folders)
    assert content(folders.release_path) == before


def test_a_build_holds_every_table_to_its_grain(tmp_path: Path) -> None:
    work_path = tmp_path / "work.duckdb"
    write_small_registry(work_path)
    with duckdb.connect(work_path) as connection:
        connection.execute("insert into raw.imaging from raw.imaging limit 1")
    folders = DbtFolders(work_path, tmp_path / "r.duckdb", tmp_path / "target", tmp_path / "logs")
    with pytest.raises(BuildError) as error:
        run_dbt(folders, "build", "--select", "+int_imaging")
    assert GOLDEN("imaging_values_of_row_id") in str(error.value)


def test_every_published_table_says_its_grain(folders: DbtFolders) -> None:
    nodes = parsed(folders).nodes.values()
    described = [node for node in nodes if node.resource_type.value in ("model", "seed")]
    published = [node for node in described if node.database == "release"]
    assert len(described) > len(published) > 0
    assert [node.name for node in published if not node.config.meta.get("grain")] == []
    assert [node.name for node in described if "Grain" not in node.description] == []
