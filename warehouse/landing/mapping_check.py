"""Check of a site's mapping against the dictionary: it may name only what exists there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import TypeVar

from warehouse.definitions.config import CONFIG, VARIABLES
from warehouse.definitions.dictionary import Dictionary, DictionaryError, DictionaryField
from warehouse.definitions.ranges import range_problems
from warehouse.definitions.rule_text import expected_type
from warehouse.definitions.site import ALL, BY_FIELD, SiteMapping, mapping_name
from warehouse.definitions.study_variables import PREFIX
from warehouse.landing.all_extracts import problems_of_all, spread
from warehouse.landing.cell_parser import UNREADABLE, CellReader
from warehouse.landing.datetimes import Calendar, DatetimeReader
from warehouse.landing.field_rules import Rules
from warehouse.landing.mapping_conflicts import conflicts, part_conflicts
from warehouse.landing.part_mapping import part_mapping
from warehouse.text import meant

Entry = TypeVar("Entry")


def check_mapping(mapping: SiteMapping, words: Dictionary) -> SiteMapping:
    """Return the mapping with what it says of all extracts in each of them.

    Raises DictionaryError that names the file and the key of what the dictionary lacks.
    """
    whole = spread(mapping, words)
    for key, problem in chain(problems_of_all(mapping, words), _problems(whole, words)):
        raise DictionaryError(f"{mapping_name(mapping.site)}: {key}: {problem}")
    return whole


def _by_extract(entries: dict[str, Entry]) -> Iterator[tuple[str, Entry]]:
    """Entries by extract; an entry of all stands in each of them, too."""
    return ((extract, entry) for extract, entry in entries.items() if extract != ALL)


def _problems(mapping: SiteMapping, words: Dictionary) -> Iterator[tuple[str, str]]:
    yield from _problems_of(mapping, words)
    for file, parts in mapping.files.items():
        for number, part in enumerate(parts):
            where = f"files.{file}.{number}"
            yield from _extract_problem(f"{where}.extract", part.extract, words)
            # What the mapping says is right, so that the rest is wrong in the part.
            for key, problem in _problems_of(part_mapping(mapping, part), words):
                yield f"{where}.{key.replace(f'.{part.extract}', '', 1)}", problem
            for key, problem in part_conflicts(part):
                yield f"{where}.{key}", problem


def _problems_of(mapping: SiteMapping, words: Dictionary) -> Iterator[tuple[str, str]]:
    for part_name in ("headers", *BY_FIELD, "ranges"):
        entries = getattr(mapping, part_name)
        for extract, entry in entries.items() if part_name == "ranges" else _by_extract(entries):
            key = f"{part_name}.{extract}"
            yield from _extract_problem(key, extract, words)
            named = entry.values() if part_name == "headers" else entry
            yield from _field_problem(key, extract, named, words)
    yield from _value_problems(mapping, words)
    yield from range_problems(mapping, words)
    yield from conflicts(mapping, words)


def _extract_problem(key: str, extract: str, words: Dictionary) -> Iterator[tuple[str, str]]:
    if extract not in words.extracts:
        yield key, f"there is no such extract; use {list(words.extracts)}"


def _field_problem(
    key: str, extract: str, named: Iterable[str], words: Dictionary
) -> Iterator[tuple[str, str]]:
    fields = {field.name for field in words.extracts[extract].fields}
    if unknown := sorted(set(named) - fields):
        own = f"; declare variables of your own studies in {CONFIG}/{VARIABLES}"
        is_own = any(name.startswith(PREFIX) for name in unknown)
        hint = own if is_own else _which_field(unknown[0], fields, words)
        yield key, f"the extract has no field {', '.join(unknown)}{hint}"


def _which_field(name: str, fields: Collection[str], words: Dictionary) -> str:
    """Return the extracts that have a field, or the field of the own extract that it looks like."""
    elsewhere = [
        extract.name
        for extract in words.extracts.values()
        if name in {field.name for field in extract.fields}
    ]
    return f"; it is one of {', '.join(elsewhere)}" if elsewhere else meant(name, fields)


def _value_problems(mapping: SiteMapping, words: Dictionary) -> Iterator[tuple[str, str]]:
    """Return faults of recodes, units and formats, all of whose fields exist."""
    for extract, fields in _by_extract(mapping.recode):
        for name, recode in fields.items():
            field = words.extracts[extract].field(name)
            codes = words.codes(field)
            if codes or field.type not in ("integer", "number"):
                known = list(codes.values) if codes else []
                known += codes.labels if codes and field.type == "boolean" else ()
                yield from _unknown(f"recode.{extract}.{name}", "code", recode.values(), known)
            else:
                yield from _no_values(f"recode.{extract}.{name}", recode.values(), field, words)
    keys = {
        field.name: None
        for extract in words.extracts.values()
        for field in extract.fields
        if field.identifier == "key"
    }
    yield from _unknown("identifiers", "identifier", mapping.identifiers, list(keys))
    yield from _made_problems(mapping, words)
    for extract, units in _by_extract(mapping.units):
        for name, unit in units.items():
            field = words.extracts[extract].field(name)
            yield from _unknown(f"units.{extract}.{name}", "unit", [unit], _units(field))
    for extract, formats in _by_extract(mapping.formats):
        for name, texts in formats.items():
            if words.extracts[extract].field(name).type not in ("date", "datetime"):
                yield f"formats.{extract}.{name}", "the field is no date and no time"
            yield from _format_problem(f"formats.{extract}.{name}", texts, mapping)
    yield from _format_problem("date_formats", mapping.date_formats, mapping)
    yield from _format_problem("datetime_formats", mapping.datetime_formats, mapping)


def _made_problems(mapping: SiteMapping, words: Dictionary) -> Iterator[tuple[str, str]]:
    """Yield constants, blanks and checkboxes that are no values of their fields."""
    for extract, recipes in _by_extract(mapping.columns):
        for name, recipe in recipes.items():
            values = [*recipe.checked.values(), *filter(None, [recipe.constant])]
            field = words.extracts[extract].field(name)
            rules = Rules(words, mapping, extract)
            if recipe.shifted and field.type not in ("date", "datetime"):
                yield f"columns.{extract}.{name}", "plus and minus are for dates and times"
            if recipe.after and field.type != "datetime":
                yield f"columns.{extract}.{name}", "after is for times"
            yield from _no_values(f"columns.{extract}.{name}", values, field, words, rules)
    for extract, blanks in _by_extract(mapping.blank):
        for name, text in blanks.items():
            field = words.extracts[extract].field(name)
            rules = Rules(words, mapping, extract)
            yield from _no_values(f"blank.{extract}.{name}", [text], field, words, rules)


def _no_values(
    key: str,
    texts: Iterable[str],
    field: DictionaryField,
    words: Dictionary,
    rules: Rules | None = None,
) -> Iterator[tuple[str, str]]:
    """Yield texts that are no values of a field, by the rules of a site or without any."""
    reader = CellReader(field, rules or Rules(words, SiteMapping(site=""), ""))
    codes = words.codes(field)
    for text in texts:
        value = reader[text]
        is_value = value not in (None, UNREADABLE) and text not in reader.suspects
        if field.identifier:
            yield key, f"{field.name} is an identifier, which no mapping can make up; take it out"
        elif not is_value or (codes and str(value).lower() not in codes.values):
            yield key, f"{text!r} is no value of {field.name}: write {expected_type(field, words)}"


def _format_problem(
    key: str, formats: Iterable[str], mapping: SiteMapping
) -> Iterator[tuple[str, str]]:
    lacking = mapping.incomplete_dates
    try:
        DatetimeReader(formats, (), Calendar(month=lacking.month, day=lacking.day))
    except DictionaryError as error:
        yield key, str(error)


def _unknown(
    key: str, what: str, given: Iterable[str], known: Collection[str]
) -> Iterator[tuple[str, str]]:
    if unknown := sorted(set(given).difference(known)):
        there = f"there are {', '.join(known)}" if known else "the dictionary has none here"
        yield key, f"no {what} {', '.join(unknown)}; {there}{meant(unknown[0], known)}"


def _units(field: DictionaryField) -> tuple[str, ...]:
    """The field's own unit, and those that can be converted to it."""
    own = (field.unit,) if field.unit else ()
    return (*own, *(convertible.unit for convertible in field.convertible_units))
