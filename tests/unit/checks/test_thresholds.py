"""Thresholds: what happens where more of a delivery breaks a rule than may."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.checked_rows import SITE, query, valid, work_database
from tests.support.golden import golden
from warehouse.checks import results
from warehouse.checks.beyond_threshold import apply_consequences
from warehouse.checks.own_thresholds import meet_own_thresholds
from warehouse.checks.run import CheckError, run_checks
from warehouse.definitions.config import THRESHOLDS, shipped_path
from warehouse.definitions.dictionary import DictionaryError
from warehouse.definitions.thresholds import (
    HOLD_WHEN_MOST_FAIL,
    Threshold,
    Thresholds,
    load_thresholds,
    thresholds,
)
from warehouse.expectations.delivery import DeliveryRule
from warehouse.expectations.suites import RuleBook, all_rules, rule_book

GOLDEN = golden("checks")

RULE = "procedures.duration_plausible"

FLAG, HOLD = (Threshold(max_failed_share=0.2, then=then) for then in ("flag", "hold_delivery"))


def book_with(rules: dict[str, Threshold]) -> RuleBook:
    """The project's rules, with these as the only thresholds beside the defaults."""
    return RuleBook(rule_book().suites, Thresholds(defaults=thresholds().defaults, rules=rules))


def consequences(
    path: Path, n_broken: int, threshold: Threshold, own: Threshold | None = None
) -> Path:
    """A work database in which rows of two deliveries break a rule, after the consequences.

    Of the ten rows of the first delivery ``n_broken`` do, of the three of the second all. ``own``
    is the threshold of the site; another site has one that would hold all.
    """
    days = [date(2022, 5, 1)] * 10 + [date(2022, 6, 1)] * 3
    rows: list[dict[str, Any]] = [
        valid("procedures", procedure_key=f"t{number}", delivered_on=day)
        for number, day in enumerate(days)
    ]
    work_database(path / "work.duckdb", {"procedures": rows})
    with duckdb.connect(path / "work.duckdb") as connection:
        held = ("other", RULE, 0, 1, "hold_release")
        here = (SITE, RULE, own.max_failed_share, own.min_rows, own.then) if own else held
        connection.executemany("insert into raw.site_thresholds values (?, ?, ?, ?, ?)", [here])
        results.create_result_tables(connection, book_with({RULE: threshold}))
        connection.execute(
            f"""
            insert into raw.check_failures
            select '{RULE}', 'procedures', row_id, '', 'warn', '1', ''
            from raw.procedures
            where source_row < 2 + {n_broken} or delivered_on = '2022-06-01';
            insert into raw.check_results
            select 'r1', null, '{RULE}', 'procedures', site, delivered_on, 'warn', count(*),
                count(*) filter (source_row < 2 + {n_broken} or delivered_on = '2022-06-01'), null
            from raw.procedures group by all
            """
        )
        apply_consequences(connection, "procedures", ("r1", None))
        meet_own_thresholds(connection)
    return path / "work.duckdb"


def failures_by_delivery(path: Path) -> list[tuple[Any, ...]]:
    """Failures counted by rule, severity, day and what was found."""
    return query(
        path,
        """
        select failures.rule, failures.severity, landed.delivered_on, failures.found, count(*)
        from raw.check_failures as failures
        inner join raw.procedures as landed using (row_id)
        group by all
        order by all
        """,
    )


def test_rows_within_the_threshold_keep_their_severity(tmp_path: Path) -> None:
    """Three rows are too few to be held against a share."""
    threshold = Threshold(max_failed_share=0.2, min_rows=5, then="hold_delivery")
    assert failures_by_delivery(consequences(tmp_path, 2, threshold)) == [
        (RULE, "warn", date(2022, 5, 1), "1", 2),
        (RULE, "warn", date(2022, 6, 1), "1", 3),
    ]


def test_rows_beyond_the_threshold_are_rejected(tmp_path: Path) -> None:
    threshold = Threshold(max_failed_share=0.2, then="reject_row")
    assert failures_by_delivery(consequences(tmp_path, 2, threshold)) == [
        (RULE, "reject", date(2022, 6, 1), "1", 3),
        (RULE, "warn", date(2022, 5, 1), "1", 2),
    ]


@pytest.mark.parametrize(
    ("general", "own", "severity", "status"),
    [
        (FLAG, HOLD, "reject", "failed"),
        (HOLD, FLAG, "warn", "warned"),
        (HOLD, None, "reject", None),
    ],
)
def test_the_threshold_of_a_site_wins(
    general: Threshold, own: Threshold | None, severity: str, status: str, tmp_path: Path
) -> None:
    path = consequences(tmp_path, 3, general, own)
    assert max(row[1] == "reject" for row in failures_by_delivery(path)) == (severity == "reject")
    found = query(path, f"select distinct status from raw.check_results where rule = '{RULE}'")
    assert found == [(status,)]


