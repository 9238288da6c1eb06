"""How the cells of an extract are read: the dictionary's word, then the site's."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from warehouse.definitions.dictionary import ConvertibleUnit, Dictionary, DictionaryField
from warehouse.definitions.site import SiteMapping
from warehouse.landing.cell_text import clean, spelling
from warehouse.landing.identifiers import IdentifierWords
from warehouse.landing.moments import MomentReader

CLOCKS = ("%H:%M:%S", "%H:%M")


class Rules:
    """How the cells of an extract are read, by the dictionary and a site's mapping."""

    def __init__(self, words: Dictionary, mapping: SiteMapping, extract: str) -> None:
        self.words = words
        self.decimal = mapping.decimal
        self._mapping = mapping
        self._recode = mapping.recode.get(extract, {})
        self._markers = mapping.missing.get(extract, {})
        self._formats = mapping.formats.get(extract, {})
        self._units = mapping.units.get(extract, {})
        self._missing = _spelt((*words.defaults.missing_values, *mapping.missing_values))
        self.identifiers = IdentifierWords(chain.from_iterable(words.defaults.not_identifiers))
        self.moments = self._moments(())

    def spellings(self, field: DictionaryField) -> dict[str, str]:
        """Every known spelling of the field's codes, and the code it means."""
        codes = self.words.codes(field)
        known: dict[str, str] = {}
        for code in codes.codes if codes else ():
            for text in (*code.spellings, code.code):
                known[spelling(clean(text))] = code.code
        for recode in (field.recode, self._recode.get(field.name, {})):
            known |= {spelling(clean(text)): code for text, code in recode.items()}
        return known

    def missing(self, field: DictionaryField, codes: Iterable[str]) -> frozenset[str]:
        """The spellings that mean that there is no value.

        A code of the field's list is a value, unless the site says otherwise of this very field.
        """
        own = _spelt(self._markers.get(field.name, ()))
        return frozenset(self._missing.difference(codes) | own)

    def moments_of(self, field: DictionaryField) -> MomentReader:
        """What reads the field's dates and times."""
        formats = self._formats.get(field.name, ())
        return self._moments(formats) if formats else self.moments

    def unit(self, field: DictionaryField) -> ConvertibleUnit | None:
        """The unit in which the site measures the field, when it must be converted."""
        unit = self._units.get(field.name)
        return next((known for known in field.convertible_units if known.unit == unit), None)

    def _moments(self, first: tuple[str, ...]) -> MomentReader:
        """Declared formats come first; of a declared day, the usual clocks may follow it."""
        defaults, mapping = self.words.defaults, self._mapping
        days = (*(text for text in first if "%H" not in text), *mapping.date_formats)
        timed = (*(text for text in first if "%H" in text), *mapping.datetime_formats)
        clocked = tuple(f"{day} {clock}" for day in days for clock in CLOCKS)
        return MomentReader(
            (*days, *defaults.date_formats), (*timed, *clocked, *defaults.datetime_formats)
        )


def _spelt(markers: Iterable[str]) -> set[str]:
    return {spelling(clean(marker)) for marker in markers}
