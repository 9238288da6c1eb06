"""Words of headers: how a header and the names of a field become the same words.

``dictionary/header_words.yaml`` has the spellings; the names are those of the dictionary.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import chain, islice, takewhile
from typing import Literal, NamedTuple
from unicodedata import normalize

from pydantic import BaseModel, ConfigDict

from warehouse.definitions.config import shipped_path
from warehouse.definitions.dictionary import DictionaryField, Extract, read_definition
from warehouse.definitions.site import NUMBER
from warehouse.landing.cell_text import clean
from warehouse.landing.header_names import LONGEST_KEPT, header_key

_CAMEL = re.compile(
    r"(?<=[a-z])(?=[A-Z][a-z]|ID\b)|(?<=[a-z]{3})(?=[A-Z]{2,}(?![a-z]))"
    r"|(?<=[A-Z]{2})(?=[A-Z][a-z]{2})|(?<=[0-9][hd])(?=[A-Z])"
)
# What is above a Latin letter; a mark on a letter of another script is a part of it.
_ACCENTS = re.compile(r"(?<=[a-z])[\u0300-\u036f]+")
_WORD = re.compile(r"[a-z]+|[0-9]+|[^\W\d_a-z]+")
# Characters that stand for the known words of Chinese while it is cut.
_PRIVATE = 0xF0000
_PIECE = re.compile(r"[\U000F0000-\U000FFFFD]|[^\U000F0000-\U000FFFFD]+")
_CHUNK = re.compile(r"[^\W_]+(?:[\u0300-\u036f][^\W_]*)*")
# Words of so many letters may be cut short, glued ones are of parts with so many, and words with
# so many letters, or with so many consonants alone, are recognized by their consonants.
CUT_SHORT, GLUED_PART, LONG_WORD, CONSONANTS, LONGEST = 5, 3, 7, 4, 25
_SPOKEN = re.compile(r"(?<=.)[aeiouy]")
_ENDING = re.compile(r"(?<=e)[mnrs]$")
_VOWEL = re.compile(r"(?<=.)[aeiouy]|(?<=.)(.)(?=\1)")
TIMES = ("minutes", "hours", "days", "years")
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
    instructions: dict[Literal["to_do", "beside"], frozenset[str]]


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
        self._kept = lru_cache(maxsize=4096)(self._of)
        self._before, self._behind = spellings.glued["before"], spellings.glued["behind"]
        self._instructions = spellings.instructions
        # Chinese is written without spaces: its known words, the longest first.
        runs = {run for text in texts for run in _WORD.findall(text) if not run.isascii()}
        self._runs = sorted(runs, key=lambda run: (-len(run), run))
        self._phrases = {
            self._split(text): tuple(map(_singular, self._split(group[0])))
            for group in spellings.same
            for text in group
        }
        self._single = {
            _singular(words[0]): one for words, one in self._phrases.items() if len(words) == 1
        }
        noise = (self._split(text) for text in chain(*spellings.noise))
        self._noise = frozenset(map(_singular, chain(*noise)))
        short = {self._without_articles(words): one for words, one in self._phrases.items()}
        self._phrases |= {self._plain(words): one for words, one in self._phrases.items()}
        self._phrases = short | self._phrases
        self._longest = max(map(len, self._phrases))
        self._units = {
            self._split(text): unit
            for unit, known in spellings.units.items()
            for text in (unit, *known)
        }
        self._asked = {self._of(text).words: fields for text, fields in spellings.asked.items()}
        self._time_points = {
            self._split(text): code
            for code, texts in spellings.time_points.items()
            for text in texts
        }
        texts += spellings.never_marks
        self._known = frozenset(chain.from_iterable(map(self._split, texts)))
        self._in_order = sorted(self._known)
        self._alike = defaultdict[str, list[str]](list)
        for word in filter(str.isascii, self._in_order):
            for consonants in _consonants(word):
                self._alike[consonants].append(word)
        self._beside = {
            extract: frozenset().union(*(self._of(text).words for text in known))
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
        return self._kept(text)

    def _of(self, text: str) -> HeaderText:
        words, unit = self.in_order(text)
        # The a of a grade such as 2a is no article.
        pairs = zip(["", *words], words, strict=False)
        kept = {
            word
            for before, word in pairs
            if word not in self._noise or (word == "a" and before.isdecimal())
        }
        return HeaderText(frozenset(kept), unit)

    def _without_articles(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """A phrase without the short words inside it that change no meaning: mode (de) sortie."""
        inside = (one for one in words[1:-1] if one not in self._noise or len(one) > GLUED_PART)
        return (*words[:1], *inside, *words[1:][-1:])

    def in_order(self, text: str) -> tuple[list[str], str | None]:
        """The words of a header in their order, and its unit."""
        parts, unit = self._without_unit(list(self._split(text)))
        return list(self._meanings(parts)), unit

    def is_known(self, word: str) -> bool:
        """Whether a word is a number or one of the spellings, so that it means something."""
        forms = (word, _singular(word))
        if not self._known or word.isdecimal():
            return True
        return any(one in self._known or (one,) in self._phrases for one in forms)

    def is_instruction(self, text: str) -> bool:
        """Whether a text only says how a form is filled in: select one, leave blank if unknown."""
        words, to_do = set(_words_in(text)), self._instructions["to_do"]
        return not words.isdisjoint(to_do) and words <= to_do | self._instructions["beside"]

    def at_time_point(self, text: str) -> tuple[str, str] | None:
        """A header without the time point in it, and the code of that; None where it has none."""
        words = self._split(text)
        for size in range(min(3, len(words)), 0, -1):
            for at in range(len(words) - size + 1):
                if code := self._time_points.get(words[at : at + size]):
                    return " ".join((*words[:at], "followup", *words[at + size :])), code
        return None

    def _without_unit(self, parts: list[str]) -> tuple[list[str], str | None]:
        """The words before a unit, and the unit; hours behind a number are the time of a value."""
        for size in range(min(5, len(parts) - 1), 0, -1):
            unit = self._units.get(tuple(parts[-size:]))
            if unit and not (unit in TIMES and parts[-size - 1].isdecimal()):
                return parts[:-size], unit
        return parts, None

    def _meanings(self, parts: Sequence[str]) -> Iterator[str]:
        """The words, with each known phrase replaced by the first of its group, longest first."""
        at, plain = 0, [self._plain((word,)) for word in parts]
        while at < len(parts):
            for size in range(min(self._longest, len(parts) - at), 0, -1):
                words = tuple(parts[at : at + size])
                by_itself = tuple(chain.from_iterable(plain[at : at + size]))
                keys = (words, by_itself, self._without_articles(words))
                if meaning := next(filter(None, map(self._phrases.get, keys)), None):
                    yield from meaning
                    at += size
                    break
            else:
                yield _singular(parts[at])
                at += 1

    def _plain(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Words of a phrase in singular, each by itself replaced by the first of its group."""
        singular = map(_singular, words)
        return tuple(chain.from_iterable(self._single.get(one, (one,)) for one in singular))

    def _split(self, text: str) -> tuple[str, ...]:
        plain = clean(text).replace(NUMBER, " ")
        return tuple(chain.from_iterable(map(self._pieces, _CHUNK.findall(plain))))

    def _pieces(self, chunk: str) -> Iterable[str]:
        """The words of a header's piece: by its capital letters, or else by what is known."""
        by_capitals = _words_in(_CAMEL.sub(" ", chunk))
        for words in (by_capitals, _words_in(chunk)):
            last = len(words) - 1
            glued = [
                [word] if self.is_known(word) else self._glued(word, at == 0, at == last)
                for at, word in enumerate(words)
            ]
            if all(glued):
                return chain.from_iterable(glued)
        return chain.from_iterable(
            self._whole(word) if word.isascii() else self._cut(word) for word in by_capitals
        )

    def _glued(self, word: str, begins: bool = True, ends: bool = True) -> Sequence[str]:
        """The known words that a word is glued of, as few as possible; none where it is not.

        Short words that change nothing are only between others: *dosage* is no age. ``begins``
        and ``ends``: no number is before it, and none behind it.
        """
        best: dict[int, tuple[str, ...]] = {0: ()}
        is_name = word.isascii() and len(word) <= LONGEST_KEPT
        for end in range(2, len(word) + 1 if is_name else 0):
            is_last = ends and end == len(word)
            found = (
                (*best[start], word[start:end])
                for start in range(max(0, end - LONGEST), end - 1)
                if start in best and self._is_part(word[start:end], begins and not start, is_last)
            )
            if fewest := min(found, key=len, default=()):
                best[end] = fewest
        return best.get(len(word), ())

    def _is_part(self, part: str, is_first: bool, is_last: bool) -> bool:
        """Whether a part of a glued word is one: of two letters only where they may be."""
        if is_first or is_last:
            ends = self._before if is_first else self._behind
            fewest = CUT_SHORT if _singular(part) in self._noise else GLUED_PART
            return part in ends or (len(part) >= fewest and self.is_known(part))
        return part in self._known and (len(part) >= GLUED_PART or part in self._noise)

    def _whole(self, word: str) -> Iterable[str]:
        """The known word that an unknown one is: glued, cut short, or with the same consonants.

        So are systolischer, aetiologie and encntr.
        """
        if self.is_known(word) or (glued := self._glued(word)):
            return [word] if self.is_known(word) else glued
        behind = islice(self._in_order, bisect_left(self._in_order, word), None)
        longer = list(takewhile(lambda one: one.startswith(word), behind))
        bare = _consonants(word)
        is_long = len(word) >= LONG_WORD or (len(word) >= CONSONANTS and not _SPOKEN.search(word))
        same = [one for consonants in bare for one in self._alike.get(consonants, ())]
        for alike, is_enough in ((longer, len(word) >= CUT_SHORT), (same, is_long)):
            meanings = {self._plain((one,)) for one in alike}
            if is_enough and len(meanings) == 1:
                return meanings.pop()
        return [word]

    def _cut(self, run: str) -> Iterable[str]:
        """The known words in a run of Chinese, the longest first, and what is between them."""
        for at, known in enumerate(self._runs):
            run = run.replace(known, chr(_PRIVATE + at))
        for piece in _PIECE.findall(run):
            yield self._runs[ord(piece) - _PRIVATE] if piece > chr(_PRIVATE - 1) else piece


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
        return text.words - _KIND.get(self.field.type, set())

    @cached_property
    def variants(self) -> dict[Words, str]:
        """Each of its names, by its words."""
        names = (self.field.name, *self.field.aliases, self.field.title)
        found = {self._words(header_words().of(name)): name for name in reversed(names)}
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
        words = self._words(text)
        return max((len(words & one) / len(words | one) for one in self.variants), default=0)


def _words_in(text: str) -> list[str]:
    """The runs of letters or digits of a text, without accents."""
    plain = _ACCENTS.sub("", normalize("NFD", text.casefold()))
    return [normalize("NFC", word) for word in _WORD.findall(plain)]


def _consonants(word: str) -> tuple[str, ...]:
    """The consonants of a word behind its first letter, with and without those of its ending."""
    word = word[1:] if word.startswith(("ae", "oe")) else word
    return tuple(dict.fromkeys(_VOWEL.sub("", one) for one in (word, _ENDING.sub("", word))))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word  # noqa: PLR2004
