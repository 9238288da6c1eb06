"""``warehouse init``: a mapping for a new site, valid as it is and with each example in force."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from tests.support.golden import golden
from warehouse.definitions.config import ONE_STUDY, SITES, STUDIES, STUDY, own_path
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import SiteMapping, load_site
from warehouse.definitions.study_files import load_study
from warehouse.landing.mapping_check import check_mapping
from warehouse.new_site import NewSiteError, begin_site
from warehouse.settings import settings

GOLDEN = golden("new_site")

OWN_STUDY = f"{STUDIES}/{ONE_STUDY}/{STUDY}"
EXAMPLE = re.compile(r"(?m)^# ([a-z_]+: .*)$")


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("WAREHOUSE_DATA", str(tmp_path / "data"))
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_a_new_site_has_a_mapping_and_a_study_of_its_own() -> None:
    written = [line for line in begin_site("north", settings()) if line.startswith("Wrote")]
    assert len(written) == 2
    assert load_site("north") == SiteMapping(site="north", title="north")
    study, shipped = load_study(), load_study("guo_2023")
    assert (study.sites, study.period.end, study.paper_cohort) == (("north",), None, None)
    assert study.period.start == date(2018, 8, 1)
    assert (study.title, study.small_samples) == ("Title of the study", "exact")
    changed = {"name", "title", "sites", "period", "small_samples"}
    assert study.model_dump(exclude=changed) == shipped.model_dump(exclude=changed)
    assert (study.flow, study.groups, study.tables) == (
        shipped.flow,
        shipped.groups,
        shipped.tables,
    )


def test_a_second_site_leaves_the_study_to_its_owner() -> None:
    list(begin_site("north", settings()))
    before = own_path(OWN_STUDY).read_bytes()
    added = [line for line in begin_site("no", settings()) if line.startswith("Add")]
    assert added == [GOLDEN("add_no_to_sites_in_the", study=f"config/{OWN_STUDY}")]
    assert own_path(OWN_STUDY).read_bytes() == before
    assert load_site("no") == SiteMapping(site="no", title="no")


def test_a_proposed_mapping_stays_and_gets_a_study() -> None:
    proposed = own_path(f"{SITES}/north.yaml")
    proposed.parent.mkdir(parents=True)
    proposed.write_text("{site: north, decimal: ','}", "utf-8")
    kept, wrote, *_ = begin_site("north", settings())
    assert (kept.split()[0], wrote.split()[0]) == ("Kept", "Wrote")
    assert load_site("north") == SiteMapping(site="north", decimal=",")
    assert load_study().sites == ("north",)


def test_every_example_of_the_mapping_is_valid_and_all_keys_are_there() -> None:
    list(begin_site("north", settings()))
    path = own_path(f"{SITES}/north.yaml")
    text = path.read_text("utf-8")
    found = EXAMPLE.findall(text)
    for example in found:
        path.write_text(text.replace(f"# {example}", example), "utf-8")
        mapping = load_site("north")
        check_mapping(mapping, dictionary())
        assert mapping != SiteMapping(site="north", title="north")
    named = {example.partition(":")[0] for example in found}
    assert set(SiteMapping.model_fields) - named == {"site", "title", "synthetic"}


@pytest.mark.parametrize("site", ["north", "synthetic_centre"])
def test_no_mapping_is_overwritten(site: str) -> None:
    list(begin_site("north", settings()))
    before = own_path(f"{SITES}/north.yaml").read_bytes()
    with pytest.raises(NewSiteError, match=GOLDEN("is_there_already_so_nothing_was")):
        list(begin_site(site, settings()))
    assert own_path(f"{SITES}/north.yaml").read_bytes() == before
    assert len(list(own_path(SITES).iterdir())) == 1


@pytest.mark.parametrize("site", ["", "../x", "a b", "a.b", "-x", "12345678", "n" * 101, "x\n"])
def test_what_is_no_name_of_a_site_is_refused(site: str) -> None:
    with pytest.raises(NewSiteError, match=GOLDEN("is_no_name_for_site_so")):
        list(begin_site(site, settings()))
    assert not settings().config_dir.exists()
