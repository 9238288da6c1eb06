"""Every number behind the lines of the study's tables, and every test of every variable.

The tables choose one test; the comparison with the paper looks at the others. Computed from the
counts of int_value_counts by warehouse.statistics.
"""

from warehouse.statistics.cells import cells
from warehouse.statistics.cohort import Cohort
from warehouse.statistics.comparisons import comparisons
from warehouse.statistics.tables import QUANTITIES, as_table, quantities, read_lines


def model(dbt, session):
    dbt.config(materialized="new_table")
    lines = read_lines(dbt.ref("table_lines"))
    cohort = Cohort.read(dbt.ref("int_value_counts"), dbt.ref("study_groups"))
    compared = comparisons(lines, cohort, every_test=True)
    return as_table(quantities(lines, cohort.groups, cells(lines, cohort), compared), QUANTITIES)
