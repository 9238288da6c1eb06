-- Each published result of a study, beside what the rows of this warehouse give.
-- The verdict is computed:
-- reproduced: by the conventions of the tables;
-- reproduced_with_convention: by the one that notes.csv names for the id;
-- paper_error: the paper's own counts contradict it, and the derived value is what they give;
-- not_derivable: no row answers it;
-- differs: everything else;
-- another_cohort: in place of all but not_derivable where the patients are not those of the paper:
--   the study's sites or period are others (paper_cohort of study.yaml), or a group has
--   not as many patients as the paper prints. What agrees there agrees by chance. No row has a
--   note there, since notes speak of the paper's patients and errors.
-- One model, because the verdicts exclude each other.

with

published as (select * from {{ ref('int_published_quantities') }}),
candidates as (select * from {{ ref('int_published_candidates') }}),
notes as (select * from {{ source('raw', 'published_notes') }}),
conventions as (select * from {{ source('raw', 'published_conventions') }}),
studies as (select * from {{ source('raw', 'studies') }}),

printed_sizes as (

    select
        published.study,
        bool_and(coalesce(candidates.is_reproduced, false)) as are_reproduced
    from published
    left join candidates
        on
            published.study = candidates.study
            and published.id = candidates.id
            and candidates.convention = 'default'
    where
        published.subject = 'study_group'
        and published.study_group <> 'all'
        and published.derived_statistic = 'n'
    group by published.study

),

cohort_of_paper as (

    select
        studies.study,
        studies.is_of_the_paper and coalesce(printed_sizes.are_reproduced, false)
            as is_of_the_paper
    from studies
    left join printed_sizes on studies.study = printed_sizes.study

),

compared as (

    select
        published.*,
        cohort_of_paper.is_of_the_paper,
        notes.note,
        conventions.description as convention_note,
        by_default.derived as default_derived,
        by_default.derived_value as default_value,
        by_default.derived_statistic as default_statistic,
        by_default.transformation as default_transformation,
        by_convention.convention as other_convention,
        by_convention.derived as other_derived,
        by_convention.derived_value as other_value,
        by_convention.derived_statistic as other_statistic,
        by_convention.transformation as other_transformation,
        case
            when not cohort_of_paper.is_of_the_paper and by_default.derived_value is not null
                then 'another_cohort'
            when not cohort_of_paper.is_of_the_paper then 'not_derivable'
            when by_default.is_reproduced then 'reproduced'
            when by_convention.is_reproduced then 'reproduced_with_convention'
            when by_default.derived_value is null then 'not_derivable'
            when by_default.derived = notes.recomputed then 'paper_error'
            else 'differs'
        end as verdict
    from published
    inner join cohort_of_paper on published.study = cohort_of_paper.study
    left join candidates as by_default
        on
            published.study = by_default.study
            and published.id = by_default.id
            and by_default.convention = 'default'
    left join candidates as by_convention
        on
            published.study = by_convention.study
            and published.id = by_convention.id
            and by_convention.convention <> 'default'
    left join notes
        on
            published.study = notes.study
            and published.id = notes.id
    left join conventions
        on
            by_convention.study = conventions.study
            and by_convention.convention = conventions.convention

),

chosen as (

    select
        *,
        study_group as derived_group,
        -- the conventions are those by which the paper printed its patients
        case
            when is_of_the_paper then coalesce(default_value, other_value) else default_value
        end as derived_number,
        verdict = 'reproduced_with_convention' as by_other
    from compared

),

comparison as (

    select
        study,
        id,
        location,
        printed_group as study_group,
        variable,
        statistic,
        printed,
        verdict,
        case when derived_number is not null then subject end as derived_subject,
        case when derived_number is not null then derived_group end as derived_group,
        case when by_other then other_statistic else default_statistic end as derived_statistic,
        case when by_other then other_transformation else default_transformation end
            as derived_transformation,
        case
            when is_of_the_paper
                then
                    coalesce(
                        note,
                        case
                            when by_other
                                then
                                    convention_note || ' The usual convention gives '
                                    || default_derived || '.'
                        end
                    )
        end as note,
        case when by_other then other_derived else default_derived end as derived,
        case when by_other then other_value else default_value end as derived_value,
        case when by_other then other_convention else 'default' end as convention
    from chosen

)

select
    study,
    id,
    location,
    study_group,
    variable,
    statistic,
    printed,
    derived,
    derived_value,
    convention,
    derived_subject,
    derived_group,
    derived_statistic,
    derived_transformation,
    verdict,
    note
from comparison
order by study, id
