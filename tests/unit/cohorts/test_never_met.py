"""What nobody can ever be in is known before a release, and nothing else is said to be."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.unit.cohorts.test_expected_patients import study
from warehouse.cohorts.never_met import never_met
from warehouse.definitions.config import shipped_studies
from warehouse.definitions.study_files import load_study

TODAY = date(2026, 1, 1)


def found(wanted: Any) -> list[str]:
    """The places of what nobody can be in."""
    return [line.partition(":")[0] for line in never_met(wanted, TODAY)]


def of_groups(*where: str, keep: str = "age_years >= 18", **keys: Any) -> list[str]:
    """The places that are found with a step and groups, whose names are a, b, c."""
    flow = [
        {"step": "screened", "label": "Screened"},
        {"step": "own", "label": "Own", "keep": keep, "because": "no"},
        {"step": "analyzed", "label": "Analyzed"},
    ]
    groups = [
        {"group": name, "prefix": name, "label": name, "where": each}
        for name, each in zip("abc", where, strict=False)
    ]
    return found(study(flow=flow, groups=groups, **keys))


@pytest.mark.parametrize("name", shipped_studies())
def test_no_shipped_study_has_any(name: str) -> None:
    assert found(load_study(name)) == []


@pytest.mark.parametrize(
    ("where", "places"),
    [
        (("ivt", "not ivt"), []),
        (("age_years >= 18", "age_years >= 80"), ["groups.b"]),
        (("age_years >= 80", "age_years >= 18"), []),
        (("age_years < 18", "ivt"), ["groups.a"]),
        (("ivt and not ivt", "ivt"), ["groups.a"]),
        (("age_years > 80 and age_years < 80", "ivt"), ["groups.a"]),
        (("age_years > 80 and age_years < 81", "ivt"), ["groups.a"]),
        (("nihss_24h < baseline_nihss", "nihss_24h > baseline_nihss", "true"), []),
        (("ivt is null", "ivt", "not ivt"), []),
        (("coalesce(ivt, false)", "ivt"), ["groups.b"]),
        (
            ("circulation in ('anterior', 'posterior', 'none')", "circulation is not null"),
            ["groups.b"],
        ),
        (("circulation is not null", "circulation like 'a%'"), ["groups.b"]),
        (("treated_on < date '2019-06-01'", "ivt"), ["groups.a"]),
        (("treated_on < '2020-01-02'", "treated_on > '2025-01-01'"), []),
        (("site = 'north'", "site <> 'north'"), []),
        # Whether a sum can be so is not known.
        (("age_years + passes < -5", "ivt"), []),
        (("date_part('year', treated_on) = 1999", "ivt"), []),
        (("cast(age_years as varchar) like '7%'", "concat(site, 'x') = 'yx'"), []),
        (
            ("age_years < passes and passes < baseline_nihss and baseline_nihss < aspects", "ivt"),
            [],
        ),
        (("age_years / 2 > 10", "age_years > 1"), []),
    ],
)
def test_a_group_that_nobody_can_be_in(where: tuple[str, ...], places: list[str]) -> None:
    assert of_groups(*where) == places


@pytest.mark.parametrize(
    ("keep", "places"),
    [
        ("circulation = 'anterior'", ["groups.b"]),
        ("circulation <> 'anterior' or ivt", []),
        ("circulation = 'none'", ["groups.a", "groups.b"]),
        ("study_group is not null", []),
        ("study_group = 'b'", ["groups.a"]),
        ("study_group is null", ["groups.a", "groups.b"]),
        ("age_years > 3 and age_years < 2", ["flow.own.keep"]),
        ("treated_on < '2019-01-01'", ["flow.own.keep"]),
        ("age_years > 3 and age_years < 4", ["flow.own.keep"]),
        ("sich_hours_after_procedure > 3 and sich_hours_after_procedure < 4", []),
    ],
)
def test_groups_and_steps_go_together(keep: str, places: list[str]) -> None:
    where = ("circulation = 'anterior'", "circulation = 'posterior'")
    assert of_groups(*where, keep=keep) == places


def test_subgroups_sites_and_period() -> None:
    parts = [
        {"group": "adult", "label": "A", "where": "age_years >= 18"},
        {"group": "old", "label": "O", "where": "age_years >= 80"},
        {"group": "south", "label": "S", "where": "site = 'south'"},
    ]
    subgroups = [{"subgroup": "part", "label": "P", "groups": parts}]
    assert of_groups(subgroups=subgroups) == [
        "subgroups.part.groups.old",
        "subgroups.part.groups.south",
    ]
    assert of_groups(subgroups=subgroups[:0], period={"start": "2026-01-02"}) == ["period"]
    assert of_groups(period={"start": "2026-01-01"}) == []
    assert of_groups("site = 'north'", "site = 'south'", sites="north") == ["groups.b"]
