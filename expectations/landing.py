"""The rules that landing applies, described beside the others; landing itself decides them."""

from __future__ import annotations

from collections.abc import Iterator

from warehouse.definitions import rule_text
from warehouse.definitions.dictionary import Dictionary, DictionaryField, Extract
from warehouse.expectations.rule import Rule


def landing_rules(extract: Extract, dictionary: Dictionary) -> Iterator[Rule]:
    """One rule per landed field (its type), and those on the file, its columns and its lines."""
    for field in extract.landed_fields:
        yield _type(extract, field, dictionary)
    for name, rule in rule_text.FILE_RULES.items():
        yield _on_file(extract, name, rule)


def _type(extract: Extract, field: DictionaryField, dictionary: Dictionary) -> Rule:
    return Rule(
        extract=extract.name,
        name=f"{field.name}.type",
        fields=(field.name,),
        constraint="type",
        severity=dictionary.severity(field, "type"),
        kahn_category="conformance",
        title=f"{field.title} unreadable",
        expected=rule_text.expected(field, "type", dictionary),
        why="A cell that cannot be read is lost.",
        source=f"dictionary/{extract.name}.yaml",
        action=rule_text.action(field, "type", dictionary),
    )


def _on_file(extract: Extract, name: str, rule: rule_text.FileRule) -> Rule:
    return Rule(
        extract=extract.name,
        name=name,
        fields=(),
        constraint="readable",
        severity=rule.severity,
        kahn_category="conformance",
        title=rule.title,
        expected=rule.expected,
        why="What cannot be read cannot be counted, and must not go unnoticed.",
        source="Landing",
        action=rule.action,
    )


def held_rule(extract: Extract) -> Rule:
    """The rule that a delivery breaks as a whole, when a threshold holds it."""
    return Rule(
        extract=extract.name,
        name="delivery.held",
        fields=(),
        constraint="held",
        severity="reject",
        kahn_category="conformance",
        title=f"Delivery of {extract.name} held",
        expected="no rule broken beyond the threshold that holds a delivery",
        why="So many broken rows mean that the file as a whole is wrong, its other rows too.",
        source="thresholds.yaml",
        action="Correct what breaks the named rule and deliver again. Until then no row is used.",
    )
