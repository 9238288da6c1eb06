"""Great Expectations' stored records, reduced to what a page may show: counts and no values.

An allow-list, so that nothing that a later version records can get into a page: no failing value,
no SQL, no error message (databases quote the failing value).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from warehouse.definitions.dictionary import EXTRACTS
from warehouse.digests import unsealed
from warehouse.history import check_records

RELEASE = "release"
SHOWN_COUNTS = (
    "element_count",
    "missing_count",
    "missing_percent",
    "unexpected_count",
    "unexpected_percent",
    "unexpected_percent_nonmissing",
    "unexpected_percent_total",
)
# Suffix of our subclasses that count faster. Pages use Great Expectations' own classes, as records
# outlive our subclasses.
COUNTED = "_counted"
# This one observes the number of rows of its query; others may observe a value.
COUNTS_ROWS = "unexpected_rows_expectation"
NO_ERROR = {"raised_exception": False, "exception_message": None, "exception_traceback": None}
ERROR = {
    "raised_exception": True,
    "exception_message": "It could not be checked. The log of the refresh has the reason.",
    "exception_traceback": "Not shown: it may quote values.",
}


def read_records(results_dir: Path) -> dict[str, dict[str, Any]]:
    """Return the records of a refresh by name, the release last; empty if nothing was checked."""
    paths = sorted(check_records(results_dir), key=_checked_order)
    stored = {path.stem: unsealed(path.read_bytes()) for path in paths}
    return {
        name: _release(record["tables"]) if name == RELEASE else _shown(name, record)
        for name, record in stored.items()
        if name != RELEASE or record["tables"]
    }


def _checked_order(path: Path) -> tuple[int, str]:
    extract = path.stem.split("_")[0]
    position = EXTRACTS.index(extract) if extract in EXTRACTS else len(EXTRACTS)
    return position, path.stem


def _shown(name: str, record: dict[str, Any]) -> dict[str, Any]:
    statistics = record["statistics"]
    return {
        "suite_name": name,
        "success": record["success"],
        "results": [_shown_result(entry) for entry in record["results"]],
        "statistics": statistics,
        "meta": {
            "great_expectations_version": record["meta"]["great_expectations_version"],
            "batch_spec": {"data_asset_name": record["suite_name"]},
            "validated_at": record["meta"]["batch_markers"]["ge_load_time"],
        },
    }


def _shown_result(entry: dict[str, Any]) -> dict[str, Any]:
    config, result = dict(entry["expectation_config"]), entry["result"]
    config["type"] = config["type"].removesuffix(COUNTED)
    shown = (*SHOWN_COUNTS, "observed_value") if config["type"] == COUNTS_ROWS else SHOWN_COUNTS
    counts = {name: result[name] for name in shown if _is_number(result.get(name))}
    return {
        "success": entry["success"],
        "config": config,
        "result": counts,
        "exception_info": ERROR if _has_error(entry["exception_info"]) else NO_ERROR,
        "faults": [],
    }


def _release(tables: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the gate's records, one per table, as one record; columns get their table's name.

    The faults found by the gate are sentences about tables without patient values, and are kept.
    """
    records = {table: _shown(RELEASE, record) for table, record in tables.items()}
    results = []
    for table, record in records.items():
        for entry, stored in zip(record["results"], tables[table]["results"], strict=True):
            rows = stored["result"].get("details", {}).get("unexpected_rows", [])
            entry["faults"] = [row["problem"] for row in rows]
            kwargs = entry["config"]["kwargs"]
            if "column" in kwargs:
                kwargs["column"] = f"{table}.{kwargs['column']}"
            results.append(entry)
    met = sum(entry["success"] for entry in results)
    first = next(iter(records.values()))
    return {
        "suite_name": RELEASE,
        "success": met == len(results),
        "results": results,
        "statistics": {
            "evaluated_expectations": len(results),
            "successful_expectations": met,
            "unsuccessful_expectations": len(results) - met,
            "success_percent": 100 * met / len(results),
        },
        "meta": first["meta"] | {"batch_spec": {"data_asset_name": ", ".join(records)}},
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _has_error(exception_info: dict[str, Any]) -> bool:
    """Return whether an exception was raised; there is one entry, or one per metric."""
    entries = [exception_info] if "raised_exception" in exception_info else exception_info.values()
    return any(entry["raised_exception"] for entry in entries)
