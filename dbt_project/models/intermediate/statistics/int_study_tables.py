"""All lines of the study's tables: numbers, their printed form and the test of each line.

Computed from the counts of int_value_counts by warehouse.statistics.
"""

from warehouse.statistics.tables import Cohort, as_table, lines, read_lines


def model(dbt, session):
    dbt.config(materialized="new_table")
    cohort = Cohort.read(dbt.ref("int_value_counts"), dbt.ref("study_groups"))
    ((small_samples,),) = dbt.ref("stg_study_definition").project("small_samples").fetchall()
    return as_table(lines(read_lines(dbt.ref("table_lines")), cohort, small_samples))
