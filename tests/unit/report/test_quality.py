"""The quality page says what the quality tables hold, and nothing that they do not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.support.golden import golden
from tests.support.html_page import Page
from tests.support.report_release import (
    FRIDAY,
    PLANTED,
    SATURDAY,
    SUNDAY,
    check_result,
    delivery,
    finding,
    violation,
    write_release,
)
from warehouse.definitions.measures import measure, percent
from warehouse.exports.export import origin
from warehouse.releases.reader import open_release
from warehouse.report import write_quality_report
from warehouse.report.frame import PAGES
from warehouse.report.page import breakable
from warehouse.report.words import Verdict, age, verdict

GOLDEN = golden("report")
UNAVAILABLE = ("site", "kind", "study", "name", "label", "missing_fields")

DAYS = (FRIDAY, SATURDAY, SUNDAY)
MEGABYTE = 1_000_000
NIHSS = "admissions.baseline_nihss.range"
SEX = {
    "rule": "admissions.sex.required",
    "title": "Sex missing",
    "kahn_category": "completeness",
    "field": "sex",
    "expected": "a value in every row",
}
WARNED = {
    "rule": "imaging.late",
    "title": "The scan is in time",
    "severity": "warn",
    "kahn_category": "plausibility",
    "extract": "imaging",
    "source_file": "a/2022-06-04/imaging.csv",
    "field": "imaged_at",
    "expected": "a scan within 30 days",
}
NEW = {"is_new": True, "first_seen_on": SUNDAY, "age_days": 0, "delivered_on": SUNDAY}
OLD = {"first_seen_on": FRIDAY, "age_days": 2, "is_new": False}
CLOSED = {
    "status": "closed",
    "closed_on": SUNDAY,
    "closed_how": "corrected",
    "closed_by_file": "a/2022-06-05/admissions.csv",
    "last_seen_on": SATURDAY,
}
COUNTED = (
    "n_open",
    "n_open_reject",
    "n_open_warn",
    "n_new",
    "n_newly_closed",
    "n_rows_rejected",
    "n_files_rejected",
    "n_skipped_to_fix",
    "n_unbalanced",
    "n_held",
    "n_errored",
    "n_findings",
    "n_new_findings",
    "n_overdue",
    "n_study_undelivered",
)
LANDED = [delivery("a/2022-06-04/admissions.csv"), delivery("a/2022-06-04/imaging.csv")]
OWN_THRESHOLD = {
    "max_failed_share": 0.2,
    "min_rows": 30,
    "consequence": "hold_delivery",
    "max_failed_share_elsewhere": 0.05,
    "min_rows_elsewhere": 1,
    "consequence_elsewhere": "flag",
}


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """The page of a day with old, new and closed queries."""
    release = write_release(
        tmp_path / "release.duckdb",
        DAYS,
        violations=[
            violation(7),
            violation(9, first_seen_on=FRIDAY, age_days=2),
            violation(3, **SEX | NEW),
            violation(5, **WARNED),
            violation(11, **CLOSED),
            violation(12, **CLOSED | {"closed_how": "delivered again"}),
            violation(13, **CLOSED | {"last_seen_on": FRIDAY, "closed_on": SATURDAY}),
        ],
        check_results=[check_result(SATURDAY, 2), check_result(SUNDAY, 4)],
        scorecard=[
            {
                "kahn_category": "conformance",
                "extract": "admissions",
                "site": "a",
                "rows_checked": rows,
                "rows_failed": failed,
                "n_rules": 2,
            }
            for rows, failed in ((40, 4), (60, 0))
        ],
        deliveries=[
            *LANDED,
            delivery(
                "a/2022-06-05/imaging.csv",
                status="rejected",
                reason="no header",
                rows_unread=40,
            ),
        ],
        delivery_findings=[
            finding(),
            finding(title="Held", consequence="hold_delivery", **OLD),
        ],
        unavailable=[
            dict(zip(UNAVAILABLE, ("a", *row), strict=True))
            for row in (
                ("table line", "guo", "is_sich", "sICH", "imaging.nihss_at_imaging"),
                ("indicator", "registry", "pct_sich", "pct_sich", "imaging.nihss_at_imaging"),
                ("table line", "guo", "aspects", "ASPECTS", "admissions.aspects"),
            )
        ],
        site_ranges=[
            {
                "site": "a",
                "extract": "admissions",
                "field": "glucose_mmol_per_l",
                "possible": "0.5-80",
                "usual": "2-30",
                "possible_elsewhere": "1-60",
                "usual_elsewhere": "2.77-22.2",
            }
        ],
        site_thresholds=[
            {"site": "a", "rule": "x.y", "title": "Late", **OWN_THRESHOLD, "problem": None},
            {"site": "a", "rule": "x.z", "title": None, **OWN_THRESHOLD, "problem": "no rule"},
        ],
    )
    return Page(write_quality_report(release, tmp_path / "reports"))


def test_the_thresholds_of_sites_are_listed_and_why_one_does_not_count(page: Page) -> None:
    wrong, right = page.rows("site-thresholds")
    assert [cells[1] for cells in (wrong, right)] == ["a", "a"]
    assert right[2].split()[0] == "20%"
    assert right[3].split()[0] == "5%,"
    assert wrong[2].endswith(": no rule")
    assert wrong[3] == ""


def test_the_ranges_of_sites_are_listed_beside_the_dictionarys(page: Page) -> None:
    assert page.rows("site-ranges") == [
        [
            "admissions.glucose_mmol_per_l",
            "a",
            "0.5-80, 2-30",
            "1-60, 2.77-22.2",
        ]
    ]


def test_what_sites_cannot_have_stands_beside_the_fields_that_they_never_delivered(
    page: Page,
) -> None:
    assert page.rows("unavailable-uses") == [
        ["admissions.aspects", "a", GOLDEN("unavailable_aspects")],
        [
            "imaging.nihss_at_imaging",
            "a",
            GOLDEN("unavailable_sich"),
        ],
    ]


def test_the_counts_are_those_of_the_tables(page: Page) -> None:
    assert {name: page.texts[name] for name in ("n-open", "n-new", "n-closed", "n-rejected")} == {
        "n-open": "4",
        "n-new": "1",
        "n-closed": "1",
        "n-rejected": "3",
    }
    assert page.texts["verdict"] == (GOLDEN("fix_first_delivery_is_held_queries"))


def test_the_new_and_the_closed_queries(page: Page) -> None:
    file = "a/2022-06-04/admissions.csv"
    assert page.rows("new-queries") == [
        ["rejected Sex missing", file, "1", "3", "sex", GOLDEN("value_in_every_row")]
    ]
    assert page.rows("closed-queries") == [
        [
            GOLDEN("baseline_nihss_out_of_range"),
            file,
            "1",
            "11",
            "baseline_nihss",
            "corrected 2022-06-05 by a/2022-06-05/admissions.csv",
        ]
    ]


def test_a_file_that_breaks_a_rule_in_many_lines_is_one_line_of_the_news(tmp_path: Path) -> None:
    """Its records are one click away; whatever else is new is not crowded out."""
    held = {"rule": "admissions.delivery.held", "title": "Held", "field": None} | NEW
    release = write_release(
        tmp_path / "release.duckdb",
        DAYS,
        violations=[
            *(violation(line, **held) for line in range(2, 402)),
            violation(3, **SEX | NEW),
        ],
        deliveries=LANDED,
    )
    page = Page(write_quality_report(release, tmp_path))
    file = "a/2022-06-04/admissions.csv"
    assert page.rows("new-queries") == [
        ["rejected Held", file, "400", "2", "", "between 0 and 42"],
        ["rejected Sex missing", file, "1", "3", "sex", GOLDEN("value_in_every_row")],
    ]
    assert "#in-admissions.delivery.held" in page.links
    assert len(page.rows("admissions.delivery.held")) == 40


def test_each_rule_lists_its_records_the_oldest_first(page: Page) -> None:
    file = "a/2022-06-04/admissions.csv"
    assert page.rows(NIHSS) == [
        [file, "9", f"{9:020x}", "baseline_nihss", "between 0 and 42", "2 days"],
        [file, "7", f"{7:020x}", "baseline_nihss", "between 0 and 42", "1 day"],
    ]
    assert page.rows("imaging.late") == [
        [
            "a/2022-06-04/imaging.csv",
            "5",
            f"{5:020x}",
            "imaged_at",
            GOLDEN("scan_within_days"),
            "1 day",
        ]
    ]


def test_what_blocks_most_stands_first(page: Page) -> None:
    shown = [name for name in page.ids if name.startswith("rule-")]
    assert shown == [f"rule-{SEX['rule']}", f"rule-{NIHSS}", "rule-imaging.late"]


def test_a_rejected_admission_stands_before_the_rows_that_it_keeps_out(tmp_path: Path) -> None:
    reference = {
        "rule": "imaging.patient_id.reference",
        "extract": "imaging",
        "source_file": "a/2022-06-04/imaging.csv",
        "field": "patient_id",
        "expected": "a patient number that is among the admissions",
    }
    cause = {"caused_by_file": "a/2022-06-04/admissions.csv", "caused_by_row": 7}
    release = write_release(
        tmp_path / "release.duckdb",
        DAYS,
        violations=[
            violation(2, **reference | NEW | cause),
            violation(3, **reference | NEW),
            violation(7, **NEW),
        ],
    )
    page = Page(write_quality_report(release, tmp_path))
    rules = [name for name in page.ids if name.startswith("rule-")]
    assert rules == [f"rule-{NIHSS}", f"rule-{reference['rule']}"]
    assert [row[1] for row in page.rows("new-queries")] == [
        "a/2022-06-04/admissions.csv",
        "a/2022-06-04/imaging.csv",
    ]
    expected = reference["expected"]
    assert [(row[1], row[4]) for row in page.rows(reference["rule"])] == [
        ("3", expected),
        ("2", GOLDEN("fix_first_admissions_csv_line", expected=expected)),
    ]


def test_every_link_of_the_page_leads_somewhere(page: Page) -> None:
    assert f"#in-{SEX['rule']}" in page.links
    inside = {link.removeprefix("#") for link in page.links if link.startswith("#")}
    assert inside - set(page.ids) == set()
    assert [link for link in page.links if not link.startswith("#")] == [
        *PAGES,
        "queries/a.xlsx",
        "data_docs/index.html",
    ]
    assert len(page.ids) == len(set(page.ids))


def test_how_long_queries_are_open(page: Page) -> None:
    assert [row[:3] for row in page.rows("ages")] == [
        ["today", "1", "0"],
        ["1 to 7 days", "2", "1"],
        ["8 to 30 days", "0", "0"],
        ["31 to 90 days", "0", "0"],
        ["over 90 days", "0", "0"],
    ]
    assert [row[2:] for row in page.rows("oldest")] == [
        ["9", "2022-06-03", "2 days"],
        ["7", "2022-06-04", "1 day"],
        ["5", "2022-06-04", "1 day"],
    ]


def test_the_scorecard_adds_contexts_up_and_names_what_is_over_its_threshold(page: Page) -> None:
    assert page.rows("scores") == [
        [
            "a",
            "admissions",
            GOLDEN("of_fail_rule_over_threshold"),
            "not checked",
            "not checked",
            "3",
            "",
        ],
        ["a", "imaging", "not checked", "not checked", "not checked", "1", ""],
    ]


def test_deliveries_with_their_balance_and_findings(page: Page) -> None:
    numbers = ["40", "37", "2", "1", "0", "0", "0", "36", "1", "0"]
    assert page.rows("balance") == [
        ["a/2022-06-04/admissions.csv", "2022-06-04", *numbers, "balances"],
        ["a/2022-06-04/imaging.csv", "2022-06-04", *numbers, "balances"],
        [
            "a/2022-06-05/imaging.csv",
            "2022-06-04",
            GOLDEN("rejected_no_header_rows_not_read"),
            "balances",
        ],
    ]
    delivered = ["a, admissions, 2022-06-05", "0.25 times on 3", "0.4 to 6 times the mean"]
    assert page.rows("findings") == [
        ["Held", *delivered, "hold delivery", "2 days", GOLDEN("compare_an_export_may_have_been")],
        ["Volume", *delivered, "flag", "new", GOLDEN("compare_an_export_may_have_been")],
    ]


def test_what_was_not_read_stands_first_and_what_can_wait_is_no_alarm(tmp_path: Path) -> None:
    to_come = {"source_file": "a/2022-07-01", "reason": "still to come", "needs_correction": False}
    wrong = {"source_file": "b", "reason": "b.yaml: no key <b>", "needs_correction": True}
    verdicts = {}
    for name, unread in (("waiting", [to_come]), ("wrong", [to_come, wrong])):
        release = write_release(
            tmp_path / f"{name}.duckdb", skipped_files=unread, deliveries=LANDED
        )
        page = Page(write_quality_report(release, tmp_path))
        verdicts[name] = page.texts["verdict"]
    assert page.rows("skipped-files") == [
        ["b", "to fix", "b.yaml: no key <b>"],
        ["a/2022-07-01", "can wait", "still to come"],
    ]
    assert page.ids.index("skipped-files") < page.ids.index("new")
    assert verdicts == {
        "waiting": GOLDEN("no_query_is_open_rules_hold"),
        "wrong": GOLDEN("fix_first_file_or_folder_was"),
    }


def test_a_new_finding_is_news_unless_the_rows_that_it_holds_are(tmp_path: Path) -> None:
    """A full delivery without a row is held, too: then the finding alone tells of it."""
    held = finding(rule="admissions.records.kept", consequence="hold_delivery")
    row = violation(2, rule="admissions.delivery.held", title="Held", **NEW)
    reported = {}
    for name, violations in (("rows", [row]), ("no rows", []), ("closed", [row | CLOSED])):
        release = write_release(
            tmp_path / f"{name}.duckdb",
            DAYS,
            violations=violations,
            delivery_findings=[held, finding(title="Old", **OLD)],
            deliveries=LANDED,
        )
        reported[name] = Page(write_quality_report(release, tmp_path)).texts.get("new-findings")
    new = "1 finding on a whole delivery is new"
    assert reported == {"rows": None, "no rows": new, "closed": new}


def test_trends_count_what_was_open_after_each_day(tmp_path: Path) -> None:
    """On Saturday 7, 9 and 11 were open; 12 goes on as another query, 13 had closed on Friday."""
    release = write_release(
        tmp_path / "release.duckdb",
        DAYS,
        violations=[
            violation(7),
            violation(9, first_seen_on=FRIDAY),
            violation(11, **CLOSED),
            violation(12, **CLOSED | {"closed_how": "delivered again"}),
            violation(13, **CLOSED | {"first_seen_on": FRIDAY, "last_seen_on": FRIDAY}),
        ],
        check_results=[check_result(SUNDAY, 4)],
        deliveries=LANDED,
    )
    html = write_quality_report(release, tmp_path).read_text(encoding="utf-8")
    assert html.count(GOLDEN("aria_label_open_at_first_today")) == 3


def test_what_a_cell_held_is_never_shown(tmp_path: Path) -> None:
    release = write_release(
        tmp_path / "release.duckdb", violations=[violation(7)], deliveries=LANDED
    )
    assert PLANTED not in write_quality_report(release, tmp_path).read_text(encoding="utf-8")


def test_hostile_names_are_text(tmp_path: Path) -> None:
    hostile = "a/2022-06-04/admissions<script>alert(1)</script>\"'.csv"
    release = write_release(
        tmp_path / "release.duckdb",
        violations=[violation(7, source_file=hostile, field="<img src=x>", rule='a".<b>')],
        deliveries=[delivery(hostile)],
    )
    page = Page(write_quality_report(release, tmp_path))
    assert page.rows('a".<b>')[0][0] == hostile
    assert page.rows("balance")[0][0] == hostile
    assert page.tags.isdisjoint({"script", "img"})
    inside = {link.removeprefix("#") for link in page.links if link.startswith("#")}
    assert inside - set(page.ids) == set()


def test_the_page_asks_for_nothing_outside_itself(page: Page, tmp_path: Path) -> None:
    html = (tmp_path / "reports" / "quality.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in html
    assert page.tags.isdisjoint({"script", "link", "img", "iframe", "object"})
    assert "http" not in html.replace("http-equiv", "")


def test_what_a_text_has_in_backticks_is_shown_as_code(tmp_path: Path) -> None:
    to_do = "Mark it as `mode: delta` in <delivery>."
    release = write_release(
        tmp_path / "release.duckdb",
        violations=[violation(7, why="A `<b>` is text.", action=to_do)],
        deliveries=LANDED,
        delivery_findings=[finding(action=to_do)],
        skipped_files=[
            {"source_file": "a", "reason": f"{'x' * 500} `part:`", "needs_correction": True}
        ],
    )
    html = write_quality_report(release, tmp_path).read_text(encoding="utf-8")
    shown = "Mark it as <code>mode: delta</code> in &lt;delivery&gt;."
    assert html.count(shown) == 2
    assert "A <code>&lt;b&gt;</code> is text." in html
    assert f"{'x' * 500} <code>part:</code>" in html
    assert "`" not in html


def test_a_name_may_break_between_its_parts_alone() -> None:
    names = "study.table1_baseline:rs a/2022-06-04/x.csv <b> at 4.5 hours."
    assert breakable(names) == (GOLDEN("study_wbr_table_wbr_baseline_rs"))


@pytest.mark.parametrize(
    ("sites", "banner", "sentence"),
    [
        (
            "a",
            "<strong>Synthetic data.</strong> No row describes a real patient.</div>",
            "Synthetic data: no row describes a real patient.",
        ),
        (
            "bac",
            "<strong>Partly synthetic data.</strong> No row of a and c describes a real patient; "
            "the rows of the other sites do.</div>",
            "Partly synthetic data: no row of a and c describes a real patient; the rows of the "
            "other sites do.",
        ),
        ("b", None, None),
    ],
    ids=["all", "some", "none"],
)
def test_which_rows_are_synthetic_is_reported_on_pages_and_in_exports(
    tmp_path: Path, sites: str, banner: str | None, sentence: str | None
) -> None:
    for site in "ac":
        (tmp_path / f"{site}.yaml").write_text(f"site: {site}\nsynthetic: true\n")
    deliveries = [delivery(f"{site}/2022-06-04/admissions.csv") for site in sites]
    path = write_release(tmp_path / "release.duckdb", deliveries=deliveries)
    html = write_quality_report(path, tmp_path, sites_dir=tmp_path).read_text()
    assert ("synthetic data" in html.lower()) is bool(banner)
    assert (banner or "") in html
    with open_release(path) as release:
        assert origin(release, tmp_path)[:-1] == ([sentence] if sentence else [])


@pytest.mark.parametrize(
    ("wrong", "synthetic"), [("colour: red", True), ("headers: [", True), ("synthetic: 5", False)]
)
def test_a_wrong_mapping_keeps_nobody_from_the_page(
    tmp_path: Path, wrong: str, synthetic: bool
) -> None:
    """Its site's earlier rows are still in the release, and the page says what is wrong with it."""
    reported = "synthetic: true\n" if synthetic else ""
    (tmp_path / "a.yaml").write_text(f"site: a\n{reported}{wrong}\n", encoding="utf-8")
    release = write_release(tmp_path / "release.duckdb", deliveries=LANDED)
    html = write_quality_report(release, tmp_path, sites_dir=tmp_path).read_text()
    assert ("Synthetic data" in html) is synthetic


