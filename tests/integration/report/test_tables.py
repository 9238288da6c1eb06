"""Each table of the report's pages holds what the database holds, cell by cell."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.html_page import Page
from tests.support.refreshed import Refreshed
from warehouse.releases.reader import Release, open_release
from warehouse.report.exposures import models_of, page_exposures
from warehouse.report.frame import PAGES
from warehouse.report.indicators import write_indicators
from warehouse.report.quality import write_quality
from warehouse.report.site import WRITERS

MINUS = "\N{MINUS SIGN}"
TABLE = re.compile(r"\b(?:from|join)\s+\"?[a-z_0-9]+\"?\.\"?(\w+)")


@pytest.fixture(scope="module")
def reports(refreshed: Refreshed) -> Path:
    """The folder of the reports of the shipped deliveries."""
    return refreshed.settings.reports_dir


def cells(reports: Path, page: str, table: str) -> list[list[str]]:
    """The body of a table of a page as rows of text, section headings left out."""
    return [row for row in Page(reports / page).rows(table) if len(row) > 1]


def signed(value: float | None, decimals: int) -> str:
    """A number as a journal prints it."""
    if value is None:
        return "\N{EN DASH}"
    text = f"{value:.{decimals}f}"
    return text.replace("-0.00", "0.00").replace("-", MINUS)


def test_table_1_is_that_of_the_database(reports: Path, refreshed: Refreshed) -> None:
    rows = refreshed.rows(
        """
        select rs_display || if(rs_missing > 0, '*', ''),
            non_rs_display || if(non_rs_missing > 0, '*', ''), test, test_statistic, p_display,
            standardised_mean_difference
        from study.table1_baseline order by line
        """
    )
    signs = {"chi2": "χ²", "t": "t", "ranksum": "Z"}
    assert [row[1:] for row in cells(reports, "baseline.html", "table1")] == [
        [rs, non_rs, f"{signs[test]} = {signed(statistic, 2)}", p, signed(smd, 2)]
        for rs, non_rs, test, statistic, p, smd in rows
    ]


def test_table_2_is_that_of_the_database(reports: Path, refreshed: Refreshed) -> None:
    names = ("risk_difference", "risk_ratio", "odds_ratio")
    effects = ", ".join(f"{name}, {name}_ci_low, {name}_ci_high" for name in names)
    rows = refreshed.rows(
        f"""
        select rs_display, non_rs_display, test_statistic, p_display, {effects}
        from study.table2_outcomes order by line
        """
    )
    assert [row[1:] for row in cells(reports, "outcomes.html", "table2")] == [
        [
            rs,
            non_rs,
            f"χ² = {signed(statistic, 2)}",
            p,
            effect([100 * number for number in numbers[:3]], 1),
            effect(numbers[3:6], 2),
            effect(numbers[6:], 2),
        ]
        for rs, non_rs, statistic, p, *numbers in rows
    ]


def effect(numbers: list[float], decimals: int) -> str:
    """An effect with its interval."""
    value, low, high = (signed(number, decimals) for number in numbers)
    return f"{value} ({low} to {high})"


def test_the_key_indicators_are_those_of_the_database(reports: Path, refreshed: Refreshed) -> None:
    """All patients, and those of the twelve months up to January 2022."""
    flags = ("reperfused_final", "first_pass_effect", "sich", "good_outcome", "dead_90d")
    times = ("door_to_puncture_min", "onset_to_puncture_min")
    shares = ", ".join(f"count(*) filter (where is_{name}), count(is_{name})" for name in flags)
    medians = ", ".join(f"median({name})" for name in times)
    (all_patients, recent) = (
        refreshed.rows(
            f"select {shares}, {medians} from registry.treated_patients where treated_month >= ?",
            since,
        )[0]
        for since in ("2000-01-01", "2021-02-01")
    )
    expected = []
    for place in range(0, 2 * len(flags), 2):
        pairs = [(row[place], row[place + 1]) for row in (all_patients, recent)]
        expected.append(
            [part for n, of in pairs for part in (f"{100 * n / of:.1f}%", f"{n} of {of}")]
        )
    for place in range(2 * len(flags), len(all_patients)):
        expected.append([f"{all_patients[place]:.0f} min", "", f"{recent[place]:.0f} min", ""])
    assert [row[1:] for row in cells(reports, "index.html", "key-indicators")] == expected


def test_the_mrs_is_that_of_the_database(reports: Path, refreshed: Refreshed) -> None:
    rows = refreshed.rows(
        """
        pivot (
            select mrs, label, study_group, n || ' (' || printf('%.1f', pct) || '%)' as cell
            from study.mrs_distribution
        ) on study_group using first(cell) group by mrs, label order by mrs
        """
    )
    assert cells(reports, "outcomes.html", "mrs-distribution") == [
        [label, rescue, no_rescue] for _, label, no_rescue, rescue in rows
    ]


def test_the_flow_is_that_of_the_database(reports: Path, refreshed: Refreshed) -> None:
    rows = refreshed.rows(
        "select label, n_excluded, n_remaining from study.patient_flow order by step"
    )
    groups = refreshed.rows("select study_group, count(*) from study.cohort group by 1 order by 2")
    shown = cells(reports, "flow.html", "patient-flow")
    assert [[row[0], row[1] or "0", row[2]] for row in shown[: len(rows)]] == [
        [label, str(excluded), str(remaining)] for label, excluded, remaining in rows
    ]
    assert [row[2] for row in shown[len(rows) :]] == [str(n) for _, n in groups]
    reasons = refreshed.rows(
        "select label, reason, count(*) from study.eligibility where status = 'excluded' "
        "group by all"
    )
    assert sorted(map(tuple, cells(reports, "flow.html", "reasons"))) == sorted(
        (label, reason, str(n)) for label, reason, n in reasons
    )


def test_the_comparison_is_that_of_the_database(reports: Path, refreshed: Refreshed) -> None:
    rows = refreshed.rows(
        "select id, printed, derived, coalesce(note, '') from study.published_comparison"
    )
    shown = cells(reports, "comparison.html", "comparison")
    found = [(row[0], row[3], row[4], " ".join(row[6].split())) for row in shown]
    assert sorted((name, *rest) for name, *rest in found) == sorted(
        (f"{location_of(refreshed, name)}{name}", printed, derived, " ".join(note.split()))
        for name, printed, derived, note in rows
    )


def location_of(refreshed: Refreshed, name: str) -> str:
    """What stands above an id."""
    ((location,),) = refreshed.rows(
        "select location from study.published_comparison where id = ?", name
    )
    return {
        "abstract": "Abstract",
        "introduction": "Introduction",
        "results": "Results",
        "fig3-text": "Figure 3",
        "table1": "Table 1",
        "table2": "Table 2",
        "discussion": "Discussion",
    }[location]


def test_the_indicators_are_those_of_the_database(reports: Path, refreshed: Refreshed) -> None:
    rows = refreshed.rows(
        """
        select strftime(treated_month, '%b %Y'), n_reperfused || ' of ' || n_reperfused_known,
            printf('%.1f', pct_reperfused) || '%'
        from registry.monthly_indicators order by treated_month
        """
    )
    shown = cells(reports, "indicators.html", "reperfused")
    assert [tuple(row[:3]) for row in shown] == rows
    medians = refreshed.rows(
        "select median_door_to_puncture_min from registry.monthly_indicators order by treated_month"
    )
    shown = cells(reports, "indicators.html", "door_to_puncture_min")
    assert [row[1] for row in shown] == [f"{value:,.4g}" for (value,) in medians]


def test_the_codebook_counts_every_value(reports: Path, refreshed: Refreshed) -> None:
    rows = refreshed.rows(
        """
        select codes.label, count(patients.etiology)
        from codes.toast as codes
        left join registry.patients as patients on codes.code = patients.etiology
        group by codes.label, codes.rank order by codes.rank
        """
    )
    shown = cells(reports, "codebook.html", "registry.patients.etiology")
    assert [(row[0].split(" ")[0], row[1]) for row in shown] == [
        (label.split(" ")[0], str(n)) for label, n in rows
    ]


def test_no_page_shows_a_day_or_a_key_in_the_codebook(reports: Path, refreshed: Refreshed) -> None:
    html = (reports / "codebook.html").read_text(encoding="utf-8")
    keys = refreshed.rows("select patient_key from registry.patients")
    assert [key for (key,) in keys if key in html] == []
    days = refreshed.rows("select distinct strftime(onset_at, '%Y-%m-%d') from registry.patients")
    as_of = str(refreshed.rows("select max(as_of) from ops.refreshes")[0][0])
    assert [day for (day,) in days if day in html and day != as_of] == []


class Recorder:
    """A connection that notes which tables of the release it is asked for."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.tables: set[str] = set()

    def execute(self, sql: str, *arguments: Any) -> Any:
        """Run a statement as the connection does."""
        self.tables |= set(TABLE.findall(sql))
        return self.connection.execute(sql, *arguments)


