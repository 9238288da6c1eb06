"""Data Docs after a real refresh (after one that the gate refused: test_refresh.py)."""

from __future__ import annotations

import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.support.refreshed import Refreshed
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


def test_the_pages_fit_a_phone_and_can_be_read_by_everybody(
    browser: Browser, refreshed: Refreshed
) -> None:
    docs = refreshed.settings.reports_dir / "data_docs"
    pages = [docs / "index.html", *docs.glob("validations/*/*.html"), *docs.glob("*/release.html")]
    assert len(pages) == 11
    for path in pages:
        page = browser.new_page(viewport={"width": 380, "height": 844})
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == 380, path
        found = Axe().run(page).response["violations"]
        serious = [each["id"] for each in found if each["impact"] in ("serious", "critical")]
        assert serious == [], path
        page.close()


def _pages_of(docs: Path, refresh_id: str) -> set[str]:
    return {path.stem for path in (docs / "validations" / refresh_id).glob("*.html")}
