"""The rules that landing applies, described beside the others; landing itself decides them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from expectations.rule import Rule
from warehouse import wording
from warehouse.dictionary import Dictionary, DictionaryField, Extract, Severity


class FileRule(NamedTuple):
    """A rule on a file, its columns or its lines, the same for every extract."""

    name: str
    severity: Severity
    title: str
    expected: str
    action: str


FILE_RULES = (
    FileRule(
        "line.readable",
        "reject",
        title="Every line splits into the columns of the header",
        expected="a line with as many cells as the header",
        action="Repair the line (quotes, separators) and deliver the file again.",
    ),
    FileRule(
        "columns.required",
        "reject",
        title="Every required column is there",
        expected="a column for each required field, under its name or one of its aliases",
        action="Deliver the file with the column, or add its header to the aliases.",
    ),
    FileRule(
        "columns.known",
        "warn",
        title="Every column is known",
        expected="only columns that the dictionary names",
        action="Remove the column, or add its header to the aliases.",
    ),
    FileRule(
        "file.readable",
        "reject",
        title="The file can be read",
        expected="a CSV, gzip, XLSX or Parquet file",
        action="Export the file again and deliver it.",
    ),
)


def landing_rules(extract: Extract, dictionary: Dictionary) -> Iterator[Rule]:
    """One rule per landed field (its type), and those on the file, its columns and its lines."""
    for field in extract.landed_fields:
        yield _type(extract, field, dictionary)
    for rule in FILE_RULES:
        yield _on_file(extract, rule)


def _type(extract: Extract, field: DictionaryField, dictionary: Dictionary) -> Rule:
    return Rule(
        extract=extract.name,
        name=f"{field.name}.type",
        fields=(field.name,),
        constraint="type",
        severity=dictionary.severity(field, "type"),
        kahn_category="conformance",
        title=f"{field.title}: type",
        expected=wording.expected(field, "type", dictionary),
        why="A cell that cannot be read is lost.",
        source=f"dictionary/{extract.name}.yaml",
        action=wording.action(field, "type", dictionary),
    )


def _on_file(extract: Extract, rule: FileRule) -> Rule:
    return Rule(
        extract=extract.name,
        name=rule.name,
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
