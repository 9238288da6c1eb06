"""The release gate: what must hold in the marts of every release, whoever delivered what.

Invariants, and that the cohort did not fall suddenly. How many patients there are is the data's
business; that the groups add up to them is the gate's.
"""

from __future__ import annotations

from collections.abc import Sequence

from warehouse.definitions.accepted_losses import AcceptedFall, accepted_falls
from warehouse.expectations.gate import GateRule, no_faults
from warehouse.expectations.record_loss import LOST_RECORDS_MIN
from warehouse.expectations.release_tables import TABLES
from warehouse.expectations.rule import Expectation
from warehouse.expectations.studies import CELLS, COMPARISONS, FLOW, MEMBERS


def _codes_known(column: str, code_list: str) -> Expectation:
    return no_faults(
        f"""
        select '{column}: ' || count(*) || ' patients have no code of codes.{code_list}' as problem
        from (select * from {{batch}}) as cohort
        where cast({column} as varchar) not in (select cast(code as varchar) from codes.{code_list})
        having count(*) > 0
        """
    )


COHORT = (
    GateRule(
        "studies.members",
        "one_row_per_patient",
        "A study of first strokes has one row per patient",
        no_faults(
            """
            select
                members.study || ': ' || count(*) || ' rows of '
                || count(distinct members.patient_key) || ' patients' as problem
            from (select * from {batch}) as members
            inner join studies.definitions as definitions on members.study = definitions.study
            where definitions.is_of_first_strokes
            group by members.study
            having count(*) <> count(distinct members.patient_key)
            order by members.study
            """
        ),
    ),
    GateRule(
        "studies.members",
        "hematoma_types_add_up",
        "PH is PH-1 or PH-2, and never both",
        no_faults(
            """
            select count(*) || ' patients have a PH that is not one of PH-1 and PH-2' as problem
            from (select * from {batch}) as cohort
            where cast(is_ph as integer) <> cast(is_ph1 as integer) + cast(is_ph2 as integer)
            having count(*) > 0
            """
        ),
    ),
    GateRule(
        "studies.members",
        "mtici_after_mt_known",
        "mTICI after thrombectomy is a grade of the scale",
        _codes_known("mtici_after_mt", "mtici"),
    ),
    GateRule(
        "studies.members",
        "mtici_final_known",
        "Final mTICI is a grade of the scale",
        _codes_known("mtici_final", "mtici"),
    ),
    GateRule(
        "studies.members",
        "mrs_known",
        "mRS at 90 days is a grade of the scale",
        _codes_known("mrs_90d", "mrs"),
    ),
    GateRule(
        "studies.members",
        "groups_present",
        "Each group of a study has patients",
        no_faults(
            """
            with sizes as (
                select study, study_group from (select * from {batch}) as members group by all
            )
            select known.study || ': nobody is in the group ' || known.study_group as problem
            from studies.study_groups as known
            anti join sizes
                on known.study = sizes.study and known.study_group = sizes.study_group
            where known.study in (select study from sizes)
            order by known.study, known.place
            """
        ),
        action="Nothing can be compared yet; check the study's period and sites.",
        severity="warning",
    ),
)


ROWS_ACTION = "No row may get lost: compare the file with data/landed."
DELIVERIES = (
    GateRule(
        "quality.deliveries",
        "rows_of_file_balance",
        "Rows in each file are accepted, rejected, unreadable, unread, no records or left out",
        no_faults(
            """
            select
                source_file || ': ' || rows_in_file || ' rows, but ' || rows_accepted
                || ' accepted, ' || rows_rejected || ' rejected, ' || rows_unreadable
                || ' unreadable, ' || rows_unread || ' unread, ' || rows_no_record
                || ' no records, ' || rows_left_out || ' left out' as problem
            from (select * from {batch}) as deliveries
            where
                status in ('landed', 'duplicate')
                and rows_in_file is distinct from
                    rows_accepted + rows_rejected + rows_unreadable + rows_unread + rows_no_record
                    + rows_left_out
            """
        ),
        action=ROWS_ACTION,
    ),
    GateRule(
        "quality.deliveries",
        "rejected_rows_unread",
        "Of a file that was rejected, all rows are unread",
        no_faults(
            """
            select
                source_file || ': ' || coalesce(cast(rows_in_file as varchar), 'unknown')
                || ' rows, but ' || coalesce(cast(rows_unread as varchar), 'unknown')
                || ' unread' as problem
            from (select * from {batch}) as deliveries
            where status = 'rejected' and rows_unread is distinct from rows_in_file
            """
        ),
        action=ROWS_ACTION,
    ),
    GateRule(
        "quality.deliveries",
        "accepted_rows_balance",
        "Accepted rows are current, superseded or withdrawn",
        no_faults(
            """
            select
                source_file || ': ' || rows_accepted || ' accepted, but ' || rows_current
                || ' current, ' || rows_superseded || ' superseded, ' || rows_withdrawn
                || ' withdrawn' as problem
            from (select * from {batch}) as deliveries
            where
                status in ('landed', 'duplicate')
                and rows_accepted is distinct from rows_current + rows_superseded + rows_withdrawn
            """
        ),
        action=ROWS_ACTION,
    ),
)


