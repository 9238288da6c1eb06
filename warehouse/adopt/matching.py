"""Matching of columns to fields: a name, then words, then what the cells are. A winner is clear.

Each column goes through the same steps. An exact name is stronger than words; cells that are no
values of a field rule it out. Two fields, or two columns, with the same claim are ambiguous.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from warehouse.adopt.evidence import FITTING, FITTING_OF_A_NAME, Evidence, Witness
from warehouse.adopt.header_words import FieldNames, HeaderText, header_words
from warehouse.definitions.dictionary import Dictionary, DictionaryField
from warehouse.landing.cell_text import as_text
from warehouse.landing.header_names import header_key
from warehouse.landing.survey import Column

SIMILAR, MOST_CANDIDATES = 0.4, 3
ALIAS, OWN_NAME, EXACT = 1, 2, 3
Target = tuple[str, str]  # an extract and its field


class Claim(NamedTuple):
    """A claim of a column on a field: how close its header is, why, and what its cells say.

    ``words``: how many of a name's words the header has; more are closer to that field.
    """

    column: Column
    names: FieldNames
    rank: int
    words: int
    why: str
    evidence: Evidence

    @property
    def target(self) -> Target:
        """The extract and the field."""
        return self.names.extract.name, self.names.field.name

    @property
    def field(self) -> DictionaryField:
        """The field."""
        return self.names.field


@dataclass
class Matches:
    """Fields of the columns of a sheet.

    ``placed``: each field with its columns (two are a day and a clock). ``ambiguous`` and
    ``similar`` are not decided: columns and the fields that they may be.
    """

    placed: dict[Target, list[Claim]] = field(default_factory=dict)
    ambiguous: list[tuple[tuple[str, ...], tuple[Target, ...], str]] = field(default_factory=list)
    similar: list[tuple[str, tuple[Target, ...], str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, set[Target]]:
        """The columns that are placed, and where."""
        found: dict[str, set[Target]] = defaultdict(set)
        for target, claims in self.placed.items():
            for claim in claims:
                found[claim.column.header].add(target)
        return found


class Matcher:
    """Matches columns to the fields of some extracts."""

    def __init__(self, words: Dictionary, witness: Witness, extracts: Sequence[str]) -> None:
        self.names = [
            FieldNames(words.extracts[name], known)
            for name in extracts
            for known in words.extracts[name].fields
        ]
        self._witness = witness

    def match(self, columns: Sequence[Column]) -> Matches:
        """Place the columns, or say why not."""
        matches, claims = Matches(), defaultdict(list)
        for column in columns:
            for claim in self._best(column, matches):
                claims[claim.target].append(claim)
        _doubt_ones(claims.values())
        for target, rivals in claims.items():
            self._settle(target, rivals, matches)
        placed = matches.headers.keys() | {h for hs, *_ in matches.ambiguous for h in hs}
        noted = {header for header, *_ in matches.similar}
        matches.unknown = [
            one.header for one in columns if one.header not in placed | noted and one.header
        ]
        return matches

    def _best(self, column: Column, matches: Matches) -> list[Claim]:
        """The strongest claims of a column: of one field, which several extracts may have."""
        text = header_words().of(column.header)
        claims = [claim for names in self.names if (claim := self._claim(column, names, text))]
        fitting = [claim for claim in claims if claim.evidence.share >= _needed(claim)]
        if not fitting:
            self._note_similar(column, text, claims, matches)
            return []
        most = max((claim.rank == EXACT, claim.words) for claim in fitting)
        best = [claim for claim in fitting if (claim.rank == EXACT, claim.words) == most]
        closer = [] if best[0].rank == EXACT else self._closer(best[0], text)
        if closer:
            why = "its words are more of another field's name, and not all of it"
            matches.ambiguous.append(((column.header,), (*_targets(best), *closer), why))
            return []
        if len({claim.target[1] for claim in best}) > 1:
            why = "several fields fit the header and the cells equally well"
            matches.ambiguous.append(((column.header,), _targets(best), why))
            return []
        return best

    def _closer(self, claim: Claim, text: HeaderText) -> list[Target]:
        """The fields with whose names a header has more words in common, though not all of them."""
        own = text.words - claim.names.context
        return [
            (names.extract.name, names.field.name)
            for names in self.names
            if names.field.name != claim.target[1]
            and any(len(own & variant) > claim.words for variant in names.variants)
        ]

    def _claim(self, column: Column, names: FieldNames, text: HeaderText) -> Claim | None:
        known = {header_key(name) for name in (names.field.name, *names.field.aliases)}
        found = names.match(text) or names.match(header_words().of(column.label))
        if header_key(column.header) in known:
            rank, words, why = EXACT, 0, "a name of the field"
        elif found:
            rank, words = OWN_NAME if found.is_own else ALIAS, found.words
            why = f"the words of {found.name!r}"
        else:
            return None
        evidence = self._witness.of(column, names.field, names.extract.name)
        return Claim(column, names, rank, words, why, evidence)

    def _note_similar(
        self, column: Column, text: HeaderText, claims: Sequence[Claim], matches: Matches
    ) -> None:
        """Note which fields a column looks like that is not placed."""
        if claims:
            why = f"the header fits, the cells do not ({claims[0].evidence.why})"
            matches.similar.append((column.header, _targets(claims), why))
            return
        likely = sorted(
            ((one.likeness(text), one) for one in self.names), key=lambda pair: -pair[0]
        )[:MOST_CANDIDATES]
        near = [(one.extract.name, one.field.name) for share, one in likely if share >= SIMILAR]
        if near:
            matches.similar.append((column.header, tuple(near), "only a part of the words is its"))

    def _settle(self, target: Target, rivals: list[Claim], matches: Matches) -> None:
        """Give a field to its column, or to a day and a clock; else it is ambiguous."""
        most = max(claim.rank for claim in rivals)
        every = rivals
        rivals = [claim for claim in rivals if claim.rank == most]
        days = [claim for claim in rivals if claim.evidence.is_day]
        clocks = [claim for claim in rivals if claim.evidence.is_clock]
        rest = [claim for claim in rivals if not claim.evidence.is_clock]
        if len(rivals) == 1 and not clocks:
            matches.placed[target] = rivals
        elif len(days) == len(clocks) == 1 and len(rest) == 1:
            matches.placed[target] = [*days, *clocks]
        elif len(rest) == 1:
            matches.placed[target] = rest
        else:
            headers = tuple(claim.column.header for claim in rivals)
            why = "a clock, and no day" if not rest else "several columns fit the field"
            matches.ambiguous.append((headers, (target,), why))
        for claim in every:
            if claim.rank < most or (claim not in matches.placed.get(target, rivals)):
                why = "another column is closer to the field's name"
                matches.similar.append((claim.column.header, (target,), why))


def _doubt_ones(rivals: Iterable[Sequence[Claim]]) -> None:
    """Ask about a column of ones where others have 1 and 2 for yes and no: it may mean either."""
    found = [claim for claims in rivals for claim in claims if claim.field.type == "boolean"]
    if any(claim.evidence.voided for claim in found):
        for claim in found:
            ones = [cell for cell in claim.column.cells if as_text(cell) == "1"]
            if ones and len(ones) == len(claim.column.cells) and not claim.column.choices:
                claim.evidence.voided = ("1",)
                claim.evidence.undecided = {"1": claim.column.filled}


def _needed(claim: Claim) -> float:
    return FITTING_OF_A_NAME if claim.rank == EXACT else FITTING


def _targets(claims: Sequence[Claim]) -> tuple[Target, ...]:
    return tuple(dict.fromkeys(claim.target for claim in claims))
