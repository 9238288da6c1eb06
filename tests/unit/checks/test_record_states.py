"""What becomes of every delivered row of a record. All rows are invented."""

from __future__ import annotations

from datetime import date

import duckdb

from tests.support.record_states import Sent, stated, states
from warehouse.checks.patient_context import create_context_table
from warehouse.definitions.accepted_losses import AcceptedLoss


def verdicts(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, bool, bool]]:
    query = "select row_id, is_accepted, is_warned from raw.record_versions order by all"
    return connection.execute(query).fetchall()


def test_a_row_is_rejected_by_landing_by_a_check_or_for_want_of_a_key() -> None:
    connection = stated(Sent("a", 1, "k1 k2! k3? -"), Sent("b", 1, "k9", "followups"))
    connection.execute(
        "insert into raw.check_failures (rule, extract, row_id, severity) "
        "values ('other', 'imaging', 'a:3', 'warn')"
    )
    assert verdicts(connection) == [
        ("a:2", True, False),
        ("a:3", False, False),
        ("a:4", True, True),
        ("a:5", False, False),
        ("b:2", True, False),
    ]


def test_the_newest_accepted_version_counts_and_a_rejected_one_erases_nothing() -> None:
    found = states(
        stated(Sent("a", 1, "mended spoilt twice twice"), Sent("b", 2, "mended spoilt! new!"))
    )
    assert found == [
        ("a:2", "superseded", "b", 2, None, None),
        ("a:3", "current", None, None, None, None),
        ("a:4", "superseded", None, None, None, None),
        ("a:5", "current", None, None, None, None),
        ("b:2", "current", None, None, None, None),
        ("b:3", "rejected", None, None, None, None),
        ("b:4", "rejected", None, None, None, None),
    ]


def test_of_two_files_of_a_day_the_last_in_the_order_of_characters_counts() -> None:
    """A name says nothing of time, so that numbers in it are not read as such."""
    found = states(stated(Sent("imaging_2.csv", 1, "k"), Sent("imaging_10.csv", 1, "k")))
    assert found == [
        ("imaging_10.csv:2", "superseded", "imaging_2.csv", 1, None, None),
        ("imaging_2.csv:2", "current", None, None, None, None),
    ]


def test_a_full_delivery_withdraws_what_it_lacks() -> None:
    """It lacks `gone` and `back`, which comes back, and has a rejected row of `spoilt`."""
    found = states(
        stated(
            Sent("a", 1, "gone kept spoilt back late"),
            Sent("b", 2, "gone late!"),
            Sent("c", 3, "kept spoilt!", mode="full"),
            Sent("d", 4, "back late!"),
            Sent("t", 1, "gone", site="t"),
        )
    )
    assert found == [
        ("a:2", "superseded", "b", 2, "c", 3),
        ("a:3", "superseded", "c", 3, None, None),
        ("a:4", "current", None, None, None, None),
        ("a:5", "superseded", "d", 4, "c", 3),
        ("a:6", "withdrawn", None, None, "c", 3),
        ("b:2", "withdrawn", None, None, "c", 3),
        ("b:3", "rejected", None, None, "c", 3),
        ("c:2", "current", None, None, None, None),
        ("c:3", "rejected", None, None, None, None),
        ("d:2", "current", None, None, None, None),
        ("d:3", "rejected", None, None, None, None),
        ("t:2", "current", None, None, None, None),
    ]


def test_who_is_withdrawn_is_withdrawn_with_procedures_and_scans() -> None:
    """p is gone on day 3, q is back on day 4; a procedure of p has no key."""
    found = states(
        stated(
            Sent("a", 1, "p q", "admissions"),
            Sent("c", 3, "r", "admissions", mode="full"),
            Sent("d", 4, "q", "admissions"),
            Sent("b", 1, "t1=p u1=q -=p", "procedures"),
            Sent("e", 5, "t2=p t3=p!", "procedures"),
            Sent("o", 1, "t1=p", "procedures", site="other"),
        )
    )
    assert found == [
        ("a:2", "withdrawn", None, None, "c", 3),
        ("a:3", "superseded", "d", 4, "c", 3),
        ("b:2", "withdrawn", None, None, "c", 3),
        ("b:3", "current", None, None, None, None),
        ("b:4", "rejected", None, None, "c", 3),
        ("c:2", "current", None, None, None, None),
        ("d:2", "current", None, None, None, None),
        ("e:2", "withdrawn", None, None, None, None),
        ("e:3", "rejected", None, None, None, None),
        ("o:2", "current", None, None, None, None),
    ]


