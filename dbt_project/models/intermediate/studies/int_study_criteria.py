"""What each criterion of each study says of each screened stroke, and the value that decided.

The query of each study is made from its folder by warehouse.cohorts.membership.
"""


def model(dbt, session):
    dbt.config(materialized="new_table")
    strokes = dbt.ref("int_strokes")
    queries = dbt.ref("stg_studies").order("place").project("criteria_sql").fetchall()
    return strokes.query("strokes", "\nunion all by name\n".join(f"({sql})" for (sql,) in queries))
