"""Names that deliveries give: of columns, sheets, files. Which may be shown, and which may not.

Anything may stand in such a name, a patient's name or number too. Shown is what has nothing but
plain words: those of the dictionary and of the site's own mapping.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain

from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import SiteMapping
from warehouse.landing.cell_text import clean, clean_name
from warehouse.landing.redaction import WORD, last_year, words_of

LONGEST_SHOWN = 40
MOST_DIGITS, MOST_NUMBERS = 3, 2
# A year, month or day, and perhaps a clock. No patient was born in these years; later ones are
# rather a patient's number (2734). What looks like a clock may be the year of another date: then
# more numbers follow.
_CLOCK = (
    r"[-_.T ]?(?:[0-2][0-9][0-5][0-9][0-5][0-9]"
    r"|[0-2][0-9][:.h]?[0-5][0-9](?:[:.][0-5][0-9])?(?![\W_]?[0-9]))"
)
_DAY = re.compile(
    r"(?<![0-9])(20[1-9][0-9])"
    rf"(?:[-_.]?(?:0[1-9]|1[0-2])(?:[-_.]?(?:[0-2][0-9]|3[01])(?:{_CLOCK})?)?)?(?![0-9])"
)
_NUMBER = re.compile(r"[0-9]+")


class PlainWords:
    """The words that names may have if they are to be shown: the dictionary's, and a site's own."""

    def __init__(self, mapping: SiteMapping) -> None:
        own = frozenset(word for text in _named_in(mapping) for word in words_of(clean(text)))
        self._words = _of_the_dictionary() | own

    def shown(self, name: str) -> str | None:
        """The name, cleaned and not too long; None if it may hold something else than words.

        Numbers are small or days of deliveries; a single Latin letter is no name.
        """
        name = clean_name(name)
        rest = _DAY.sub(_without_day, name)
        numbers = _NUMBER.findall(rest)
        small = len(numbers) <= MOST_NUMBERS and all(len(text) <= MOST_DIGITS for text in numbers)
        is_plain = small and WORD.sub("", rest).isascii()
        is_plain = is_plain and all(map(self._is_plain, words_of(rest)))
        return name[:LONGEST_SHOWN] if is_plain else None

    def _is_plain(self, word: str) -> bool:
        return word in self._words or (len(word) == 1 and word.isascii())


def _without_day(day: re.Match[str]) -> str:
    return " " if int(day[1]) <= last_year() else day[0]


@cache
def _of_the_dictionary() -> frozenset[str]:
    words = dictionary()
    texts = [*words.defaults.plain_words, *words.extracts]
    for field in (field for extract in words.extracts.values() for field in extract.fields):
        units = (known.unit for known in field.convertible_units)
        texts += [field.name, field.title, *field.aliases, field.unit or "", *units]
    return frozenset(word for text in texts for word in words_of(clean(text)))


def _named_in(mapping: SiteMapping) -> Iterator[str]:
    """Return the names of files, sheets and columns in a site's mapping."""
    yield from (mapping.site, *mapping.ignored_columns, *mapping.ignored_sheets)
    for file, parts in mapping.files.items():
        yield file
        for part in parts:
            yield from (part.name, part.prefix, part.suffix, *part.where, *part.headers)
            yield from chain.from_iterable(recipe.columns for recipe in part.columns.values())
    for headers in mapping.headers.values():
        yield from headers
    for recipes in mapping.columns.values():
        yield from chain.from_iterable(recipe.columns for recipe in recipes.values())
