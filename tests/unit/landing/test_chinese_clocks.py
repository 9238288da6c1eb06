"""Clocks in Chinese: read where the hour is certain, and never shifted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from tests.support.adoption import open_questions, parts, proposed
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import SiteMapping
from warehouse.landing.cell_parser import UNREADABLE, CellReader, Rules
from warehouse.landing.chinese_clocks import HALF_FOUND
from warehouse.landing.datetimes import CLOCK_FOUND

WORDS = dictionary()


def reader(field: str) -> CellReader:
    rules = Rules(WORDS, SiteMapping(site="a"), "admissions")
    return CellReader(WORDS.extracts["admissions"].field(field), rules)


@pytest.mark.parametrize(
    ("cell", "hour", "minute"),
    [
        ("2021-03-05 8时30分", 8, 30),
        ("2021/3/5 8点30分", 8, 30),
        ("2021年3月5日8点30", 8, 30),
        ("2021年3月5日18时05分", 18, 5),
        ("2021-03-05 上午8:30", 8, 30),
        ("2021年3月5日 上午 8时30分", 8, 30),
        ("2021-03-05 下午2:05", 14, 5),
        ("2021-03-05 下午14:05", 14, 5),
        ("2021-03-05 下午12:30", 12, 30),
        ("2021-03-05 中午12点半", 12, 30),
        ("2021-03-05 晚上9点整", 21, 0),
        ("2021-03-05 凌晨1点10分", 1, 10),
        ("2021年3月5日8:30", 8, 30),
    ],
)
def test_a_certain_clock_is_read(cell: str, hour: int, minute: int) -> None:
    assert reader("onset_at")[cell] == datetime(2021, 3, 5, hour, minute)


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("2021-03-05 上午12:30", HALF_FOUND),  # noon, or midnight?
        ("2021-03-05 晚上12点30分", HALF_FOUND),
        ("2021-03-05 凌晨8点30分", HALF_FOUND),
        ("2021-03-05 8点", None),  # which minute?
        ("2021-03-05 25时30分", None),
        ("2021-03-058时30分", None),
        ("10:15", CLOCK_FOUND),
        ("上午8:30", CLOCK_FOUND),
        ("8时30分", CLOCK_FOUND),
    ],
)
def test_what_is_not_certain_is_a_query(cell: str, why: str | None) -> None:
    read = reader("onset_at")
    assert read[cell] is UNREADABLE
    assert read.why_unreadable(cell) == why


@pytest.mark.parametrize("cell", ["10:15", "10时15分", "下午2:05"])
def test_a_day_is_not_made_of_a_clock(cell: str) -> None:
    read = reader("discharged_on")
    assert (read[cell], read.why_unreadable(cell)) == (UNREADABLE, CLOCK_FOUND)
    assert read["2021-03-05"] == date(2021, 3, 5)


def test_a_day_and_a_chinese_clock_are_joined(tmp_path: Any) -> None:
    text = "病案号,发病日期,发病时间\nA1,2021-03-01,8时30分\nA2,2021年3月5日,下午1:10\n"
    adoption = proposed(tmp_path, text)
    assert parts(adoption)["admissions"]["columns"] == {
        "onset_at": {"join": ["发病日期", "发病时间"]}
    }
    assert open_questions(adoption) == []
