"""All lines of the study's tables: numbers, their printed form and the test of each line.

Computed from the counts of int_value_counts by warehouse.statistics.
"""

from warehouse.statistics.cells import cells
from warehouse.statistics.cohort import Cohort, Conventions
from warehouse.statistics.comparisons import comparisons
from warehouse.statistics.tables import read_lines, wide


def model(dbt, session):
    dbt.config(materialized="new_table")
    lines = read_lines(dbt.ref("table_lines"))
    ((small_samples,),) = dbt.ref("stg_study_definition").project("small_samples").fetchall()
    cohort = Cohort.read(
        dbt.ref("int_value_counts"),
        dbt.ref("study_groups"),
        Conventions(small_samples=small_samples),
    )
    compared = comparisons(lines, cohort, every_test=True)
    return wide(lines, cohort.groups, cells(lines, cohort), compared)
