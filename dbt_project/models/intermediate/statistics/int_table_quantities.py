"""Every number behind the lines of the study's tables, and every test of every variable.

The tables choose one test; the comparison with the paper looks at the others. Computed from the
counts of int_value_counts by warehouse.statistics.
"""

from warehouse.statistics.tables import Cohort, as_table, quantities, read_lines


def model(dbt, session):
    dbt.config(materialized="new_table")
    cohort = Cohort.read(dbt.ref("int_value_counts"), dbt.ref("study_groups"))
    return as_table(quantities(read_lines(dbt.ref("table_lines")), cohort))
