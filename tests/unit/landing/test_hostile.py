"""One hostile delivery, or one broken mapping, stops nobody else's night."""

from __future__ import annotations

import errno
import importlib
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.golden import golden
from tests.support.landing_tools import DAY, FOLLOWUPS, Registry
from warehouse.definitions.dictionary import DictionaryError
from warehouse.definitions.site import load_site
from warehouse.landing.deliveries import NO_SITE
from warehouse.settings import Settings

GOLDEN = golden("landing")

CSV = f"{FOLLOWUPS}\nP1,2021-03-05,telephone,2,no\n"
GOOD = "site_z/2021-03-05"


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def left_beside_a_good_site(registry: Registry) -> list[tuple[str, str]]:
    """What is left, by name without its digest, and why; the good site is landed."""
    registry.put(CSV, day=GOOD)
    report = registry.land()
    assert f"{GOOD}/followups.csv" in [file.source_file for file in report.files]
    assert [row["source_file"] for row in report.skipped_rows] == [
        left.source_file for left in report.skipped
    ]
    assert all(line.isprintable() for line in report.skipped_lines)
    return [(re.sub("~.*", "~", left.source_file), left.reason) for left in report.skipped]


@pytest.mark.parametrize("site", ["c" * 255, "c" * 101, "1" * 255, "王" * 85, "c\n" * 127])
def test_a_site_with_a_long_name_is_skipped(registry: Registry, site: str) -> None:
    """Its landed folder, its workbook of queries or its mapping could have no such name."""
    registry.put(CSV, day=f"{site}/2021-03-05")
    assert left_beside_a_good_site(registry) == [("folder~", NO_SITE)]


@pytest.mark.parametrize("day", ["2021-03-05\n", "2021-03-05" * 25, "\udcff" * 80])
def test_a_day_with_a_strange_name_is_skipped(registry: Registry, day: str) -> None:
    registry.put(CSV, day=f"site_a/{day}")
    [(_, reason)] = left_beside_a_good_site(registry)
    assert reason == GOLDEN("the_folder_of_delivery_is_named")


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("deliveries._site", "site_a"),
        ("deliveries.read_delivery_file", DAY),
        ("deliveries.contents_at", f"{DAY}/followups.csv"),
        ("lander.blank_manifest", f"{DAY}/followups.csv"),
        ("lander.as_copy_of", f"{DAY}/followups.csv"),
    ],
)
def test_what_nobody_foresaw_skips_one_file_or_delivery_alone(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, where: str, place: str
) -> None:
    _fail_in_site_a(monkeypatch, where, RecursionError("Wang Wei"))
    registry.put(CSV)
    [(left, why)] = left_beside_a_good_site(registry)
    assert left == place
    assert GOLDEN("for_reason_that_nobody_foresaw_recursionerror") in why
    assert "Wang" not in why


@pytest.mark.parametrize("where", ["deliveries._site", "deliveries.contents_at"])
def test_a_folder_that_may_not_be_entered_is_skipped(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """As where it may be listed, and nothing in it may be looked at."""
    _fail_in_site_a(monkeypatch, where, PermissionError(errno.EACCES, "Permission denied"))
    registry.put(CSV)
    [(_, why)] = left_beside_a_good_site(registry)
    assert why == GOLDEN("it_cannot_be_opened_permission_denied")


def _fail_in_site_a(monkeypatch: pytest.MonkeyPatch, where: str, error: Exception) -> None:
    """Let a function of landing fail of what belongs to one of the sites."""
    module, name = f"warehouse.landing.{where.split('.')[0]}", where.split(".")[1]
    real = getattr(importlib.import_module(module), name)

    def fail(*arguments: Any) -> Any:
        if "site_a" in repr(arguments):
            raise error
        return real(*arguments)

    monkeypatch.setattr(f"{module}.{name}", fail)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("title: " + "[" * 900, ": it holds more than 20 lists within lists"),
        ('title: "\\ud800"', " is not valid YAML in line 2, column 11"),
        (
            "title: &a x\nencoding: *a",
            ": line 3: it holds a reference; write out what it stands for, or put a text that "
            "begins with * in quotes",
        ),
        (f"title: {'x' * (2 << 20)}", ": it is larger than 1024 KB"),
        ("x: 1\nx: 2", ": line 3: a key is there twice; keep one of them"),
        ("title: x\n{", " is not valid YAML in line 4, column 1"),
    ],
)
def test_a_broken_mapping_stops_its_site_alone(tmp_path: Path, content: str, problem: str) -> None:
    """Pages and messages ask for it, too: it is one kind of error, whatever is wrong."""
    (tmp_path / "site_a.yaml").write_text(f"site: site_a\n{content}\n")
    with pytest.raises(DictionaryError) as wrong:
        load_site("site_a", tmp_path)
    assert str(wrong.value) == f"config/sites/site_a.yaml{problem}"


def test_a_mapping_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "site_a.yaml")
    with pytest.raises(DictionaryError, match=GOLDEN("site_yaml_it_is_not_regular")):
        load_site("site_a", tmp_path)


def test_of_another_site_in_a_mapping_little_is_quoted(tmp_path: Path) -> None:
    (tmp_path / "site_a.yaml").write_text(f"site: {'Wang Wei 1955-04-02 ' * 9}\n")
    with pytest.raises(DictionaryError, match="must say site: site_a") as wrong:
        load_site("site_a", tmp_path)
    assert "Wang" not in str(wrong.value)
