"""Every number behind the lines of the default study's tables, and every test of every variable.

The tables choose one test; the comparison with the paper looks at the others. Computed from the
counts of int_value_counts by warehouse.statistics.
"""

from warehouse.statistics.calls import LEVELS
from warehouse.statistics.cells import cells
from warehouse.statistics.comparisons import EVERY_TEST, comparisons
from warehouse.statistics.studies import read_studies
from warehouse.statistics.tables import QUANTITIES, as_table, quantities


def model(dbt, session):
    dbt.config(materialized="new_table")
    study, *_ = read_studies(
        dbt.ref("stg_studies"),
        dbt.ref("stg_study_groups"),
        dbt.ref("stg_study_lines"),
        dbt.ref("int_value_counts"),
    )
    # Lines of levels have several rows; they are in the long tables.
    lines = [line for line in study.lines if line["summary"] != LEVELS]
    cohort = study.cohort
    compared = comparisons(lines, cohort, other_tests=EVERY_TEST)
    return as_table(quantities(lines, cohort.groups, cells(lines, cohort), compared), QUANTITIES)
