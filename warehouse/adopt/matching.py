"""Matching of columns to fields: a name, then words, then what the cells are. A winner is clear.

Each column goes through the same steps. An exact name is stronger than words; cells that are no
values of a field rule it out. Two fields, or two columns, with the same claim are ambiguous.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from warehouse.adopt.evidence import (
    FEWEST_LABELS,
    FITTING,
    FITTING_OF_A_NAME,
    Evidence,
    Witness,
)
from warehouse.adopt.header_parts import without_marks
from warehouse.adopt.header_words import FieldNames, HeaderText, header_words
from warehouse.definitions.dictionary import Dictionary, DictionaryField
from warehouse.landing.cell_text import as_text
from warehouse.landing.header_names import header_key
from warehouse.landing.survey import Column

SIMILAR, MOST_CANDIDATES = 0.4, 3
NO_DAY = "a clock, and no day: name the column of the day, too, with join"
PART, ALIAS, OWN_NAME, EXACT = range(4)
Target = tuple[str, str]  # an extract and its field


class Claim(NamedTuple):
    """A claim of a column on a field: how close its texts are, why, and what its cells say.

    ``text`` is its header, its label or both; ``words``: how many of a name's words it has.
    """

    column: Column
    names: FieldNames
    text: HeaderText
    rank: int
    words: int
    why: str
    evidence: Evidence

    @property
    def target(self) -> Target:
        """The extract and the field."""
        return self.names.target

    @property
    def field(self) -> DictionaryField:
        """The field."""
        return self.names.field


@dataclass
class _Verdict:
    """Claims of a column on one field by a text, or the fields that it may be and why.

    ``unfit`` are claims that the cells contradict.
    """

    best: list[Claim] = field(default_factory=list)
    asked: tuple[Target, ...] = ()
    why: str = ""
    unfit: list[Claim] = field(default_factory=list)

    @property
    def targets(self) -> tuple[Target, ...]:
        """The fields that it may be."""
        return (*_targets(self.best), *self.asked)

    @property
    def fields(self) -> set[str]:
        """Their names."""
        return {name for _, name in self.targets}


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
        unmarked = without_marks([column.header for column in columns])
        for column in columns:
            for claim in self._best(column, matches, unmarked.get(column.header, "")):
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

    def ask_bare_names(self, matches: Matches) -> None:
        """Ask about columns whose words an earlier part of the stay has, too, with others.

        In a file with one line per patient *mRS* may be the one before the stroke, and a time of
        imaging that of the first scan.
        """
        for target, claims in list(matches.placed.items()):
            earlier = [
                one.target
                for one in self.names
                if all(one.is_earlier(claim.text, claim.names) for claim in claims)
            ]
            if earlier:
                del matches.placed[target]
                headers = tuple(claim.column.header for claim in claims)
                why = "its words are of both, and a name of one has more"
                matches.ambiguous.append((headers, (target, *earlier), why))

    def _best(self, column: Column, matches: Matches, unmarked: str) -> list[Claim]:
        """The strongest claims of a column: of one field, which several extracts may have."""
        is_explained = column.label and column.header.startswith(column.label)
        name = column.label if is_explained else column.header
        header, label = map(header_words().of, (name, column.label))
        verdict = self._verdict(column, header, is_header=True)
        if unmarked and not (verdict.fields or verdict.unfit):
            header = header_words().of(unmarked)
            verdict = self._verdict(column, header)
        if label.words and label.words != header.words:
            verdict = self._with_label(column, verdict, header, label)
        if verdict.asked:
            matches.ambiguous.append(((column.header,), verdict.asked, verdict.why))
        elif not verdict.best:
            self._note_similar(column, header, verdict.unfit, matches)
        return verdict.best

    def _verdict(self, column: Column, text: HeaderText, is_header: bool = False) -> _Verdict:
        """Compare a text with all fields; only a header may be the name of one as it is."""
        claims = [
            claim for one in self.names if (claim := self._claim(column, one, text, is_header))
        ]
        fitting = [claim for claim in claims if claim.evidence.share >= _needed(claim)]
        asked = header_words().asked(text)
        if asked and not any(claim.rank == EXACT for claim in claims):
            maybe = (one for one in self.names if one.field.name in asked)
            if targets := tuple(one.target for one in maybe if self._fits(column, one)):
                return _Verdict(asked=targets, why="it may mean each of them")
        if all(one.evidence.undecided and not one.evidence.named_codes for one in fitting):
            by_codes = self._by_codes(column, text)
            if by_codes.best or not fitting:
                return replace(by_codes, unfit=claims)
        most = max((claim.rank == EXACT, claim.words) for claim in fitting)
        best = [claim for claim in fitting if (claim.rank == EXACT, claim.words) == most]
        if best[0].rank < EXACT and (closer := self._closer(best[0])):
            why = "its words are more of another field's name, and not all of it"
            return _Verdict(asked=(*_targets(best), *closer), why=why)
        if len({claim.target[1] for claim in best}) > 1:
            why = "several fields fit the header and the cells equally well"
            return _Verdict(asked=_targets(best), why=why)
        return _Verdict(best)

    def _by_codes(self, column: Column, text: HeaderText) -> _Verdict:
        """Compare a text that is a part of names with the fields whose codes its cells name."""
        found = []
        for one in self.names:
            names = [
                name for words, name in one.variants.items() if text.words and text.words <= words
            ]
            if names and one.field.codes and one.field.type == "string":
                evidence = self._witness.of(column, one.field, one.extract.name)
                if evidence.named_codes >= FEWEST_LABELS and evidence.share >= FITTING:
                    why = f"a part of {names[0]!r}, and its cells are codes"
                    size = len(text.words)
                    found.append(Claim(column, one, text, PART, size, why, evidence))
        if len({claim.target[1] for claim in found}) > 1:
            return _Verdict(asked=_targets(found), why="its cells are codes of each of them")
        return _Verdict(found)

    def _with_label(
        self, column: Column, by_name: _Verdict, header: HeaderText, label: HeaderText
    ) -> _Verdict:
        """Decide by name and label together, then by the one that says anything; else ask."""
        both = HeaderText(header.words | label.words, header.unit or label.unit)
        together, by_label = self._verdict(column, both), self._verdict(column, label)
        if by_name.best and by_name.fields == (together.fields or by_label.fields):
            return _Verdict([claim._replace(text=both) for claim in by_name.best])
        if together.best:
            return together
        one, other, text = (
            (by_name, by_label, label) if by_name.fields else (by_label, by_name, header)
        )
        says_more = any(claim.names.is_part_of(text) for claim in one.best)
        if not other.fields and not says_more:
            return one if one.fields else by_name
        for one, other in ((by_name, by_label), (by_label, by_name)):
            if one.best and one.fields <= other.fields:
                return one
        why = "its name and its label say different things"
        targets = dict.fromkeys((*by_name.targets, *by_label.targets))
        return _Verdict(asked=tuple(targets), why=why)

    def _closer(self, claim: Claim) -> list[Target]:
        """The fields with whose names a text has more words in common, though not all of them.

        Of a field of the same kind all words of a name are enough: *NIHSS admission discharge*.
        Not those that the cells rule out.
        """
        words = claim.text.words
        return [
            one.target
            for one in self.names
            if one.field.name != claim.field.name
            and any(
                len(words & variant) > claim.words
                or (len(variant) >= claim.words and variant <= words and one.is_like(claim.names))
                for variant in one.variants
            )
            and self._fits(claim.column, one)
        ]

    def _fits(self, column: Column, names: FieldNames) -> bool:
        return self._witness.of(column, names.field, names.extract.name).share >= FITTING

    def _claim(
        self, column: Column, names: FieldNames, text: HeaderText, is_header: bool
    ) -> Claim | None:
        found = names.match(text)
        if is_header and header_key(column.header) in names.keys:
            rank, words, why = EXACT, 0, "a name of the field"
        elif found:
            rank, words = OWN_NAME if found.is_own else ALIAS, found.words
            why = f"the words of {found.name!r}" + ("" if is_header else ", by its label")
        else:
            return None
        evidence = self._witness.of(column, names.field, names.extract.name)
        return Claim(column, names, text, rank, words, why, evidence)

    def _note_similar(
        self, column: Column, text: HeaderText, claims: Sequence[Claim], matches: Matches
    ) -> None:
        """Note which fields a column looks like that is not placed."""
        if claims:
            why = f"the header fits, the cells do not ({claims[0].evidence.why})"
            if claims[0].rank == EXACT:  # a refresh would read it
                matches.ambiguous.append(((column.header,), _targets(claims), why))
            else:
                matches.similar.append((column.header, _targets(claims), why))
            return
        likely = sorted(
            ((one.likeness(text), one) for one in self.names), key=lambda pair: -pair[0]
        )[:MOST_CANDIDATES]
        near = tuple(one.target for share, one in likely if share >= SIMILAR)
        if near:
            matches.similar.append((column.header, near, "only a part of the words is its"))

    def _settle(self, target: Target, rivals: list[Claim], matches: Matches) -> None:
        """Give a field to its column, or to a day and a clock; else it is ambiguous."""
        most = max(claim.rank for claim in rivals)
        best = [claim for claim in rivals if claim.rank == most]
        # Cells that are all values say more than cells that are asked about.
        best = [claim for claim in best if not claim.evidence.undecided] or best
        rest = [claim for claim in best if not claim.evidence.is_clock]
        pair = rivals if len(rivals) == 2 else best  # noqa: PLR2004
        days = [claim for claim in pair if claim.evidence.is_day]
        clocks = [claim for claim in pair if claim.evidence.is_clock]
        chosen = []
        if len(days) == len(clocks) == 1 and len(pair) == 2:  # noqa: PLR2004
            chosen = [*days, *clocks]
        elif len(rest) == 1:
            chosen = rest
        else:
            headers = tuple(claim.column.header for claim in best)
            why = "several columns fit the field" if rest else NO_DAY
            matches.ambiguous.append((headers, (target,), why))
        if chosen:
            matches.placed[target] = chosen
        for claim in rivals:
            if claim not in (chosen or best):
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