HELD = (
    GateRule(
        "quality.check_results",
        "nothing_holds_the_release",
        "No rule that holds the release is broken beyond its threshold",
        no_faults(
            """
            select
                rule || ' is broken by ' || rows_failed || ' of ' || rows_checked
                || ' in the delivery of ' || site || ' on ' || delivered_on as problem
            from (select * from {batch}) as results
            where
                refresh_id = (select arg_max(refresh_id, refresh_number) from ops.refreshes)
                and consequence = 'hold_release'
                and not is_within_threshold
            """
        ),
        action="Correct the delivery, or set the rule's line in config/thresholds.yaml.",
    ),
)


COHORT_FALL_MAX = 0.1  # share of the patients of the last release
# This release and the last one of an earlier or the same day. Releases of a version that counted a
# follow-up as soon as it came in have no `followup_pending`: of their patients, those who are
# pending now or were assessed outside the window are no loss.
LAST_RELEASE = """
with refreshes as (select * from {batch}),
this_one as (from refreshes order by refresh_number desc limit 1),
last_one as (
    select refreshes.*
    from refreshes, this_one
    where
        refreshes.refresh_number < this_one.refresh_number
        and refreshes.as_of <= this_one.as_of
        and refreshes.status = 'published'
        and refreshes.rolled_back_at is null
    order by refreshes.refresh_number desc
    limit 1
),
sizes as (select refresh_id, study, is_default, sum(n) as n from ops.study_sizes group by all),
-- A version before 0.2 had one study, without a name.
studies as (
    select
        this_one.as_of,
        this_size.*,
        last_size.n as n_before,
        last_one.refresh_id as last_release
    from this_one
    cross join last_one
    inner join sizes as this_size on this_one.refresh_id = this_size.refresh_id
    inner join sizes as last_size
        on last_one.refresh_id = last_size.refresh_id
        and (
            this_size.study = last_size.study
            or (this_size.is_default and last_size.study = 'study')
        )
),
counted_otherwise as (
    select case when (select followup_pending from last_one) is null then count(*) else 0 end as n
    from studies.criteria
    semi join (
        from registry.followups where mrs is not null and time_point = 'day_90'
    ) as assessed using (admission_key)
    where
        study = (select study from studies.definitions where place = 1)
        and status = 'excluded'
        and step_name in ('followup_pending', 'assessed_outside_window')
)
"""


def cohort_kept(accepted: Sequence[AcceptedFall]) -> Expectation:
    """Require that no study has far fewer patients than in the last release up to this day.

    Not checked: a study that was small or is new, a release of a past day, a day whose fall was
    accepted.
    """
    is_accepted = " or ".join(f"studies.as_of = '{fall.as_of}'" for fall in accepted) or "false"
    return no_faults(
        f"""
        {LAST_RELEASE}
        select
            'the study ' || studies.study || ' has ' || studies.n || ' patients, and had '
            || studies.n_before || ' in the last release, ' || studies.last_release as problem
        from studies, counted_otherwise
        where
            studies.n_before >= {LOST_RECORDS_MIN}
            and studies.n + if(studies.is_default, counted_otherwise.n, 0)
            < (1 - {COHORT_FALL_MAX}) * studies.n_before
            and not ({is_accepted})
        order by studies.study
        """
    )


COUNTED_OTHERWISE = no_faults(
    f"""
    {LAST_RELEASE}
    select
        'the study ' || studies.study || ' has ' || studies.n || ' patients, and had '
        || studies.n_before || ' in the last release, ' || studies.last_release
        || ', which counted each follow-up as it came in: ' || counted_otherwise.n
        || ' with an mRS are pending now, or were assessed outside the window' as problem
    from studies, counted_otherwise
    where studies.is_default and studies.n < studies.n_before and counted_otherwise.n > 0
    """
)

ARRIVALS = (
    GateRule(
        "quality.expected_deliveries",
        "study_sites_delivered",
        "A site of the study has delivered",
        no_faults(
            """
            select
                'none of the sites of the study (' || string_agg(distinct site, ', ' order by site)
                || ') has delivered anything, so that nobody can be in it' as problem
            from (select * from {batch}) as expected
            where is_study_site
            having count(last_delivered_on) = 0
            """
        ),
        action="Name the folders of your sites in config/studies/<study>/study.yaml (sites).",
        severity="warning",
    ),
)

CHANGE = (
    GateRule(
        "ops.refreshes",
        "cohort_kept",
        "Each study has about as many patients as in the last release, or more",
        cohort_kept(accepted_falls()),
        action=(
            "Look for what changed: a delivery, a mapping, the dictionary, the study's definition "
            "(`warehouse diff` compares releases). If the fall is meant, accept it in "
            "config/accepted_losses.yaml (accepted_cohort_falls)."
        ),
    ),
    GateRule(
        "ops.refreshes",
        "cohort_counted_as_before",
        "The default study counts follow-ups as the last release did",
        COUNTED_OTHERWISE,
        action=(
            "Nothing is lost: they count again once the window of all has closed "
            "(docs/decisions/0021-pending-follow-up.md)."
        ),
        severity="warning",
    ),
)

STUDIES = (*FLOW, *MEMBERS, *COHORT, *CELLS, *TABLES, *COMPARISONS)
GATE = (*STUDIES, *DELIVERIES, *HELD, *ARRIVALS, *CHANGE)