def test_a_threshold_of_a_site_that_fits_no_rule_does_not_count(tmp_path: Path) -> None:
    path = work_database(tmp_path / "work.duckdb", {})
    entries = [
        ("a", "admissions.no_such_rule", "flag"),
        ("a", "admissions.sex.required", "flag"),
        ("a", "admissions.sex.codes", "hold_delivery"),
        ("a", "admissions.volume.steady", "reject_row"),
        ("b", "admissions.volume.steady", "flag"),
    ]
    with duckdb.connect(path) as connection:
        connection.executemany("insert into raw.site_thresholds values (?, ?, 0, 1, ?)", entries)
        results.create_result_tables(connection, rule_book())
    assert query(
        path, "select site, rule, problem is null from raw.own_thresholds order by all"
    ) == [
        ("a", "admissions.no_such_rule", False),
        ("a", "admissions.sex.codes", True),
        ("a", "admissions.sex.required", False),
        ("a", "admissions.volume.steady", False),
        ("b", "admissions.volume.steady", True),
    ]


def test_a_delivery_beyond_the_threshold_is_held_with_all_its_rows(tmp_path: Path) -> None:
    threshold = Threshold(max_failed_share=0.2, min_rows=5, then="hold_delivery")
    path = consequences(tmp_path, 3, threshold)
    held = "procedures.delivery.held"
    assert failures_by_delivery(path) == [
        (held, "reject", date(2022, 5, 1), f"{RULE} (3 of 10)", 10),
        (RULE, "warn", date(2022, 5, 1), "1", 3),
        (RULE, "warn", date(2022, 6, 1), "1", 3),
    ]
    assert query(
        path,
        f"""
        select delivered_on, rows_checked, rows_failed, status from raw.check_results
        where rule = '{held}' order by all
        """,
    ) == [(date(2022, 5, 1), 10, 10, "failed"), (date(2022, 6, 1), 3, 0, "passed")]


@pytest.mark.parametrize(
    ("severity", "counts", "threshold", "status"),
    [
        ("reject", (10, 1), (0, 1, "reject_row"), "failed"),
        ("reject", (10, 0), (0, 1, "reject_row"), "passed"),
        ("warn", (10, 1), (0.05, 1, "flag"), "warned"),
        ("warn", (10, 2), (0.1, 1, "hold_release"), "failed"),
        ("warn", (10, 1), (0.1, 1, "hold_release"), "warned"),
        ("warn", (10, 2), (0.1, 20, "hold_release"), "warned"),
        ("warn", (0, 0), (0.1, 1, "flag"), "not_applicable"),
    ],
)
def test_the_status_follows_from_counts_and_threshold(
    severity: str, counts: tuple[int, int], threshold: tuple[float, int, str], status: str
) -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        connection.execute(results.CREATE_RESULTS)
        checked_cases = connection.execute(
            "select raw.check_status(null, ?, ?, ?, ?, ?, ?)", [severity, *counts, *threshold]
        ).fetchone()
    assert checked_cases == (status,)


def test_the_thresholds_of_the_rules_fit_them() -> None:
    rules = all_rules()
    rowless = [rule.id for rule in rules if isinstance(rule, DeliveryRule)]
    own = Thresholds(
        defaults=thresholds().defaults,
        rules={rule.id: rule.threshold for rule in rules if rule.threshold},
    )
    assert own.problems({rule.id: rule.severity for rule in rules}, rowless) == []


def test_a_line_in_the_thresholds_comes_before_the_threshold_of_the_rule() -> None:
    (rule,) = (rule for rule in all_rules() if rule.id == "admissions.onset_before_arrival")
    line = Threshold(max_failed_share=0, then="reject_row")
    chosen = Thresholds(defaults=thresholds().defaults, rules={rule.id: line})
    assert rule.allowed(chosen) == line
    assert rule.allowed(thresholds()) == HOLD_WHEN_MOST_FAIL
    assert replace(rule, threshold=None).allowed(thresholds()) == thresholds().defaults["reject"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("then: flag}", "then: flagg}", "  defaults.warn.then: Input should be 'flag', "),
        ("0.05", "5%", "  defaults.warn.max_failed_share: Input should be a valid number"),
        ("  reject: {", "  # reject: {", "  defaults: Value error, there is none for reject"),
    ],
)
def test_a_mistake_in_the_thresholds_is_named_in_a_line(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    path = tmp_path / "thresholds.yaml"
    path.write_text(shipped_path(THRESHOLDS).read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(DictionaryError) as raised:
        load_thresholds(path)
    [head, line] = str(raised.value).splitlines()
    assert (head, line[: len(problem)]) == (
        GOLDEN("it_cannot_be_used", path=path),
        problem,
    )


def test_thresholds_saved_in_another_encoding_are_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "thresholds.yaml"
    path.write_bytes("# 阈值\n".encode("gb18030"))
    with pytest.raises(DictionaryError, match=GOLDEN("thresholds_yaml_is_not_valid_yaml")):
        load_thresholds(path)


def test_thresholds_that_do_not_fit_end_the_checks_with_what_to_change(tmp_path: Path) -> None:
    book = book_with(
        {
            "admissions.no_such_rule": Threshold(max_failed_share=0, then="flag"),
            "admissions.sex.required": Threshold(max_failed_share=0.1, then="flag"),
            "admissions.volume.steady": Threshold(max_failed_share=0, then="reject_row"),
        },
    )
    path = work_database(tmp_path / "work.duckdb", {})
    with pytest.raises(CheckError) as raised:
        run_checks(path, "r1", tmp_path / "results", lambda _line: None, book)
    _, *lines, _ = str(raised.value).splitlines()
    assert [line.split(":")[0].strip() for line in lines] == [
        "admissions.no_such_rule", "admissions.sex.required", "admissions.volume.steady",
    ]  # fmt: skip
