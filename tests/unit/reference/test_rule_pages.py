"""The pages of the rules: each rule has an anchor, and a section that says what the rule is."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from tests.support.golden import golden
from warehouse.definitions.dictionary import EXTRACTS
from warehouse.definitions.measures import measure
from warehouse.expectations.delivery import DeliveryRule
from warehouse.expectations.release import GATE
from warehouse.expectations.rule import CLOCKS_BACK
from warehouse.expectations.suites import all_rules
from warehouse.reference.rule_pages import differences, generated, page, page_of, write

GOLDEN = golden("reference")

RULES = {rule.id: rule for rule in all_rules()}
LINK = re.compile(r"\]\((\w+\.md)#([\w.]+)\)")
ANCHOR = re.compile(r'<a id="([\w.]+)"></a>')


def test_the_shipped_pages_are_what_the_rules_say() -> None:
    assert differences() == []


def test_pages_that_differ_are_named(tmp_path: Path) -> None:
    write(tmp_path)
    folder = tmp_path / "docs" / "rules"
    (folder / "imaging.md").write_text("changed")
    (folder / "followups.md").unlink()
    (folder / "imaging.volume.steady.md").write_text("left over")
    assert differences(tmp_path) == [
        "docs/rules/followups.md: is missing",
        GOLDEN("docs_rules_imaging_md_differs_from"),
        GOLDEN("docs_rules_imaging_volume_steady_md"),
    ]
    write(tmp_path)
    assert differences(tmp_path) == []


def test_each_rule_has_one_anchor_on_the_page_that_the_index_links() -> None:
    pages = {path.name: text for path, text in generated().items()}
    links = Counter(LINK.findall(pages["README.md"]))
    anchors = Counter(
        (page, rule)
        for page in pages
        if page not in ("README.md", "release.md")
        for rule in ANCHOR.findall(pages[page])
    )
    assert links == anchors == Counter((f"{page_of(rule)}.md", rule.id) for rule in RULES.values())
    assert Counter(ANCHOR.findall(pages["release.md"])) == Counter(rule.id for rule in GATE)


def test_a_section_of_a_rule_on_rows() -> None:
    rule = RULES["followups.mrs_6_with_death_date"]
    assert page("Follow-ups", [rule]).split("\n\n", 2)[2].splitlines() == [
        f"## {rule.title}",
        "",
        f'<a id="{rule.id}"></a>`{rule.id}`',
        "",
        f"- Expected: {rule.expected}.",
        f"- Why: {rule.why}",
        f"- What to do: {rule.action}",
        GOLDEN("consequence_warn_it_is_listed_and"),
        GOLDEN("fields_mrs_death_date_finding_shows"),
        "- Category: completeness, verification.",
        f"- Source: {rule.source}.",
    ]


def test_rules_of_the_same_text_share_a_section() -> None:
    alike = [rule for rule in RULES.values() if rule.name == "line.readable"]
    text = page("Deliveries", alike)
    assert (text.count("\n## "), len(ANCHOR.findall(text))) == (1, len(EXTRACTS))


def test_a_rule_on_deliveries_is_written_in_the_unit_of_its_limits() -> None:
    """What is expected names each limit as a measure beyond it is written."""
    rules = [rule for rule in RULES.values() if isinstance(rule, DeliveryRule)]
    bounds = [(rule, bound) for rule in rules for bound in (rule.low, rule.high) if bound]
    assert [
        rule.id
        for rule, bound in bounds
        if measure(bound, rule.unit).split()[0] not in rule.expected.split()
    ] == []


def test_there_are_sixty_rules_that_a_neurologist_would_recognise() -> None:
    """Beyond required cells, codes, ranges, types and completeness: at least sixty."""
    assert sum(rule.constraint in ("clinical", "delivery") for rule in RULES.values()) >= 60


def test_each_order_of_times_names_the_hour_that_comes_twice() -> None:
    reported = {name for name, rule in RULES.items() if rule.action.endswith(CLOCKS_BACK)}
    assert reported == {
        "admissions.onset_before_arrival",
        "procedures.puncture_after_onset",
        "procedures.puncture_after_arrival",
        "procedures.puncture_before_end",
        "imaging.scan_after_puncture",
    }
