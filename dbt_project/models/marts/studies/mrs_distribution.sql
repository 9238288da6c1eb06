with

members as (select * from {{ ref('members') }}),
mrs as (select * from {{ ref('mrs') }}),

group_sizes as (

    select
        study,
        study_group,
        count(mrs_90d) as n_group
    from members
    group by study, study_group

),

counted as (

    select
        study,
        study_group,
        mrs_90d,
        count(*) as n
    from members
    group by study, study_group, mrs_90d

),

distribution as (

    select
        group_sizes.study,
        group_sizes.study_group,
        mrs.code as mrs,
        mrs.label,
        coalesce(counted.n, 0) as n,
        100.0 * coalesce(counted.n, 0) / group_sizes.n_group as pct
    from group_sizes
    cross join mrs
    left join counted
        on
            group_sizes.study = counted.study
            and group_sizes.study_group = counted.study_group
            and mrs.code = counted.mrs_90d

)

select * from distribution
order by study, study_group, mrs