@pytest.mark.parametrize("write", [*WRITERS, write_quality], ids=lambda write: write.__name__)
def test_each_page_reads_what_its_exposure_says(
    refreshed: Refreshed, tmp_path: Path, write: Callable[[Release, Path, Path], Path]
) -> None:
    with duckdb.connect(refreshed.settings.published_path, read_only=True) as connection:
        recorder = Recorder(connection)
        release = Release(recorder, days_back=30)
        page = write(release, tmp_path, None).name
    reads = {model for table in recorder.tables for model in models_of(table)}
    assert sorted(reads) == sorted(page_exposures()[page]["reads"])


def test_a_page_stays_small_with_many_sites_and_years(refreshed: Refreshed, tmp_path: Path) -> None:
    """A copy of the release with 24 more sites, each with ten years of months."""
    copy = tmp_path / "release.duckdb"
    copy.write_bytes(refreshed.settings.published_path.read_bytes())
    with duckdb.connect(copy) as connection:
        connection.execute(
            """
            insert into registry.monthly_indicators
            select months.* replace ('site_' || site.n as site, day as treated_month)
            from (from registry.monthly_indicators limit 1) as months,
                range(24) as site(n),
                (select unnest(generate_series(date '2012-01-01', date '2021-12-01',
                    interval 1 month)) as day)
            """
        )
    with open_release(copy) as release:
        page = write_indicators(release, tmp_path, None)
    assert page.stat().st_size < 3_000_000
    assert "and 5 sites more" in " ".join(page.read_text(encoding="utf-8").split())


