"""Facts behind a study's numbers besides deliveries: definition, settings, rules, versions."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, NamedTuple

from warehouse.definitions.config import CONFIG, EXPECTED_PATIENTS, STUDY, contents_in_force
from warehouse.definitions.study_files import study_content
from warehouse.history import RefreshRecord

DEFINITION, SETTING, RULE, VERSION = "definition", "setting", "rule", "version"
LINES_SHOWN = 6
DICTIONARY = "dictionary"
Facts = dict[str, dict[str, str]]
"""Texts by kind and name."""


class FactChange(NamedTuple):
    """Fact that differs: its kind and name, and its text then and now (None where there is none).

    Of a settings file, the lines that differ.
    """

    kind: str
    subject: str
    before: str | None
    after: str | None


def facts_of(study: str, record: RefreshRecord) -> Facts:
    """Return the facts of a study now. Raises DictionaryError for a study that cannot be read."""
    from warehouse.expectations.suites import all_rules  # importing it reads the dictionary

    content = {key: each for key, each in study_content(study).items() if key != "lock"}
    return {
        DEFINITION: dict(_flat("", content)),
        SETTING: _settings(),
        RULE: {rule.id: _rule(rule) for rule in all_rules()},
        VERSION: {
            "thrombectomy-warehouse": record.warehouse_version,
            "commit": record.git_commit or "",
            **record.versions,
        },
    }


def fact_changes(before: Facts, after: Facts) -> Iterator[FactChange]:
    """Yield the facts that differ, kind by kind."""
    for kind in (DEFINITION, SETTING, RULE, VERSION):
        old, new = before.get(kind, {}), after.get(kind, {})
        for name in sorted({*old, *new}):
            if old.get(name) != new.get(name):
                was, found = old.get(name), new.get(name)
                if kind == SETTING:
                    was, found = _differing_lines(was or "", found or "")
                yield FactChange(kind, name, was, found)


def _settings() -> dict[str, str]:
    """Return the settings files by name, a warehouse's own in place of the shipped one.

    Studies are no settings of another study; lines of comments are left out.
    """
    texts: dict[str, str] = {}
    for name, content in contents_in_force().items():
        if name.endswith((STUDY, EXPECTED_PATIENTS)):
            continue
        lines = content.decode("utf-8", "replace").splitlines()
        text = "\n".join(line for line in lines if line.strip() and line.lstrip()[0] != "#")
        folder, _, plain = name.partition("/")
        texts[name if plain in texts else plain if folder in (CONFIG, DICTIONARY) else name] = text
    return texts


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield the leaves of a study's file, members of lists by their names where they have one."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _flat(f"{name}.{key}" if name else str(key), each)
    elif isinstance(value, list) and all(isinstance(each, dict) for each in value):
        for place, each in enumerate(value, start=1):
            keys = ("step", "group", "table", "section", "variable", "subgroup")
            own = next((str(each[key]) for key in keys if key in each), str(place))
            yield from _flat(f"{name}.{own}", each)
    else:
        yield name, str(value)


def _rule(rule: Any) -> str:
    condition = getattr(rule, "condition", None)
    parts = [f"{rule.title} ({rule.severity})", rule.expected, " ".join((condition or "").split())]
    return "; ".join(filter(None, parts))


def _differing_lines(before: str, after: str) -> tuple[str | None, str | None]:
    """Return the lines that only one of two texts has, at most ``LINES_SHOWN`` of each."""
    lines = [*difflib.ndiff(before.splitlines(), after.splitlines())]
    gone, new = ([line[2:].strip() for line in lines if line.startswith(sign)] for sign in "-+")
    return _few(gone), _few(new)


def _few(lines: list[str]) -> str | None:
    more = [f"and {len(lines) - LINES_SHOWN} more lines"] if len(lines) > LINES_SHOWN else []
    return "; ".join([*filter(None, lines[:LINES_SHOWN]), *more]) or None
