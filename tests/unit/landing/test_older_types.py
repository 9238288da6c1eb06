"""Rows that were landed before a field's type changed, and whose raw file is gone. Invented."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.checked_rows import query
from tests.support.landing_tools import Registry
from warehouse.definitions.dictionary import dictionary
from warehouse.landing.manifest import read_log, rows_path, with_digests, write_manifest
from warehouse.settings import Settings
from warehouse.work_database import load_landed, new_work_database

HEADER = (
    "patient_id,birth_date,sex,onset_at,arrived_at,prestroke_mrs,etiology,baseline_nihss,"
    "consent_given,platelets_giga_per_l"
)
ROW = (
    "{},1950-02-03,male,2021-03-01 08:03,2021-03-01 10:14,0,large_artery_atherosclerosis,14,true,{}"
)
OF_VERSION_0_1 = pa.int32()


def test_whole_numbers_landed_as_integers_are_read_beside_decimals(
    data_settings: Settings, tmp_path: Path
) -> None:
    registry, landed_dir = Registry(data_settings), data_settings.landed_dir
    old = registry.put(f"{HEADER}\n{ROW.format('P1', '193')}\n", "admissions.csv")
    registry.put(f"{HEADER}\n{ROW.format('P2', '195.5')}\n", "admissions.csv", "site_a/2021-03-06")
    registry.land()
    old.unlink()
    manifest = min(read_log(landed_dir).values(), key=lambda entry: entry.order)
    path = rows_path(landed_dir, manifest)
    rows = pq.ParquetFile(path).read()
    at = rows.schema.get_field_index("platelets_giga_per_l")
    as_integer = rows.schema.set(at, pa.field("platelets_giga_per_l", OF_VERSION_0_1))
    pq.write_table(rows.cast(as_integer), path)
    write_manifest(landed_dir, with_digests(landed_dir, manifest))

    registry.land()
    work_path = tmp_path / "work.duckdb"
    with new_work_database(work_path) as connection:
        load_landed(connection, landed_dir, dictionary(), date(2021, 3, 7))

    found = query(work_path, "select platelets_giga_per_l from raw.admissions order by all")
    assert found == [(193.0,), (195.5,)]