def test_every_page_of_the_navigation_has_an_exposure() -> None:
    assert sorted(page_exposures()) == sorted(PAGES)


def test_everything_in_the_docs_of_dbt_is_described(refreshed: Refreshed) -> None:
    manifest = json.loads((refreshed.settings.state_dir / "dbt" / "manifest.json").read_text())
    things = [
        thing
        for kind in ("nodes", "sources", "exposures", "macros")
        for thing in manifest[kind].values()
        if thing["resource_type"] not in ("test", "operation")
        and thing["package_name"] == "thrombectomy"
    ]
    assert len(things) > 60
    assert [thing["unique_id"] for thing in things if not thing.get("description")] == []
    assert [
        f"{thing['unique_id']}.{column['name']}"
        for thing in things
        for column in thing.get("columns", {}).values()
        if not column.get("description")
    ] == []


STUDY = "first_pass_effect"


def test_the_tables_of_a_study_are_those_of_the_database(
    reports: Path, refreshed: Refreshed
) -> None:
    """Of three groups: all patients, each group, and the test over all of them."""
    rows = refreshed.rows(
        f"""
        with printed as (
            pivot (
                select table_name, line, study_group, any_value(display) as display
                from studies.table_cells
                where study = '{STUDY}' and statistic = 'summary' and subgroup = 'all'
                group by all
            ) on study_group in ('all', 'first_pass', 'more_passes', 'incomplete')
            using first(display)
        ),
        missing as (
            pivot (
                select table_name, line, study_group, value from studies.table_cells
                where study = '{STUDY}' and statistic = 'missing' and subgroup = 'all'
            ) on study_group in ('all', 'first_pass', 'more_passes', 'incomplete')
            using first(value)
        )
        select
            printed.table_name, printed.line,
            printed.all || if(missing.all > 0, '*', ''),
            printed.first_pass || if(missing.first_pass > 0, '*', ''),
            printed.more_passes || if(missing.more_passes > 0, '*', ''),
            printed.incomplete || if(missing.incomplete > 0, '*', ''),
            tests.test, tests.statistic, tests.p_display
        from printed
        inner join missing using (table_name, line)
        inner join studies.comparisons as tests
            on printed.table_name = tests.table_name and printed.line = tests.line
        where tests.study = '{STUDY}' and tests.contrast = 'all' and tests.subgroup = 'all'
        order by 1, 2
        """
    )
    signs = {"chi2": "χ²", "kruskal": "H"}
    assert len(rows) == 19
    for table in ("table1_baseline", "table2_outcomes"):
        assert [row[1:] for row in cells(reports, "studies.html", f"{STUDY}_{table}")] == [
            [*printed, f"{signs[test]} = {signed(statistic, 2)}", p]
            for name, _, *printed, test, statistic, p in rows
            if name == table
        ]


def test_the_studies_are_listed_with_their_patients(reports: Path, refreshed: Refreshed) -> None:
    counted = refreshed.rows(
        """
        select definitions.study, min(steps.n_remaining), max(steps.n_remaining)
        from studies.definitions inner join studies.flow_steps as steps using (study)
        where steps.step is not null
        group by definitions.study, definitions.place
        order by definitions.place
        """
    )
    assert [row[1:] for row in cells(reports, "studies.html", "studies")] == [
        [study, f"{screened:,}", f"{analyzed:,}"] for study, analyzed, screened in counted
    ]
    assert counted[0][0] == "guo_2023"