def test_the_page_stays_small_however_much_is_wrong(tmp_path: Path) -> None:
    """250 rules, 400 open queries each, at 40 sites with long file names."""
    release = write_release(
        tmp_path / "release.duckdb", DAYS, violations=[violation(1)], deliveries=LANDED
    )
    _multiply(release)
    page = write_quality_report(release, tmp_path)
    assert page.stat().st_size < 3 * MEGABYTE
    assert GOLDEN("and_more_in_code_quality_violations") in page.read_text(encoding="utf-8")


def test_the_same_release_gives_the_same_page(tmp_path: Path) -> None:
    release = write_release(
        tmp_path / "release.duckdb", DAYS, violations=[violation(7)], deliveries=LANDED
    )
    pages = [write_quality_report(release, tmp_path / name).read_bytes() for name in "ab"]
    assert pages[0] == pages[1]


def test_an_empty_registry_has_a_page(tmp_path: Path) -> None:
    page = Page(write_quality_report(write_release(tmp_path / "release.duckdb"), tmp_path))
    assert page.texts["verdict"] == GOLDEN("no_query_is_open_rules_hold_2")


@pytest.mark.parametrize(
    ("counts", "day_before", "expected"),
    [
        (
            {},
            SATURDAY,
            Verdict("clear", "No query is open: 90 rules hold in 12 delivered files."),
        ),
        (
            {"n_newly_closed": 2},
            SATURDAY,
            Verdict(
                "clear",
                "No query is open: 90 rules hold in 12 delivered files, and 2 queries closed since "
                "4 June 2022.",
            ),
        ),
        (
            {"n_open": 1, "n_open_warn": 1},
            SATURDAY,
            Verdict(
                "flagged",
                "No row is rejected; 1 query on a flagged value; nothing changed since "
                "4 June 2022.",
            ),
        ),
        (
            {"n_open": 2, "n_open_reject": 2, "n_rows_rejected": 1, "n_new": 2},
            None,
            Verdict(
                "rejected",
                "2 queries on 1 rejected row, all new in this first release.",
            ),
        ),
        (
            {"n_findings": 2, "n_new_findings": 1},
            SATURDAY,
            Verdict(
                "flagged",
                "No query is open; 2 findings on whole deliveries; 1 finding "
                "on a whole delivery is new since 4 June 2022.",
            ),
        ),
        (
            {"n_newly_closed": 1, "n_skipped_to_fix": 2},
            SATURDAY,
            Verdict(
                "fix_first",
                "Fix first: 2 files or folders were skipped; no query is open: 90 rules hold in "
                "12 delivered files, and 1 query closed since 4 June 2022.",
            ),
        ),
        (
            {"n_overdue": 2},
            None,
            Verdict(
                "flagged",
                "No query is open: 90 rules hold in 12 delivered files; 2 extracts are overdue.",
            ),
        ),
        (
            {"n_study_undelivered": 1},
            None,
            Verdict(
                "fix_first",
                "Fix first: 1 study has no delivery from any of its sites; no query is open: "
                "90 rules hold in 12 delivered files.",
            ),
        ),
        (
            {"n_open": 1, "n_open_reject": 1, "n_files_rejected": 1, "n_held": 2, "n_errored": 1},
            SATURDAY,
            Verdict(
                "fix_first",
                "Fix first: 1 file is rejected, 2 deliveries are held and 1 rule could not be "
                "checked; 1 query on rejected data; nothing changed since 4 June 2022.",
            ),
        ),
    ],
)
def test_the_verdict(counts: dict[str, int], day_before: date | None, expected: Verdict) -> None:
    none = dict.fromkeys(COUNTED, 0)
    assert verdict(none | {"n_rules": 90, "n_files": 12} | counts, day_before) == expected


