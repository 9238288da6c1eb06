"""A full delivery that lacks what was known: held, believed where the loss is accepted."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from tests.support.checked_rows import SITE, query, valid, within_sites, work_database
from tests.support.golden import golden
from warehouse.checks.run import run_checks
from warehouse.definitions.accepted_losses import AcceptedLoss, read_accepted
from warehouse.definitions.dictionary import DictionaryError
from warehouse.expectations.record_loss import loss_rules
from warehouse.expectations.suites import RuleBook

GOLDEN = golden("checks")

FIRST, SECOND, THIRD = date(2022, 4, 1), date(2022, 5, 1), date(2022, 6, 1)
MANY, FEW = "admissions.records.kept", "admissions.few_records.kept"


class Case(NamedTuple):
    """Which patients a site delivers on which day, and the losses that are found of a rule.

    A loss: the day, what is measured, on how many, how many rows are held, and on how many days.
    """

    patients: dict[date, range]
    found: list[tuple[date, float, int, int, int]]
    mode: str = "full"
    rule: str = MANY


CASES = {
    # The second night is cut too: it is compared with all that was known, not with the first.
    "cut as long as it comes": Case(
        {FIRST: range(40), SECOND: range(4), THIRD: range(5)},
        [(SECOND, 0.9, 40, 4, 1), (THIRD, 0.88, 40, 5, 1)],
    ),
    "without rows": Case({FIRST: range(40), SECOND: range(0)}, [(SECOND, 1.0, 40, 0, 1)]),
    # A small loss is a withdrawal.
    "four of forty": Case({FIRST: range(40), SECOND: range(4, 44)}, []),
    "too few to judge": Case({FIRST: range(19), SECOND: range(1)}, []),
    "a delta withdraws nothing": Case({FIRST: range(40), SECOND: range(4)}, [], "delta"),
    # A loss of few records is asked about and not held.
    "six of twelve": Case(
        {FIRST: range(12), SECOND: range(6)}, [(SECOND, 6.0, 12, 0, 0)], rule=FEW
    ),
    "two of three, two new": Case(
        {FIRST: range(3), SECOND: range(2, 5)}, [(SECOND, 2.0, 3, 0, 0)], rule=FEW
    ),
    "one of three": Case({FIRST: range(3), SECOND: range(2)}, [], rule=FEW),
    "two of twenty are a tenth": Case({FIRST: range(20), SECOND: range(18)}, [], rule=FEW),
    # Of SECOND it is believed, and the next is checked against it.
    "accepted": Case(
        {FIRST: range(60), SECOND: range(30), THIRD: range(3)}, [(THIRD, 0.9, 30, 3, 1)]
    ),
}
ACCEPTED = AcceptedLoss(site="accepted", delivered_on=SECOND, because="archived")


def book_with(*accepted: AcceptedLoss) -> RuleBook:
    """The project's rules within sites, with these losses accepted."""
    book = within_sites()
    suites = dict(book.suites)
    admissions = suites["admissions"]
    own = {rule.name: rule for rule in loss_rules("admissions", accepted)}
    rules = tuple(own.get(rule.name, rule) for rule in admissions.deliveries)
    suites["admissions"] = admissions._replace(deliveries=rules)
    return book._replace(suites=suites)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work database in which each case is a site, after the checks."""
    deliveries = [
        (site, day, numbers, case.mode)
        for site, case in CASES.items()
        for day, numbers in case.patients.items()
    ]
    rows = [
        valid(
            "admissions",
            site=site,
            patient_key=f"p{number}",
            delivered_on=day,
            file_id=f"{site} {day}",
        )
        for site, day, numbers, _mode in deliveries
        for number in numbers
    ]
    folder = tmp_path_factory.mktemp("losses")
    path = work_database(folder / "work.duckdb", {"admissions": rows})
    with duckdb.connect(path) as connection:
        connection.execute("delete from raw.files where extract = 'admissions'")
        connection.executemany(
            "insert into raw.files (file_id, source_file, site, extract, delivered_on, mode, "
            "status) values (?, ?, ?, 'admissions', ?, ?, 'landed')",
            [
                [f"{site} {day}", f"{site} {day}", site, day, mode]
                for site, day, _numbers, mode in deliveries
            ],
        )
    run_checks(path, "r1", folder / "results", lambda _line: None, book_with(ACCEPTED))
    return path


@pytest.mark.parametrize("site", CASES)
def test_a_full_delivery_without_what_was_known_is_a_loss(checked: Path, site: str) -> None:
    _patients, expected, _mode, rule = CASES[site]
    found = query(
        checked,
        f"""
        select
            findings.delivered_on, round(measured, 2), measured_on,
            count(failures.row_id), count(distinct held.delivered_on)
        from raw.delivery_findings as findings
        left join raw.held_deliveries as held using (extract, site, delivered_on)
        left join raw.admissions as landed using (site, delivered_on)
        left join raw.check_failures as failures
            on landed.row_id = failures.row_id and failures.rule = 'admissions.delivery.held'
        where findings.rule = '{rule}' and site = '{site}'
        group by all
        order by all
        """,
    )
    assert found == expected


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
