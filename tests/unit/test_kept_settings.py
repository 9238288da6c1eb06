"""Each refresh keeps the settings that it used, each content once (invented content)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.golden import golden
from warehouse.cli import app
from warehouse.definitions.config import own_path, shipped_studies
from warehouse.history import (
    HistoryError,
    RefreshRecord,
    kept_setting,
    read_records,
    read_settings,
    utc_now,
)
from warehouse.refresh import steps
from warehouse.refresh.context import refreshing, require_same_settings
from warehouse.refresh.errors import SettingsChangedError
from warehouse.refresh.steps import publish_release
from warehouse.settings import Settings, settings
from warehouse.verification import verify

GOLDEN = golden("kept_settings")

NORTH = "config/sites/north.yaml"
SHIPPED = [
    "dictionary/accepted_losses.yaml",
    "dictionary/omop_concepts.csv",
    "dictionary/outcomes.yaml",
    "dictionary/sites/synthetic_centre.yaml",
    "dictionary/study_variables.yaml",
    "dictionary/thresholds.yaml",
    *(f"studies/{name}/study.yaml" for name in shipped_studies()),
]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The settings of a data folder whose refreshes have a mapping of their own."""
    monkeypatch.setenv("WAREHOUSE_DATA", str(tmp_path / "data"))
    settings.cache_clear()
    own_path("sites").mkdir(parents=True)
    yield settings()
    settings.cache_clear()


def refresh(own: Settings, mapping: str | None) -> tuple[RefreshRecord, list[str]]:
    """A refresh that publishes an empty file: its record, and what it warns of."""
    path = own_path("sites/north.yaml")
    path.write_text(mapping) if mapping else path.unlink(missing_ok=True)
    with refreshing(own) as running:
        record = running.record
        record.status, record.release = "published", f"{record.refresh_id}.duckdb"
        own.releases_dir.mkdir(parents=True, exist_ok=True)
        (own.releases_dir / record.release).touch()
    return read_records(own.history_dir)[-1], running.warnings


def output(*arguments: str) -> list[str]:
    return CliRunner().invoke(app, ["config", *arguments]).output.splitlines()


def test_each_refresh_keeps_what_counted_and_each_content_is_kept_once(own: Settings) -> None:
    first, _ = refresh(own, "site: north\ndecimal: ','\n")
    second, _ = refresh(own, "site: north\n")
    third, _ = refresh(own, "site: north\ndecimal: ','\n")
    assert sorted(first.settings or ()) == [NORTH, *SHIPPED]
    assert first.settings == third.settings != second.settings
    assert read_settings(own.history_dir, first)[NORTH] == "site: north\ndecimal: ','\n"
    assert read_settings(own.history_dir, second)[NORTH] == "site: north\n"
    assert len(list(kept_setting(own.history_dir, "").parent.iterdir())) == len(SHIPPED) + 2


def test_the_settings_of_a_release_can_be_printed_and_compared(own: Settings) -> None:
    first, _ = refresh(own, "site: north\ndecimal: ','\n")
    second, _ = refresh(own, "site: north\n")
    assert sorted(output()) == sorted(output("--release", second.refresh_id)) == [NORTH, *SHIPPED]
    assert output("sites/north.yaml", "--release", first.refresh_id) == [
        f"# {NORTH}",
        "site: north",
        "decimal: ','",
    ]
    assert output("--release", second.refresh_id, "--against", first.refresh_id) == [
        f"--- {NORTH}",
        f"+++ {NORTH}",
        "@@ -1,2 +1 @@",
        " site: north",
        "-decimal: ','",
    ]


def test_own_settings_that_are_gone_are_missed_once(
    own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.copies.is_published", lambda *_: True)
    refresh(own, "site: north\n")
    _, missed = refresh(own, None)
    assert [line.split(",")[0] for line in missed] == [NORTH]
    assert refresh(own, None)[1] == []


def test_damaged_and_lost_settings_are_named_and_kept_again(own: Settings) -> None:
    record, _ = refresh(own, "site: north\n")
    damaged, gone = (
        kept_setting(own.history_dir, (record.settings or {})[name]) for name in (NORTH, SHIPPED[0])
    )
    damaged.write_text("site: south\n")
    gone.unlink()
    assert {file.path for file in verify(own).damaged} >= {damaged, gone}
    with pytest.raises(HistoryError, match=GOLDEN("restore_it_from_backup")):
        read_settings(own.history_dir, record)
    refresh(own, "site: north\n")
    assert not {file.path for file in verify(own).damaged} & {damaged, gone}
    assert read_settings(own.history_dir, record)[NORTH] == "site: north\n"


def test_a_refresh_of_an_earlier_version_kept_none(own: Settings) -> None:
    record = RefreshRecord("20220601T020000Z", utc_now(), utc_now().date())
    with pytest.raises(HistoryError, match="were not stored"):
        read_settings(own.history_dir, record)


@pytest.mark.parametrize("later", ["site: north", "", None])
def test_a_setting_that_changes_while_a_refresh_runs_is_named(
    own: Settings, later: str | None
) -> None:
    path = own_path("sites/north.yaml")
    path.write_text("site: north\n")
    with refreshing(own) as running:
        require_same_settings(running)
        path.write_text(later) if later is not None else path.unlink()
        with pytest.raises(SettingsChangedError, match=NORTH):
            publish_release(running)


def test_a_setting_that_changes_while_locks_are_written_is_named(
    own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = own_path("sites/north.yaml")
    path.write_text("site: north\n")
    published: list[object] = []
    for name in ("_note_counts", "complete_own_record", "overdue_deliveries"):
        monkeypatch.setattr(steps, name, lambda *_: None)
    for name in ("note_of_candidate", "lock_note"):
        monkeypatch.setattr(steps, name, lambda *_: "")
    monkeypatch.setattr(steps, "mart_digests", lambda *_: {})
    monkeypatch.setattr(steps, "write_new_locks", lambda _: path.write_text("site: south\n"))
    monkeypatch.setattr(steps, "publish", lambda *_: published.append(None))
    with refreshing(own) as running, pytest.raises(SettingsChangedError, match=NORTH):
        publish_release(running)
    assert published == []
