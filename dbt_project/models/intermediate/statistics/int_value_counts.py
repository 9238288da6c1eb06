"""How often each value of each line of each study occurs in each group, among the analyzed.

Every statistic of the tables is computed from these rows. The query of each study is made from its
folder by warehouse.cohorts.membership.
"""


def model(dbt, session):
    dbt.config(materialized="new_table")
    patients = dbt.ref("int_study_patients").filter("left_at is null")
    members = patients.project("study, study_group, variables, admission_key as member")
    analyzed = members.join(dbt.ref("int_strokes"), "member = admission_key")
    queries = dbt.ref("stg_studies").order("place").project("value_counts_sql").fetchall()
    return analyzed.query(
        "analyzed", "\nunion all by name\n".join(f"({sql})" for (sql,) in queries)
    )
