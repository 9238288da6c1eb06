"""One table in every format that is read gives the same landed rows. All rows are invented."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import pytest

from tests.support.format_files import WRITERS
from tests.support.landing_tools import Registry
from tests.support.mappings import land
from tests.support.opened_table import table_of
from warehouse.settings import Settings

HEADER = (
    "patient_id", "patient_name", "birth_date", "sex", "onset_day", "onset_clock", "arrived_at",
    "prestroke_mrs", "etiology", "hypertension", "glucose_mmol_per_l", "baseline_nihss", "aspects",
    "consent_given",
)  # fmt: skip
ROWS = (
    (
        "T001", "王伟", date(1950, 4, 2), 1, date(2021, 3, 5), time(14, 5),
        datetime(2021, 3, 5, 15, 30), 0, "大动脉粥样硬化", 1, 7.25, 12, 99, "yes",
    ),
    (
        "T002", "李娜", date(1961, 12, 31), 2, date(2021, 3, 6), time(23, 59),
        datetime(2021, 3, 7, 0, 20), 1, "心源性栓塞", 0, None, 7, 8, "yes",
    ),
    (
        "T003", None, date(1944, 2, 29), 1, date(2021, 3, 8), time(0, 30),
        datetime(2021, 3, 8, 1, 0), 2, "undetermined", None, 11.5, 21, 6, "no",
    ),
)  # fmt: skip
MAPPING: dict[str, Any] = {
    "columns": {"admissions": {"onset_at": {"join": ["onset_day", "onset_clock"]}}},
    "recode": {"admissions": {"sex": {1: "male", 2: "female"}}},
    "missing": {"admissions": {"aspects": [99]}},
}
SHOWN = (
    "birth_date", "sex", "onset_at", "arrived_at", "prestroke_mrs", "etiology", "hypertension",
    "glucose_mmol_per_l", "baseline_nihss", "aspects", "consent_given", "unparsed_fields",
)  # fmt: skip
EXPECTED = [
    (
        date(1950, 4, 2), "male", datetime(2021, 3, 5, 14, 5), datetime(2021, 3, 5, 15, 30), 0,
        "large_artery_atherosclerosis", True, 7.25, 12, None, True, [],
    ),
    (
        date(1961, 12, 31), "female", datetime(2021, 3, 6, 23, 59), datetime(2021, 3, 7, 0, 20), 1,
        "cardioembolism", False, None, 7, 8, True, [],
    ),
    (
        date(1944, 2, 29), "male", datetime(2021, 3, 8, 0, 30), datetime(2021, 3, 8, 1, 0), 2,
        "undetermined", None, 11.5, 21, 6, False, [],
    ),
]  # fmt: skip
# The line of the first row: JSON lines have no header.
FIRST_LINES = {"jsonl": 1}
FILE_FORMATS = {"xlsm": "xlsx", "zsav": "sav"}


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """The table in each format, delivered on days of its own and landed at once."""
    folder = tmp_path_factory.mktemp("formats")
    registry = Registry(Settings(data=folder / "data"))
    for day, ending in enumerate(WRITERS, start=1):
        content = WRITERS[ending](HEADER, ROWS)
        registry.put(content, f"admissions.{ending}", f"site_a/2021-04-{day:02}")
    report = land(registry, folder, **MAPPING)
    assert report.skipped == ()
    yield registry


def rows_of(registry: Registry, ending: str) -> list[dict[str, Any]]:
    """The landed rows of the file with that ending."""
    return [row for row in registry.rows("admissions") if row["source_file"].endswith(f".{ending}")]


@pytest.mark.parametrize("ending", WRITERS)
def test_the_same_table_gives_the_same_rows(landed: Registry, ending: str) -> None:
    rows = rows_of(landed, ending)
    assert [tuple(row[name] for name in SHOWN) for row in rows] == EXPECTED
    first = FIRST_LINES.get(ending, 2)
    assert [row["source_row"] for row in rows] == [first, first + 1, first + 2]
    patients = [row["patient_key"] for row in rows]
    assert patients == [row["patient_key"] for row in rows_of(landed, "csv")]
    assert len(set(patients)) == 3
    assert "王伟".encode() not in landed.output()


@pytest.mark.parametrize("ending", WRITERS)
def test_the_content_decides_and_not_the_name(ending: str) -> None:
    with table_of(WRITERS[ending](HEADER, ROWS)) as table:
        assert table.file_format == FILE_FORMATS.get(ending, ending)
        assert table.header == list(HEADER)
