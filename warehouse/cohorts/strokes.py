"""The treated strokes in a release, with all columns that conditions of studies may use."""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.cohorts.columns import STROKES, stroke_columns
from warehouse.cohorts.conditions import literal

TABLE = "studies.strokes"
COMMENT = (
    "Treated strokes with every column that a study's conditions may use. "
    "Grain: one row per admission."
)


def publish_strokes(work_path: Path, release_path: Path) -> None:
    """Copy the strokes that studies select from into a candidate of a release.

    A study can then be computed again from the release alone (``warehouse study rerun``).
    """
    columns = stroke_columns()
    names = ", ".join(f'"{name}"' for name in columns)
    with duckdb.connect(release_path) as connection:
        connection.execute(f"attach {literal(str(work_path))} as work (read_only)")
        connection.execute(
            f"create table {TABLE} as select {names} from work.intermediate.{STROKES} "
            "order by patient_key, admission_key"
        )
        connection.begin()  # committed one by one, each comment would wait for the disk
        connection.execute(f"comment on table {TABLE} is {literal(COMMENT)}")
        for name, column in columns.items():
            text = literal(column.description)
            connection.execute(f'comment on column {TABLE}."{name}" is {text}')
        connection.commit()
