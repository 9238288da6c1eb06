"""After a power cut there is the old file or the new one: flushed, renamed, folder flushed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.faults import nights
from tests.faults.conftest import LAST_DAY, SHIPPED
from tests.faults.processes import done
from warehouse.settings import Settings

# What people or later refreshes rely on; the rest of the data folder can be made again.
RELIED_ON = ("landed", "history", "warehouse", "reports")
Made = list[tuple[str, ...]]


@pytest.fixture(scope="module")
def night(
    before_last_delivery: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Settings, Made]:
    """An installation, and what a refresh of it did to files."""
    settings = Settings(data=tmp_path_factory.mktemp("night") / "data")
    shutil.copytree(before_last_delivery, settings.data)
    shutil.copytree(SHIPPED / LAST_DAY, settings.raw_dir / SHIPPED.name / LAST_DAY)
    return settings, done(nights.durable_refresh, settings.data)


def test_everything_is_flushed_before_and_after_its_rename(night: tuple[Settings, Made]) -> None:
    settings, made = night
    relied_on = [call for call in made if _area(settings, call[-1]) in RELIED_ON]
    assert [call for call in relied_on if call[0] == "changed"] == []
    renames = [
        number for number, call in enumerate(made) if call in relied_on if call[0] == "renamed"
    ]
    for number in renames:
        folder = str(Path(made[number][2]).parent)
        following = made[number + 1 :]
        assert following[0] == ("synced", folder), made[number]
    assert _kinds(settings, [made[number][2] for number in renames]) >= {
        "landed/admissions", "landed/files", "landed/violations", "history/refreshes",
        "history/checks", "history", "warehouse/releases", "warehouse",
        "reports",
    }  # fmt: skip


def test_new_folders_are_flushed_into_their_parents(night: tuple[Settings, Made]) -> None:
    settings, made = night
    folders = [call[1] for call in made if call[0] == "folder"]
    landed = str(settings.landed_dir)
    assert [folder for folder in folders if folder.startswith(landed)]
    for folder in folders:
        if _area(settings, folder) in RELIED_ON:
            following = made[made.index(("folder", folder)) + 1 :]
            assert following[0] == ("synced", str(Path(folder).parent)), folder


def test_the_release_is_whole_on_disk_before_people_get_it(night: tuple[Settings, Made]) -> None:
    settings, made = night
    [release] = [call[2] for call in made if call[0] == "renamed" and call[2].endswith("Z.duckdb")]
    published = next(
        call for call in made if call[0] == "renamed" and call[2] == str(settings.published_path)
    )
    in_folder = made.index(("synced", str(settings.releases_dir)))
    candidate = next(
        number for number, call in enumerate(made)
        if call[0] == "renamed" and call[2] == release
    )  # fmt: skip
    assert candidate < in_folder < made.index(published)


def _area(settings: Settings, path: str) -> str:
    relative = (
        Path(path).relative_to(settings.data) if path.startswith(str(settings.data)) else None
    )
    return relative.parts[0] if relative and relative.parts else ""


def _kinds(settings: Settings, paths: list[str]) -> set[str]:
    relative = [Path(path).relative_to(settings.data).parent for path in paths]
    return {"/".join(path.parts[:2]) for path in relative}
