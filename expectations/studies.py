"""Invariants of every study in every release: flow, members, cells and comparisons."""

from __future__ import annotations

from warehouse.expectations.gate import GateRule, no_faults

FLOW = (
    GateRule(
        "studies.flow_steps",
        "balances",
        "The patient flow of each study balances step by step and ends at its members",
        no_faults(
            """
            with flow as (
                select
                    *,
                    lag(n_remaining) over (partition by study order by step_order) as n_before,
                    row_number() over (partition by study order by step_order desc) = 1 as is_last
                from (select * from {batch}) as steps
            ),
            sizes as (select study, count(*) as n from studies.members group by study)
            select
                flow.study || ', ' || flow.step_name || ': '
                || coalesce(flow.n_before, flow.n_remaining) || ' minus ' || flow.n_excluded
                || ' is not ' || flow.n_remaining
                || if(flow.is_last, ', or not its ' || coalesce(sizes.n, 0) || ' members', '')
                as problem
            from flow
            left join sizes on flow.study = sizes.study
            where
                flow.n_remaining
                is distinct from coalesce(flow.n_before, flow.n_remaining) - flow.n_excluded
                or least(flow.n_excluded, flow.n_remaining) < 0
                or (flow.is_last and flow.n_remaining <> coalesce(sizes.n, 0))
            order by flow.study, flow.step_order
            """
        ),
    ),
)
MEMBERS = (
    GateRule(
        "studies.members",
        "groups_known",
        "Each member of a study is in one of its groups",
        no_faults(
            """
            select
                members.study || ': ' || count(*) || ' members are in no group of the study'
                as problem
            from (select * from {batch}) as members
            left join studies.study_groups as known
                on members.study = known.study and members.study_group = known.study_group
            where
                known.study is null
                and (
                    members.study_group is distinct from 'all'
                    or members.study in (select study from studies.study_groups)
                )
            group by members.study
            order by members.study
            """
        ),
    ),
)
CELLS = (
    GateRule(
        "studies.table_cells",
        "add_up",
        "Patients with and without a value add up to their group, in each line of each study",
        no_faults(
            """
            with lines as (
                select
                    study, subgroup, table_name, line, variable, study_group,
                    max(value) filter (statistic = 'denominator') as n_with,
                    max(value) filter (statistic = 'missing') as n_without,
                    coalesce(sum(value) filter (statistic = 'n'), 0) as n_yes
                from (select * from {batch}) as cells
                group by all
            ),
            counted as (
                select
                    study, study_group,
                    unnest(list_concat(['all'], coalesce(map_values(subgroups), []))) as subgroup
                from studies.members
            ),
            sizes as (
                select study, subgroup, study_group, count(*) as n from counted group by all
                union
                select study, subgroup, 'all', count(*) from counted group by all
            )
            select
                lines.study || coalesce(', ' || nullif(lines.subgroup, 'all'), '')
                || ', ' || lines.table_name || ', '
                || lines.variable || ', ' || lines.study_group || ': '
                || coalesce(lines.n_with, 0) || ' with ('
                || lines.n_yes || ' of them counted) and ' || coalesce(lines.n_without, 0)
                || ' without a value, ' || coalesce(sizes.n, 0) || ' in the group' as problem
            from lines
            left join sizes
                on
                    lines.study = sizes.study
                    and lines.subgroup = sizes.subgroup
                    and lines.study_group = sizes.study_group
            where
                coalesce(lines.n_with, 0) + coalesce(lines.n_without, 0) <> coalesce(sizes.n, 0)
                or lines.n_yes not between 0 and coalesce(lines.n_with, 0)
            order by all
            """
        ),
    ),
)
COMPARISONS = (
    GateRule(
        "studies.comparisons",
        "plausible",
        "Each p-value is a probability, and each effect within its interval",
        no_faults(
            """
            select
                study || coalesce(', ' || nullif(subgroup, 'all'), '') || ', ' || table_name || ', '
                || variable || ', '
                || contrast || ': ' || measure
                || ' is no probability, or outside its interval' as problem
            from (select * from {batch}) as comparisons
            where
                p_value not between 0 and 1
                or exact_p_value not between 0 and 1
                or estimate < ci_low - 1e-9 * greatest(1, abs(estimate))
                or estimate > ci_high + 1e-9 * greatest(1, abs(estimate))
            order by all
            """
        ),
    ),
)