def test_only_a_full_delivery_that_was_read_completely_counts_as_full() -> None:
    """2 a delta, 3 an unreadable line, 4 no key, 5 rejected, 6 is 4 again, 7 held, 8 complete.

    Day 9 has a hidden sheet with records, and day 10 is 9 again; that of day 8 holds a legend, and
    comes with a file that has no records. Day 11 has nothing but a header, and day 12 is 11 again.
    """
    full = {"mode": "full"}
    connection = stated(
        Sent("f1", 1, "k", **full),
        Sent("f2", 2, "k"),
        Sent("f3", 3, "k", **full, unreadable=1),
        Sent("f4", 4, "k -", **full),
        Sent("f5", 5, "k", **full),
        Sent("f6", 5, status="rejected", **full),
        Sent("f7", 6, copy_of="f4", **full),
        Sent("f9", 7, "k", **full),
        Sent("f8", 8, "k", **full),
        Sent("f10", 9, "k", **full, has_unread_records=True),
        Sent("f11", 10, copy_of="f10", **full),
        Sent("f8_2", 8, **full),
        Sent("f12", 11, **full),
        Sent("f13", 12, copy_of="f12", **full),
        held=(("imaging", 7), ("followups", 8)),
    )
    found = connection.execute(
        "select day(delivered_on), next_landed_file, day(next_landed_on), next_full_file, "
        "day(next_full_on) from raw.next_deliveries order by all"
    ).fetchall()
    assert found == [
        (1, "f2", 2, "f8", 8),
        (2, "f3", 3, "f8", 8),
        (3, "f4", 4, "f8", 8),
        (4, "f5", 5, "f8", 8),
        (5, "f9", 7, "f8", 8),
        (6, "f9", 7, "f8", 8),
        (7, "f8", 8, "f8", 8),
        (8, "f10", 9, None, None),
        (9, "f12", 11, None, None),
        (10, "f12", 11, None, None),
        (11, None, None, None, None),
        (12, None, None, None, None),
    ]


NOTHING = (
    Sent("a", 1, "p q", "admissions"),
    Sent("b", 1, "t=p u=q", "procedures"),
    Sent("c", 2, "", "admissions", mode="full"),
    Sent("d", 2, "", "followups", mode="full"),
)


def test_a_full_delivery_without_a_record_withdraws_nobody_and_asks() -> None:
    """Of the follow-ups nothing was known, so that nothing could be withdrawn."""
    connection = stated(*NOTHING)
    assert {row[:2] for row in states(connection)} == {
        (name, "current") for name in ("a:2", "a:3", "b:2", "b:3")
    }
    query = "select rule, source_file, severity, found from raw.landing_violations"
    assert connection.execute(query).fetchall() == [
        ("admissions.records.some", "c", "warn", "no record")
    ]


def test_a_held_full_delivery_without_a_record_asks_once() -> None:
    """The query that holds it says the same."""
    connection = stated(*NOTHING, held=(("admissions", 2),))
    assert connection.execute("from raw.landing_violations").fetchall() == []


def test_everybody_is_withdrawn_when_the_loss_is_accepted() -> None:
    """For that day alone, and with the procedures of the withdrawn."""
    loss = AcceptedLoss(site="s", delivered_on=date(2022, 1, 2), because="the register was closed")
    connection = stated(*NOTHING, accepted=(loss,))
    assert [row[:2] for row in states(connection)] == [
        (name, "withdrawn") for name in ("a:2", "a:3", "b:2", "b:3")
    ]
    assert connection.execute("from raw.landing_violations").fetchall() == []
    other = AcceptedLoss(site="s", delivered_on=date(2022, 1, 1), because="another day")
    assert {row[1] for row in states(stated(*NOTHING, accepted=(other,)))} == {"current"}


