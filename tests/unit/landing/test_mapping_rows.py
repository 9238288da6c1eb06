"""Which lines of a file are rows of which extract, by the site's mapping. All rows are invented."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.support import mappings
from tests.support.landing_tools import CASES, FOLLOWUPS, Registry
from tests.support.mappings import problem
from warehouse.settings import Settings

ROWS = f"""{FOLLOWUPS},status,deleted
P1,2021-06-01,telephone,1,no,final,0
P2,2021-06-02,telephone,2,no,Final,
P3,2021-06-03,telephone,3,no,draft,0
P4,2021-06-04,telephone,4,no,final,1.0
P5,2021-06-05,telephone,5,no,,0
"""


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def land(registry: Registry, tmp_path: Path, *parts: dict[str, Any], **mapping: Any) -> Any:
    return mappings.land(registry, tmp_path, files={"registry": list(parts)}, **mapping)


def balance(report: Any) -> dict[str | None, tuple[int | None, int, int, int, int]]:
    return {
        file.part: (
            file.rows_in_file, file.rows_landed, file.rows_left_out, file.rows_no_record,
            file.rows_unreadable,
        )
        for file in report.files
    }  # fmt: skip


def test_rows_of_a_longitudinal_redcap_export_are_chosen(registry: Registry) -> None:
    registry.put_case("d01_redcap")
    report = registry.land(sites_dir=CASES / "sites")
    assert balance(report) == {
        "admissions": (12, 3, 9, 0, 0), "procedures": (12, 3, 9, 0, 0),
        "imaging": (12, 6, 6, 0, 0), "followups": (12, 3, 9, 0, 0),
    }  # fmt: skip
    assert [row["mrs"] for row in registry.rows("followups")] == [2, 2, 2]
    assert [row["source_row"] for row in registry.rows("imaging")] == [3, 4, 7, 8, 11, 12]
    assert len({row["imaging_key"] for row in registry.rows("imaging")}) == 6
    assert registry.violations() == []
    assert all(not file.unknown_columns for file in report.files)


def test_numbered_columns_become_rows(registry: Registry) -> None:
    registry.put_case("suffix")
    registry.land(sites_dir=CASES / "sites")
    scans = [
        (row["source_file"].split("#")[1], row["source_row"], row["imaged_at"],
         row["hemorrhage_type"], row["modality"], row["unparsed_fields"])
        for row in registry.rows("imaging")
    ]  # fmt: skip
    assert scans == [
        ("scan1", 2, datetime(2021, 3, 1, 20), "none", "ct", []),
        ("scan1", 3, datetime(2021, 3, 2, 20), "none", "ct", []),
        ("scan2", 2, datetime(2021, 3, 2, 20), "HI-1", "ct", []),
    ]
    assert len(registry.rows("admissions")) == 2
    unknown = [row for row in registry.violations() if row[0].endswith("columns.known")]
    assert unknown == []


@pytest.mark.parametrize(
    ("where", "chosen"),
    [
        ({"status": ["final"]}, [2, 3, 5]),
        ({"status": ["FINAL", "draft"]}, [2, 3, 4, 5]),
        ({"status": [""]}, [6]),
        ({"status": {"not": ["draft"]}}, [2, 3, 5, 6]),
        ({"status": {"present": True}}, [2, 3, 4, 5]),
        ({"status": {"present": False}}, [6]),
        ({"deleted": {"not": [1]}}, [2, 3, 4, 6]),
        ({"deleted": [0], "status": ["final"]}, [2]),
        ({"patient_id": {"not": ["p1", "P3"]}}, [3, 5, 6]),
    ],
)
def test_rows_are_chosen_by_the_cells_of_a_column(
    registry: Registry, tmp_path: Path, where: dict[str, Any], chosen: list[int]
) -> None:
    registry.put(ROWS, "registry.csv")
    report = land(registry, tmp_path, {"extract": "followups", "where": where})
    assert [row["source_row"] for row in registry.rows()] == chosen
    assert balance(report) == {"followups": (5, len(chosen), 5 - len(chosen), 0, 0)}


def test_lines_to_skip_and_the_line_of_the_header(registry: Registry, tmp_path: Path) -> None:
    text = f"Export of the registry,,,,\na,b,c,d,e\n{FOLLOWUPS}\nnumber,day,how,grade,yes/no\n"
    registry.put(f"{text}P1,2021-06-01,telephone,1,no\nX1,2021-06-01,visit,2,no\n", "registry.csv")
    part = {"extract": "followups", "header_row": 3, "skip_rows": [4, 6]}
    report = land(registry, tmp_path, part)
    assert [(row["source_row"], row["mrs"]) for row in registry.rows()] == [(5, 1)]
    assert balance(report) == {"followups": (3, 1, 2, 0, 0)}
    assert registry.violations() == []


def test_a_part_ignores_the_columns_of_another(registry: Registry, tmp_path: Path) -> None:
    registry.put(f"{FOLLOWUPS}\nP1,2021-06-01,telephone,1,no\n", "registry.csv")
    parts = (
        {"extract": "followups"},
        {"extract": "followups", "part": "year_1", "ignored_columns": ["assessed_on", "mode"]},
    )
    land(registry, tmp_path, *parts)
    rows = registry.rows()
    assert [(str(row["assessed_on"]), row["mode"], row["mrs"]) for row in rows] == [
        ("2021-06-01", "telephone", 1), ("None", None, 1),
    ]  # fmt: skip


def test_the_line_of_the_header_in_a_workbook(registry: Registry, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    for row in (FOLLOWUPS, "P0,2021-06-01,visit,0,no", FOLLOWUPS, "P1,2021-06-02,visit,1,no"):
        workbook.active.append(row.split(","))
    file = io.BytesIO()
    workbook.save(file)
    registry.put(file.getvalue(), "registry.xlsx")
    report = land(registry, tmp_path, {"extract": "followups", "header_row": 3})
    assert [(row["source_row"], row["mrs"]) for row in registry.rows()] == [(4, 1)]
    assert balance(report) == {"followups": (1, 1, 0, 0, 0)}


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ({"where": {"event": ["a"]}}, ROWS),
        ({"header_row": 9}, ROWS),
    ],
)
def test_a_file_that_lacks_what_rows_are_chosen_by_is_rejected(
    registry: Registry, tmp_path: Path, part: dict[str, Any], content: str
) -> None:
    registry.put(content, "registry.csv")
    report = land(registry, tmp_path, {"extract": "followups", **part})
    assert (report.files_rejected, registry.rows()) == (1, [])
    assert [row[0] for row in registry.violations()] == ["followups.file.readable"]


def test_a_condition_that_finds_nothing_is_a_query(registry: Registry, tmp_path: Path) -> None:
    registry.put(ROWS, "registry.csv")
    where = {"status": ["finished"], "deleted": {"not": [7]}, "mode": {"present": True}}
    report = land(registry, tmp_path, {"extract": "followups", "where": where})
    idle = [row for row in registry.violations() if row[0] == "followups.mapping.at_work"]
    assert len(idle) == 2
    assert balance(report) == {"followups": (5, 0, 5, 0, 0)}


def test_what_a_part_says_is_for_it_alone(registry: Registry, tmp_path: Path) -> None:
    registry.put("no,grade,grade_1y,lost_to_followup\nP1,1,a,no\nP2,,b,no\n", "registry.csv")
    early = {"extract": "followups", "headers": {"grade": "mrs"}}
    late = {
        "extract": "followups", "part": "year", "headers": {"grade_1y": "mrs"},
        "recode": {"mrs": {"a": 5, "b": 6}},
    }  # fmt: skip
    land(registry, tmp_path, early, late, headers={"followups": {"no": "patient_id", "x": "mrs"}})
    found = [(row["source_file"].split("#")[1], row["mrs"]) for row in registry.rows()]
    assert found == [("followups", 1), ("followups", None), ("year", 5), ("year", 6)]


@pytest.mark.parametrize(
    ("part", "key"),
    [
        ({"where": {"a": 1}}, "files.registry.0.where.a"),
        ({"where": {"a": []}}, "files.registry.0.where.a"),
        ({"where": {"a": {"present": True, "not": ["b"]}}}, "files.registry.0.where.a"),
        ({"where": {"a": {"is": ["b"]}}}, "files.registry.0.where.a.is"),
        ({"where": {"": ["b"]}}, "files.registry.0.where"),
        ({"header_row": 0}, "files.registry.0.header_row"),
        ({"skip_rows": 4}, "files.registry.0.skip_rows"),
        ({"repeat": 0}, "files: repeat"),
        ({"repeat": "two"}, "files: repeat"),
        ({"suffix": "_{n}"}, "files.registry.0"),
        ({"headers": {"grade": "rankin"}}, "files.registry.0.headers"),
        ({"recode": {"mrs": {"a": 9}}}, "files.registry.0.recode.mrs"),
        ({"columns": {"mrs": {"first": [""]}}}, "files.registry.0.columns.mrs"),
        ({"units": {"aspects": "mg"}}, "files.registry.0.units"),
    ],
)
def test_what_is_wrong_in_a_part_is_named(tmp_path: Path, part: dict[str, Any], key: str) -> None:
    found = problem(tmp_path, files={"registry": [{"extract": "followups", **part}]})
    assert found.startswith(f"config/sites/site_a.yaml: {key}")


YEAR = "no,day,day2,grade,grade2,x_mode,lost\nP1,2021-06-01,2022-03-01,1,4,telephone,no\n"
OF_THE_SITE = {
    "headers": {
        "followups": {"no": "patient_id", "day": "assessed_on", "lost": "lost_to_followup"}
    },
    "columns": {"followups": {"mrs": {"first": ["grade", "grade2"]}}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("part", "read"),
    [
        ({}, ("2021-06-01", 1, None)),
        ({"ignored_columns": ["Day"]}, (None, 1, None)),
        ({"ignored_columns": ["day"], "headers": {"day2": "assessed_on"}}, ("2022-03-01", 1, None)),
        ({"ignored_columns": ["grade"]}, ("2021-06-01", 4, None)),
        ({"ignored_columns": ["grade", "grade2"]}, ("2021-06-01", None, None)),
        ({"prefix": "x_"}, (None, 1, "telephone")),
        ({"prefix": "x_", "ignored_columns": ["X mode"]}, (None, 1, None)),
        ({"columns": {"assessed_on": {"first": ["day2"]}}, "ignored_columns": ["day"]},
         ("2022-03-01", 1, None)),
    ],
)  # fmt: skip
def test_what_a_part_ignores_the_site_does_not_read_for_it(
    registry: Registry, tmp_path: Path, part: dict[str, Any], read: tuple[Any, ...]
) -> None:
    registry.put(YEAR, "registry.csv")
    lost = {"lost_to_followup": {"constant": "no"}} if "prefix" in part else {}
    columns = {**part.get("columns", {}), **lost}
    report = land(
        registry, tmp_path, {"extract": "followups", **part, "columns": columns}, **OF_THE_SITE
    )
    assert report.files_rejected == 0
    found = [(row["assessed_on"], row["mrs"], row["mode"]) for row in registry.rows()]
    assert [(str(day) if day else None, *rest) for day, *rest in found] == [read]


@pytest.mark.parametrize(
    ("part", "key"),
    [
        ({"headers": {"Day": "assessed_on"}, "ignored_columns": ["day"]}, "ignored_columns: 'day'"),
        ({"headers": {"a": "mode"}, "prefix": "x_", "ignored_columns": ["x_a"]}, "'x_a' is read"),
        ({"columns": {"mrs": {"first": ["g"]}}, "ignored_columns": ["g"]}, "'g' is read"),
        ({"where": {"visit": [1]}, "ignored_columns": ["visit"]}, "'visit' is read"),
        ({"ignored_columns": ["*"]}, "ignored_columns: '*': there are no patterns"),
        ({"ignored_columns": [" "]}, "ignored_columns: ' ' is no name"),
    ],
)
def test_a_part_cannot_read_what_it_ignores(tmp_path: Path, part: dict[str, Any], key: str) -> None:
    found = problem(tmp_path, files={"registry": [{"extract": "followups", **part}]})
    assert f"files.registry.0.{key}" in found or key in found
