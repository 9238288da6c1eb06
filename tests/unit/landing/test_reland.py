"""Landing everything again: into a fresh log, which takes the old one's place as a whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.landing_tools import DAY, FOLLOWUPS, Registry
from warehouse.landing import SecretMissingError
from warehouse.landing.reland import (
    KEPT,
    KEPT_FOR_NOW,
    former_dir,
    fresh_dir,
    recover_landing,
    reland,
)
from warehouse.settings import Settings

ANNE = f"{FOLLOWUPS}\np-1,2021-06-01,telephone,1,false\n"
BERT = f"{FOLLOWUPS}\np-2,2021-06-02,telephone,2,false\n"
LATER = "site_a/2021-04-05"


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    """Two landed deliveries."""
    registry = Registry(data_settings)
    registry.put(ANNE)
    registry.put(BERT, day=LATER)
    registry.land()
    return registry


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a log, without when its manifests were written."""
    files = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.suffix == ".json":
            content = json.dumps(json.loads(content) | {"landed_at": "", "sha256": ""}).encode()
        files[path.relative_to(folder).as_posix()] = content
    return files


def test_the_fresh_log_is_the_old_one_again(registry: Registry) -> None:
    """Byte by byte: the same rows, the same pseudonyms, nothing left beside it."""
    settings = registry.settings
    before = contents(settings.landed_dir)
    damaged = next(settings.landed_dir.rglob("followups/**/*.parquet"))
    damaged.write_bytes(b"rotten")

    report = reland(settings)

    assert contents(settings.landed_dir) == before
    assert (report.files_landed, report.rows_landed, report.files_remembered) == (2, 2, 0)
    assert (report.files_new, report.rows_new) == (0, 0)
    assert report.skipped == ()
    assert not fresh_dir(settings).exists()
    assert not former_dir(settings).exists()


def test_rows_whose_raw_file_is_gone_are_kept_and_reported(registry: Registry) -> None:
    settings = registry.settings
    before = contents(settings.landed_dir)
    (settings.raw_dir / DAY / "followups.csv").unlink()

    report = reland(settings)

    assert contents(settings.landed_dir) == before
    assert report.skipped_lines == [f"{DAY}/followups.csv: {KEPT}"]
    assert report.files_landed == 1


def test_rows_of_a_file_that_cannot_be_read_now_are_kept_and_reported(registry: Registry) -> None:
    settings = registry.settings
    before = contents(settings.landed_dir)
    raw = settings.raw_dir / DAY / "followups.csv"
    raw.rename(raw.with_name("elsewhere"))
    raw.symlink_to(raw.with_name("elsewhere"))

    report = reland(settings)

    assert {
        name: before[name] for name in before if name in contents(settings.landed_dir)
    } == before
    assert f"{DAY}/followups.csv: {KEPT_FOR_NOW}" in report.skipped_lines


def test_another_secret_is_refused_and_the_log_stays(registry: Registry) -> None:
    settings = registry.settings
    before = contents(settings.landed_dir)
    settings.secret_path.unlink()

    with pytest.raises(SecretMissingError):
        reland(settings)

    assert contents(settings.landed_dir) == before
    assert not settings.secret_path.exists()


def test_a_landing_that_was_killed_before_the_swap_is_undone(registry: Registry) -> None:
    settings = registry.settings
    before = contents(settings.landed_dir)
    (fresh_dir(settings) / "files").mkdir(parents=True)

    recover_landing(settings)

    assert contents(settings.landed_dir) == before
    assert not fresh_dir(settings).exists()


def test_a_landing_that_was_killed_within_the_swap_is_finished(registry: Registry) -> None:
    settings = registry.settings
    settings.landed_dir.rename(former_dir(settings))
    (fresh_dir(settings) / "files").mkdir(parents=True)

    recover_landing(settings)

    assert [path.name for path in settings.landed_dir.iterdir()] == ["files"]
    assert not fresh_dir(settings).exists()
    assert not former_dir(settings).exists()
