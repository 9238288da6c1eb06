"""Entries of a mapping without effect: ignored, or contradicted by another entry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from warehouse.definitions.dictionary import Dictionary
from warehouse.definitions.site import Part, SiteMapping
from warehouse.landing.field_rules import Rules
from warehouse.landing.header_names import header_key

_PATTERN = frozenset("*?%.")
Problem = tuple[str, str]


def conflicts(mapping: SiteMapping, words: Dictionary) -> Iterator[Problem]:
    """Key and problem of each rule that could never do what it says."""
    for extract, fields in mapping.recode.items():
        rules = Rules(words, mapping, extract)
        for name, recode in fields.items():
            markers = mapping.missing.get(extract, {}).get(name, ())
            yield from _recode_conflicts(f"recode.{extract}.{name}", recode, markers, rules)
    for extract, headers in mapping.headers.items():
        made = mapping.columns.get(extract, {})
        yield from _header_conflicts(f"headers.{extract}", headers, made)
    yield from _ignored_conflicts(mapping)
    yield from _nameless(mapping)
    for file in mapping.files:
        if "*" in file:
            yield f"files.{file}", "there are no patterns; write how the file's name begins"


def _recode_conflicts(
    key: str, recode: Mapping[str, str], markers: Collection[str], rules: Rules
) -> Iterator[Problem]:
    missing = set(map(rules.compared, markers))
    codes: dict[str, tuple[str, str]] = {}
    for text, code in recode.items():
        cell = rules.compared(text)
        if not cell:
            yield key, "an empty cell has no value, so it cannot be recoded; take the line out"
        elif cell in missing:
            yield key, f"{text!r} is recoded here and missing below missing; keep one of the two"
        other, other_code = codes.setdefault(cell, (text, code))
        if other_code != code:
            yield key, f"{other!r} and {text!r} are the same cell, and mean two codes; keep one"


def _header_conflicts(
    key: str, headers: Mapping[str, str], made: Collection[str]
) -> Iterator[Problem]:
    fields: dict[str, tuple[str, str]] = {}
    for header, field in headers.items():
        if _is_pattern(header):
            yield key, f"{header!r}: there are no patterns; name each header"
        if field in made:
            yield key, f"{field} is made below columns as well as read from {header!r}; keep one"
        other, other_field = fields.setdefault(header_key(header), (header, field))
        if other_field != field:
            yield key, f"{other!r} and {header!r} are the same header, and name two fields"


def part_conflicts(part: Part) -> Iterator[Problem]:
    """Key and problem of what a part says of its rows and columns, and could never do."""
    read = [
        *part.headers,
        *(name for recipe in part.columns.values() for name in recipe.columns),
        *part.where,
    ]
    scoped = {header_key(f"{part.prefix}{name}{part.suffix}") for name in read}
    yield from _ignored_problems(part.ignored_columns, {*map(header_key, read), *scoped})
    for key, names in (("ignored_columns", part.ignored_columns), ("where", part.where)):
        for name in names:
            if not header_key(name):
                yield key, f"{name!r} is no name of a column; write one"


def _ignored_conflicts(mapping: SiteMapping) -> Iterator[Problem]:
    named = {header_key(name) for headers in mapping.headers.values() for name in headers}
    used = {
        header_key(name)
        for fields in mapping.columns.values()
        for recipe in fields.values()
        for name in recipe.columns
    }
    for name in filter(_is_pattern, mapping.ignored_sheets):
        yield "ignored_sheets", f"{name!r}: there are no patterns; name each sheet"
    yield from _ignored_problems(mapping.ignored_columns, named | used)


def _ignored_problems(ignored: Iterable[str], read: Collection[str]) -> Iterator[Problem]:
    for name in ignored:
        if _is_pattern(name):
            yield "ignored_columns", f"{name!r}: there are no patterns; name each header"
        elif header_key(name) in read:
            yield "ignored_columns", f"{name!r} is read below headers or columns; keep one of them"


def _nameless(mapping: SiteMapping) -> Iterator[Problem]:
    """Names that are blank, as headers are compared: a column without a name is never read."""
    named: dict[str, Collection[str]] = {
        "ignored_columns": mapping.ignored_columns,
        "ignored_sheets": mapping.ignored_sheets,
        "files": mapping.files,
    }
    for extract, headers in mapping.headers.items():
        named[f"headers.{extract}"] = headers
    for extract, fields in mapping.columns.items():
        for field, recipe in fields.items():
            named[f"columns.{extract}.{field}"] = recipe.columns
    for key, names in named.items():
        for name in names:
            if not header_key(name):
                yield key, f"{name!r} is no name; write one, and give the column one in the file"


def _is_pattern(name: str) -> bool:
    """Whether a name has nothing but placeholders, such as ``*``."""
    return bool(name) and set(name) <= _PATTERN
