"""Which change made files be read again: of a mapping, or of the dictionary. Invented rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from tests.support.landing_tools import FOLLOWUPS, Registry
from warehouse.landing.manifest import Manifest, read_log
from warehouse.releases.changes import ReadAgain
from warehouse.releases.delivery_changes import read_again
from warehouse.releases.pair import opened
from warehouse.settings import Settings

COLUMNS = ("source_file", "file_id", "site", "extract", "status", "mapping_sha256")
TABLE = """
create schema quality;
create table quality.deliveries (
    source_file varchar, file_id varchar, site varchar, extract varchar, status varchar,
    mapping_sha256 varchar, dictionary_sha256 varchar
);
"""
ROW = "P1,2021-06-05,telephone,2,no"


class TwoReleases:
    """Three files of two sites, read before and after something changed."""

    def __init__(self, folder: Path) -> None:
        self.registry = Registry(Settings(data=folder / "data", landing_settle_seconds=0))
        self.sites_dir = folder / "sites"
        self.sites_dir.mkdir()
        self.folder = folder
        for number, day in enumerate(("north/2021-07-01", "north/2021-07-02", "south/2021-07-01")):
            self.registry.put(f"{FOLLOWUPS}\n{ROW[:1]}{number}{ROW[2:]}\n", day=day)

    def release(self, name: str, change: Callable[[Manifest], Manifest] | None = None) -> Path:
        """Land what is there and write a release that knows its files."""
        self.registry.land(sites_dir=self.sites_dir)
        path = self.folder / f"{name}.duckdb"
        with duckdb.connect(path) as connection:
            connection.execute(TABLE)
            for manifest in read_log(self.registry.settings.landed_dir).values():
                row = (change(manifest) if change else manifest).record
                connection.execute(
                    "insert into quality.deliveries values (?, ?, ?, ?, ?, ?, ?)",
                    [row[name] for name in (*COLUMNS, "dictionary_sha256")],
                )
        return path

    def mapping(self, site: str, text: str) -> None:
        """Write or change the mapping of a site."""
        (self.sites_dir / f"{site}.yaml").write_text(f"site: {site}\n{text}\n")


@pytest.fixture
def releases(tmp_path: Path) -> TwoReleases:
    return TwoReleases(tmp_path)


def between(before: Path, after: Path) -> tuple[ReadAgain, ...]:
    with opened(before, after) as pair:
        return read_again(pair)


def test_a_new_mapping_is_named_with_the_files_that_it_reads(releases: TwoReleases) -> None:
    before = releases.release("before")
    releases.mapping("north", "recode: {followups: {mrs: {2: 3}}}")
    assert between(before, releases.release("after")) == (ReadAgain("the mapping of north", 2),)


def test_a_changed_mapping_is_named_beside_a_delivery(releases: TwoReleases) -> None:
    """The new file was not read again; a comment in a mapping reads no file."""
    releases.mapping("north", "missing_values: [999]")
    releases.mapping("south", "missing_values: [999]")
    before = releases.release("before")
    releases.mapping("north", "missing_values: [999]\n# a comment\nexpected_every_days: 7")
    releases.mapping("south", "missing_values: [998]")
    releases.registry.put(f"{FOLLOWUPS}\nP9{ROW[2:]}\n", day="south/2021-07-03")
    assert between(before, releases.release("after")) == (ReadAgain("the mapping of south", 1),)


def test_a_changed_dictionary_is_named_as_that(releases: TwoReleases) -> None:
    before = releases.release("before", lambda one: replace(one, dictionary_sha256="older"))
    assert between(before, releases.release("after")) == (
        ReadAgain("the dictionary of followups", 3),
    )


def test_nothing_is_stated_where_nothing_changed_or_is_not_known(releases: TwoReleases) -> None:
    before = releases.release("before")
    assert between(before, releases.release("same")) == ()
    unknown = releases.release(
        "unknown", lambda one: replace(one, mapping_sha256=None, dictionary_sha256=None)
    )
    assert between(unknown, before) == ()
    with duckdb.connect(unknown) as connection:
        connection.execute("alter table quality.deliveries drop column mapping_sha256")
    assert between(unknown, before) == ()
