"""Results as text: what fits, what is cut, what becomes blocks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from tests.support.golden import golden
from warehouse.sql_shell.session import Column
from warehouse.sql_shell.text import cell_text, table_lines

GOLDEN = golden("sql_shell")

COLUMNS = (Column("label", "VARCHAR"), Column("n", "BIGINT"), Column("pct", "DOUBLE"))


def test_numbers_stand_right_and_text_left() -> None:
    rows = [("Death within 90 days", 6, 14.6), ("中大脑动脉", None, 100.0)]

    assert list(table_lines(COLUMNS, rows, width=None)) == [
        "label                 n    pct",
        "────────────────────  ─  ─────",
        GOLDEN("death_within_days"),
        "中大脑动脉               100.0",
    ]


def test_a_long_cell_is_cut_where_the_terminal_ends() -> None:
    rows = [("Symptomatic intracranial hemorrhage", 7, 17.1)]

    assert list(table_lines(COLUMNS, rows, width=30)) == [
        "label                  n   pct",
        "─────────────────────  ─  ────",
        "Symptomatic intracra…  7  17.1",
    ]


def test_a_table_that_cannot_fit_is_written_in_blocks_and_loses_no_column() -> None:
    columns = [Column(f"variable_{number}", "INTEGER") for number in range(1, 4)]

    assert list(table_lines(columns, [(1, 2, 3), (4, 5, None)], width=20)) == [
        "── row 1 ───────────",
        "variable_1  1",
        "variable_2  2",
        "variable_3  3",
        "── row 2 ───────────",
        "variable_1  4",
        "variable_2  5",
        "variable_3  ",
    ]


def test_control_characters_of_a_cell_do_not_reach_the_terminal() -> None:
    lines = list(table_lines(COLUMNS[:1], [("a\x1b[2Jb\nc",)], width=None))

    assert lines[-1] == "a [2Jb c"


def test_values_as_text() -> None:
    values = [
        None,
        True,
        Decimal("2.50"),
        date(2022, 5, 31),
        datetime(2022, 5, 31, 10, 5),
        timedelta(days=3),
        [1, None, "x"],
        {"a": date(2022, 5, 31)},
        b"\x01\xff",
    ]
    assert [cell_text(value) for value in values] == [
        "",
        "true",
        "2.50",
        "2022-05-31",
        "2022-05-31 10:05:00",
        "3 days, 0:00:00",
        '[1, null, "x"]',
        '{"a": "2022-05-31"}',
        "01ff",
    ]
