"""How a site writes moments: names, centuries, zones, epochs, durations, what is not recorded."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.golden import golden
from tests.support.landing_tools import CASES, FOLLOWUPS, Registry
from tests.support.mappings import land, problem
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import SiteMapping
from warehouse.landing.cell_parser import UNREADABLE, CellReader, Rules
from warehouse.landing.datetimes import (
    BARE_CLOCK_FOUND,
    CLOCK_FOUND,
    DAY_FOUND,
    FIGURES_FOUND,
)
from warehouse.settings import Settings

GOLDEN = golden("landing")

BERLIN = {"time_zone": "Europe/Berlin"}
CHINA = {"time_zone": "Asia/Shanghai"}


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def reader(field: str, extract: str = "admissions", **mapping: Any) -> CellReader:
    words, site = dictionary(), SiteMapping.model_validate({"site": "site_a", **mapping})
    return CellReader(words.extracts[extract].field(field), Rules(words, site, extract))


@pytest.mark.parametrize(
    ("text", "cell", "value"),
    [
        ("%d-%b-%Y %H:%M", "01-MAR-2021 08:03", datetime(2021, 3, 1, 8, 3)),
        ("%d %B %Y %H:%M", "1 march 2021 08:03", datetime(2021, 3, 1, 8, 3)),
        ("%d %B %Y", "1 Sept. 2021 8:03 pm", datetime(2021, 9, 1, 20, 3)),
        ("%b %d, %Y %H:%M", "Dec 31, 2021 00:00", datetime(2021, 12, 31)),
        ("%b %d, %Y %H:%M", "Dez 31, 2021 00:00", UNREADABLE),
        ("%m/%d/%Y %I:%M %p", "3/1/2021 12:05 AM", datetime(2021, 3, 1, 0, 5)),
        ("%m/%d/%Y %I:%M %p", "3/1/2021 12:05 p.m.", datetime(2021, 3, 1, 12, 5)),
        ("%m/%d/%Y %I:%M:%S%p", "3/1/2021 1:05:07PM", datetime(2021, 3, 1, 13, 5, 7)),
        ("%m/%d/%Y %I:%M %p", "3/1/2021 13:05 PM", UNREADABLE),
        ("%d.%m.%y %H:%M", "1.3.21 08:03", datetime(2021, 3, 1, 8, 3)),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2021-03-01T08:03:59.999", datetime(2021, 3, 1, 8, 3, 59)),
        ("%Y-%m-%d %H%M", "2021-03-01 0815", datetime(2021, 3, 1, 8, 15)),
        ("%Y-%m-%d %H%M", "2021-03-01 815", datetime(2021, 3, 1, 8, 15)),
        ("%Y-%m-%d %H%M", "2021-03-01 45", datetime(2021, 3, 1, 0, 45)),
        ("%Y-%m-%d %H%M", "2021-03-01 5", datetime(2021, 3, 1, 0, 5)),
        ("%Y-%m-%d %H%M", "2021-03-01 875", UNREADABLE),
        ("%d.%m.%y %H%M%S", "1.3.21 81507", datetime(2021, 3, 1, 8, 15, 7)),
        ("%d.%m.%y %H%M%S", "1.3.21 507", datetime(2021, 3, 1, 0, 5, 7)),
        ("%Y%m%d%H%M", "202103010815", datetime(2021, 3, 1, 8, 15)),
        ("%Y%m%d%H%M", "20210301815", UNREADABLE),
        ("days since 1899-12-30", "44256.5", datetime(2021, 3, 1, 12)),
        ("days since 1899-12-30", 44256.25, datetime(2021, 3, 1, 6)),
        ("days since 1904-01-01", "42794,75", datetime(2021, 3, 1, 18)),
        ("milliseconds since 1960-01-01", 1930205040000, datetime(2021, 3, 1, 8, 4)),
        ("seconds since 1960-01-01", "1930205040.4", datetime(2021, 3, 1, 8, 4)),
        ("seconds since 1582-10-14", 13833965040.0, datetime(2021, 3, 1, 8, 4)),
        ("seconds since 1582-10-14", 5, UNREADABLE),
        ("seconds since 1970-01-01 UTC", 1614585840, UNREADABLE),
    ],
)
def test_a_declared_format_is_read(text: str, cell: Any, value: Any) -> None:
    assert reader("onset_at", formats={"admissions": {"onset_at": [text]}})[cell] == value
    of_all = "datetime_formats" if "%H" in text or "%I" in text else "date_formats"
    assert reader("onset_at", **{of_all: [text]})[cell] == value


@pytest.mark.parametrize(
    ("cell", "zone", "value"),
    [
        ("2021-03-01T08:03:00Z", CHINA, datetime(2021, 3, 1, 16, 3)),
        ("2021-03-02 08:03:00+08:00", CHINA, datetime(2021, 3, 2, 8, 3)),
        ("2021-03-02 08:03:00 +0800", CHINA, datetime(2021, 3, 2, 8, 3)),
        ("2021-03-02 08:03-05:30", CHINA, datetime(2021, 3, 2, 21, 33)),
        ("2021-03-01T08:03:00.487Z", BERLIN, datetime(2021, 3, 1, 9, 3)),
        ("2021-07-01T08:03:00Z", BERLIN, datetime(2021, 7, 1, 10, 3)),
        ("2021-07-01T08:03:00Z", {}, UNREADABLE),
        ("2021-07-01T08:03:00+99:00", CHINA, UNREADABLE),
        ("2021-03-01 08:03:12.487", {}, datetime(2021, 3, 1, 8, 3, 12)),
    ],
)
def test_zones_and_fractions_of_text(cell: str, zone: dict[str, str], value: Any) -> None:
    assert reader("onset_at", **zone)[cell] == value


def test_seconds_of_unix_are_of_another_clock() -> None:
    formats = {"admissions": {"onset_at": ["seconds since 1970-01-01 UTC"]}}
    assert reader("onset_at", formats=formats, **CHINA)[1614585840] == datetime(2021, 3, 1, 16, 4)


@pytest.mark.parametrize(
    ("field", "pivot", "cell", "value"),
    [
        # Only one century is possible: nobody is born in the future, no stroke is before 2010.
        ("birth_date", None, "3.2.50", date(1950, 2, 3)),
        ("onset_at", None, "3.2.21 10:00", datetime(2021, 2, 3, 10)),
        ("onset_at", 1925, "3.2.26 10:00", datetime(2026, 2, 3, 10)),
        # Two are, so that the mapping has to say it.
        ("birth_date", None, "3.2.21", UNREADABLE),
        ("birth_date", 1925, "3.2.21", date(2021, 2, 3)),
        ("birth_date", 1915, "3.2.21", date(1921, 2, 3)),
        ("birth_date", 1915, "3.2.50", date(1950, 2, 3)),
    ],
)
def test_the_century_of_two_digits(field: str, pivot: int | None, cell: str, value: Any) -> None:
    assert reader(field, date_formats=["%d.%m.%y"], two_digit_years_from=pivot)[cell] == value


def test_why_a_moment_is_not_read_is_stated() -> None:
    assert "two_digit_years_from" in reader("birth_date", date_formats=["%d.%m.%y"]).quoted(
        "3.2.21", ()
    )
    assert "time_zone" in reader("onset_at").quoted("2021-07-01T08:03:00Z", ())
    assert reader("onset_at").quoted("2021-07-41 08:03", ()) == "2021-07-41 08:03"


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("2021-03-01", DAY_FOUND), ("2021-03-01 815", FIGURES_FOUND), ("8:15", CLOCK_FOUND),
        ("0815", BARE_CLOCK_FOUND), ("815", BARE_CLOCK_FOUND), ("2021", "9999"),
        ("2021-03-01 990", "9999-99-99 999"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_clock_is_stated(cell: str, why: str) -> None:
    assert reader("onset_at").quoted(cell, ()) == why


def test_the_column_that_is_empty_is_named(registry: Registry, tmp_path: Path) -> None:
    registry.put(
        "patient_id,imaging_id,Scan day,Clock,modality,hemorrhage_type\n"
        "P1,S1,2021-03-01,08:15,ct,none\nP1,S2,2021-03-01,,ct,none\nP1,S3,,08:15,ct,none\n"
        "P1,S4,soon,,ct,none\n",
        "imaging.csv",
    )
    land(registry, tmp_path, columns={"imaging": {"imaged_at": {"join": ["Scan day", "Clock"]}}})
    assert [(row[1], row[3]) for row in registry.violations() if "imaged_at" in row[0]] == [
        (3, GOLDEN("clock_empty")), (4, GOLDEN("day_empty")), (5, "nothing in 'Clock'"),
    ]  # fmt: skip
    actions = [row["action"] for row in registry._read("violations") if row["source_row"]]
    assert [GOLDEN("add_the_format") in action for action in actions] == [False] * 3


@pytest.mark.parametrize("case", ["d02_oracle", "c15_ms", "c16_zone"])
def test_cases(registry: Registry, tmp_path: Path, case: str) -> None:
    registry.put_case(case)
    (tmp_path / "c16_zone.yaml").write_text("site: c16_zone\ntime_zone: Asia/Shanghai\n")
    shutil.copy(CASES / "sites" / "d02_oracle.yaml", tmp_path)
    registry.land(sites_dir=tmp_path)
    rows = [(row["birth_date"], row["onset_at"]) for row in registry.rows("admissions")]
    births = [date(1950, 2, 3), date(1950, 5, 11), date(1950, 8, 16)]
    assert rows == {
        "d02_oracle": [
            (births[0], datetime(2021, 3, 1, 8, 3)), (births[0], datetime(2021, 3, 2, 8, 3)),
        ],
        "c15_ms": [(birth, datetime(2021, 3, n, 8, 3, 12)) for n, birth in enumerate(births, 1)],
        "c16_zone": [
            (births[0], datetime(2021, 3, 1, 16, 3)), (births[1], datetime(2021, 3, 2, 8, 3)),
            (births[2], datetime(2021, 3, 2, 8, 3)),
        ],
    }[case]  # fmt: skip
    assert [row[0] for row in registry.violations() if row[2] == "reject"] == []


def test_a_moment_is_another_and_a_duration(registry: Registry, tmp_path: Path) -> None:
    registry.put(
        "patient_id,mrs,lost_to_followup,onset,days,mode\n"
        "P1,1,no,2021-03-01 22:00,90,telephone\nP2,2,no,2021-03-01 22:00,,telephone\n"
        "P3,3,no,2021-03-01 22:00,soon,telephone\nP4,4,no,,90,telephone\n"
        "P5,5,no,2021-03-01,0.5,telephone\n"
    )
    recipe = {"first": ["onset"], "plus": {"days": "days"}}
    land(registry, tmp_path, columns={"followups": {"assessed_on": recipe}})
    assert [row["assessed_on"] for row in registry.rows()] == [
        date(2021, 5, 30), None, None, None, date(2021, 3, 1),
    ]  # fmt: skip
    assert [row[:3] for row in registry.violations() if row[1]] == [
        ("followups.assessed_on.type", 4, "reject")
    ]


@pytest.mark.parametrize(
    ("shift", "imaged_at"),
    [
        ({"plus": {"minutes": "n"}}, datetime(2021, 3, 1, 11, 30)),
        ({"minus": {"minutes": "n"}}, datetime(2021, 3, 1, 8, 30)),
        ({"plus": {"hours": "n"}}, datetime(2021, 3, 5, 4)),
        ({"minus": {"hours": "h"}}, datetime(2021, 3, 1, 8, 15)),
    ],
)
def test_plus_and_minus(
    registry: Registry, tmp_path: Path, shift: dict[str, Any], imaged_at: datetime
) -> None:
    registry.put(
        "patient_id,imaging_id,day,clock,modality,hemorrhage_type,n,h\n"
        'P1,S1,2021-03-01,10:00,ct,none,90,"1,75"\n',
        "imaging.csv",
    )
    recipe = {"join": ["day", "clock"], **shift}
    land(registry, tmp_path, decimal=",", columns={"imaging": {"imaged_at": recipe}})
    assert [row["imaged_at"] for row in registry.rows("imaging")] == [imaged_at]


SCAN = "patient_id,imaging_id,modality,hemorrhage_type,day,start,end"
AFTER = {"first": ["end"], "after": ["day", "start"]}


@pytest.mark.parametrize(
    ("line", "imaged_at"),
    [
        ("2021-03-01,23:40,00:35", datetime(2021, 3, 2, 0, 35)),
        ("2021-03-01,10:00,11:15:30", datetime(2021, 3, 1, 11, 15, 30)),
        ("2021-03-01,10:00,10:00", datetime(2021, 3, 1, 10)),
        ("2021-02-28,23:40,2021-03-01 00:35", datetime(2021, 3, 1, 0, 35)),
        ("2021-03-01,23:40,2021-02-20 00:35", datetime(2021, 2, 20, 0, 35)),
        ("2021-03-01,23:40,", None),
        ("2021-03-01,,00:35", None),
        (",23:40,00:35", None),
    ],
)
def test_a_clock_is_the_first_after_another_time(
    registry: Registry, tmp_path: Path, line: str, imaged_at: datetime | None
) -> None:
    registry.put(f"{SCAN}\nP1,S1,ct,none,{line}\n", "imaging.csv")
    land(registry, tmp_path, columns={"imaging": {"imaged_at": AFTER}})
    assert [row["imaged_at"] for row in registry.rows("imaging")] == [imaged_at]


def test_a_clock_after_half_a_time_names_the_empty_column(
    registry: Registry, tmp_path: Path
) -> None:
    registry.put(
        f"{SCAN}\nP1,S1,ct,none,,23:40,0:35\nP1,S2,ct,none,,,0:35\n"
        "P1,S3,ct,none,2021-03-01,,0:35\n",
        "imaging.csv",
    )
    land(registry, tmp_path, columns={"imaging": {"imaged_at": AFTER}})
    found = [(row[1], row[3]) for row in registry.violations() if "imaged_at" in row[0]]
    assert found == [(2, GOLDEN("day_empty_2")), (4, GOLDEN("start_empty"))]


def test_a_clock_of_digits_after_another_time_has_its_format(
    registry: Registry, tmp_path: Path
) -> None:
    registry.put(f"{SCAN}\nP1,S1,ct,none,2021-03-01,2340,35\n", "imaging.csv")
    land(
        registry, tmp_path, columns={"imaging": {"imaged_at": AFTER}},
        formats={"imaging": {"imaged_at": ["%Y-%m-%d %H%M"]}},
    )  # fmt: skip
    assert [row["imaged_at"] for row in registry.rows("imaging")] == [datetime(2021, 3, 2, 0, 35)]


@pytest.mark.parametrize(
    ("text", "cell", "value"),
    [
        (None, "2021-03-05 10:30", UNREADABLE),
        ("%Y-%m-%d %H:%M", "2021-03-05 10:30", date(2021, 3, 5)),
        ("%Y-%m-%d %H:%M", "2021-03-05", date(2021, 3, 5)),
        ("%Y-%m-%d %H:%M", datetime(2021, 3, 5, 23, 59), date(2021, 3, 5)),
        ("%d/%m/%Y", "05/03/2021 10:30", UNREADABLE),
        ("%d/%m/%Y", datetime(2021, 3, 5, 10, 30), UNREADABLE),
        ("days since 1899-12-30", "44260.5", UNREADABLE),
    ],
)  # fmt: skip
def test_a_clock_is_dropped_where_the_format_of_a_day_has_one(
    text: str | None, cell: Any, value: Any
) -> None:
    formats = {"formats": {"admissions": {"discharged_on": [text]}}} if text else {}
    assert reader("discharged_on", **formats)[cell] == value


def test_what_a_date_lacks_is_stated_and_the_row_is_flagged(
    registry: Registry, tmp_path: Path
) -> None:
    registry.put(
        f"{FOLLOWUPS},death_date\nP1,Mar 07,telephone,1,no,\nP2,2007-04-02,telephone,2,no,\n"
        "P3,2007-05-02,telephone,6,no,2007\n"
    )
    land(
        registry, tmp_path, date_formats=["%b %y"],
        formats={"followups": {"death_date": ["%Y"]}}, incomplete_dates={"month": 7, "day": 15},
    )  # fmt: skip
    assert [(row["assessed_on"], row["death_date"]) for row in registry.rows()] == [
        (date(2007, 3, 15), None), (date(2007, 4, 2), None),
        (date(2007, 5, 2), date(2007, 7, 15)),
    ]  # fmt: skip
    assert [row[:3] for row in registry.violations()] == [
        ("followups.dates.complete", 2, "warn"), ("followups.dates.complete", 4, "warn"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lacking", "value"),
    [({"day": 15}, UNREADABLE), ({"day": 15, "time": "12:00"}, datetime(2021, 3, 15, 12))],
)
def test_a_clock_is_assumed_only_where_it_is_stated(lacking: dict[str, Any], value: Any) -> None:
    found = reader("onset_at", date_formats=["%b %y"], incomplete_dates=lacking)
    assert found["Mar 21"] == value
    assert found.assumed([found["Mar 21"], datetime(2021, 1, 1)]) == [0] * (value is not UNREADABLE)


def test_a_moment_that_is_made_of_an_incomplete_one_is_flagged(
    registry: Registry, tmp_path: Path
) -> None:
    registry.put(
        "patient_id,imaging_id,month,hours,modality,hemorrhage_type\n"
        "P1,S1,Mar 21,24,ct,none\nP1,S2,2021-04-01 10:00,24,ct,none\n",
        "imaging.csv",
    )
    recipe = {"first": ["month"], "plus": {"hours": "hours"}}
    land(
        registry, tmp_path, columns={"imaging": {"imaged_at": recipe}}, date_formats=["%b %y"],
        incomplete_dates={"day": 15, "time": "0:00"},
    )  # fmt: skip
    assert [row["imaged_at"] for row in registry.rows("imaging")] == [
        datetime(2021, 3, 16), datetime(2021, 4, 2, 10),
    ]  # fmt: skip
    assert [row[:2] for row in registry.violations()] == [("imaging.dates.complete", 2)]


@pytest.mark.parametrize(
    ("mapping", "key"),
    [
        ({"date_formats": ["%b %y"]}, "date_formats"),
        ({"date_formats": ["%Y"], "incomplete_dates": {"day": 1}}, "date_formats"),
        ({"date_formats": ["weeks since 1960-01-01"]}, "date_formats"),
        ({"date_formats": ["days since 1960-13-01"]}, "date_formats"),
        ({"datetime_formats": ["%Y-%m-%d %I:%M"]}, "datetime_formats"),
        ({"datetime_formats": ["%Y-%m-%d %H:%M %p"]}, "datetime_formats"),
        ({"incomplete_dates": {"day": 31}}, "incomplete_dates.day"),
        ({"incomplete_dates": {"time": 720}}, "incomplete_dates.time"),
        ({"columns": {"followups": {"mrs": {"first": ["a"], "plus": {"days": "b"}}}}},
         "columns.followups.mrs"),
        ({"columns": {"followups": {"assessed_on": {"first": ["a"], "plus": {"weeks": "b"}}}}},
         "columns.followups.assessed_on.plus.weeks"),
        ({"columns": {"followups": {"assessed_on":
          {"first": ["a"], "plus": {"days": "b"}, "minus": {"hours": "c"}}}}},
         "columns.followups.assessed_on"),
        ({"columns": {"followups": {"assessed_on": AFTER}}}, "columns.followups.assessed_on"),
        ({"columns": {"imaging": {"imaged_at": {**AFTER, "plus": {"hours": "h"}}}}},
         "columns.imaging.imaged_at"),
        ({"columns": {"imaging": {"imaged_at": {"constant": "ct", "after": ["day"]}}}},
         "columns.imaging.imaged_at"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, mapping: dict[str, Any], key: str) -> None:
    assert problem(tmp_path, **mapping).startswith(f"config/sites/site_a.yaml: {key}")