def test_later_rules_know_what_counts_and_what_went_with_its_patient() -> None:
    """q's procedure is withdrawn by itself; p's with p, whose scans are judged as before."""
    connection = stated(
        Sent("a", 1, "p q", "admissions"),
        Sent("b", 1, "t=p u=q v=r w=r", "procedures"),
        Sent("c", 3, "q r", "admissions", mode="full"),
        Sent("d", 3, "v=r", "procedures", mode="full"),
    )
    known = {}
    for extract, table in (("admissions", "admission"), ("procedures", "procedure")):
        create_context_table(connection, extract)
        known[table] = connection.execute(
            f"select distinct patient_key from raw.{extract} "
            f"where hash(site, admission_key) in (select known_admission from checks.{table}) "
            "order by all"
        ).fetchall()
    assert known == {"admission": [("p",), ("q",), ("r",)], "procedure": [("p",), ("r",)]}


def test_a_file_sent_again_counts_on_each_of_its_days() -> None:
    """The smaller full file b withdraws q and corrects p; a, sent again, has both as they were."""
    found = states(
        stated(
            Sent("a", 1, "p q", mode="full"),
            Sent("b", 2, "p", mode="full"),
            Sent("c", 3, mode="full", copy_of="a"),
        )
    )
    assert found == [
        ("a:2", "superseded", "b", 2, None, None),
        ("a:2", "current", None, None, None, None),
        ("a:3", "superseded", "c", 3, "b", 2),
        ("a:3", "current", None, None, None, None),
        ("b:2", "superseded", "c", 3, None, None),
    ]


def test_a_smaller_full_file_sent_again_withdraws_what_it_lacks() -> None:
    found = states(
        stated(
            Sent("a", 1, "p", mode="full"),
            Sent("b", 2, "p q", mode="full"),
            Sent("c", 3, mode="full", copy_of="a"),
            Sent("d", 3, mode="full", copy_of="a"),
        )
    )
    assert found == [
        ("a:2", "superseded", "b", 2, None, None),
        ("a:2", "current", None, None, None, None),
        ("b:2", "superseded", "c", 3, None, None),
        ("b:3", "withdrawn", None, None, "c", 3),
    ]


def test_within_a_day_what_was_known_is_older_than_what_is_new() -> None:
    """`z`, the same as `a`, is the last by name; `m` is new and has the record too."""
    found = states(stated(Sent("a", 1, "p"), Sent("m", 2, "p"), Sent("z", 2, copy_of="a")))
    assert found == [
        ("a:2", "superseded", "z", 2, None, None),
        ("a:2", "superseded", "m", 2, None, None),
        ("m:2", "current", None, None, None, None),
    ]


def test_a_copy_within_a_day_changes_nothing() -> None:
    found = states(
        stated(Sent("a", 1, "p q"), Sent("b", 2, "p", mode="full"),
               Sent("c", 2, mode="full", copy_of="b"))
    )  # fmt: skip
    assert found == [
        ("a:2", "superseded", "b", 2, None, None),
        ("a:3", "withdrawn", None, None, "b", 2),
        ("b:2", "current", None, None, None, None),
    ]


def test_a_held_file_that_was_sent_again_counts_for_nothing() -> None:
    """Held where it came first, or held when it came again."""
    for number in (1, 3):
        connection = stated(
            Sent("a", 1, "p" if number == 3 else "p!", mode="full"),
            Sent("b", 2, "p q", mode="full"),
            Sent("c", 3, mode="full", copy_of="a"),
            held=(("imaging", number),),
        )
        assert [row[:2] for row in states(connection) if row[0] != "a:2"] == [
            ("b:2", "current"),
            ("b:3", "current"),
        ]


def test_a_query_says_how_many_replaced_values_a_file_sent_again_brings_back() -> None:
    """Values of p and q were replaced by b; those of r were not, and s is newer on the day."""
    connection = stated(
        Sent("a", 1, "p q r s"), Sent("b", 2, "p q s"), Sent("c", 3, copy_of="a"), Sent("d", 3, "s")
    )
    query = "select rule, source_file, severity, found from raw.landing_violations"
    assert connection.execute(query).fetchall() == []  # the same values under another name
    connection = stated(
        Sent("a", 1, "p q r s"),
        Sent("b", 2, "p q s", values=7),
        Sent("c", 3, copy_of="a"),
        Sent("d", 3, "s"),
    )
    assert connection.execute(query).fetchall() == [
        ("imaging.file.resent", "c", "warn", "2 records")
    ]
