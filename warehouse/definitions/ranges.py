"""A site's own ranges: what is possible, and what is usual there, in a field's unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from warehouse.definitions.dictionary import (
    Constraints,
    Dictionary,
    DictionaryField,
    UsualRange,
)
from warehouse.definitions.quotable import small_number
from warehouse.definitions.rule_text import expected
from warehouse.definitions.site import Bounds, SiteMapping

# Not measured: how far a share or an age goes does not depend on the site.
DEFINED_UNITS = {"%", "years"}
# Columns of a row's own bounds in the checked tables, by the constraint that has them.
BOUNDS = {"range": ("minimum", "maximum"), "usual": ("usual_minimum", "usual_maximum")}


def is_number(field: DictionaryField) -> bool:
    """Whether a field has numbers that are no codes."""
    return field.type in ("integer", "number") and not field.codes


def at_site(field: DictionaryField, mapping: SiteMapping, extract: str) -> DictionaryField:
    """The field with the ranges of a site; a bound that its mapping leaves out stays."""
    own = mapping.ranges.get(extract, {}).get(field.name)
    if own is None or not is_number(field):
        return field
    changed: dict[str, Constraints | UsualRange] = {
        "constraints": field.constraints.model_copy(update=_given(own)),
    }
    if field.usual and own.usual:
        changed["usual"] = field.usual.model_copy(update=_given(own.usual))
    return field.model_copy(update=changed)


def range_rows(mapping: SiteMapping, words: Dictionary) -> Iterator[dict[str, Any]]:
    """Rows of ``raw.site_ranges``: the bounds of each field that has its own, and their texts."""
    for extract, fields in sorted(mapping.ranges.items()):
        for name in sorted(fields):
            known = words.extracts[extract].field(name)
            field = at_site(known, mapping, extract)
            limits, usual = field.constraints, field.usual
            yield {
                "site": mapping.site,
                "extract": extract,
                "field": name,
                "minimum": limits.minimum,
                "maximum": limits.maximum,
                "usual_minimum": usual and usual.minimum,
                "usual_maximum": usual and usual.maximum,
                "possible": expected(field, "range", words),
                "usual": expected(field, "usual", words) if usual else None,
                "possible_elsewhere": expected(known, "range", words),
                "usual_elsewhere": expected(known, "usual", words) if usual else None,
            }


def range_problems(mapping: SiteMapping, words: Dictionary) -> Iterator[tuple[str, str]]:
    """Yield the key and the fault of each range that cannot be, all of whose fields exist."""
    for extract, fields in mapping.ranges.items():
        for name, own in fields.items():
            known = words.extracts[extract].field(name)
            key = f"ranges.{extract}.{name}"
            if not is_number(known) or known.constraints.maximum is None:
                yield key, "the field is no number with a range; take it out"
            elif own.usual and not known.usual:
                yield f"{key}.usual", "the dictionary has no usual range of this field; take it out"
            else:
                yield from _fault(key, own, known, at_site(known, mapping, extract))


def _fault(
    key: str, own: Bounds, known: DictionaryField, field: DictionaryField
) -> Iterator[tuple[str, str]]:
    limits, usual = field.constraints, field.usual
    low, high = float(limits.minimum or 0), float(limits.maximum or 0)
    given = {**_given(own), **{f"usual.{n}": b for n, b in _given(own.usual).items()}}
    for name, bound in given.items():
        if field.type == "integer" and bound != int(bound):
            yield f"{key}.{name}", f"{bound} is no whole number, as each value of the field is"
    if low >= high:
        yield key, f"the minimum {limits.minimum} is not below the maximum {limits.maximum}"
    yield from _too_wide(key, own, known)
    if usual and None not in (usual.minimum, usual.maximum) and usual.minimum >= usual.maximum:
        found = f"the minimum {usual.minimum} is not below the maximum {usual.maximum}"
        yield f"{key}.usual", found
    for name, bound in _given(own.usual).items():
        if not low <= bound <= high:
            possible = f"{limits.minimum} to {limits.maximum}"
            yield f"{key}.usual.{name}", f"{bound} is not possible there ({possible})"


def _too_wide(key: str, own: Bounds, known: DictionaryField) -> Iterator[tuple[str, str]]:
    """Yield bounds beyond what a field can be: a score has its ends, a measurement its digits."""
    low, high = known.constraints.minimum, known.constraints.maximum
    is_measured = known.unit is not None and known.unit not in DEFINED_UNITS
    for name, bound in _given(own).items():
        if is_measured and (bound < 0 or not re.fullmatch(small_number(known), str(bound))):
            yield f"{key}.{name}", f"{bound} can be no {known.title.lower()} in {known.unit}"
        elif not is_measured and not float(low or 0) <= bound <= float(high or 0):
            yield f"{key}.{name}", f"{bound} is outside {low} to {high}, which define the field"


def _given(bounds: Bounds | None) -> dict[str, int | float]:
    named = {"minimum": bounds.minimum, "maximum": bounds.maximum} if bounds else {}
    return {name: bound for name, bound in named.items() if bound is not None}
