"""The pages of the rules: each rule has one, and it says what the rule is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from expectations.delivery import DeliveryRule
from expectations.rule import CLOCKS_BACK
from expectations.suites import all_rules
from warehouse.definitions.delivery_limits import delivery_limits
from warehouse.definitions.measures import measure
from warehouse.errors import WarehouseError
from warehouse.reference.rule_pages import differences, example, index, page, write

RULES = {rule.id: rule for rule in all_rules()}
MEASURED = {
    "admissions.onset_at.has_time": "`52.5%`, measured on 30",
    "admissions.glucose_mmol_per_l.in_unit": "`22.5 mmol/L`, measured on 30",
    "procedures.door_to_puncture.median": "`360 min`, measured on 30",
    "imaging.volume.steady": "`7.5 times`, measured on 3",
    "imaging.nihss_at_imaging.stable": "`0.625`, measured on 50",
    "followups.records.kept": "`55%`, measured on 20",
}


def test_the_shipped_pages_are_what_the_rules_say() -> None:
    assert differences() == []


def test_pages_that_differ_are_named(tmp_path: Path) -> None:
    write(tmp_path)
    folder = tmp_path / "docs" / "rules"
    (folder / "imaging.volume.steady.md").write_text("changed")
    (folder / "imaging.scan_in_time.md").unlink()
    (folder / "imaging.no_rule.md").write_text("left over")
    assert differences(tmp_path) == [
        "docs/rules/imaging.no_rule.md: no rule has this page",
        "docs/rules/imaging.scan_in_time.md: is missing",
        "docs/rules/imaging.volume.steady.md: differs from the rule",
    ]


def test_a_page_of_a_rule_on_rows() -> None:
    assert page(RULES["followups.mrs_6_with_death_date"]).split("\n\n") == [
        "# mRS 6 comes with the date of death",
        "`followups.mrs_6_with_death_date`",
        "**Checks.** A date of death with every mRS 6.",
        "**Why.** The day decides whether the death was within 90 days; without it, mRS 6 decides.",
        "**What to do.** Add Date of death at the source if it can be learnt.",
        "**Severity.** **Warn**: it is listed, and the row is used and flagged.",
        "**Threshold.** Up to 5% of a delivery's rows may break it.",
        "**Fields.** `mrs`, `death_date`",
        "**Category.** completeness, verification",
        "**Source.** Guo 2023 Table 2 (mortality)",
        "**A finding shows.** `mrs 6, death_date missing`",
        "[All rules](README.md)\n",
    ]


def test_a_rule_without_an_example_is_named_with_what_to_do() -> None:
    unknown = replace(RULES["procedures.stent_for_stenosis"], name="stent_of_no_kind")
    with pytest.raises(
        WarehouseError,
        match=r"^procedures\.stent_of_no_kind has no example in expectations/examples\.json, .* "
        r"Give it a case in tests/unit/rule_cases\.py",
    ):
        page(unknown)


def test_the_index_links_each_rule() -> None:
    text = index(all_rules())
    assert [rule for rule in RULES if f"({rule}.md)" not in text] == []


def test_a_rule_on_deliveries_is_written_in_the_unit_of_its_limits() -> None:
    """What is expected names each limit as a measure beyond it is written."""
    limits = {(limit.value, limit.unit) for limit in delivery_limits().values()}
    rules = [rule for rule in RULES.values() if isinstance(rule, DeliveryRule)]
    bounds = [(rule, bound) for rule in rules for bound in (rule.low, rule.high) if bound]
    assert [rule.id for rule, bound in bounds if (bound, rule.unit) not in limits] == []
    assert [
        rule.id
        for rule, bound in bounds
        if measure(bound, rule.unit).split()[0] not in rule.expected.split()
    ] == []


def test_a_page_of_a_rule_on_deliveries_shows_a_measure_with_its_unit() -> None:
    shown = {rule_id: example(RULES[rule_id]) for rule_id in MEASURED}
    assert shown == MEASURED


def test_there_are_sixty_rules_that_a_neurologist_would_recognise() -> None:
    """Beyond required cells, codes, ranges, types and completeness: at least sixty."""
    assert sum(rule.constraint in ("clinical", "delivery") for rule in RULES.values()) >= 60


def test_each_order_of_times_tells_of_the_hour_that_comes_twice() -> None:
    told = {name for name, rule in RULES.items() if rule.action.endswith(CLOCKS_BACK)}
    assert told == {
        "admissions.onset_before_arrival",
        "procedures.puncture_after_onset",
        "procedures.puncture_after_arrival",
        "procedures.puncture_before_end",
        "imaging.scan_after_puncture",
    }
