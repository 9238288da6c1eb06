"""Keys of follow-ups at several time points: each is a record of its own. All rows are invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import mappings
from tests.support.golden import golden
from tests.support.landing_tools import FOLLOWUPS, Registry
from warehouse.settings import Settings

GOLDEN = golden("landing")

LATER = "2022-06-01,telephone,1,no"


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def ends(registry: Registry) -> list[tuple[int, str | None, str | None]]:
    """Line and time point of each row, and what its key has after that of patient or admission."""
    return [
        (
            row["source_row"],
            row["time_point"],
            row["record_key"]
            and row["record_key"].removeprefix(row["admission_key"] or row["patient_key"]),
        )
        for row in registry.rows()
    ]


def test_a_row_at_90_days_or_at_no_time_point_has_the_key_of_its_patient(
    registry: Registry,
) -> None:
    lines = ["P1,", "P2,90 days", "P3,1 year", "P4,12 months", "P5,Discharge", "P6,week 6"]
    rows = [f"{number},{LATER},{point}" for number, point in (line.split(",") for line in lines)]
    registry.put("\n".join([f"{FOLLOWUPS},time_point", *rows, ""]))
    registry.land()
    assert ends(registry) == [
        (2, None, ""),
        (3, "day_90", ""),
        (4, "year_1", "+year_1"),
        (5, "year_1", "+year_1"),
        (6, "discharge", "+discharge"),
        (7, "AAAA 9", None),
    ]


def test_a_time_point_that_cannot_be_read_is_none_of_the_records(registry: Registry) -> None:
    registry.put(f"{FOLLOWUPS},admission_id,time_point\nP1,{LATER},A1,#REF!\nP1,{LATER},A1,1y\n")
    registry.land()
    assert ends(registry) == [(2, None, None), (3, "year_1", "+year_1")]
    assert registry.violations() == [
        (
            "followups.time_point.type",
            2,
            "reject",
            GOLDEN("error_of_the_spreadsheet_in_a_time_point"),
        )
    ]


def test_columns_of_two_time_points_become_rows(registry: Registry, tmp_path: Path) -> None:
    registry.put(
        "id,mrs3,on3,mrs12,on12\nP1,2,2021-06-01,1,2022-03-01\nP2,3,2021-06-02,,\n",
        name="registry.csv",
    )

    def part(name: str, point: str) -> dict[str, object]:
        columns = {"time_point": {"constant": point}, "lost_to_followup": {"constant": "no"}}
        headers = {"id": "patient_id", f"mrs{name}": "mrs", f"on{name}": "assessed_on"}
        return {
            "extract": "followups", "part": f"month_{name}", "headers": headers, "columns": columns
        }  # fmt: skip

    parts = [part("3", "day_90"), part("12", "year_1")]
    mappings.land(registry, tmp_path, files={"registry": parts})
    assert [
        (*ends, row["mrs"]) for ends, row in zip(ends(registry), registry.rows(), strict=True)
    ] == [
        (2, "year_1", "+year_1", 1),
        (2, "day_90", "", 2),
        (3, "day_90", "", 3),
    ]
