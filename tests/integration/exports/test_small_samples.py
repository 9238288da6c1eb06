"""A study of 14 patients that prints exact tests: table, page, exports, methods (synthetic).

Every stented patient smokes and none of the others; nobody among the stented dies.
"""

from __future__ import annotations

import shutil

import duckdb
import pytest

from tests.support.exported import READERS, made, svg_texts, words
from tests.support.golden import golden
from tests.support.html_page import Page
from tests.support.refreshed import Refreshed
from warehouse.explain import open_explainer
from warehouse.exports.choices import Content, Format
from warehouse.refresh import steps
from warehouse.refresh.context import refreshing
from warehouse.refresh.summary import summarize
from warehouse.settings import PROJECT_DIR, Settings

GOLDEN = golden("exports")

CASE = PROJECT_DIR / "tests" / "fixtures" / "cases" / "ugly" / "zero_cells"
OF_SMOKING = ("5 (100.0%)", "0 (0.0%)", "\N{EN DASH}", "<0.001*", "not estimable")
DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Refreshed:
    """A refresh of the case; its study says nothing of small samples, so that exact tests hold."""
    settings = Settings(data=tmp_path_factory.mktemp("small") / "data")
    shutil.copytree(CASE, settings.raw_dir / "synthetic_centre" / "2021-01-01")
    with refreshing(settings) as refresh:
        steps.land_deliveries(refresh)
        steps.check_rows(refresh)
        with duckdb.connect(settings.work_path) as work:
            for table in ("study_definition", "studies"):
                work.execute(f"update raw.{table} set small_samples = 'exact'")
        steps.build_marts(refresh)
        steps.pass_release_gate(refresh)
        steps.publish_release(refresh)
        steps.write_reports(refresh)
    return Refreshed(settings, summarize(refresh))


def test_the_tables_print_exact_tests(small: Refreshed) -> None:
    rows = small.rows(
        """
        select variable, test, test_statistic, p_display, p_value = exact_p_value
        from study.table1_baseline where variable in ('smoking', 'passes', 'ivt')
        union all
        select variable, test, test_statistic, p_display, p_value = exact_p_value
        from study.table2_outcomes where variable in ('is_good_outcome', 'is_dead_90d')
        order by all
        """
    )
    assert rows == [
        ("is_dead_90d", "fisher_two_sided", None, "1.000", True),
        ("is_good_outcome", "fisher_two_sided", None, "0.221", True),
        ("ivt", "chi2", None, None, None),
        ("passes", "ranksum_exact", None, "<0.001", True),
        ("smoking", "fisher_two_sided", None, "<0.001", True),
    ]


def test_the_pages_mark_them_and_say_what_is_not_estimable(small: Refreshed) -> None:
    pages = {
        name: Page(small.settings.reports_dir / f"{name}.html") for name in ("baseline", "outcomes")
    }
    lines = {row[0]: tuple(row[1:]) for row in pages["baseline"].rows("table1") if len(row) > 1}
    assert [cells for name, cells in lines.items() if name.startswith("Smoking")] == [OF_SMOKING]
    outcomes = {row[0]: row[1:] for row in pages["outcomes"].rows("table2") if len(row) > 1}
    good, dead = (
        next(cells for name, cells in outcomes.items() if name.startswith(start))
        for start in ("mRS 0-2", "Death")
    )
    assert good[3:] == [
        "0.221*",
        GOLDEN("to", minus=MINUS),
        "1.80 (0.91 to 3.75)",
        "not estimable",
    ]
    assert dead[3:5] == ["1.000*", GOLDEN("to_2", minus=MINUS)]
    assert dead[5:] == ["0.00 (0.00 to 5.95)", "0.00 (0.00 to 7.55)"]
    text = (small.settings.reports_dir / "outcomes.html").read_text(encoding="utf-8")
    assert text.count(GOLDEN("ratio_over_zero_is_not_estimable")) == 1, "one footnote"
    assert GOLDEN("fisher_exact_test_an_expected_count") in text


@pytest.mark.parametrize("form", READERS)
def test_exports_have_the_same_cells_and_footnotes(small: Refreshed, form: Format) -> None:
    found = {
        (thing, line[0][:7]): line
        for thing in (Content.table1, Content.table2)
        for line in READERS[form](made(small, thing, form))
    }
    assert found[Content.table1, "Smoking"][3:] == [DASH, "<.001", "not estimable"]
    assert found[Content.table2, "mRS 0-2"][-1] == "not estimable"
    if form is not Format.latex:  # its notes are full of commands
        notes = words(made(small, Content.table2, form), form)
        assert GOLDEN("exact_test_an_expected_count_is") in notes
        assert GOLDEN("ratio_over_zero_is_not_estimable") in notes


def test_figures_and_methods_say_the_same(small: Refreshed) -> None:
    assert svg_texts(made(small, Content.forest, Format.svg)).count("not estimable") == 2
    reported = made(small, Content.methods, Format.text).decode()
    assert GOLDEN("by_fisher_exact_test_of_table") in reported
    assert GOLDEN("by_exact_rank_sum_test_permutation") in reported
    assert GOLDEN("test_for_small_samples_exact") in reported


def test_an_exact_p_names_its_call(small: Refreshed) -> None:
    with open_explainer(small.settings.published_path) as explainer:
        shares = explainer.explain("study.table1_baseline:smoking:p_value")
        ranks = explainer.explain("study.table1_baseline:passes:exact_p_value")
    assert shares.call == "warehouse.statistics.two_groups.fisher_two_sided(5, 0, 0, 9).p_value"
    assert ranks.call == (
        "warehouse.statistics.exact_ranks.rank_sum_exact("
        'counts["rescue_stenting"], counts["no_rescue_stenting"]).p_value'
    )
    assert shares.computed == pytest.approx(1 / 2002)
    assert ranks.computed == pytest.approx(1 / 2002)
