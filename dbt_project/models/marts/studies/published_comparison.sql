-- Each result that the paper prints, beside what the rows of this warehouse give.
-- The verdict is computed:
-- reproduced: by the conventions of the tables;
-- reproduced_with_convention: by the one that the seed names for the id;
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
notes as (select * from {{ ref('published_notes') }}),
conventions as (select * from {{ ref('published_conventions') }}),
study_definition as (select * from {{ ref('stg_study_definition') }}),

cohort_of_paper as (

    select
        study_definition.is_of_the_paper
        and (
            select count(*)
            from candidates
            where
                candidates.id in ('t1.header.rs.n', 't1.header.non_rs.n')
                and candidates.convention = 'default'
                and candidates.is_reproduced
        ) = 2 as is_of_the_paper
    from study_definition

),

compared as (

    select
        published.*,
        study_definition.study,
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
    cross join cohort_of_paper
    cross join study_definition
    left join candidates as by_default
        on
            published.id = by_default.id
            and by_default.convention = 'default'
    left join candidates as by_convention
        on
            published.id = by_convention.id
            and by_convention.convention <> 'default'
    left join notes on published.id = notes.id
    left join conventions on by_convention.convention = conventions.convention

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
