"""Fields that no single column holds: a duration behind a moment, a box for each code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from warehouse.adopt.header_words import FieldNames, Words, header_words
from warehouse.adopt.matching import Matches, Target
from warehouse.definitions.dictionary import Dictionary
from warehouse.definitions.site import NUMBER
from warehouse.landing.header_names import LONGEST_KEPT
from warehouse.landing.survey import Column

UNITS = ("minutes", "hours", "days")
FEWEST_BOXES = 2
# Whatever a box is called, its cells are those of a yes or no.
_BOX_VALUES = {"0", "1", "true", "false", "yes", "no", "y", "n", "checked", "unchecked", "x"}
# How an export of REDCap with labels calls a box: Etiology (choice=Cardioembolism).
_CHOICE = re.compile(r"(?P<question>.+?) ?\(choice=(?P<code>.+)\)")
_TO = {"to", "到", "至"}


class Derived:
    """Finds among the columns that are left what is made of several."""

    def __init__(self, words: Dictionary, names: Sequence[FieldNames]) -> None:
        self._words = words
        self._names = names

    def boxes(
        self, columns: Sequence[Column], matches: Matches
    ) -> dict[Target, dict[str, tuple[Column, str]]]:
        """Checkboxes of each coded field: header -> column and code."""
        found: dict[Target, dict[str, tuple[Column, str]]] = {}
        for names in self._names:
            target = names.target
            if target in matches.placed or names.field.type != "string" or not names.field.codes:
                continue
            boxes = {one.header: (one, code) for one in columns if (code := self._code(one, names))}
            filled = [header for header, (one, _) in boxes.items() if one.cells or one.label]
            codes = [code for _, code in boxes.values()]
            if len(filled) >= FEWEST_BOXES and len(set(codes)) == len(codes):
                found[target] = boxes
        return found

    def _code(self, column: Column, names: FieldNames) -> str | None:
        """The one code that a header names besides the field."""
        is_box = {str(cell).casefold() for cell in column.cells} <= _BOX_VALUES
        if not is_box:
            return None
        text = column.label or column.header
        if choice := _CHOICE.fullmatch(text):
            is_asked = names.match(header_words().of(choice["question"]))
            rests = [header_words().of(choice["code"]).words] if is_asked else []
        else:
            words = header_words().of(text).words
            rests = [words - variant for variant in names.variants if variant <= words]
        known = self._words.codes(names.field)
        codes = {
            code.code
            for rest in rests
            for code in (known.codes if known else ())
            if rest and rest in map(_bare, (code.code, code.label, *code.spellings))
        }
        return codes.pop() if len(codes) == 1 else None

    def durations(
        self, columns: Sequence[Column], matches: Matches
    ) -> dict[Target, tuple[Target, Column, str | None]]:
        """Moments that a duration gives: the field, the one before it, the column and the unit.

        Without a unit in the header it is None: nothing in the cells decides.
        """
        found: dict[Target, tuple[Target, Column, str | None]] = {}
        for column in columns:
            words, unit = header_words().in_order(column.label or column.header)
            at = next((at for at, word in enumerate(words) if word in _TO), None)
            if at is None or not _are_durations(column) or unit not in (None, *UNITS):
                continue
            start, end = self._moment(words[:at]), self._moment(words[at + 1 :])
            if start in matches.placed and end is not None and end not in matches.placed:
                found.setdefault(end, (start, column, unit))
        return found

    def _moment(self, words: Sequence[str]) -> Target | None:
        """The one moment that words name; none where they may be of an earlier one."""
        text = header_words().of(" ".join(words))
        found = [one for one in self._names if one.field.type == "datetime" and one.match(text)]
        is_one = len(found) == 1 and not any(one.is_earlier(text, found[0]) for one in self._names)
        return found[0].target if is_one else None


class Numbered(NamedTuple):
    """Columns that differ in one number alone: as one with ``{n}`` for it, and how many."""

    column: Column
    times: int


def numbered(columns: Sequence[Column]) -> dict[str, Numbered]:
    """Columns that are there for 1, 2, ..., by their header with ``{n}``."""
    groups: dict[str, dict[str, Column]] = {}
    for column in columns:
        if len(column.header) > LONGEST_KEPT:
            continue
        runs = ["".join(run) for _, run in groupby(column.header, str.isdigit)]
        for at, run in enumerate(runs):
            if run.isdigit() and len(run) == 1:
                text = "".join([*runs[:at], NUMBER, *runs[at + 1 :]])
                groups.setdefault(text, {})[run] = column
    return {
        text: Numbered(
            Column(text, sum((one.cells for one in group.values()), Counter())), len(group)
        )
        for text, group in groups.items()
        if len(group) >= FEWEST_BOXES and set(group) == set(map(str, range(1, len(group) + 1)))
    }


def _bare(text: str) -> Words:
    return header_words().of(text).words


def _are_durations(column: Column) -> bool:
    try:
        return bool(column.cells) and all(
            float(str(c).replace(",", ".")) >= 0 for c in column.cells
        )
    except ValueError:
        return False
