"""The report as a site in a real browser: every page, from its file, without a network."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import Visit, chromium
from playwright.sync_api import Browser
from refreshed import Refreshed

from warehouse.report.frame import PAGES

SERIOUS = {"serious", "critical"}
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 390, "height": 844}
MEGABYTE = 1_000_000
READY_SECONDS = 2


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of this file."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def reports(refreshed: Refreshed) -> Path:
    """The folder of the reports of the shipped deliveries."""
    return refreshed.settings.reports_dir


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_and_is_small_and_quick(
    browser: Browser, reports: Path, name: str
) -> None:
    page = browser.new_page(viewport=WIDE)
    started = time.perf_counter()
    visit = Visit(page, reports / name)
    seconds = time.perf_counter() - started
    assert visit.requests == [(reports / name).as_uri()]
    assert visit.messages == []
    assert (reports / name).stat().st_size < 3 * MEGABYTE
    assert seconds < READY_SECONDS


@pytest.mark.parametrize(
    ("viewport", "scheme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide light", "narrow dark"]
)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(
    browser: Browser, reports: Path, name: str, viewport: dict[str, int], scheme: str
) -> None:
    page = browser.new_page(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    page.goto((reports / name).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => (each.open = true))")
    found = Axe().run(page).response["violations"]
    assert [
        (problem["id"], node["html"])
        for problem in found
        if problem["impact"] in SERIOUS
        for node in problem["nodes"]
    ] == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_sticks_out_of_a_narrow_page(browser: Browser, reports: Path, name: str) -> None:
    page = browser.new_page(viewport=NARROW)
    page.goto((reports / name).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => (each.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_something(browser: Browser, reports: Path, name: str) -> None:
    page = browser.new_page(viewport=WIDE)
    page.goto((reports / name).as_uri())
    targets = page.eval_on_selector_all("a", "links => links.map(a => a.getAttribute('href'))")
    ids = page.eval_on_selector_all("[id]", "all => all.map(each => '#' + each.id)")
    here = {target for target in targets if target.startswith("#")}
    assert here - set(ids) == set()
    files = {target.partition("#")[0] for target in set(targets) - here}
    assert set(PAGES) <= files
    assert [file for file in files if not (reports / file).is_file()] == []
