"""The report as a site in a real browser: every page, from its file, without a network."""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.support.browser import Visit
from tests.support.golden import golden
from tests.support.refreshed import Refreshed
from warehouse.report.frame import PAGES

GOLDEN = golden("report")

SERIOUS = {"serious", "critical"}
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 380, "height": 844}
# A4 less margins of 14 mm, at 96 pixels an inch.
PAPER = {"width": 688, "height": 1017}
READY_SECONDS = 2
MEGABYTE = 1_000_000
Lines = dict[str, dict[str, set[str]]]


@pytest.fixture(scope="module")
def reports(refreshed: Refreshed) -> Path:
    """The folder of the reports of the shipped deliveries."""
    return refreshed.settings.reports_dir


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_and_is_small_and_quick(
    browser: Browser, reports: Path, name: str
) -> None:
    """Quick at the best of three visits, as the machine may have other work."""
    seconds = []
    for _ in range(3):
        page = browser.new_page(viewport=WIDE)
        started = time.perf_counter()
        visit = Visit(page, reports / name)
        seconds.append(time.perf_counter() - started)
        page.close()
    assert visit.requests == [(reports / name).as_uri()]
    assert visit.messages == []
    assert (reports / name).stat().st_size < 3 * MEGABYTE
    assert min(seconds) < READY_SECONDS


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


# The words that a line breaks in two, of those that can be seen.
BROKEN_WORDS = """() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const broken = new Set();
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        if (text.parentElement.closest("script, style, svg, pre, select, .unseen")) continue;
        for (const word of text.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            const tops = [...range.getClientRects()].map(place => place.top);
            if (new Set(tops).size > 1) broken.add(text.parentElement.innerText);
        }
    }
    return [...broken];
}"""


@pytest.mark.parametrize("name", PAGES)
def test_a_narrow_page_breaks_no_name_within_a_word(
    browser: Browser, reports: Path, name: str
) -> None:
    page = browser.new_page(viewport=NARROW)
    page.goto((reports / name).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => (each.open = true))")
    assert page.evaluate(BROKEN_WORDS) == []


def test_a_narrow_page_breaks_no_name_behind_a_number(browser: Browser, reports: Path) -> None:
    page = browser.new_page(viewport=NARROW)
    page.goto(f"{(reports / 'baseline.html').as_uri()}#study.table1_baseline:ivt:rs_display")
    page.locator("#explanation-title").wait_for(state="visible")
    assert page.evaluate(BROKEN_WORDS) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_narrow_page_leads_to_every_page(browser: Browser, reports: Path, name: str) -> None:
    page = browser.new_page(viewport=NARROW)
    page.goto((reports / name).as_uri())
    ends = page.eval_on_selector_all(
        "nav.site a", "links => links.map(link => link.getBoundingClientRect().right)"
    )
    assert len(ends) == len(PAGES)
    assert max(ends) <= NARROW["width"]


