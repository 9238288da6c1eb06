"""Data Docs site: results of Great Expectations on pages without network access and values.

A refresh renders its own pages and the index. Pages of earlier refreshes are not rendered again, so
the effort does not grow with the history (docs/decisions/0008-data-docs.md). Great Expectations is
imported (4 to 15 seconds) by the first call, not by this module.
"""

from __future__ import annotations

import importlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from warehouse.checks.gx_results import great_expectations
from warehouse.data_docs.records import read_records
from warehouse.expectations.release import GATE
from warehouse.expectations.suites import all_rules
from warehouse.files import write_atomically
from warehouse.history import RefreshRecord, files_of_refreshes, in_order
from warehouse.history import read_records as read_refreshes

STATIC_FILES = Path(__file__).resolve().parent / "static"
SUMMARY = "summary.json"


def write_data_docs(history_dir: Path, reports_dir: Path, refresh_id: str, kept: int) -> Path:
    """Render the validations of one refresh and the index; return the path of the index.

    Pages and records of all but the newest ``kept`` refreshes are deleted. A refresh that ended
    before any check gets no page.
    """
    folder = reports_dir / "data_docs"
    records = read_records(history_dir / "checks" / refresh_id)
    if records:
        _write_pages(folder, records, refresh_id)
    refreshes = read_refreshes(history_dir)
    for path in (folder / "validations", history_dir / "checks"):
        _remove_old(path, refreshes, refresh_id, kept)
    return _write_index(folder, refreshes)


def _pages() -> ModuleType:
    great_expectations()  # registers our own expectation classes
    return importlib.import_module("warehouse.data_docs.pages")


def _write_pages(folder: Path, records: Mapping[str, Any], refresh_id: str) -> None:
    for path in sorted(STATIC_FILES.iterdir()):
        write_atomically(folder / "static" / path.name, path.read_bytes())
    for name, page in _pages().render_pages(records, _rule_texts(), refresh_id).items():
        write_atomically(folder / name, page.encode())
    summary = {name: _counts(record["statistics"]) for name, record in records.items()}
    path = folder / "validations" / refresh_id / SUMMARY
    write_atomically(path, json.dumps(summary, indent=1).encode())


def _counts(statistics: Mapping[str, int]) -> dict[str, int]:
    return {
        "evaluated": statistics["evaluated_expectations"],
        "unsuccessful": statistics["unsuccessful_expectations"],
    }


def _rule_texts() -> dict[str, Any]:
    """Return the texts of each rule, by its id."""
    text = _pages().RuleText
    rows = {
        rule.id: text(
            rule.fields[0] if rule.fields else None,
            rule.title,
            (
                f"Expected: {rule.expected}.",
                f"Why: {rule.why} Source: {rule.source}.",
                f"What to do: {rule.action}",
            ),
        )
        for rule in all_rules()
    }
    gate = {rule.id: text(None, rule.title, (f"What to do: {rule.action}",)) for rule in GATE}
    return rows | gate


def _remove_old(
    parent: Path, refreshes: Sequence[RefreshRecord], refresh_id: str, kept: int
) -> None:
    """Delete the folders of all but this and the newest refreshes before it."""
    folders = [
        path
        for path in in_order(files_of_refreshes(parent, ""), refreshes)
        if path.is_dir() and path.name != refresh_id
    ]
    for path in folders[: max(0, len(folders) - kept + 1)]:
        shutil.rmtree(path)


def _write_index(folder: Path, refreshes: Sequence[RefreshRecord]) -> Path:
    found = in_order(files_of_refreshes(folder / "validations", ""), refreshes)
    paths = [path / SUMMARY for path in reversed(found) if (path / SUMMARY).is_file()]
    summaries = {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in paths}
    index = folder / "index.html"
    write_atomically(index, _pages().render_index(summaries).encode())
    return index
