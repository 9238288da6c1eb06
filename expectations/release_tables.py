"""Invariants of the tables of every study in every release: how their lines add up."""

from __future__ import annotations

from warehouse.expectations.gate import GateRule, no_faults

SITE_VARIABLES = (
    "is_internal_carotid_artery",
    "is_middle_cerebral_artery",
    "is_basilar_artery",
    "is_vertebral_artery",
)
TABLES = (
    GateRule(
        "studies.table_cells",
        "sites_add_up",
        "The occlusion sites of a table and all others add up to each group",
        no_faults(
            f"""
            with listed as (
                select study, table_name, study_group, sum(value) as n
                from (select * from {{batch}}) as cells
                where
                    variable in {SITE_VARIABLES}
                    and statistic = 'n'
                    and subgroup = 'all'
                    and study_group <> 'all'
                group by all
                having count(*) = {len(SITE_VARIABLES)}
            ),
            groups as (
                select
                    study,
                    study_group,
                    count(*) as n,
                    count(*) filter (not ({" or ".join(SITE_VARIABLES)})) as n_other
                from studies.members
                group by study, study_group
            )
            select
                listed.study || ', ' || listed.table_name || ', ' || listed.study_group || ': '
                || cast(listed.n as bigint) || ' at the listed sites and '
                || coalesce(groups.n_other, 0) || ' at others, ' || coalesce(groups.n, 0)
                || ' in the group' as problem
            from listed
            left join groups
                on listed.study = groups.study and listed.study_group = groups.study_group
            where listed.n + coalesce(groups.n_other, 0) <> coalesce(groups.n, 0)
            order by all
            """
        ),
    ),
    GateRule(
        "studies.table_cells",
        "hematoma_types_add_up",
        "PH-1 and PH-2 add up to PH in each table that has them",
        no_faults(
            """
            with hematomas as (
                select
                    study,
                    subgroup,
                    table_name,
                    study_group,
                    count(distinct variable) as n_lines,
                    sum(value) filter (variable = 'is_ph') as ph,
                    sum(value) filter (variable = 'is_ph1') as ph1,
                    sum(value) filter (variable = 'is_ph2') as ph2
                from (select * from {batch}) as cells
                where variable in ('is_ph', 'is_ph1', 'is_ph2') and statistic = 'n'
                group by all
            )
            select
                study || coalesce(', ' || nullif(subgroup, 'all'), '') || ', ' || table_name || ', '
                || study_group || ': PH-1 '
                || coalesce(cast(ph1 as bigint)::varchar, 'missing') || ' and PH-2 '
                || coalesce(cast(ph2 as bigint)::varchar, 'missing') || ' are not PH '
                || coalesce(cast(ph as bigint)::varchar, 'missing') as problem
            from hematomas
            where n_lines = 3 and ph1 + ph2 is distinct from ph
            order by all
            """
        ),
    ),
)
