-- The 2x2 table of each yes/no variable: a and b with and without it under rescue stenting, c and d
-- the same without rescue stenting. Patients without a value are left out.
{{ config(materialized='new_table') }}

with

pairs as (

    select * from {{ ref('int_study_pairs') }}
    where rs_n is not null

),

two_by_two as (

    select
        variable,
        cast(rs_n as double) as a,
        cast(rs_denominator - rs_n as double) as b,
        cast(non_rs_n as double) as c,
        cast(non_rs_denominator - non_rs_n as double) as d
    from pairs

)

select * from two_by_two
