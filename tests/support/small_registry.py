"""A registry of five patients in three deliveries, as a work database that dbt can build on."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.check_history import store_check_results
from warehouse.checks.records import create_record_tables, create_states, store_record_versions
from warehouse.checks.results import CREATE_RESULTS
from warehouse.checks.versions import create_versions_table
from warehouse.definitions.dictionary import EXTRACTS, dictionary
from warehouse.history import RefreshRecord
from warehouse.work_database import (
    load_history,
    load_landed,
    load_skipped_files,
    load_studies,
    new_work_database,
)

SITE = "synthetic_centre"
FULL, SECOND_FULL, DELTA = date(2022, 6, 1), date(2022, 6, 8), date(2022, 6, 15)
AS_OF = date(2022, 6, 30)
Row = dict[str, Any]

ADMISSION: Row = {
    "birth_date": date(1955, 4, 2),
    "sex": "female",
    "onset_at": datetime(2021, 3, 1, 8, 0),
    "arrived_at": datetime(2021, 3, 1, 9, 30),
    "prestroke_mrs": 0,
    "etiology": "large_artery_atherosclerosis",
    "hypertension": True,
    "baseline_nihss": 15,
    "consent_given": True,
}
PROCEDURE: Row = {
    "puncture_at": datetime(2021, 3, 1, 10, 30),
    "ended_at": datetime(2021, 3, 1, 11, 30),
    "occlusion_site": "mca_m1",
    "anesthesia": "general",
    "passes": 1,
    "residual_stenosis_pct": 40,
    "mtici_after_mt": "2b",
    "rescue_stent": "not_indicated",
    "artery_perforation": False,
    "mtici_final": "3",
}
STENTED: Row = {
    "occlusion_site": "ba",
    "passes": 2,
    "residual_stenosis_pct": 85,
    "mtici_after_mt": "1",
    "rescue_stent": "placed",
    "artery_perforation": True,
}
SCAN: Row = {
    "imaged_at": datetime(2021, 3, 1, 23, 30),
    "modality": "ct",
    "hemorrhage_type": "none",
    "nihss_at_imaging": 10,
}
BLEEDING: Row = {"hemorrhage_type": "PH-2", "nihss_at_imaging": 19}
FOLLOWUP: Row = {
    "assessed_on": date(2021, 6, 1),
    "mode": "telephone",
    "mrs": 2,
    "lost_to_followup": False,
}
DEAD: Row = {"mode": "record", "mrs": 6, "death_date": date(2021, 3, 4)}
LOST: Row = {"assessed_on": None, "mode": None, "mrs": None, "lost_to_followup": True}
CARDIOEMBOLIC: Row = {"etiology": "cardioembolism"}

# (day, mode, extract) -> key of each record and how it differs from the plain one.
DELIVERIES: dict[tuple[date, str, str], list[tuple[str, Row]]] = {
    (FULL, "full", "admissions"): [
        ("stented", {"sex": "male"}),
        ("reperfused", {}),
        ("heart", {"prestroke_mrs": 1}),
        ("lost", {}),
        ("withdrawn", {}),
    ],
    (FULL, "full", "procedures"): [
        ("stented", STENTED),
        ("reperfused", {}),
        ("heart", {}),
        ("lost", {}),
        ("withdrawn", {}),
    ],
    (FULL, "full", "imaging"): [("stented", BLEEDING), ("reperfused", {})],
    (FULL, "full", "followups"): [("stented", DEAD), ("reperfused", {}), ("lost", LOST)],
    # A correction that is rejected, one that is accepted, and no "withdrawn" any more.
    (SECOND_FULL, "full", "admissions"): [
        ("stented", {"sex": "male"}),
        ("reperfused", {"baseline_nihss": 55}),
        ("heart", CARDIOEMBOLIC),
        ("lost", {}),
    ],
    (DELTA, "delta", "procedures"): [("reperfused", {"mtici_final": "2c"})],
}
NIHSS, DURATION = "admissions.baseline_nihss.range", "procedures.duration_plausible"
VOLUME = "procedures.delivery.volume"
REJECTED = {
    "rule": NIHSS,
    "extract": "admissions",
    "row_id": "2022-06-08-admissions:3",
    "field": "baseline_nihss",
    "severity": "reject",
    "found": "55",
    "expected": "between 0 and 42",
}
WARNED = {
    "rule": DURATION,
    "extract": "procedures",
    "row_id": "2022-06-01-procedures:2",
    "field": "puncture_at, ended_at",
    "severity": "warn",
    "found": "60",
    "expected": "a shorter procedure",
}
UNREADABLE = {
    "rule": "procedures.line.readable",
    "extract": "procedures",
    "site": SITE,
    "delivered_on": DELTA,
    "source_file": f"{SITE}/2022-06-15/procedures.csv",
    "file_id": "2022-06-15-procedures",
    "source_row": 3,
    "severity": "reject",
    "found": "9 fields",
    "expected": "16 fields",
    "action": "Deliver the line again.",
}
FINDING = {
    "rule": VOLUME,
    "extract": "procedures",
    "site": SITE,
    "delivered_on": FULL,
    "severity": "warn",
    "measured": 0.1,
    "measured_on": 4,
    "expected": "between 0.2 and 5",
}
RULES = [
    {
        "rule": found["rule"],
        "extract": found["extract"],
        "severity": found["severity"],
        "kahn_category": category,
        "kahn_context": "verification",
        "title": title,
        "why": "It matters.",
        "action": "Correct it.",
        "max_failed_share": max_failed_share,
        "consequence": consequence,
        "unit": unit,
    }
    for found, category, title, max_failed_share, consequence, unit in (
        (REJECTED, "conformance", "NIHSS in its range", 0.0, "reject_row", "share"),
        (WARNED, "plausibility", "A plausible duration", 0.05, "hold_delivery", "share"),
        (UNREADABLE, "conformance", "Readable lines", 0.0, "reject_row", "share"),
        (FINDING, "plausibility", "A plausible volume", 0.05, "flag", "ratio"),
    )
]
CHECK_RESULTS = [
    {
        "refresh_id": "this",
        "rule": found["rule"],
        "extract": found["extract"],
        "site": SITE,
        "delivered_on": delivered_on,
        "severity": found["severity"],
        "rows_checked": rows_checked,
        "rows_failed": 1,
        "status": status,
        "checked_at": datetime(2022, 6, 30, 2, 1),
    }
    for found, delivered_on, rows_checked, status in (
        (REJECTED, SECOND_FULL, 4, "failed"),
        (WARNED, FULL, 5, "warned"),
    )
]
PLAIN = {
    "admissions": ADMISSION,
    "procedures": PROCEDURE,
    "imaging": SCAN,
    "followups": FOLLOWUP,
}
KEY_OF = {"procedures": "procedure_key", "imaging": "imaging_key"}


def write_small_registry(work_path: Path) -> None:
    """Write the work database as a refresh leaves it after its checks."""
    nothing = work_path.parent / "nothing"
    record = RefreshRecord("this", datetime(2022, 6, 30, 2, 0), AS_OF)
    with new_work_database(work_path) as connection:
        load_landed(connection, nothing, dictionary(), AS_OF)
        load_skipped_files(connection, [])
        load_studies(connection)
        load_history(connection, nothing, record)
        connection.execute(CREATE_RESULTS)
        for (day, mode, extract), records in DELIVERIES.items():
            lineage = _lineage(day, extract)
            rows = [_landed(lineage, extract, *entry) for entry in enumerate(records, start=2)]
            insert(connection, extract, rows)
            unreadable = int(lineage["file_id"] == UNREADABLE["file_id"])
            insert(connection, "files", [_manifest(lineage, mode, extract, len(rows), unreadable)])
        insert(connection, "check_failures", [REJECTED, WARNED])
        insert(connection, "landing_violations", [UNREADABLE])
        insert(connection, "rules", RULES)
        insert(connection, "check_results", CHECK_RESULTS)
        store_check_results(connection, nothing, record)
        insert(connection, "delivery_findings", [FINDING])
        create_record_tables(connection)
        for extract in EXTRACTS:
            create_versions_table(connection, dictionary().extracts[extract])
            create_states(connection, extract)
            store_record_versions(connection, extract)


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> None:
    """Insert rows into a raw table by the names of their columns."""
    new_rows = pa.Table.from_pylist(rows)
    connection.register("new_rows", new_rows)
    connection.execute(f"insert into raw.{table} by name select * from new_rows")
    connection.unregister("new_rows")


def _lineage(day: date, extract: str) -> Row:
    return {
        "site": SITE,
        "delivered_on": day,
        "source_file": f"{SITE}/{day}/{extract}.csv",
        "file_id": f"{day}-{extract}",
    }


def _landed(lineage: Row, extract: str, line: int, record: tuple[str, Row]) -> Row:
    patient, changes = record
    keys = dict.fromkeys(("record_key", "patient_key", "admission_key"), patient)
    if extract in KEY_OF:
        keys[KEY_OF[extract]] = patient
    row_id = f"{lineage['file_id']}:{line}"
    return {**lineage, "row_id": row_id, "source_row": line, **PLAIN[extract], **keys, **changes}


def _manifest(lineage: Row, mode: str, extract: str, n_rows: int, unreadable: int) -> Row:
    return {
        **lineage,
        "extract": extract,
        "mode": mode,
        "status": "landed",
        "rows_in_file": n_rows + unreadable,
        "rows_landed": n_rows,
        "rows_unreadable": unreadable,
    }
