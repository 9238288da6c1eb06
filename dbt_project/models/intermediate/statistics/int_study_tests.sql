-- Every test of every variable, so that the tables choose one and the comparison with the paper may
-- look at the others.
{{ config(materialized='new_table') }}

with

tests as (

    select * from {{ ref('int_study_chi_square') }}
    union all
    select * from {{ ref('int_study_fisher') }}
    union all
    select * from {{ ref('int_study_student_t') }}
    union all
    select * from {{ ref('int_study_rank_sum') }}
    union all
    select * from {{ ref('int_study_levene') }}

)

select
    variable,
    test,
    test_statistic,
    degrees_of_freedom,
    p_value
from tests
