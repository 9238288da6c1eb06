"""Words of headers: how a header and the names of a field become the same words.

``dictionary/header_words.yaml`` has the spellings; the names are those of the dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, cached_property
from itertools import chain
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from warehouse.definitions.config import shipped_path
from warehouse.definitions.dictionary import DictionaryField, Extract, read_definition
from warehouse.definitions.site import NUMBER
from warehouse.landing.cell_text import clean

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z]|ID\b)")
_WORD = re.compile(r"[a-z]+|[0-9]+|[^\W\d_a-z]+")
# Misspelled words of so many letters are still recognized.
LONG_WORD, ALIKE = 7, 0.9
_KIND = {"date": {"date", "time"}, "datetime": {"date", "time"}}
Words = frozenset[str]


class _Spellings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    same: tuple[tuple[str, ...], ...]
    noise: tuple[tuple[str, ...], ...]
    units: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class HeaderText:
    """A header as words that carry meaning, and the unit that stands at its end."""

    words: Words
    unit: str | None = None


class HeaderWords:
    """The spellings, ready to be applied."""

    def __init__(self, spellings: _Spellings) -> None:
        texts = list(chain(*spellings.same, *spellings.noise, *spellings.units.values()))
        # Chinese is written without spaces: its known words, the longest first.
        runs = {run for text in texts for run in _WORD.findall(text) if not run.isascii()}
        self._runs = sorted(runs, key=len, reverse=True)
        self._phrases = {self._split(text): group[0] for group in spellings.same for text in group}
        self._longest = max(map(len, self._phrases))
        noise = (self._split(text) for text in chain(*spellings.noise))
        self._noise = frozenset(map(_singular, chain(*noise)))
        self._units = {
            self._split(text): unit
            for unit, known in spellings.units.items()
            for text in (unit, *known)
        }

    def of(self, text: str) -> HeaderText:
        """The words of a header or a name."""
        parts, unit = self._without_unit(list(self._split(text)))
        return HeaderText(frozenset(self._meanings(parts)) - self._noise, unit)

    def in_order(self, text: str) -> tuple[list[str], str | None]:
        """The words of a header in their order, and its unit."""
        parts, unit = self._without_unit(list(self._split(text)))
        return list(self._meanings(parts)), unit

    def _without_unit(self, parts: list[str]) -> tuple[list[str], str | None]:
        for size in range(min(5, len(parts) - 1), 0, -1):
            if unit := self._units.get(tuple(parts[-size:])):
                return parts[:-size], unit
        return parts, None

    def _meanings(self, parts: list[str]) -> Iterator[str]:
        """The words, with each known phrase replaced by the first of its group, longest first."""
        at = 0
        while at < len(parts):
            for size in range(min(self._longest, len(parts) - at), 0, -1):
                if meaning := self._phrases.get(tuple(parts[at : at + size])):
                    yield from map(_singular, self._split(meaning))
                    at += size
                    break
            else:
                yield _singular(parts[at])
                at += 1

    def _split(self, text: str) -> tuple[str, ...]:
        words = _WORD.findall(_CAMEL.sub(" ", clean(text).replace(NUMBER, " ")).casefold())
        return tuple(
            chain.from_iterable([word] if word.isascii() else self._cut(word) for word in words)
        )

    def _cut(self, run: str) -> Iterator[str]:
        """Known words of a run of Chinese, and what is between them."""
        if not run:
            return
        for known in self._runs:
            before, found, behind = run.partition(known)
            if found:
                yield from self._cut(before)
                yield known
                yield from self._cut(behind)
                return
        yield run


@cache
def header_words() -> HeaderWords:
    """The spellings of the dictionary, read once."""
    return HeaderWords(read_definition(_Spellings, shipped_path("header_words.yaml")))


class NameMatch(NamedTuple):
    """A name whose words a header has, how many, and whether the field's own name is among them."""

    name: str
    words: int
    is_own: bool


@dataclass(frozen=True)
class FieldNames:
    """The names of a field as words, and the words that change nothing beside them."""

    extract: Extract
    field: DictionaryField

    def _words(self, text: str) -> Words:
        return header_words().of(text).words - _KIND.get(self.field.type, set())

    @cached_property
    def variants(self) -> dict[Words, str]:
        """Each of its names, by its words."""
        names = (self.field.name, *self.field.aliases, self.field.title)
        found = {self._words(name): name for name in reversed(names)}
        return {words: name for words, name in found.items() if words}

    @cached_property
    def context(self) -> Words:
        """Words of the extract, which all of its headers may have."""
        texts = (self.extract.name, self.extract.title, self.extract.description)
        return frozenset(chain.from_iterable(map(self._words, texts)))

    @cached_property
    def harmless(self) -> Words:
        """Words of the extract and of its own description, which a header may add to a name."""
        return self.context | self._words(self.field.description)

    def match(self, header: HeaderText) -> NameMatch | None:
        """The name that a header has all words of; None where it says less, or something more."""
        words = _spelled(header.words, self._vocabulary) - _KIND.get(self.field.type, set())
        fits = {
            name: len(variant)
            for variant, name in self.variants.items()
            if variant <= words and words - variant <= self.harmless
        }
        if not fits:
            return None
        best = max(fits, key=fits.__getitem__)
        is_own = not {self.field.name, self.field.title}.isdisjoint(fits)
        return NameMatch(best, fits[best], is_own)

    def likeness(self, header: HeaderText) -> float:
        """The share of words that a header and the most similar name have in common, 0 to 1."""
        words = header.words - _KIND.get(self.field.type, set())
        return max((len(words & one) / len(words | one) for one in self.variants), default=0)

    @cached_property
    def _vocabulary(self) -> Words:
        return frozenset(chain.from_iterable(self.variants))


def _spelled(words: Iterable[str], known: Words) -> Words:
    """Words with long ones that are nearly a known word turned into it."""
    return frozenset(next((one for one in known if _alike(word, one)), word) for word in words)


def _alike(word: str, known: str) -> bool:
    if word == known or min(len(word), len(known)) < LONG_WORD:
        return word == known
    return SequenceMatcher(None, word, known).ratio() >= ALIKE


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word  # noqa: PLR2004
