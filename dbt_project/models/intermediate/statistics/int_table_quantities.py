"""Every number behind the lines of the tables of each study, and every test of its comparisons.

The tables choose one test; the comparison with published results looks at the others.
"""

from warehouse.statistics.studies import read_studies, table_quantities


def model(dbt, session):
    dbt.config(materialized="new_table")
    studies = read_studies(
        dbt.ref("stg_studies"),
        dbt.ref("stg_study_groups"),
        dbt.ref("stg_study_lines"),
        dbt.ref("int_value_counts"),
    )
    return table_quantities(studies)
