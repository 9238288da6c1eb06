"""The quality page in a real browser: wide, narrow, dark and on paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.support.browser import Visit
from tests.support.golden import golden
from tests.support.refreshed import Refreshed
from warehouse.report.frame import PAGES

GOLDEN = golden("report")

SERIOUS = {"serious", "critical"}
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def quality_page(refreshed: Refreshed) -> Path:
    """The page that the refresh of the shipped deliveries wrote."""
    return refreshed.settings.reports_dir / "quality.html"


def test_the_page_asks_for_nothing_and_complains_of_nothing(
    browser: Browser, quality_page: Path
) -> None:
    visit = Visit(browser.new_page(viewport=WIDE), quality_page)
    assert visit.requests == [quality_page.as_uri()]
    assert visit.messages == []


@pytest.mark.parametrize(
    ("viewport", "scheme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide light", "narrow dark"]
)
def test_axe_finds_nothing_serious(
    browser: Browser, quality_page: Path, viewport: dict[str, int], scheme: str
) -> None:
    """With the first rule and the first list of unbroken rules open, so that all is judged."""
    page = browser.new_page(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    page.goto(quality_page.as_uri())
    page.locator("summary").first.click()
    page.locator("details:not(.rule) summary").first.click()
    found = Axe().run(page).response["violations"]
    assert [
        (problem["id"], node["html"])
        for problem in found
        if problem["impact"] in SERIOUS
        for node in problem["nodes"]
    ] == []


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_nothing_sticks_out_of_the_page(
    browser: Browser, quality_page: Path, viewport: dict[str, int]
) -> None:
    page = browser.new_page(viewport=viewport)
    page.goto(quality_page.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => (each.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_every_link_leads_to_something(browser: Browser, quality_page: Path) -> None:
    page = browser.new_page(viewport=WIDE)
    page.goto(quality_page.as_uri())
    targets = page.eval_on_selector_all("a", "links => links.map(a => a.getAttribute('href'))")
    ids = page.eval_on_selector_all("[id]", "all => all.map(each => '#' + each.id)")
    files = {target for target in targets if not target.startswith("#")}
    assert set(targets) - files - set(ids) == set()
    assert files == {"queries/synthetic_centre.xlsx", "data_docs/index.html", *PAGES}
    assert [name for name in files if not (quality_page.parent / name).exists()] == []


def test_one_click_leads_from_a_rule_to_its_failing_records(
    browser: Browser, quality_page: Path, refreshed: Refreshed
) -> None:
    page = browser.new_page(viewport=WIDE)
    page.goto(quality_page.as_uri())
    page.locator("#new-queries a").first.click()
    rule = page.evaluate("location.hash").removeprefix("#in-")
    assert _shown_records(page, rule) == refreshed.rows(
        """
        select source_file, coalesce(cast(source_row as varchar), 'whole file'),
            coalesce(record_key, 'none'), coalesce(field, ''), expected
        from quality.violations where rule = ? and status = 'open'
        order by first_seen_on, source_file, source_row
        """,
        rule,
    )


def test_paper_shows_the_records_without_a_click(browser: Browser, quality_page: Path) -> None:
    page = browser.new_page(viewport=WIDE)
    page.goto(quality_page.as_uri())
    records = page.locator("table[data-rule]").first
    assert records.is_visible() is False
    page.emulate_media(media="print")
    assert records.is_visible() is True
    assert page.locator("nav:visible").count() == 0


def test_the_page_says_that_the_data_are_synthetic(browser: Browser, quality_page: Path) -> None:
    page = browser.new_page(viewport=NARROW)
    page.goto(quality_page.as_uri())
    note = page.get_by_role("note")
    assert note.inner_text() == GOLDEN("synthetic_data_no_row_describes_real")
    assert note.bounding_box()["y"] == 0


def _shown_records(page: Page, rule: str) -> list[tuple[str, ...]]:
    rows = page.locator(f'table[data-rule="{rule}"] tbody tr')
    rows.first.wait_for(state="visible")
    return [tuple(row.locator("td").all_inner_texts()[:5]) for row in rows.all()]
