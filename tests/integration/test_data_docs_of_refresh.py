"""Data Docs after a real refresh (after one that the gate refused: test_refresh.py)."""

from __future__ import annotations

import re
from pathlib import Path

from refreshed import Refreshed

from warehouse.data_docs.records import read_records
from warehouse.history import last_published


def test_a_published_refresh_has_its_pages(refreshed: Refreshed) -> None:
    settings = refreshed.settings
    record = last_published(settings.history_dir)
    assert record is not None
    records = read_records(settings.history_dir / "checks" / record.refresh_id)
    docs = settings.reports_dir / "data_docs"
    assert _pages_of(docs, record.refresh_id) == {*records}
    assert {"admissions", "procedures", "imaging", "followups", "release"} <= {*records}
    index = (docs / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"validations/(\w+)/release.html", index) == [record.refresh_id]


def _pages_of(docs: Path, refresh_id: str) -> set[str]:
    return {path.stem for path in (docs / "validations" / refresh_id).glob("*.html")}
