"""What is expected of a site by its mapping, and how an overdue extract is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.golden import golden
from warehouse.definitions.dictionary import DictionaryError
from warehouse.definitions.site import load_site, site_sha256
from warehouse.expected import Overdue, expected_deliveries

GOLDEN = golden("expected")

EXTRACTS = ("admissions", "procedures", "imaging", "followups")
Expected = tuple[int | None, bool]


def expected_of(sites_dir: Path, *delivered: str) -> dict[str, list[Expected]]:
    """(every_days, is_expected) of each site, in the order of the extracts."""
    found: dict[str, list[Any]] = {}
    for row in expected_deliveries(delivered, sites_dir):
        found.setdefault(row["site"], []).append((row["every_days"], row["is_expected"]))
    return found


def write_mapping(sites_dir: Path, site: str, text: str) -> None:
    (sites_dir / f"{site}.yaml").write_text(f"site: {site}\n{text}\n")


def test_a_site_without_a_mapping_is_expected_by_its_rhythm(tmp_path: Path) -> None:
    assert expected_of(tmp_path, "north") == {"north": [(None, True)] * 4}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("expected_every_days: 7", [(7, True)] * 4),
        ("expected_every_days: never", [(None, False)] * 4),
        (
            "expected_every_days: {followups: 30, imaging: never}",
            [(None, True), (None, True), (None, False), (30, True)],
        ),
    ],
)
def test_a_mapping_says_how_often(tmp_path: Path, text: str, expected: list[Expected]) -> None:
    write_mapping(tmp_path, "north", text)
    assert expected_of(tmp_path, "north") == {"north": expected}


def test_an_announced_site_is_expected_before_it_delivers(tmp_path: Path) -> None:
    write_mapping(tmp_path, "east", "expected_every_days: {admissions: 1}")
    write_mapping(tmp_path, "west", "expected_every_days: never")
    write_mapping(tmp_path, "south", "title: South")
    assert set(expected_of(tmp_path, "north")) == {"east", "north"}


def test_a_wrong_mapping_says_nothing(tmp_path: Path) -> None:
    write_mapping(tmp_path, "north", "expected_every_days: weekly")
    assert expected_of(tmp_path, "north") == {"north": [(None, True)] * 4}


@pytest.mark.parametrize("every", ["weekly", "0", "1.5", "true", "{scans: 7}", "{imaging: 0}"])
def test_a_wrong_rhythm_is_named_with_its_key(tmp_path: Path, every: str) -> None:
    write_mapping(tmp_path, "north", f"expected_every_days: {every}")
    with pytest.raises(DictionaryError, match=r"north\.yaml: expected_every_days: "):
        load_site("north", tmp_path)


def test_a_rhythm_does_not_land_files_again(tmp_path: Path) -> None:
    write_mapping(tmp_path, "north", "default_mode: full")
    before = site_sha256(load_site("north", tmp_path))
    write_mapping(tmp_path, "north", "default_mode: full\nexpected_every_days: 7")
    assert site_sha256(load_site("north", tmp_path)) == before


@pytest.mark.parametrize(
    ("last", "days", "reported"),
    [
        (date(2022, 1, 10), 16, "last on 2022-01-10, usually every 16 days"),
        (date(2022, 1, 25), 1, "last on 2022-01-25, usually every day"),
        (None, 16, "never delivered, usually every 16 days"),
    ],
)
def test_an_overdue_extract_in_one_line(last: date | None, days: int, reported: str) -> None:
    line = Overdue("north", "imaging", last, days, date(2022, 1, 26)).line
    assert line.startswith(GOLDEN("imaging_of_north_overdue_since_ask", reported=reported))
