"""The screened strokes of each study: group, and the step at which a patient leaves.

The query of each study is made from its folder by warehouse.cohorts.membership.
"""


def model(dbt, session):
    dbt.config(materialized="new_table")
    strokes = dbt.ref("int_strokes")
    queries = dbt.ref("stg_studies").order("place").project("patients_sql").fetchall()
    return strokes.query("strokes", "\nunion all by name\n".join(f"({sql})" for (sql,) in queries))
