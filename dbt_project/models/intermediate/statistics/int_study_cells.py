"""Cells of the tables of each study, one row for each number of a group.

Computed from the counts of int_value_counts by warehouse.statistics.
"""

from warehouse.statistics.studies import read_studies, table_cells


def model(dbt, session):
    dbt.config(materialized="new_table")
    studies = read_studies(
        dbt.source("raw", "studies"),
        dbt.source("raw", "study_groups"),
        dbt.source("raw", "study_lines"),
        dbt.ref("int_value_counts"),
    )
    return table_cells(studies)
