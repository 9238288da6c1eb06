"""Words of headers: how a header and the names of a field become the same words.

``dictionary/header_words.yaml`` has the spellings; the names are those of the dictionary.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, cached_property
from itertools import chain, islice, takewhile
from typing import Literal, NamedTuple
from unicodedata import normalize

from pydantic import BaseModel, ConfigDict

from warehouse.definitions.config import shipped_path
from warehouse.definitions.dictionary import DictionaryField, Extract, read_definition
from warehouse.definitions.site import NUMBER
from warehouse.landing.cell_text import clean
from warehouse.landing.header_names import header_key

_CAMEL = re.compile(
    r"(?<=[a-z])(?=[A-Z][a-z]|ID\b)|(?<=[A-Z]{2})(?=[A-Z][a-z]{2})|(?<=[0-9][hd])(?=[A-Z])"
)
# What is above a Latin letter; a mark on a letter of another script is a part of it.
_ACCENTS = re.compile(r"(?<=[a-z])[\u0300-\u036f]+")
_WORD = re.compile(r"[a-z]+|[0-9]+|[^\W\d_a-z]+")
# Misspelled words of so many letters are still recognized.
LONG_WORD, ALIKE = 7, 0.9
# Words of so many letters may be cut short, and glued ones are of parts with so many.
CUT_SHORT, GLUED_PART = 5, 3
_MOMENT = frozenset({"date", "time"})
_KIND = {"date": _MOMENT, "datetime": _MOMENT}
Words = frozenset[str]


class _Spellings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    same: tuple[tuple[str, ...], ...]
    noise: tuple[tuple[str, ...], ...]
    beside: dict[str, tuple[str, ...]]
    asked: dict[str, tuple[str, ...]]
    units: dict[str, tuple[str, ...]]
    time_points: dict[str, tuple[str, ...]]
    never_marks: tuple[str, ...]
    glued: dict[Literal["before", "behind"], tuple[str, ...]]


@dataclass(frozen=True)
class HeaderText:
    """A header as words that carry meaning, and the unit that stands at its end."""

    words: Words
    unit: str | None = None


class HeaderWords:
    """The spellings, ready to be applied."""

    def __init__(self, spellings: _Spellings) -> None:
        groups = (*spellings.same, *spellings.noise, *spellings.units.values())
        texts = list(chain(*groups, *spellings.beside.values(), *spellings.time_points.values()))
        self._known = frozenset[str]()
        self._before, self._behind = spellings.glued["before"], spellings.glued["behind"]
        # Chinese is written without spaces: its known words, the longest first.
        runs = {run for text in texts for run in _WORD.findall(text) if not run.isascii()}
        self._runs = sorted(runs, key=len, reverse=True)
        self._phrases = {self._split(text): group[0] for group in spellings.same for text in group}
        self._single = {
            _singular(words[0]): one for words, one in self._phrases.items() if len(words) == 1
        }
        self._phrases |= {self._plain(words): one for words, one in self._phrases.items()}
        self._longest = max(map(len, self._phrases))
        noise = (self._split(text) for text in chain(*spellings.noise))
        self._noise = frozenset(map(_singular, chain(*noise)))
        self._units = {
            self._split(text): unit
            for unit, known in spellings.units.items()
            for text in (unit, *known)
        }
        self._asked = {self.of(text).words: fields for text, fields in spellings.asked.items()}
        self._time_points = {
            self._split(text): code
            for code, texts in spellings.time_points.items()
            for text in texts
        }
        texts += spellings.never_marks
        self._known = frozenset(chain.from_iterable(map(self._split, texts)))
        self._in_order = sorted(self._known)
        self._beside = {
            extract: frozenset().union(*(self.of(text).words for text in known))
            for extract, known in spellings.beside.items()
        }

    def asked(self, text: HeaderText) -> tuple[str, ...]:
        """The fields that a text may mean alike, so that nothing decides."""
        return self._asked.get(text.words - _MOMENT, ())

    def beside(self, extract: str, type_: str) -> Words:
        """Words that a header may add to a name of a field without meaning another one."""
        keys = (extract, f"{extract} {type_}")
        return frozenset().union(*(self._beside.get(key, frozenset()) for key in keys))

    def of(self, text: str) -> HeaderText:
        """The words of a header or a name."""
        parts, unit = self._without_unit(list(self._split(text)))
        words = list(self._meanings(parts))
        # The a of a grade such as 2a is no article.
        pairs = zip(["", *words], words, strict=False)
        kept = {
            word
            for before, word in pairs
            if word not in self._noise or (word == "a" and before.isdecimal())
        }
        return HeaderText(frozenset(kept), unit)

    def in_order(self, text: str) -> tuple[list[str], str | None]:
        """The words of a header in their order, and its unit."""
        parts, unit = self._without_unit(list(self._split(text)))
        return list(self._meanings(parts)), unit

    def is_known(self, word: str) -> bool:
        """Whether a word is one of the spellings, so that it means something."""
        return word in self._known or (word,) in self._phrases

    def at_time_point(self, text: str) -> tuple[str, str] | None:
        """A header without the time point in it, and the code of that; None where it has none."""
        words = self._split(text)
        for size in range(min(3, len(words)), 0, -1):
            for at in range(len(words) - size + 1):
                if code := self._time_points.get(words[at : at + size]):
                    return " ".join((*words[:at], "followup", *words[at + size :])), code
        return None

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
                words = tuple(parts[at : at + size])
                if meaning := self._phrases.get(words) or self._phrases.get(self._plain(words)):
                    yield from map(_singular, self._split(meaning))
                    at += size
                    break
            else:
                yield _singular(parts[at])
                at += 1

    def _plain(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Words of a phrase in singular, each by itself replaced by the first of its group."""
        found = (self._single.get(_singular(word), word) for word in words)
        return tuple(map(_singular, chain.from_iterable(map(self._split, found))))

    def _split(self, text: str) -> tuple[str, ...]:
        plain = _CAMEL.sub(" ", clean(text).replace(NUMBER, " ")).casefold()
        words = _WORD.findall(_ACCENTS.sub("", normalize("NFD", plain)))
        words = [normalize("NFC", word) for word in words]
        return tuple(
            chain.from_iterable(
                self._whole(word) if word.isascii() else self._cut(word) for word in words
            )
        )

    def _whole(self, word: str) -> Iterable[str]:
        """The known words that an unknown one is glued of, or the only one that it begins."""
        if not self._known or self.is_known(word) or self.is_known(_singular(word)):
            return [word]
        for at in range(len(word) - 2, 1, -1):
            head, tail = word[:at], word[at:]
            is_head = len(head) >= GLUED_PART or head in self._before
            is_tail = len(tail) >= GLUED_PART or tail in self._behind
            if is_head and is_tail and tail in self._known and (parts := self._parts(head)):
                return *parts, tail
        if len(word) < CUT_SHORT:
            return [word]
        behind = islice(self._in_order, bisect_left(self._in_order, word), None)
        longer = takewhile(lambda one: one.startswith(word), behind)
        meanings = {self._single.get(_singular(one), one) for one in longer}
        return self._split(meanings.pop()) if len(meanings) == 1 else [word]

    def _parts(self, word: str) -> tuple[str, ...]:
        """A known word, or one of two letters glued before it; none of another."""
        if word in self._known:
            return (word,)
        head, rest = word[:2], word[2:]
        return (head, rest) if head in self._before and rest in self._known else ()

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

    @property
    def target(self) -> tuple[str, str]:
        """The extract and the field."""
        return self.extract.name, self.field.name

    def _words(self, text: HeaderText) -> Words:
        words = _spelled(text.words, self._vocabulary)
        return words - _KIND.get(self.field.type, set())

    @cached_property
    def variants(self) -> dict[Words, str]:
        """Each of its names, by its words."""
        names = (self.field.name, *self.field.aliases, self.field.title)
        kind = _KIND.get(self.field.type, set())
        found = {header_words().of(name).words - kind: name for name in reversed(names)}
        return {words: name for words, name in found.items() if words}

    @cached_property
    def keys(self) -> frozenset[str]:
        """Its names as landing compares them."""
        return frozenset(map(header_key, (self.field.name, *self.field.aliases)))

    def match(self, text: HeaderText) -> NameMatch | None:
        """The name that a text has all words of; None where it says less, or something more."""
        words = self._words(text)
        harmless = header_words().beside(self.extract.name, self.field.type)
        fits = {
            name: len(variant)
            for variant, name in self.variants.items()
            if variant <= words and words - variant <= harmless
        }
        if not fits:
            return None
        best = max(fits, key=fits.__getitem__)
        is_own = not {self.field.name, self.field.title}.isdisjoint(fits)
        return NameMatch(best, fits[best], is_own)

    def is_part_of(self, text: HeaderText) -> bool:
        """Whether a text has all words of a name, whatever it says beside them."""
        return any(variant <= self._words(text) for variant in self.variants)

    def is_like(self, other: FieldNames) -> bool:
        """Whether both fields are of the same kind, and no identifiers."""
        own, others = self.field, other.field
        return (own.type, own.codes) == (others.type, others.codes) and not others.identifier

    def is_earlier(self, text: HeaderText, other: FieldNames) -> bool:
        """Whether a text that is of another field says less than a name of this one.

        Only of such a field before it in the stay, of the same kind; of the same type, where it
        has several of its words.
        """
        words = self._words(text) - header_words().beside(self.extract.name, self.field.type)
        is_alike = self.field.type == other.field.type and not other.field.identifier
        is_near = self.is_like(other) or (is_alike and len(words) > 1)
        is_before = self.extract.position < other.extract.position
        return is_near and is_before and any(words < variant for variant in self.variants)

    def likeness(self, text: HeaderText) -> float:
        """The share of words that a text and the most similar name have in common, 0 to 1."""
        words = text.words - _KIND.get(self.field.type, set())
        return max((len(words & one) / len(words | one) for one in self.variants), default=0)

    @cached_property
    def _vocabulary(self) -> Words:
        return frozenset(chain.from_iterable(self.variants))


def _spelled(words: Iterable[str], known: Words) -> Words:
    """Words with long ones that are nearly a known word turned into it."""
    return frozenset(next((one for one in known if _alike(word, one)), word) for word in words)


def _alike(word: str, known: str) -> bool:
    if word == known or min(len(word), len(known)) < LONG_WORD or word[0] != known[0]:
        return word == known
    return SequenceMatcher(None, word, known).ratio() >= ALIKE


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word  # noqa: PLR2004
