"""A full delivery that lacks what was known: held, believed where the loss is accepted."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.checked_rows import SITE, query, valid, work_database
from tests.support.golden import golden
from warehouse.checks.run import run_checks
from warehouse.definitions.accepted_losses import AcceptedLoss, read_accepted
from warehouse.definitions.dictionary import DictionaryError
from warehouse.expectations.record_loss import loss_rules
from warehouse.expectations.suites import RuleBook, rule_book

GOLDEN = golden("checks")

FIRST, SECOND, THIRD = date(2022, 4, 1), date(2022, 5, 1), date(2022, 6, 1)
ACCEPTED = AcceptedLoss(site=SITE, delivered_on=SECOND, because="archived")


def book_with(*accepted: AcceptedLoss) -> RuleBook:
    """The project's rules, with these losses accepted."""
    suites = dict(rule_book().suites)
    admissions = suites["admissions"]
    own = {rule.name: rule for rule in loss_rules("admissions", accepted)}
    rules = tuple(own.get(rule.name, rule) for rule in admissions.deliveries)
    suites["admissions"] = admissions._replace(deliveries=rules)
    return rule_book()._replace(suites=suites)


def lost(
    path: Path,
    patients: dict[date, range],
    mode: str,
    *accepted: AcceptedLoss,
    rule: str = "records.kept",
) -> list[Any]:
    """Deliveries of these patients: the measured losses, and how many rows are held on each day."""
    rows = [
        valid("admissions", patient_key=f"p{number}", delivered_on=day, file_id=str(day))
        for day, numbers in patients.items()
        for number in numbers
    ]
    work_database(path / "work.duckdb", {"admissions": rows})
    with duckdb.connect(path / "work.duckdb") as connection:
        connection.execute("delete from raw.files where extract = 'admissions'")
        connection.executemany(
            "insert into raw.files (file_id, source_file, site, extract, delivered_on, mode, "
            f"status) values (?, ?, '{SITE}', 'admissions', ?, '{mode}', 'landed')",
            [[str(day), str(day), day] for day in patients],
        )
    run_checks(
        path / "work.duckdb", "r1", path / "results", lambda _line: None, book_with(*accepted)
    )
    return query(
        path / "work.duckdb",
        f"""
        select
            findings.delivered_on, round(measured, 2), measured_on,
            count(failures.row_id), count(distinct held.delivered_on)
        from raw.delivery_findings as findings
        left join raw.held_deliveries as held using (extract, site, delivered_on)
        left join raw.admissions as landed using (site, delivered_on)
        left join raw.check_failures as failures
            on landed.row_id = failures.row_id and failures.rule = 'admissions.delivery.held'
        where findings.rule = 'admissions.{rule}'
        group by all
        order by all
        """,
    )


def test_a_cut_full_delivery_is_held_as_long_as_it_comes(tmp_path: Path) -> None:
    """The second night is cut too: it is compared with all that was known, not with the first."""
    patients = {FIRST: range(40), SECOND: range(4), THIRD: range(5)}
    assert lost(tmp_path, patients, "full") == [(SECOND, 0.9, 40, 4, 1), (THIRD, 0.88, 40, 5, 1)]


def test_a_full_delivery_without_rows_is_held(tmp_path: Path) -> None:
    assert lost(tmp_path, {FIRST: range(40), SECOND: range(0)}, "full") == [(SECOND, 1.0, 40, 0, 1)]


@pytest.mark.parametrize(
    ("patients", "mode"),
    [
        pytest.param({FIRST: range(40), SECOND: range(4, 44)}, "full", id="four of forty"),
        pytest.param({FIRST: range(19), SECOND: range(1)}, "full", id="too few to judge"),
        pytest.param({FIRST: range(40), SECOND: range(4)}, "delta", id="a delta withdraws nothing"),
    ],
)
def test_a_small_loss_is_a_withdrawal(
    tmp_path: Path, patients: dict[date, range], mode: str
) -> None:
    assert lost(tmp_path, patients, mode) == []


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        pytest.param(range(12), range(6), [(SECOND, 6.0, 12, 0, 0)], id="six of twelve"),
        pytest.param(range(3), range(2, 5), [(SECOND, 2.0, 3, 0, 0)], id="two of three, two new"),
        pytest.param(range(3), range(2), [], id="one of three"),
        pytest.param(range(20), range(18), [], id="two of twenty are a tenth"),
    ],
)
def test_a_loss_of_few_records_is_asked_about_and_not_held(
    before: range, after: range, found: list[Any], tmp_path: Path
) -> None:
    patients = {FIRST: before, SECOND: after}
    assert lost(tmp_path, patients, "full", rule="few_records.kept") == found


def test_an_accepted_loss_is_believed_and_the_next_is_checked_against_it(tmp_path: Path) -> None:
    patients = {FIRST: range(60), SECOND: range(30), THIRD: range(3)}
    assert lost(tmp_path, patients, "full", ACCEPTED) == [(THIRD, 0.9, 30, 3, 1)]


def test_an_accepted_loss_says_which_delivery_and_why(tmp_path: Path) -> None:
    path = tmp_path / "accepted_losses.yaml"
    path.write_text("accepted_losses: [{because: archived, site: s}]\n")
    with pytest.raises(DictionaryError, match="delivered_on"):
        read_accepted(path)


def test_a_cut_full_delivery_that_is_sent_again_is_held(tmp_path: Path) -> None:
    """The small export of the first day comes again: it lacks 36 of 40 patients known by then."""
    rows = [
        valid("admissions", patient_key=f"p{number}", delivered_on=day, file_id=str(day),
              source_file=str(day))
        for day, numbers in {FIRST: range(4), SECOND: range(40)}.items()
        for number in numbers
    ]  # fmt: skip
    work_database(path := tmp_path / "work.duckdb", {"admissions": rows})
    with duckdb.connect(path) as connection:
        connection.execute("update raw.files set mode = 'full' where extract = 'admissions'")
        connection.execute(
            "insert into raw.files (file_id, source_file, site, extract, delivered_on, mode, "
            f"status, duplicate_of) values ('c', 'c', '{SITE}', 'admissions', '{THIRD}', 'full', "
            f"'duplicate', '{FIRST}')"
        )
    run_checks(path, "r1", tmp_path / "results", lambda _line: None, book_with())
    assert query(path, "select delivered_on from raw.held_deliveries") == [(THIRD,)]
    counts = "select version_status, count(*) from raw.record_versions "
    assert query(path, GOLDEN("where_extract_admissions_group_by_all", counts=counts)) == [
        ("current", 40),
        ("rejected", 4),
        ("superseded", 4),
    ]
