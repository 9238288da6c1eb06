"""A warehouse's own settings in its config folder win over the shipped ones (invented content)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.golden import golden
from warehouse.commands.config import config as show_config
from warehouse.definitions import config
from warehouse.definitions.accepted_losses import read_accepted
from warehouse.definitions.config import (
    ACCEPTED,
    FILES,
    LEADS_OUT,
    OUTCOMES,
    STUDY,
    THRESHOLDS,
    config_lines,
    mapped_sites,
    mapping_path,
    read_in_force,
    settings_path,
    shipped_path,
    shown_path,
)
from warehouse.definitions.dictionary import DictionaryError, read_yaml
from warehouse.definitions.outcomes import load_outcomes
from warehouse.definitions.site import load_site, site_label
from warehouse.definitions.study_files import load_study
from warehouse.definitions.thresholds import Threshold, load_thresholds, with_own
from warehouse.definitions.yaml_keys import PUT_BACK
from warehouse.errors import WarehouseError
from warehouse.settings import PROJECT_DIR, SettingsError, settings

GOLDEN = golden("definitions")

OWN_THRESHOLDS = "rules:\n  admissions.records.kept: {max_failed_share: 0.1, then: hold_delivery}\n"
FORMER_STUDY = Path(__file__).parents[2] / "fixtures" / "study_0_1.yaml"
REMEDY = (
    "Nothing is published until it is corrected, and the last release stays. Correct it, or print "
    "the one that a release was made with: warehouse config {} --release ID (warehouse releases "
    "lists them)"
)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The config folder of a data folder of its own."""
    monkeypatch.setenv("WAREHOUSE_DATA", str(tmp_path / "data"))
    settings.cache_clear()
    (tmp_path / "data" / "config" / "sites").mkdir(parents=True)
    yield tmp_path / "data" / "config"
    settings.cache_clear()


def test_without_files_of_its_own_a_warehouse_has_the_shipped_settings(own: Path) -> None:
    assert [settings_path(name) for name in FILES] == [shipped_path(name) for name in FILES]
    assert mapped_sites() == ["synthetic_centre"]
    assert site_label("synthetic_centre").synthetic
    assert with_own(load_thresholds(), own / THRESHOLDS) == load_thresholds()
    assert list(config_lines()) == []


def test_an_own_file_replaces_the_shipped_one_as_a_whole(own: Path) -> None:
    text = shipped_path(OUTCOMES).read_text("utf-8").replace("min: 60", "min: 70")
    (own / OUTCOMES).write_text(text, "utf-8")
    (own / "sites" / "north.yaml").write_text("site: north\ntime_zone: Asia/Shanghai\n")
    (own / "sites" / "synthetic_centre.yaml").write_text("site: synthetic_centre\ntitle: Mine\n")
    assert load_outcomes().followup_window_days.min == 70
    assert mapped_sites() == ["north", "synthetic_centre"]
    assert load_site("north").time_zone == "Asia/Shanghai"
    assert site_label("synthetic_centre") == ("Mine", False)
    assert shown_path(mapping_path("north")) == "config/sites/north.yaml"


def test_own_thresholds_replace_the_lines_that_they_name(own: Path) -> None:
    (own / THRESHOLDS).write_text(OWN_THRESHOLDS)
    shipped = load_thresholds()
    found = with_own(shipped, own / THRESHOLDS)
    changed = Threshold(max_failed_share=0.1, then="hold_delivery")
    assert found.rules == shipped.rules | {"admissions.records.kept": changed}
    assert found.defaults == shipped.defaults


def test_a_wrong_own_file_is_named_with_its_key(own: Path) -> None:
    (own / OUTCOMES).write_text("sich_fatal_days: x\n")
    with pytest.raises(DictionaryError) as wrong:
        load_outcomes()
    assert str(wrong.value).startswith(GOLDEN("config_outcomes_yaml_it_cannot_be"))


