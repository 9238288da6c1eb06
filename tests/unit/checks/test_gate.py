"""The release gate: a release that holds together passes; each broken invariant is named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.support.golden import golden
from warehouse.checks.release_gate import GateResult, check_release
from warehouse.definitions.accepted_losses import AcceptedFall
from warehouse.expectations.gate import GateRule
from warehouse.expectations.release import CHANGE, GATE, HELD, STUDIES, cohort_kept

GOLDEN = golden("checks")

RELEASE = """
create schema quality;
create schema codes;
create table codes.mtici as select unnest(['0', '1', '2a', '2b', '2c', '3']) as code;
create table codes.mrs as select unnest(range(7))::integer as code;
create table quality.deliveries as
select * from (
    values
    ('a.csv', 'landed', 20, 7, 2, 1, 3, 2, 5, 4, 2, 1),
    ('b.csv', 'duplicate', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    ('c.csv', 'rejected', 10, 0, 0, 0, 10, 0, 0, 0, 0, 0),
    ('d.csv', 'rejected', null, 0, 0, 0, null, 0, 0, 0, 0, 0)
) as deliveries (
    source_file, status, rows_in_file, rows_accepted, rows_rejected, rows_unreadable, rows_unread,
    rows_no_record, rows_left_out, rows_current, rows_superseded, rows_withdrawn
);
create table quality.expected_deliveries as
select * from (
    values ('a', true, date '2022-06-01'), ('a', true, null), ('b', true, null), ('c', false, null)
) as expected (site, is_study_site, last_delivered_on);
create schema studies;
create table studies.study_groups as
select * from (
    values ('late_window', 'late', 1), ('late_window', 'early', 2)
) as g (study, study_group, place);
create table studies.definitions as
select * from (
    values ('late_window', 1, true), ('first_pass', 2, false)
) as definitions (study, place, is_of_first_strokes);
-- Two late patients and three early ones, one of whom has an occlusion that the table does not
-- list; of first_pass, one patient with two strokes.
create table studies.members as
select
    *, is_ph1 or is_ph2 as is_ph,
    case patient_key when 'p1' then map {'side': 'left'} when 'p2' then map {'side': 'unknown'} end
        as subgroups
from (
    values
    ('late_window', 'p1', 'late', true, false, false, false, '2a', '3', 2, true, false),
    ('late_window', 'p2', 'late', false, true, false, false, '0', '2b', 6, false, true),
    ('late_window', 'p3', 'early', false, false, true, false, '3', '3', 0, false, false),
    ('late_window', 'p4', 'early', false, false, false, true, '2c', '2c', 4, false, false),
    ('late_window', 'p5', 'early', false, false, false, false, '2b', '2b', 1, true, false),
    ('first_pass', 'p6', 'all', true, false, false, false, '2b', '2b', 1, false, false),
    ('first_pass', 'p6', 'all', true, false, false, false, '2b', '2b', 1, false, false)
) as members (
    study, patient_key, study_group, is_internal_carotid_artery, is_middle_cerebral_artery,
    is_basilar_artery, is_vertebral_artery, mtici_after_mt, mtici_final, mrs_90d, is_ph1, is_ph2
);
create table studies.flow_steps as
select * from (
    values
    ('late_window', 1, 'screened', 0, 9), ('late_window', 2, 'late', 4, 5),
    ('late_window', 3, 'analyzed', 0, 5), ('first_pass', 1, 'screened', 0, 3),
    ('first_pass', 2, 'analyzed', 1, 2), ('empty', 1, 'screened', 0, 0)
) as steps (study, step_order, step_name, n_excluded, n_remaining);
create table studies.table_cells as
select * from (
    values
    ('late_window', 'late', 'n', 1.0), ('late_window', 'late', 'denominator', 2),
    ('late_window', 'late', 'missing', 0), ('late_window', 'early', 'n', 0),
    ('late_window', 'early', 'denominator', 1), ('late_window', 'early', 'missing', 2),
    ('late_window', 'all', 'n', 1), ('late_window', 'all', 'denominator', 3),
    ('late_window', 'all', 'missing', 2), ('first_pass', 'all', 'mean', 60),
    ('first_pass', 'all', 'denominator', 2), ('first_pass', 'all', 'missing', 0)
) as cells (study, study_group, statistic, value);
alter table studies.table_cells add subgroup varchar default 'all';
insert into studies.table_cells
select 'late_window', study_group, statistic, value, 'left'
from (values ('late', 1), ('early', 0), ('all', 1)) as sizes (study_group, n),
    (values ('n', 0), ('denominator', n), ('missing', 0)) as cells (statistic, value);
alter table studies.table_cells add table_name varchar default 'table1';
alter table studies.table_cells add line integer default 1;
alter table studies.table_cells add variable varchar default 'ivt';
insert into studies.table_cells
with lines as (
    unpivot (from studies.members where study = 'late_window')
    on is_internal_carotid_artery, is_middle_cerebral_artery, is_basilar_artery,
        is_vertebral_artery, is_ph, is_ph1, is_ph2
    into name variable value is_there
),
counts as (
    select variable, study_group, count(*) filter (is_there) as n, count(*) as denominator,
        0 as missing
    from lines group by cube (study_group), variable
)
select
    'late_window', coalesce(study_group, 'all'), statistic, value, 'all', 'table2', 2, variable
from (unpivot counts on n, denominator, missing into name statistic value value);
create table studies.comparisons as
select
    'late_window' as study, 'all' as subgroup, 'table1' as table_name, 'ivt' as variable, *
from (
    values
    ('all', 'chi2', 0.4, 1.0, null, null, null),
    ('late - early', 'risk_ratio', null, null, 1.5, 0.2, 9.0)
) as measures (contrast, measure, p_value, exact_p_value, estimate, ci_low, ci_high);
create schema ops;
-- Since the last release, r0, one was built for a past day, and one was rolled back.
create table ops.refreshes as
select * from (
    values
    ('r0', 1, 'published', date '2022-06-01', null, 9),
    ('r00', 2, 'built', date '2022-06-01', null, 9),
    ('r01', 3, 'published', date '2022-06-01', timestamp '2022-06-02', 9),
    ('r1', 4, 'published', date '2022-06-02', null, 9)
) as refreshes (
    refresh_id, refresh_number, status, as_of, rolled_back_at, followup_pending
);
-- The default study, late_window with its groups, and one that is new.
create table ops.study_sizes as
select * from (
    values
    ('r0', 'guo_2023', true, 'rescue_stenting', 5), ('r00', 'guo_2023', true, 'all', 50),
    ('r01', 'guo_2023', true, 'all', 60), ('r1', 'guo_2023', true, 'rescue_stenting', 2),
    ('r1', 'guo_2023', true, 'no_rescue_stenting', 3),
    ('r0', 'late_window', false, 'late', 30), ('r0', 'late_window', false, 'early', 10),
    ('r1', 'late_window', false, 'late', 31), ('r1', 'late_window', false, 'early', 11),
    ('r1', 'first_pass', false, 'all', 0)
) as sizes (refresh_id, study, is_default, study_group, n);
-- Nine are pending or were assessed outside the window; of seven of them an mRS is known. Two are
-- strokes of one patient, of which one has an mRS.
create schema registry;
create table studies.criteria as
select 'late_window' as study, 'e' || (n + 1) // 2 as patient_key,
    'a' || n as admission_key, 'excluded' as status,
    case when n < 5 then 'followup_pending' else 'assessed_outside_window' end as step_name
from range(9) as excluded (n);
create table registry.followups as
select 'e' || (n + 1) // 2 as patient_key, 'a' || n as admission_key,
    case when n > 1 then 3 end as mrs, 'day_90' as time_point
from range(9) as found (n);
create table quality.check_results as
select * from (
    values
    ('r0', 'imaging.volume.steady', 'a', date '2022-06-01', 1, 1, 'hold_release', false),
    ('r1', 'imaging.volume.steady', 'a', date '2022-06-01', 1, 0, 'hold_release', true),
    ('r1', 'imaging.scan_in_time', 'a', date '2022-06-01', 1, 1, 'hold_delivery', false)
) as results (
    refresh_id, rule, site, delivered_on, rows_checked, rows_failed, consequence,
    is_within_threshold
);
"""

# What breaks each invariant: SQL, and the invariants that no longer hold.
BREAKS = {
    "studies.members.one_row_per_patient": (
        "update studies.members set patient_key = 'p4' where patient_key = 'p5'",
        [],
    ),
    "studies.members.hematoma_types_add_up": (
        "update studies.members set is_ph2 = true where patient_key = 'p1'",
        [],
    ),
    "studies.members.mtici_after_mt_known": (
        "update studies.members set mtici_after_mt = '4' where patient_key = 'p5'",
        [],
    ),
    "studies.members.mtici_final_known": (
        "update studies.members set mtici_final = '4' where patient_key = 'p5'",
        [],
    ),
    "studies.members.mrs_known": (
        "update studies.members set mrs_90d = 7 where patient_key = 'p5'",
        [],
    ),
    "studies.table_cells.sites_add_up": (
        "update studies.table_cells set value = 0 where statistic = 'n' and study_group = 'late' "
        "and variable = 'is_middle_cerebral_artery'",
        [],
    ),
    "studies.table_cells.hematoma_types_add_up": (
        "update studies.table_cells set value = 0 where statistic = 'n' and study_group = 'late' "
        "and variable = 'is_ph2'",
        [],
    ),
    "studies.flow_steps.balances": (
        "update studies.flow_steps set n_excluded = 0 where step_name = 'analyzed'",
        [],
    ),
    "studies.members.groups_known": (
        "insert into studies.study_groups values ('first_pass', 'never', 1)",
        [],
    ),
    "studies.table_cells.add_up": (
        "update studies.table_cells set value = 3 where statistic = 'n' and study_group = 'late' "
        "and variable = 'ivt'",
        [],
    ),
    "studies.comparisons.plausible": (
        "update studies.comparisons set estimate = 9.1 where measure = 'risk_ratio'",
        [],
    ),
    "quality.deliveries.rows_of_file_balance": (
        "update quality.deliveries set rows_rejected = 1 where source_file = 'a.csv'",
        [],
    ),
    "quality.deliveries.rejected_rows_unread": (
        "update quality.deliveries set rows_unread = 0 where source_file = 'd.csv'",
        [],
    ),
    "quality.deliveries.accepted_rows_balance": (
        "update quality.deliveries set rows_current = null where source_file = 'a.csv'",
        [],
    ),
    "ops.refreshes.cohort_kept": (
        "update ops.study_sizes set n = 40 where refresh_id = 'r0' and is_default",
        [],
    ),
    "studies.comparisons.exists": ("drop table studies.comparisons", []),
}


def audited(folder: Path, sql: str = "", gate: Sequence[GateRule] = GATE) -> GateResult:
    """What the gate says of the small release after a change."""
    path = folder / "release.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(RELEASE)
        if sql:
            connection.execute(sql)
    return check_release(path, folder / "results", "r1", gate)


def test_a_release_that_holds_together_passes(tmp_path: Path) -> None:
    gate = audited(tmp_path)
    assert gate == GateResult(refresh_id="r1", failures=(), warnings=())
    assert gate.passed
    record = json.loads((tmp_path / "results" / "release.json").read_text(encoding="utf-8"))
    assert record["refresh_id"] == "r1"
    assert sorted(record["tables"]) == sorted({rule.table for rule in GATE})


@pytest.mark.parametrize("rule", sorted(BREAKS))
def test_a_broken_invariant_stops_the_release_by_name(rule: str, tmp_path: Path) -> None:
    sql, also = BREAKS[rule]
    gate = audited(tmp_path, sql)
    assert [failure.rule for failure in gate.failures] == [rule, *also]
    assert not gate.passed


def test_every_critical_invariant_is_broken_by_some_test() -> None:
    critical = {rule.id for rule in GATE if rule.severity == "critical"}
    assert critical - set(BREAKS) == {"quality.check_results.nothing_holds_the_release"}


def test_a_rule_that_holds_the_release_stops_it_when_it_is_broken(tmp_path: Path) -> None:
    """Only results of the last refresh, and only beyond the threshold."""
    (tmp_path / "before").mkdir()
    assert audited(tmp_path / "before", gate=HELD).failures == ()
    change = (
        "update quality.check_results set rows_failed = 1, is_within_threshold = false "
        "where rule = 'imaging.volume.steady'"
    )
    gate = audited(tmp_path, change, HELD)
    assert [str(failure) for failure in gate.failures] == [GOLDEN("no_rule_that_holds_the_release")]


@pytest.mark.parametrize(
    ("before", "now", "problems"),
    [
        (40, 35, [GOLDEN("the_study_has_patients_and_had", study="guo_2023", now=35)]),
        (40, 36, []),
        (19, 0, []),
        (40, 400, []),
    ],
)
def test_a_cohort_that_falls_stops_the_release(
    tmp_path: Path, before: int, now: int, problems: list[str]
) -> None:
    """Releases of a past day, and those that were rolled back, are nothing to compare with."""
    change = f"""
        delete from ops.study_sizes where is_default and study_group = 'no_rescue_stenting';
        update ops.study_sizes set n = case refresh_id
            when 'r0' then {before} when 'r1' then {now} else 500 end
        where is_default
    """
    gate = audited(tmp_path, change, CHANGE)
    assert [list(failure.problems) for failure in gate.failures] == [problems] * bool(problems)


def test_a_fall_of_any_study_stops_the_release(tmp_path: Path) -> None:
    """Of late_window, 40 were there; pending follow-ups count for the default study alone."""
    change = """
        update ops.refreshes set followup_pending = null where refresh_id = 'r0';
        update ops.study_sizes set n = 5 where refresh_id = 'r1' and study_group = 'early';
        update ops.study_sizes set n = 30 where refresh_id = 'r1' and study_group = 'late'
    """
    gate = audited(tmp_path, change, CHANGE)
    assert [list(failure.problems) for failure in gate.failures] == [
        [GOLDEN("the_study_has_patients_and_had", study="late_window", now=35)]
    ]


def test_a_fall_that_was_accepted_or_is_of_a_past_day_stops_nothing(tmp_path: Path) -> None:
    rule, _ = CHANGE
    fall = BREAKS[rule.id][0]
    accepted = AcceptedFall(as_of=date(2022, 6, 2), because="the period is shorter")
    past = "update ops.refreshes set as_of = '2022-05-31' where refresh_id = 'r1'"
    (tmp_path / "past").mkdir()
    book = [replace(rule, expectation=cohort_kept([accepted]))]
    assert audited(tmp_path, fall, book).passed
    assert audited(tmp_path / "past", f"{fall}; {past}", CHANGE).passed


@pytest.mark.parametrize(
    ("now", "passes", "warned"), [(33, True, 1), (29, True, 1), (28, False, 1), (40, True, 0)]
)
def test_a_cohort_that_counts_follow_ups_otherwise_than_before_passes_and_is_stated(
    tmp_path: Path, now: int, passes: bool, warned: int
) -> None:
    """Of 40 in a release of an older version, 7 are pending or outside the window now."""
    change = f"""
        update ops.refreshes set followup_pending = null where refresh_id = 'r0';
        delete from ops.study_sizes where study_group = 'no_rescue_stenting';
        update ops.study_sizes set n = 40, study = 'study' where refresh_id = 'r0' and is_default;
        update ops.study_sizes set n = {now} where refresh_id = 'r1' and is_default
    """
    gate = audited(tmp_path, change, CHANGE)
    assert gate.passed == passes
    assert [list(warning.problems) for warning in gate.warnings] == warned * [
        [GOLDEN("the_cohort_has_patients_and_had", now=now)]
    ]


def test_each_study_that_does_not_add_up_is_named(tmp_path: Path) -> None:
    """A member too few, a value too many, and a p-value above 1."""
    change = """
        delete from studies.members where patient_key = 'p6';
        update studies.table_cells set value = 3 where study_group = 'early' and value = 2;
        update studies.comparisons set p_value = 1.1 where measure = 'chi2'
    """
    gate = audited(tmp_path, change, STUDIES)
    found = {
        failure.rule: [text.partition(":")[0] for text in failure.problems]
        for failure in gate.failures
    }
    assert found == {
        "studies.flow_steps.balances": ["first_pass, analyzed"],
        "studies.table_cells.add_up": [
            "first_pass, table1, ivt, all",
            "late_window, table1, ivt, early",
        ],
        "studies.comparisons.plausible": ["late_window, table1, ivt, all"],
    }


def test_an_empty_study_passes(tmp_path: Path) -> None:
    gate = audited(
        tmp_path,
        """
        delete from studies.members;
        update studies.flow_steps set n_excluded = 0, n_remaining = 0;
        update studies.table_cells set value = 0;
        update studies.comparisons set p_value = null, exact_p_value = null
        """,
    )
    assert (gate.failures, gate.warnings) == ((), ())


def test_a_study_with_a_group_of_nobody_passes_with_a_warning(tmp_path: Path) -> None:
    gate = audited(
        tmp_path,
        """
        delete from studies.members where study_group = 'late';
        update studies.flow_steps set n_excluded = 6, n_remaining = 3
        where study = 'late_window' and step_name = 'late';
        update studies.flow_steps set n_remaining = 3
        where study = 'late_window' and step_name = 'analyzed';
        delete from studies.table_cells where table_name = 'table2' or study_group = 'all';
        update studies.table_cells set value = 0 where study_group = 'late'
        """,
    )
    assert gate.failures == ()
    assert [list(warning.problems) for warning in gate.warnings] == [
        [GOLDEN("nobody_is_in_the_group")]
    ]


def test_a_study_none_of_whose_sites_delivered_is_stated(tmp_path: Path) -> None:
    gate = audited(
        tmp_path,
        "update quality.expected_deliveries set last_delivered_on = null where is_study_site",
    )
    assert gate.passed
    assert [list(warning.problems) for warning in gate.warnings] == [
        [GOLDEN("none_of_the_sites_of_the")]
    ]


def test_a_failure_reads_as_plain_words(tmp_path: Path) -> None:
    gate = audited(
        tmp_path,
        """
        update studies.flow_steps set n_excluded = 3 where step_name = 'late';
        update studies.comparisons set p_value = 7 where measure = 'chi2'
        """,
    )
    assert [str(failure) for failure in gate.failures] == [
        GOLDEN("the_patient_flow_balances_step_by"),
        GOLDEN("values_lie_between_and_does_not"),
    ]