def test_numbers_in_words() -> None:
    assert [percent(share) for share in (1.0, 0.99999, 0.5, 0.07, None)] == [
        "100%",
        "99.99%",
        "50%",
        "7%",
        "",
    ]
    measures = [
        *((0.5, "share"), (0.0007, "share"), (0.25, "ratio"), (10.593836, "index")),
        *((22.5, "mmol/L"), (218.0, "mmHg"), (200_000, "10^9/L")),
    ]
    assert [measure(number, unit) for number, unit in measures] == [
        *("50%", "0.07%", "0.25 times", "10.59", "22.5 mmol/L", "218 mmHg", "200,000 10^9/L")
    ]
    assert [age(days) for days in (0, 1, 30, None)] == ["today", "1 day", "30 days", ""]


def _multiply(release: Path) -> None:
    """Make 100,000 violations of 250 rules at 40 sites out of the release's only one."""
    with duckdb.connect(release) as connection:
        connection.execute(
            """
            create temp table one as select * from quality.violations;
            insert into quality.violations
            select one.* replace (
                'v' || rules.n || '-' || lines.n as violation_id,
                'admissions.rule_' || rules.n || '.range' as rule,
                'site_' || lines.n % 40 as site,
                'site_' || lines.n % 40 || '/2022-06-04/' || repeat('admissions_', 20)
                    as source_file,
                lines.n as source_row,
                repeat('Correct it at the source. ', 8) as expected
            )
            from one, range(250) as rules (n), range(400) as lines (n)
            """
        )


def test_a_rule_that_several_fields_break_names_none_of_them_and_each_remedy(
    tmp_path: Path,
) -> None:
    rule = {"rule": "admissions.columns.required", "title": "Required column missing"}
    release = write_release(
        tmp_path / "release.duckdb",
        DAYS,
        violations=[
            violation(1, **rule, field="arrived_at", action="Name the column arrived_at."),
            violation(2, **rule, field="sex", action="Name the column sex."),
        ],
    )
    html = write_quality_report(release, tmp_path).read_text(encoding="utf-8")
    assert '<span class="small soft">admissions</span>' in html
    assert GOLDEN("dd_name_the_column_arrived_wbr") in html