@pytest.mark.parametrize("name", PAGES)
def test_paper_shows_the_whole_page_and_no_controls(
    browser: Browser, reports: Path, name: str
) -> None:
    page = browser.new_page(viewport=PAPER)
    page.emulate_media(media="print")
    page.goto((reports / name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= PAPER["width"]
    assert page.locator("nav:visible, form:visible, dialog:visible").count() == 0


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


def test_the_docs_of_dbt_open_without_asking_for_anything(browser: Browser, reports: Path) -> None:
    path = reports / "dbt_docs" / "index.html"
    page = browser.new_page(viewport=WIDE)
    visit = Visit(page, path)
    page.goto(f"{path.as_uri()}#!/model/model.thrombectomy.table_cells")
    page.get_by_text("one row per study, subgroup (all, of everybody), table, line").first.wait_for(
        state="visible"
    )
    assert {request.partition("#")[0] for request in visit.requests} == {path.as_uri()}
    assert visit.messages == []
    assert path.stat().st_size < 4 * MEGABYTE


def test_the_docs_of_dbt_end_in_the_pages(browser: Browser, reports: Path) -> None:
    page = browser.new_page(viewport=WIDE)
    exposure = "exposure.thrombectomy.report_flow"
    page.goto(f"{(reports / 'dbt_docs' / 'index.html').as_uri()}#!/exposure/{exposure}")
    link = page.locator("a[href='../flow.html']").first
    link.wait_for(state="attached")
    assert page.get_by_text(GOLDEN("who_is_in_the_study")).first.is_visible()


CELLS = (
    "study.table1_baseline:age_years:rs_display",
    "study.table1_baseline:is_male:non_rs_display",
    "study.table1_baseline:systolic_bp_mmhg:rs_display",
    "study.table1_baseline:ivt:non_rs_display",
    "study.table1_baseline:passes:p_display",
    "study.table1_baseline:baseline_nihss:standardised_mean_difference",
    "study.table2_outcomes:is_sich:rs_display",
    "study.table2_outcomes:is_ph2:non_rs_display",
    "study.table2_outcomes:is_good_outcome:odds_ratio",
    "study.table2_outcomes:is_dead_90d:rs_display",
)
# The registry tables whose lines a value of the cohort is read from; all scans of a patient count.
LINES_OF = {
    "age_years": ("patients",),
    "is_male": ("patients",),
    "systolic_bp_mmhg": ("patients",),
    "baseline_nihss": ("patients",),
    "ivt": ("procedures",),
    "passes": ("procedures",),
    "is_good_outcome": ("followups",),
}


@pytest.fixture(scope="module")
def lines_of(refreshed: Refreshed) -> Lines:
    """By registry table and patient, the delivered lines of the patient's rows."""
    found: Lines = {}
    for table in ("patients", "procedures", "imaging", "followups"):
        found[table] = defaultdict(set)
        for key, file, line in refreshed.rows(
            f"select patient_key, source_file, source_row from registry.{table}"
        ):
            found[table][key].add(f"{file}:{line}")
    return found


@pytest.mark.parametrize("address", CELLS)
def test_a_click_on_a_cell_leads_to_its_patients_and_lines(
    browser: Browser, reports: Path, refreshed: Refreshed, lines_of: Lines, address: str
) -> None:
    table, variable, column = address.split(":")
    page = browser.new_page(viewport=WIDE)
    name = "baseline.html" if "table1" in table else "outcomes.html"
    visit = Visit(page, reports / name)
    page.locator(f"[id='{address}']").click()
    shown = page.eval_on_selector_all(
        "#explanation tbody tr",
        """rows => rows.map(row => [
            row.cells[0].innerText, row.cells[2].innerText,
            [...row.cells[3].children].map(
                place => [...place.children].map(part => part.innerText).join(':')),
        ])""",
    )
    group = {"rs_display": "rescue_stenting", "non_rs_display": "no_rescue_stenting"}.get(column)
    patients = refreshed.rows(
        f"select patient_key, {variable} from study.cohort where study_group = ? or ? is null",
        group,
        group,
    )
    yes_no_count = column.endswith("display") and isinstance(patients[0][1], bool)
    assert {row[0]: row[1] for row in shown} == {
        key: "yes"
        if (value if yes_no_count and column != "p_display" else value is not None)
        else "no"
        for key, value in patients
    }
    n_counted = sum(row[1] == "yes" for row in shown)
    reported = page.locator("#explanation .who").inner_text()
    n_unknown = sum(value is None for _key, value in patients)
    unknown = f", {n_unknown} unknown" if n_unknown else ""
    assert reported == f"{n_counted} counted of {len(patients)}{unknown}."
    for key, _, lines in shown:
        check_lines(lines_of, variable, key, lines)
    assert visit.messages == []


def check_lines(lines_of: Lines, variable: str, key: str, lines: list[str]) -> None:
    """The shown lines exist in the raw files, and are those of the patient's registry rows."""
    own = {line for table in lines_of for line in lines_of[table][key]}
    assert lines
    assert set(lines) <= own
    if variable in LINES_OF:
        expected = {line for table in LINES_OF[variable] for line in lines_of[table][key]}
        assert set(lines) & expected == expected


def test_an_address_opens_its_explanation(browser: Browser, reports: Path) -> None:
    page = browser.new_page(viewport=WIDE)
    page.goto(f"{(reports / 'baseline.html').as_uri()}#study.table1_baseline:ivt:rs_display")
    title = page.locator("#explanation-title")
    assert title.inner_text() == GOLDEN("intravenous_thrombolysis_rescue_stenting")
    assert "count(*)" in page.locator("#explanation .query").inner_text()
    assert page.locator("#explanation .command").inner_text() == (
        "warehouse explain study.table1_baseline:ivt:rs_display"
    )
    page.get_by_role("button", name="Close").click()
    assert not title.is_visible()


def test_the_comparison_is_filtered_by_verdict(browser: Browser, reports: Path) -> None:
    page = browser.new_page(viewport=WIDE)
    page.goto((reports / "comparison.html").as_uri())
    rows = page.locator("#comparison tbody tr")
    page.get_by_label("Verdict").select_option("paper_error")
    shown = [row.get_attribute("id") for row in rows.all() if row.is_visible()]
    assert sorted(shown) == [
        "abs.mort.p",
        "abs.mrs02.p",
        "flow.rs.pct",
        "t1.ica.rs.pct",
        "t1.mca.non_rs.pct",
        "t2.mort.p",
    ]
    assert page.locator("form.filter output").inner_text() == "6 of 270"


def test_the_chosen_years_are_summed_up(
    browser: Browser, reports: Path, refreshed: Refreshed
) -> None:
    page = browser.new_page(viewport=WIDE)
    page.goto((reports / "indicators.html").as_uri())
    page.locator("select[name=from]").select_option("2020")
    page.locator("select[name=to]").select_option("2020")
    ((n, of),) = refreshed.rows(
        "select sum(n_sich), sum(n_sich_known) from registry.monthly_indicators "
        "where year(treated_month) = 2020"
    )
    chart = page.locator("#synthetic_centre-sich")
    reported = f"Dec 2018. Chosen years: {n} of {of} ({100 * n / of:.1f}%)."
    assert chart.locator("p").inner_text().endswith(reported)
    chart.locator("summary").click()
    months = chart.locator("tbody tr:visible th").all_inner_texts()
    assert (months[0], months[-1], len(months)) == ("Jan 2020", "Dec 2020", 12)


def test_pages_can_be_read_without_scripts(browser: Browser, reports: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=WIDE)
    page = context.new_page()
    page.goto((reports / "comparison.html").as_uri())
    assert page.locator("#comparison tbody tr:visible").count() == 270
    assert not page.locator("form.filter").is_visible()
    page.goto((reports / "baseline.html").as_uri())
    assert page.locator("#table1 a.cell:visible").count() == 22 * 5
    context.close()