def test_settings_in_the_shipped_folder_count_and_are_named(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an installation of version 0.1, whose hospital edited the dictionary."""
    edited = tmp_path / "dictionary"
    shutil.copytree(config.DICTIONARY_DIR, edited)
    monkeypatch.setattr(config, "DICTIONARY_DIR", edited)
    text = FORMER_STUDY.read_text("utf-8").replace("[synthetic_centre]", "[north]")
    (edited / STUDY).write_text(text, "utf-8")
    (edited / "sites" / "north.yaml").write_text("site: north\ndecimal: ','\n")
    (edited / "deliveries.yaml").write_text("accepted_losses: []\n")
    assert (load_study().sites, load_site("north").decimal) == (("north",), ",")
    named = [line.split(" ")[0] for line in config_lines()]
    assert named == [
        "dictionary/sites/north.yaml",
        "dictionary/deliveries.yaml",
        "dictionary/study.yaml",
    ]
    assert f"copy it to {own}/sites/north.yaml" in next(iter(config_lines()))
    for name in (STUDY, "sites/north.yaml"):
        shutil.copy(edited / name, own / name)
    (edited / STUDY).unlink()
    (edited / "deliveries.yaml").rename(own / ACCEPTED)
    assert [line.split(" ")[0] for line in config_lines()] == ["config/study.yaml"]
    assert (load_study().sites, load_site("north").decimal) == (("north",), ",")


def test_a_file_that_does_not_count_is_named(own: Path) -> None:
    for name in ("study.yml", "admissions.yaml", "sites/north.yml", "warehouse.toml", "notes.txt"):
        (own / name).touch()
    named = [line.split(" ")[0] for line in config_lines()]
    assert named == ["config/admissions.yaml", "config/sites/north.yml", "config/study.yml"]


def test_two_warehouses_of_one_installation_have_two_studies(tmp_path: Path) -> None:
    text = FORMER_STUDY.read_text("utf-8")
    code = "from warehouse.definitions.study_files import load_study; print(*load_study().sites)"
    found = []
    for site in ("north", "south"):
        folder = tmp_path / site / "config"
        folder.mkdir(parents=True)
        (folder / STUDY).write_text(text.replace("[synthetic_centre]", f"[{site}]"), "utf-8")
        environment = os.environ | {"WAREHOUSE_DATA": str(tmp_path / site)}
        outcome = subprocess.run(
            [sys.executable, "-c", code],
            cwd=PROJECT_DIR,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(outcome.stdout.strip())
    assert found == ["north", "south"]


def test_the_config_folder_can_be_elsewhere_and_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "etc"
    monkeypatch.setenv("WAREHOUSE_CONFIG", str(elsewhere))
    settings.cache_clear()
    with pytest.raises(
        SettingsError, match=GOLDEN("warehouse_config_there_is_no_folder", elsewhere=elsewhere)
    ):
        settings()
    elsewhere.mkdir()
    assert settings().config_dir == elsewhere
    settings.cache_clear()


def _link_to_nothing(path: Path) -> None:
    path.symlink_to("/mnt/share/none")


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path)


NO_FILES = [
    (_link_to_nothing, "a link to /mnt/share/none, which is not there or leads back to it"),
    (_link_to_itself, "a link to {}, which is not there or leads back to it"),
    (Path.mkdir, "a folder"),
    (os.mkfifo, "a pipe or a device"),
]
no_file = pytest.mark.parametrize(("put", "found"), NO_FILES)


@no_file
def test_what_is_no_file_is_refused_and_never_replaced_by_the_shipped_one(
    own: Path, put: Callable[[Path], None], found: str
) -> None:
    north = "sites/north.yaml"
    for name in (*FILES, north):
        put(own / name)
    read = {
        OUTCOMES: load_outcomes,
        THRESHOLDS: lambda: with_own(load_thresholds(), own / THRESHOLDS),
        ACCEPTED: lambda: read_accepted(settings_path(ACCEPTED)),
        north: lambda: load_site("north"),
    }
    for name, load in read.items():
        found_there = found.format(own / name)
        problem = f"it is not a regular file but {found_there}; {PUT_BACK}"
        with pytest.raises(DictionaryError) as refused:
            load()
        assert str(refused.value).splitlines()[0] == f"config/{name}: {problem}"
        with pytest.raises(WarehouseError) as unshown:
            show_config(name, None, None)
        assert str(unshown.value) == (
            GOLDEN("config_cannot_be_shown_and_refresh", name=name, problem=problem)
        )
    assert site_label("north") == ("north", False)
    with pytest.raises(WarehouseError, match=r"config/outcomes\.yaml cannot be shown"):
        show_config(None, None, None)


@pytest.mark.parametrize("name", [*FILES, "sites/north.yaml", "studies/own/study.yaml"])
def test_no_link_takes_a_file_from_outside_of_the_config_folder(own: Path, name: str) -> None:
    """Whoever may write there must not read what only the warehouse's account can."""
    secret = own.parent / "state" / "pseudonym.key"
    secret.parent.mkdir(exist_ok=True)
    secret.write_text("0123abcd")
    path = own / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(secret)
    with pytest.raises(DictionaryError) as refused:
        read_yaml(path)
    assert str(refused.value) == f"config/{name}: {LEADS_OUT}"
    contents, unread = read_in_force()
    assert unread[f"config/{name}"] == LEADS_OUT
    assert b"0123abcd" not in contents.values()
    inside = own / "..data"
    inside.mkdir()
    path.replace(inside / "key")
    (inside / "real.yaml").write_text("a: 1")
    path.symlink_to(inside / "real.yaml")
    assert read_yaml(path) == {"a": 1}


@no_file
def test_own_settings_that_are_no_file_start_nothing(
    own: Path, put: Callable[[Path], None], found: str
) -> None:
    put(own / "warehouse.toml")
    with pytest.raises(SettingsError) as refused:
        settings()
    place = own / "warehouse.toml"
    stated = f"{place} is {found.format(place)}, and a file of settings belongs there. Nothing was "
    assert str(refused.value).startswith(stated)


@pytest.mark.parametrize(
    ("put", "found"), [*NO_FILES[:2], (Path.touch, "a file"), (os.mkfifo, "a pipe or a device")]
)
@pytest.mark.parametrize("name", ["config", "config/sites"])
def test_a_config_folder_that_is_no_folder_starts_nothing(
    own: Path, name: str, put: Callable[[Path], None], found: str
) -> None:
    place = own.parent / name
    shutil.rmtree(place)
    put(place)
    with pytest.raises(SettingsError) as refused:
        settings()
    stated = (
        f"{place} is {found.format(place)}, and a folder of settings belongs there. Nothing was "
    )
    assert str(refused.value).startswith(stated)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "the file: it must hold keys with their values, as in key: value, and is empty"),
        ("2018", "the file: it must hold keys with their values, as in key: value"),
    ],
)
def test_a_file_without_keys_is_named_with_what_to_do(
    own: Path, content: str, problem: str
) -> None:
    read: dict[str, Callable[[], object]] = {
        OUTCOMES: load_outcomes,
        THRESHOLDS: lambda: with_own(load_thresholds(), own / THRESHOLDS),
        ACCEPTED: lambda: read_accepted(settings_path(ACCEPTED)),
    }
    for name, load in read.items():
        (own / name).write_text(content)
        with pytest.raises(DictionaryError) as refused:
            load()
        assert str(refused.value).splitlines() == [
            GOLDEN("config_it_cannot_be_used", name=name),
            f"  {problem}",
            REMEDY.format(name),
        ]


def test_a_study_that_is_no_yaml_is_named_with_what_to_do(own: Path) -> None:
    (own / STUDY).write_text("title: [\n")
    with pytest.raises(DictionaryError) as refused:
        load_study()
    assert str(refused.value).splitlines() == [
        GOLDEN("config_study_yaml_is_not_valid"),
        REMEDY.format(STUDY),
    ]
