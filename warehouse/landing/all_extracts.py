"""Entries of a mapping for all extracts (``all``), spread over the extracts that have the field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from warehouse.definitions.dictionary import YES_NO, Dictionary, Extract
from warehouse.definitions.site import ALL, BY_FIELD, SiteMapping
from warehouse.text import meant

# Keys in which a code list stands for all fields that have it.
BY_LIST = ("missing", "blank", "recode")


def spread(mapping: SiteMapping, words: Dictionary) -> SiteMapping:
    """The mapping with what it says of all extracts in each of them; ``all`` itself stays.

    What it says of one extract wins over that, a field over a code list.
    """
    keys = [key for key in ("headers", *BY_FIELD) if ALL in getattr(mapping, key)]
    changed = {
        key: getattr(mapping, key)
        | {each.name: _merged(mapping, key, each) for each in words.extracts.values()}
        for key in keys
    }
    return mapping.model_copy(update=changed) if changed else mapping


def _merged(mapping: SiteMapping, key: str, extract: Extract) -> dict[str, Any]:
    """Entries of a key for one extract."""
    of_all, own = getattr(mapping, key)[ALL], getattr(mapping, key).get(extract.name, {})
    if key in BY_FIELD and key != "columns":
        general = _of_fields(of_all, extract, key)
        if key == "recode":
            own = {name: general.get(name, {}) | recode for name, recode in own.items()}
        return general | own
    settled = {*mapping.headers.get(extract.name, {}).values()}
    settled |= {*mapping.columns.get(extract.name, {})}
    free = {field.name for field in extract.fields} - settled
    if key == "columns":
        return {name: recipe for name, recipe in of_all.items() if name in free} | own
    return {header: name for header, name in of_all.items() if name in free} | own


def _of_fields(of_all: Mapping[str, Any], extract: Extract, key: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in extract.fields:
        of_list = of_all.get(field.codes or "") if key in BY_LIST else None
        of_field = of_all.get(field.name)
        if key == "recode" and (of_list or of_field):
            found[field.name] = {**(of_list or {}), **(of_field or {})}
        elif of_list is not None or of_field is not None:
            found[field.name] = of_list if of_field is None else of_field
    return found


def problems_of_all(mapping: SiteMapping, words: Dictionary) -> Iterator[tuple[str, str]]:
    """Yield key and problem of names below ``all`` that no extract has, and of unknown codes."""
    fields = {field.name for extract in words.extracts.values() for field in extract.fields}
    for key in ("headers", *BY_FIELD):
        entry = getattr(mapping, key).get(ALL, {})
        known = fields | ({*words.code_lists} if key in BY_LIST else set())
        named = entry.values() if key == "headers" else entry
        if unknown := sorted({*named} - known):
            what = "field or code list" if key in BY_LIST else "field"
            yield f"{key}.{ALL}", f"no extract has a {what} {unknown[0]}{meant(unknown[0], known)}"
    for name, recode in mapping.recode.get(ALL, {}).items():
        if codes := words.code_lists.get(name):
            values = [*codes.values, *(codes.labels if name == YES_NO else ())]
            if unknown := sorted({*recode.values()} - {*values}):
                there = f"there are {', '.join(values)}"
                yield f"recode.{ALL}.{name}", f"no code {unknown[0]}; {there}"
