"""Rules for reading the cells of an extract: the dictionary's, then the site's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from itertools import chain, filterfalse

from warehouse.definitions.dictionary import (
    YES_NO,
    ConvertibleUnit,
    Dictionary,
    DictionaryField,
)
from warehouse.definitions.ranges import at_site
from warehouse.definitions.site import IncompleteDates, SiteMapping
from warehouse.landing.cell_text import clean, plain_number, spelling
from warehouse.landing.datetimes import EARLIEST_YEAR, Calendar, DatetimeReader, is_timed
from warehouse.landing.identifiers import IdentifierWords
from warehouse.landing.redaction import last_year

_TICKS = {"checked": True, "x": True, "unchecked": False, "": False}
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]*")
_SHORT = re.compile(r"[1-9][0-9]*|[a-z]{1,2}")
CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")


class Rules:
    """Rules for reading the cells of an extract, by the dictionary and a site's mapping."""

    def __init__(self, words: Dictionary, mapping: SiteMapping, extract: str) -> None:
        self.words = words
        self.decimal = mapping.decimal
        self._mapping = mapping
        self._extract = extract
        self._recode = mapping.recode.get(extract, {})
        self._markers = mapping.missing.get(extract, {})
        self._formats = mapping.formats.get(extract, {})
        self._blank = mapping.blank.get(extract, {})
        self._units = mapping.units.get(extract, {})
        markers = (*words.defaults.missing_values, *mapping.missing_values)
        self._missing = frozenset(map(self.compared, markers))
        self._general = frozenset(map(self.compared, mapping.missing_values))
        self.identifiers = _identifier_words(words.defaults.not_identifiers)
        self._readers: dict[tuple[tuple[str, ...], Calendar], DatetimeReader] = {}
        self._lacking = mapping.incomplete_dates
        self.assumes = self._lacking != IncompleteDates()
        self.ticks = _TICKS | {
            self.compared(text): code.code == "true"
            for code in words.code_lists[YES_NO].codes
            for text in code.names
        }

    def spellings(self, field: DictionaryField) -> dict[str, str]:
        """Every known spelling of the field's codes, and the code it means.

        The site's word is final: what it recodes also replaces all known spellings of that number.
        """
        codes = self.words.codes(field)
        known: dict[str, str] = {}
        for code in codes.codes if codes else ():
            for text in code.names:
                known[spelling(clean(text))] = code.code
        labels = codes.labels if codes and field.type == "boolean" else {}
        for recode in (field.recode, self._recode.get(field.name, {})):
            recoded = {self.compared(text): labels.get(c, c) for text, c in recode.items()}
            known = {
                text: code for text, code in known.items() if plain_number(text) not in recoded
            }
            known |= recoded
        return known

    def doubtful(self, field: DictionaryField) -> dict[str, str]:
        """Numbers and one or two letters that are read as codes, unless the site recodes them.

        1 and M mean something else where 2, or H, is beside them and is no code.
        """
        codes = self.words.codes(field)
        if codes is None or field.type == "integer":
            return {}
        own = {spelling(clean(text)) for code in codes.codes for text in (code.code, code.label)}
        own |= self.recoded(field)
        known = self.spellings(field).items()
        return {text: code for text, code in known if _SHORT.fullmatch(text) and text not in own}

    def numbered(self, field: DictionaryField) -> dict[str, str]:
        """Codes that are numbers among codes that are none (mTICI 3), unless the site recodes them.

        Beside several numbers that are no codes, they may be ranks of another list.
        """
        codes = self.words.codes(field)
        if codes is None or field.type != "string":
            return {}
        own = {spelling(code.code): code.code for code in codes.codes if code.code.isdigit()}
        return {text: code for text, code in own.items() if text not in self.recoded(field)}

    def compared(self, text: str) -> str:
        """A text as it is compared where case, width and the spelling of numbers do not count."""
        return self.compared_number(spelling(clean(text)))

    def compared_number(self, text: str) -> str:
        """The one spelling of a number, by the site's decimal mark; other text as it is."""
        if self.decimal == "," and _DECIMAL_COMMA.fullmatch(text):
            text = text.replace(",", ".")
        return plain_number(text)

    def missing(self, field: DictionaryField, codes: Iterable[str]) -> frozenset[str]:
        """The spellings that mean that there is no value.

        A code of the field's list and a number within its range are values, unless the site says
        otherwise of this very field.
        """
        own = set(map(self.compared, self._markers.get(field.name, ())))
        values = {text for text in self._general if self._is_possible(text, field)}
        return frozenset(self._missing.difference(codes, values) | own)

    def blank(self, field: DictionaryField) -> str | None:
        """Return the value of an empty cell of the field; None where it is missing."""
        return self._blank.get(field.name)

    def identifier_ways(self, field: DictionaryField) -> tuple[str, ...]:
        """Return what of the field's identifiers does not count."""
        return self._mapping.identifiers.get(field.name, ())

    def possible_markers(self, field: DictionaryField) -> frozenset[str]:
        """General markers that are possible values; none where the site names the field's own."""
        if field.name in self._markers:
            return frozenset()
        return frozenset(text for text in self._general if self._is_possible(text, field))

    def recoded(self, field: DictionaryField) -> frozenset[str]:
        """The spellings that the site recodes, as they are compared."""
        return frozenset(map(self.compared, self._recode.get(field.name, {})))

    def _is_possible(self, marker: str, field: DictionaryField) -> bool:
        """Whether a marker is a number within the field's range, in the site's unit."""
        limits = at_site(field, self._mapping, self._extract).constraints
        low, high = limits.minimum, limits.maximum
        if field.type not in ("integer", "number") or not _NUMBER.fullmatch(marker):
            return False
        unit = self.unit(field)
        number = float(marker) * (unit.factor if unit else 1)
        return (low is None or number >= float(low)) and (high is None or number <= float(high))

    def datetimes_of(self, field: DictionaryField) -> DatetimeReader:
        """Return the reader of the field's dates and times."""
        lacking = self._lacking
        calendar = Calendar(
            self._first_year(field), last_year(),
            self._mapping.two_digit_years_from, lacking.month, lacking.day, lacking.time,
            self._mapping.time_zone,
        )  # fmt: skip
        formats = self._formats.get(field.name, ())
        if (formats, calendar) not in self._readers:  # most fields have the same
            self._readers[formats, calendar] = self._moments(formats, calendar)
        return self._readers[formats, calendar]

    def _first_year(self, field: DictionaryField) -> int:
        """Return the first year that the field allows at the site."""
        if field.is_event and self._mapping.earliest:
            return self._mapping.earliest.year
        return int(str(field.constraints.minimum or EARLIEST_YEAR)[:4])

    def unit(self, field: DictionaryField) -> ConvertibleUnit | None:
        """The unit in which the site measures the field, when it must be converted."""
        unit = self._units.get(field.name)
        return next((known for known in field.convertible_units if known.unit == unit), None)

    def _moments(self, first: tuple[str, ...], calendar: Calendar) -> DatetimeReader:
        """Declared formats come first; of a declared day, the usual clocks may follow it.

        Where a format is declared, none that differs from it in the order of day and month alone
        is tried after it: what is impossible in the declared order must not be read in the other.
        Of a field that is a day, a format with a clock says that the clock is dropped.
        """
        defaults, mapping = self.words.defaults, self._mapping
        days: tuple[str, ...] = tuple(text for text in first if not is_timed(text))
        timed: tuple[str, ...] = tuple(filter(is_timed, first))
        days += _without_swapped(filterfalse(is_timed, mapping.date_formats), days)
        timed += tuple(filter(is_timed, mapping.date_formats))
        timed += _without_swapped(mapping.datetime_formats, timed)
        timed += tuple(f"{day} {clock}" for day in days for clock in CLOCKS)
        return DatetimeReader(
            (*days, *_without_swapped(defaults.date_formats, days)),
            (*timed, *_without_swapped(defaults.datetime_formats, timed)),
            calendar,
            drops_clocks=any("%" in text and is_timed(text) for text in first),
        )


def _without_swapped(formats: Iterable[str], declared: Iterable[str]) -> tuple[str, ...]:
    """The formats whose cells cannot be written in one of the declared, but for it itself."""
    shapes = {_shape(text) for text in declared}
    return tuple(text for text in formats if _shape(text) not in shapes)


def _shape(text: str) -> str:
    """A format without the order of its day and month."""
    return text.replace("%m", "%d")


@cache
def _identifier_words(markers: tuple[tuple[str, ...], ...]) -> IdentifierWords:
    return IdentifierWords(chain.from_iterable(markers))
