"""A data folder of version 0.1.0 whose hospital edited the project's dictionary (invented rows)."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.support.landing_tools import Registry
from warehouse.definitions import config
from warehouse.definitions.config import ACCEPTED, FORMER, SITES, STUDY, own_path
from warehouse.definitions.study_files import load_study
from warehouse.history import RefreshRecord, read_records, record_path
from warehouse.landing.manifest import read_log
from warehouse.refresh.context import refreshing
from warehouse.settings import settings

NORTH = "site: north\ndelimiter: ';'\nheaders: {followups: {Fall: patient_id}}\n"
FOLLOWUPS = "Fall;assessed_on;mode;mrs;lost_to_followup\nP1;2021-03-05;telephone;2;no\n"
# As 0.1.0 wrote one: without a number, digests and settings.
RECORD = {
    "refresh_id": "20260601T020000Z",
    "started_at": "2026-06-01T02:00:00",
    "finished_at": "2026-06-01T02:01:00",
    "as_of": "2026-06-01",
    "status": "failed",
    "warehouse_version": "0.1.0",
}
FORMER_STUDY = Path(__file__).parents[1] / "fixtures" / "study_0_1.yaml"
COPY = re.compile(r"^dictionary/(\S+) is not .* copy it to (\S+) \(")


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """The data folder, and the dictionary that was edited in place."""
    monkeypatch.setenv("WAREHOUSE_DATA", str(tmp_path / "data"))
    settings.cache_clear()
    edited = tmp_path / "project" / "dictionary"
    shutil.copytree(config.DICTIONARY_DIR, edited)
    monkeypatch.setattr(config, "DICTIONARY_DIR", edited)
    study = FORMER_STUDY.read_text("utf-8").replace("[synthetic_centre]", "[north]")
    (edited / STUDY).write_text(study, "utf-8")
    (edited / SITES / "north.yaml").write_text(NORTH)
    shutil.copy(edited / ACCEPTED, edited / FORMER)
    path = record_path(settings().history_dir, RECORD["refresh_id"])
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(RECORD))
    registry = Registry(settings())
    registry.put(FOLLOWUPS, day="north/2021-03-05")
    yield registry
    settings.cache_clear()


def upgraded(registry: Registry) -> tuple[RefreshRecord, list[str], int]:
    """A refresh of today's version as far as landing: its record, warnings and files read."""
    with refreshing(settings(), date(2026, 6, 2)) as refresh:
        landed = registry.land()
    return read_records(settings().history_dir)[-1], refresh.warnings, landed.files_new


def test_settings_in_the_old_place_count_until_they_are_copied(old: Registry) -> None:
    record, warnings, files = upgraded(old)
    named = [COPY.match(line) for line in warnings]
    assert [found and found[1] for found in named] == [f"{SITES}/north.yaml", None, None]
    assert warnings[1].startswith(f"dictionary/{FORMER} no longer counts")
    assert warnings[2].startswith(f"dictionary/{STUDY} is")
    assert (files, len(old.rows()), load_study().sites) == (1, 1, ("north",))
    assert "dictionary/sites/north.yaml" in (record.settings or {})
    for found in filter(None, named):
        target = Path(found[2])
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(config.DICTIONARY_DIR / found[1], target)
    shutil.move(config.DICTIONARY_DIR / FORMER, own_path(ACCEPTED))
    shutil.move(config.DICTIONARY_DIR / STUDY, own_path(STUDY))
    moved, warnings, files = upgraded(old)
    assert [line.split(" ")[0] for line in warnings] == [f"config/{STUDY}"]
    assert (files, len(old.rows()), load_study().sites) == (0, 1, ("north",))
    before, after = (dict(one.settings or {}) for one in (record, moved))
    assert after["config/sites/north.yaml"] == before["dictionary/sites/north.yaml"]
    assert [one.refresh_number for one in read_records(settings().history_dir)] == [1, 2, 3]


def test_an_upgrade_leaves_copied_settings_as_they_are(
    old: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next version brings a dictionary without what the hospital wrote into the old one."""
    for name in (STUDY, f"{SITES}/north.yaml"):
        own_path(name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(config.DICTIONARY_DIR / name, own_path(name))
    upgraded(old)
    (landed,) = read_log(settings().landed_dir).values()
    monkeypatch.undo()
    monkeypatch.setenv("WAREHOUSE_DATA", str(old.settings.data))
    settings.cache_clear()
    _, warnings, files = upgraded(old)
    assert [line.split(" ")[0] for line in warnings] == [f"config/{STUDY}"]
    assert (files, load_study().sites) == (0, ("north",))
    assert read_log(settings().landed_dir) == {landed.file_id: landed}
