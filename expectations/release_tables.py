"""Invariants of Tables 1 and 2 in every release: lines, and how they add up."""

from __future__ import annotations

from warehouse.expectations.gate import GateRule, no_faults, per_group
from warehouse.expectations.rule import between

SITE_VARIABLES = (
    "is_internal_carotid_artery",
    "is_middle_cerebral_artery",
    "is_basilar_artery",
    "is_vertebral_artery",
)
# Name, title and expectation of the invariants of every line of both tables.
EACH_LINE = (
    (
        "counts_within_denominator",
        "Each count lies within its denominator",
        no_faults(
            per_group(
                """
                select label || ', <group>: ' || <prefix>_n || ' of ' || <prefix>_denominator
                    as problem
                from (select * from {batch}) as lines
                where <prefix>_n not between 0 and <prefix>_denominator
                """
            )
        ),
    ),
    (
        "denominators_add_up",
        "Patients with and without a value add up to their group",
        no_faults(
            per_group(
                """
                with grp as (
                    select count(*) as n from study.cohort where study_group = '<group>'
                )
                select
                    label || ', <group>: ' || <prefix>_denominator || ' with and '
                    || <prefix>_missing || ' without a value, ' || grp.n || ' in the group'
                    as problem
                from (select * from {batch}) as lines, grp
                where <prefix>_denominator + <prefix>_missing is distinct from grp.n
                """
            )
        ),
    ),
    (
        "p_values_are_probabilities",
        "p-values lie between 0 and 1",
        between("p_value", 0, 1),
    ),
    (
        "exact_p_values_are_probabilities",
        "p-values of exact tests lie between 0 and 1",
        between("exact_p_value", 0, 1),
    ),
    (
        "fisher_p_values_are_probabilities",
        "p-values of Fisher's exact test lie between 0 and 1",
        between("fisher_p_value", 0, 1),
    ),
)
TABLE_1 = (
    *(GateRule("study.table1_baseline", *held) for held in EACH_LINE),
    GateRule(
        "study.table1_baseline",
        "sites_add_up",
        "The occlusion sites of Table 1 and all others add up to each group",
        no_faults(
            per_group(
                f"""
                with listed as (
                    select coalesce(sum(<prefix>_n), 0) as n
                    from (select * from {{batch}}) as lines
                    where variable in {SITE_VARIABLES}
                ),
                cohort as (
                    select
                        count(*) as n,
                        count(*) filter (not ({" or ".join(SITE_VARIABLES)})) as n_other
                    from study.cohort
                    where study_group = '<group>'
                )
                select
                    '<group>: ' || listed.n || ' at the listed sites and ' || cohort.n_other
                    || ' at others, ' || cohort.n || ' in the group' as problem
                from listed, cohort
                where listed.n + cohort.n_other is distinct from cohort.n
                """
            )
        ),
    ),
)

TABLE_2 = (
    *(GateRule("study.table2_outcomes", *held) for held in EACH_LINE),
    GateRule(
        "study.table2_outcomes",
        "hematoma_types_add_up",
        "PH-1 and PH-2 add up to PH in Table 2",
        no_faults(
            per_group(
                """
                with hematomas as (
                    select
                        sum(<prefix>_n) filter (variable = 'is_ph') as ph,
                        sum(<prefix>_n) filter (variable = 'is_ph1') as ph1,
                        sum(<prefix>_n) filter (variable = 'is_ph2') as ph2
                    from (select * from {batch}) as lines
                )
                select
                    '<group>: PH-1 ' || coalesce(cast(ph1 as varchar), 'missing')
                    || ' and PH-2 ' || coalesce(cast(ph2 as varchar), 'missing')
                    || ' are not PH ' || coalesce(cast(ph as varchar), 'missing') as problem
                from hematomas
                where ph1 + ph2 is distinct from ph or ph is null
                """
            )
        ),
    ),
)
