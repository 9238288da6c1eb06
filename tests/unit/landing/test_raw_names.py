"""Names of raw files, folders and sites: what is written of them, and how they are found again."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.support.landing_tools import DAY, FOLLOWUPS, Registry
from warehouse.alerts.message import installation
from warehouse.landing import LandingReport, SkippedFile
from warehouse.landing.deliveries import NO_SITE, TOO_OLD
from warehouse.landing.manifest import read_log
from warehouse.landing.raw_names import RawNames, is_site, raw_names
from warehouse.landing.reland import reland
from warehouse.settings import Settings
from warehouse.verification import verify

CSV = f"{FOLLOWUPS}\nP1,2021-03-05,telephone,2,no\n"
NAMES = ("\u738b\u5c0f\u660e", "Zhang Wei", "13812345678", "1931-12-07", "\u0661\u0663\u0669\u0661")


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def forgotten(registry: Registry, *names: str) -> bool:
    """Whether no byte of what landing wrote or said, nor the names of its files, has a name."""
    landed = registry.settings.landed_dir
    output = registry.output() + "".join(map(str, landed.rglob("*"))).encode()
    return not any(name.encode() in output for name in names)


def test_what_each_delivery_may_have_is_called_by_its_name(registry: Registry) -> None:
    path = registry.put("mode: full", "delivery.yaml")
    registry.put(CSV)
    registry.land()
    assert registry.name_of(path) == f"{DAY}/delivery.yaml"
    assert list(raw_names(registry.settings).hidden()) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_may_be_named_like_a_person_is_landed_under_another_name(
    registry: Registry, name: str
) -> None:
    """Rejected and skipped files, too: the digest identifies them."""
    paths = [
        registry.put(content, text)
        for content, text in (
            (CSV, f"followups_{name}.csv"), (CSV, f"followups {name} 2.CSV"),
            ("", f"imaging-{name}.xlsx"), (CSV, f"{name}.tsv.gz"), (CSV, f"followups.{name}"),
        )
    ]  # fmt: skip
    (paths[0].parent / f"admissions_{name}.csv").mkdir()
    report = registry.land()
    called = [file.source_file.removeprefix(f"{DAY}/") for file in report.files]
    shapes = [re.sub("~[0-9a-f]{10}", "~", text) for text in called]
    assert sorted(shapes) == [
        "file~.tsv.gz", "followups~", "followups~.CSV", "followups~.csv", "imaging~.xlsx"
    ]  # fmt: skip
    assert len(set(called)) == 5
    assert sorted(file.status for file in report.files) == [
        "duplicate", "landed", "rejected", "rejected", "rejected"
    ]  # fmt: skip
    assert sorted(entry.reason[:14] for entry in report.skipped) == [
        "it is a folder", "the name begin"
    ]  # fmt: skip
    assert forgotten(registry, name)
    assert registry.land().files_remembered == 5
    found = dict(raw_names(registry.settings).hidden())
    assert {found[f"{DAY}/{text}"] for text in called} == set(paths)


@pytest.mark.parametrize("name", NAMES)
def test_folders_that_may_be_named_like_a_person_are_left_and_called_otherwise(
    registry: Registry, name: str
) -> None:
    registry.put(CSV, day=f"{name}/2021-03-05")
    registry.put(CSV, day=f"site_a/{name}")
    registry.put(CSV, day=f"site_a/2021-03-05 {name}")
    (registry.settings.raw_dir / f"{name}.csv").write_text(CSV)
    registry.put(CSV)
    registry.land()
    reasons = sorted(entry.reason for entry in registry.land().skipped)
    day = "the folder of a delivery is named by its day, such as 2021-03-05; rename it"
    dated = TOO_OLD if name == "1931-12-07" else day
    file = "there must be a folder per site here, not a file"
    assert reasons == sorted([NO_SITE, dated, day, file])
    assert forgotten(registry, name)
    assert installation(registry.settings) == "Thrombectomy warehouse: site_a"


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("north_hospital", True), ("C01_serial-1904", True), ("a" * 100, True), ("a" * 101, False),
        ("7_hospital", False), ("a-193112", False),
        ("1931-12-07", False), ("zhang-19311", False), ("klinik m\u00fcnchen", False), ("", False),
        ("m\u00fcnchen", False), ("_a", False), ("a\n", False), ("site\uff11", False),
    ],
)  # fmt: skip
def test_a_site_is_named_by_an_identifier(name: str, is_one: bool) -> None:
    assert is_site(name) is is_one


def test_a_site_with_a_mapping_has_the_name_that_it_was_given(
    registry: Registry, tmp_path: Path
) -> None:
    site = "\u5317\u4eac\u533b\u9662"
    (tmp_path / f"{site}.yaml").write_text(yaml.safe_dump({"site": site}))
    registry.put(CSV, f"followups_{site}.csv", day=f"{site}/2021-03-05")
    assert registry.land().skipped == (
        SkippedFile(registry.name_of(registry.settings.raw_dir / site), NO_SITE),
    )
    report = registry.land(sites_dir=tmp_path)
    assert [file.source_file for file in report.files] == [
        f"{site}/2021-03-05/followups_{site}.csv"
    ]


def test_a_file_is_the_same_whatever_it_is_called(registry: Registry, tmp_path: Path) -> None:
    """Landed again under its other name when the mapping knows its words; then gone, and kept."""
    path = registry.put(CSV, "followups_klinik.csv")
    [file] = registry.land().files
    assert file.source_file == registry.name_of(path) != f"{DAY}/followups_klinik.csv"
    (tmp_path / "site_a.yaml").write_text("site: site_a\nignored_sheets: [Klinik]\n")
    [again] = registry.land(sites_dir=tmp_path).files
    assert again.source_file == f"{DAY}/followups_klinik.csv"
    assert set(read_log(registry.settings.landed_dir)) == {again.file_id}
    registry.land()
    assert set(read_log(registry.settings.landed_dir)) == {file.file_id}
    reland(registry.settings, progress=registry.messages.append)
    assert set(read_log(registry.settings.landed_dir)) == {file.file_id}
    assert "raw: 1 intact" in verify(registry.settings).counts
    path.rename(path.with_name("followups_other.csv"))
    [moved] = registry.land().files
    assert set(read_log(registry.settings.landed_dir)) == {moved.file_id}
    path.with_name("followups_other.csv").unlink()
    assert registry.land().skipped == ()
    assert len(registry.rows()) == 1
    assert "raw: 1 gone" in verify(registry.settings).counts


@pytest.mark.parametrize("again", [Registry.land, lambda registry: reland(registry.settings)])
def test_what_an_earlier_version_landed_under_its_own_name_gets_the_other_one(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, again: Callable[[Registry], LandingReport]
) -> None:
    path = registry.put(CSV, f"followups_{NAMES[0]}.csv")
    with monkeypatch.context() as earlier:
        earlier.setattr(RawNames, "shown", lambda _, place: f"{DAY}/{place.name}")
        assert registry.land().files[0].source_file == f"{DAY}/{path.name}"
    registry.messages.clear()
    assert [file.source_file for file in again(registry).files] == [registry.name_of(path)]
    assert [row["source_file"] for row in registry.rows()] == [registry.name_of(path)]
    assert forgotten(registry, NAMES[0])


def test_a_file_is_known_by_its_own_name_and_as_it_is_shown(registry: Registry) -> None:
    """With or without the folders before it, and as a part of a wide file."""
    path = registry.put(CSV, "admissions_mueller.csv")
    registry.land()
    names = raw_names(registry.settings)
    shown = names.shown(path)
    assert "mueller" not in shown
    site, day = DAY.split("/")
    found = {
        names.shown_at(site, name)
        for name in (
            f"data/raw/{DAY}/{path.name}", f"{DAY}/{path.name}", f"{day}/{path.name}", shown,
            shown.removeprefix(f"{site}/"),
        )
    }  # fmt: skip
    assert found == {shown}
    assert names.shown_at(site, f"{DAY}/{path.name}#imaging") == f"{shown}#imaging"
    path.unlink()
    assert {names.shown_at(site, name) for name in (f"{DAY}/{path.name}", shown)} == {shown}
    assert names.shown_at(site, f"{day}/admissions.csv") == f"{DAY}/admissions.csv"
