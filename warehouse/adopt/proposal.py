"""Proposal for one file: which extracts it holds, and how each of their fields is read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from warehouse.adopt.derived import Derived, numbered
from warehouse.adopt.evidence import ISO, Evidence, Witness
from warehouse.adopt.header_parts import without_marks
from warehouse.adopt.header_words import header_words
from warehouse.adopt.matching import EXACT, Claim, Matcher, Matches, Target
from warehouse.definitions.dictionary import EXTRACTS, Dictionary, DictionaryField
from warehouse.definitions.site import SiteMapping
from warehouse.landing.header_names import header_key
from warehouse.landing.survey import EVENT_COLUMNS, Column, Sheet
from warehouse.text import counted

INSTANCE = "redcap_repeat_instance"
# More further lines of patients are no second strokes; a visit has so many lines at least.
FURTHER, FEWEST_VISITS, MOST_VISITS = 0.1, 3, 12
# A visit with fewer of an extract's cells, against the one with most, is none of its own.
OF_ITS_CELLS = 0.5
_MONTHS_ONLY = re.compile(r"%Y|%[mb][^%]%[Yy]|%Y-%m")


@dataclass
class PartProposal:
    """Proposal for the rows of one extract: the keys of a part, and comments by field.

    ``todo`` are decisions that a person must take, each as comment lines.
    """

    extract: str
    keys: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    todo: list[str] = field(default_factory=list)
    lacking: tuple[str, ...] = ()
    is_needed: bool = False

    def say(self, key: str, name: str, value: Any) -> None:
        """Say something of a field."""
        self.keys.setdefault(key, {})[name] = value
        self.is_needed = True


@dataclass
class SheetProposal:
    """Proposal for a table: its parts, and what of it was not decided or not placed.

    ``withheld`` are columns that are asked about, and that a refresh would read by their names.
    """

    sheet: Sheet
    matches: Matches
    parts: list[PartProposal]
    placed: dict[str, set[Target]]
    notes: list[str] = field(default_factory=list)
    decimal: str | None = None
    withheld: list[str] = field(default_factory=list)


@dataclass
class _Made:
    """Fields that are made of columns that no field has for itself."""

    boxes: dict[Target, dict[str, tuple[Column, str]]] = field(default_factory=dict)
    moments: dict[Target, tuple[Target, Column, str | None]] = field(default_factory=dict)


class Proposer:
    """Proposes how tables are read, by the dictionary alone."""

    def __init__(self, words: Dictionary) -> None:
        self._words = words
        self._witness = Witness(words, SiteMapping(site=""))

    def propose(self, sheet: Sheet, named: str | None) -> SheetProposal:
        """Propose how a table is read; ``named`` is the extract that the file's name says."""
        if not _are_visits(sheet):
            sheet.events = ()
        skipped = {*EVENT_COLUMNS, INSTANCE, *sheet.events}
        columns = [one for one in sheet.columns if one.header not in skipped]
        matcher = Matcher(self._words, self._witness, [named] if named else EXTRACTS)
        matches = matcher.match(columns)
        _leave_out_shared_stays(matches)
        if not (named or sheet.events or _recurs(matches)):
            matcher.ask_bare_names(matches)
        stay = _number_of_a_stay(matches)
        left = [one for one in columns if one.header not in matches.headers]
        derived = Derived(self._words, matcher.names)
        made = _Made(derived.boxes(left, matches), derived.durations(left, matches))
        proposal = SheetProposal(sheet, matches, [], matches.headers)
        for extract in self._extracts(sheet, matches, made, proposal):
            part = self._part(extract, sheet, matches, made, proposal)
            if stay:
                part.todo.append(
                    f"patient_id: {stay} is the number of a stay. Does a patient who comes again "
                    "keep it? If not, it is admission_id, and patient_id is another column"
                )
            proposal.parts.append(part)
        proposal.parts += self._repeated(sheet, matcher, left, proposal)
        if not (sheet.events or _recurs(matches)):
            proposal.parts += self._later(sheet, left, proposal)
        dropped = {e for e, _ in matches.placed} - {part.extract for part in proposal.parts}
        _forget(proposal, dropped)
        known = frozenset().union(*(names.keys for names in matcher.names))
        asked = (header for headers, *_ in matches.ambiguous for header in headers)
        proposal.withheld = [header for header in asked if header_key(header) in known]
        return proposal

    def _extracts(
        self, sheet: Sheet, matches: Matches, made: _Made, proposal: SheetProposal
    ) -> list[str]:
        """The extracts of which the table has more than identifiers; one where patients recur."""
        counts = Counter(
            extract
            for extract, name in [*matches.placed, *made.boxes, *made.moments]
            if not self._words.extracts[extract].field(name).identifier
        )
        chosen = [name for name in EXTRACTS if counts[name]]
        if len(chosen) > 1 and not sheet.events and _recurs(matches):
            best = max(chosen, key=lambda name: counts[name])
            others = ", ".join(name for name in chosen if name != best)
            proposal.notes.append(
                f"{counted(_repeating(matches), 'patient')} with several rows, so that these are "
                f"rows of {best}: what looks like {others} is left out"
            )
            return [best]
        return chosen

    def _part(
        self, extract: str, sheet: Sheet, matches: Matches, made: _Made, proposal: SheetProposal
    ) -> PartProposal:
        part = PartProposal(extract)
        fields = self._words.extracts[extract].fields
        for known in fields:
            target = (extract, known.name)
            if claims := matches.placed.get(target):
                self._say_columns(part, known, claims, proposal)
            elif boxes := made.boxes.get(target):
                checked = {header: code for header, (_, code) in boxes.items()}
                part.say("columns", known.name, {"checked": checked})
                part.reasons[known.name] = "a column for each code"
                proposal.placed |= {header: {target} for header in boxes}
            elif moment := made.moments.get(target):
                _say_duration(part, target, moment, matches, proposal)
        zoned = [
            name
            for (of, name), claims in matches.placed.items()
            if of == extract and any(claim.evidence.is_zoned for claim in claims)
        ]
        if zoned:
            part.todo.append(
                f"time_zone: the times of {', '.join(zoned)} have a zone (such as Z); name that "
                "of the site's clock, as time_zone: Asia/Shanghai, or they cannot be read"
            )
        self._say_rows(part, sheet, matches)
        self._say_number(part, matches, sheet)
        self._ask_time_point(part, matches, sheet)
        part.lacking = self._lacking(part)
        return part

    def _say_columns(
        self, part: PartProposal, known: DictionaryField, claims: Sequence[Claim],
        proposal: SheetProposal,
    ) -> None:  # fmt: skip
        """Say which columns a field is read from, and how their cells are read."""
        first, name = claims[0], known.name
        partly = "" if first.column.is_complete else ", of the first distinct ones"
        part.reasons[name] = f"{first.why}; {first.evidence.why}{partly}"
        if len(claims) > 1:
            part.say("columns", name, {"join": [claim.column.header for claim in claims]})
            part.reasons[name] = "a day and a clock"
        else:
            part.keys.setdefault("headers", {})[first.column.header] = name
            part.is_needed |= first.rank < EXACT
        proposal.decimal = proposal.decimal or first.evidence.decimal
        self._say_cells(part, known, _joined(claims), alone=len(claims) == 1)

    def _say_cells(
        self, part: PartProposal, known: DictionaryField, evidence: Evidence, alone: bool
    ) -> None:
        name = known.name
        codes = self._words.codes(known)
        if evidence.recode:
            part.say("recode", name, evidence.recode)
        if evidence.unit:
            part.say("units", name, evidence.unit)
        if evidence.missing or evidence.voided:
            part.say("missing", name, [*evidence.missing, *evidence.voided])
        if evidence.voided:
            part.reasons[f"missing.{name}"] = "until its TODO is answered; then take it out"
        if evidence.formats and not any(map(_MONTHS_ONLY.fullmatch, evidence.formats)):
            part.say("formats", name, list(evidence.formats))
        elif evidence.formats:
            part.todo.append(
                f"{name}: {evidence.formats[0]} lacks a day or a month; say below incomplete_dates "
                "what stands for it, and name the format below formats"
            )
        if evidence.candidates:
            part.todo.append(
                f"{name}: {' or '.join(evidence.candidates)}? All cells fit each of them"
            )
        if evidence.is_day and alone:
            part.todo.append(
                f"{name}: its cells are days without a clock: incomplete_dates, or join"
            )
        if evidence.undecided:
            counts = ", ".join(
                f"{text} ({n:,} x{f', {evidence.read[text]}' if text in evidence.read else ''})"
                for text, n in evidence.undecided.items()
            )
            meant = f" (codes: {', '.join(codes.values)})" if codes else ""
            until = "; until then they are missing" if evidence.voided else ""
            maybe = f". {evidence.readings}" if evidence.readings else ""
            asked = f"{name}: what do {counts} mean? recode or missing{meant}{until}{maybe}"
            part.todo.append(asked)

    def _say_rows(self, part: PartProposal, sheet: Sheet, matches: Matches) -> None:
        """Say which rows of a long file are the extract's: those in which its fields are filled."""
        if not sheet.events:
            return
        own = Counter[tuple[str, ...]]()
        for (extract, name), claims in matches.placed.items():
            if extract == part.extract and not self._words.extracts[extract].field(name).identifier:
                own.update(claims[0].column.kinds)
        every = {kind for column in sheet.columns for kind in column.kinds}
        if header_key(sheet.events[0]) not in EVENT_COLUMNS:
            own = _usual(own)
            _ask_strays(part, own, matches, sheet.events[0])
        if not own or own.keys() == every:
            return
        for at, event in enumerate(sheet.events):
            values = list(dict.fromkeys(kind[at] for kind in own))
            others = {kind[at] for kind in every}
            if values == [""] and len(others) > 1:
                part.say("where", event, {"present": False})
            elif "" not in values and len(values) < len(others):
                part.say("where", event, values)
                if self._words.extracts[part.extract].repeated_by and len(values) > 1:
                    part.todo.append(
                        f"time_point: its rows are of {event} {', '.join(values)}; make a part of "
                        "each, with where and time_point as a constant"
                    )

    def _say_number(self, part: PartProposal, matches: Matches, sheet: Sheet) -> None:
        """Make the number of a row of a wide file, which has none of its own."""
        own = self._words.extracts[part.extract].own_number
        patient = _patient(matches)
        if own is None or (part.extract, own) in matches.placed:
            return
        if patient is None:
            part.todo.append(
                f"{own}: if the file has none, columns: {{{own}: {{join: [column of the patient's "
                'number], suffix: "-{part}"}}'
            )
            return
        maybe = [h for h, targets, _ in matches.similar if (part.extract, own) in targets]
        if maybe:
            part.todo.append(f"{own}: is it {' or '.join(maybe)}? Else it is made, as below")
        columns = [patient.column.header]
        if (count := _repeating(matches)) and not sheet.events:
            stays = matches.placed.get((part.extract, "admission_id"))
            columns = [stays[0].column.header] if stays else columns
            if not stays:
                part.todo.append(
                    f"{own}: {counted(count, 'patient')} with several rows, which would have one "
                    "number; join a column that tells them apart, such as the day"
                )
        repeats = isinstance(part.keys.get("where", {}).get(EVENT_COLUMNS[1]), list)
        if repeats and INSTANCE in {column.header for column in sheet.columns}:
            part.say("columns", own, {"join": [*columns, INSTANCE], "separator": "-"})
        else:
            part.say("columns", own, {"join": columns, "suffix": "-{part}"})
        part.reasons[own] = "made: the file has no such number"

    def _ask_time_point(self, part: PartProposal, matches: Matches, sheet: Sheet) -> None:
        """Ask which rows of a patient are of which time point: without it, all are of the usual."""
        repeated = self._words.extracts[part.extract].repeated_by
        if repeated is None or sheet.events or not _recurs(matches):
            return
        if not {repeated.field, "admission_id"} & {
            n for e, n in matches.placed if e == part.extract
        }:
            part.todo.append(
                f"{repeated.field}: {counted(_repeating(matches), 'patient')} with several rows, "
                "which would all be of one time point; name the column that tells them apart, and "
                "recode it"
            )

    def _lacking(self, part: PartProposal) -> tuple[str, ...]:
        """The required fields that no column gives."""
        extract = self._words.extracts[part.extract]
        given = {*part.keys.get("headers", {}).values(), *part.keys.get("columns", {})}
        return tuple(
            known.name
            for known in extract.fields
            if (known.constraints.required or known.name in extract.primary_key)
            and known.name not in given
            and known.constraints.unless not in given
        )

    def _part_of(
        self, extract: str, own: dict[Target, list[Claim]], sheet: Sheet, proposal: SheetProposal
    ) -> PartProposal:
        """A further part of the file, with the patient of the others."""
        if patient := _patient(proposal.matches):
            own[extract, "patient_id"] = [patient]
        return self._part(extract, sheet, Matches(own), _Made(), proposal)

    def _repeated(
        self, sheet: Sheet, matcher: Matcher, left: Sequence[Column], proposal: SheetProposal
    ) -> Iterator[PartProposal]:
        """Parts that are read once for each number in the headers: scans, procedures."""
        groups = numbered(left)
        found = matcher.match([group.column for group in groups.values()])
        proposal.matches.ambiguous += found.ambiguous
        for extract in dict.fromkeys(extract for extract, _ in found.placed):
            is_there = any(part.extract == extract for part in proposal.parts)
            if is_there or not self._words.extracts[extract].own_number:
                continue
            own = {
                target: claims for target, claims in found.placed.items() if target[0] == extract
            }
            part = self._part_of(extract, own, sheet, proposal)
            times = max(
                groups[c.column.header].times
                for cs in own.values()
                for c in cs
                if c.column.header in groups
            )
            part.keys = {"repeat": times, "part": f"{extract}{{n}}", **part.keys}
            for (_, name), claims in own.items():
                for header in (claim.column.header for claim in claims):
                    for number in range(1, times + 1):
                        proposal.placed[header.replace("{n}", str(number))] = {(extract, name)}
            yield part

    def _later(
        self, sheet: Sheet, left: Sequence[Column], proposal: SheetProposal
    ) -> Iterator[PartProposal]:
        """Parts of columns that name another time point than the usual one: mRS at one year."""
        at_points: dict[str, dict[str, Column]] = {}
        unmarked = without_marks([column.header for column in sheet.columns])
        for column in left:
            header = unmarked.get(column.header, column.header)
            if found := header_words().at_time_point(header):
                at_points.setdefault(found[1], {})[found[0]] = column
        extracts = [e for e in self._words.extracts.values() if e.repeated_by]
        for (code, columns), extract in product(at_points.items(), extracts):
            matcher = Matcher(self._words, self._witness, [extract.name])
            found = matcher.match([replace(one, header=text) for text, one in columns.items()])
            own = {
                target: [
                    one._replace(column=columns[one.column.header], why=f"{target[1]} at {code}")
                    for one in claims
                ]
                for target, claims in found.placed.items()
            }
            if not own:
                continue
            placed = {c.column.header: {target} for target, cs in own.items() for c in cs}
            part = self._part_of(extract.name, own, sheet, proposal)
            point = {extract.repeated_by.field: {"constant": code}} if extract.repeated_by else {}
            part.keys = {"part": code, **part.keys, "columns": part.keys.get("columns", {}) | point}
            if others := _of_other_time_points(sheet, matcher, own):
                part.keys["ignored_columns"] = others
            part.is_needed = True
            proposal.placed |= placed
            yield part


def _joined(claims: Sequence[Claim]) -> Evidence:
    """The evidence of a day, with the format of its clock behind its own where that is digits."""
    evidence = claims[0].evidence
    for clock in (one.evidence.formats for one in claims[1:] if one.evidence.formats):
        days = evidence.candidates or evidence.formats or (ISO,)
        both = tuple(f"{day} {clock[0]}" for day in days)
        formats, candidates = (both, ()) if len(both) == 1 else ((), both)
        evidence = replace(evidence, formats=formats, candidates=candidates)
    return evidence


def _say_duration(
    part: PartProposal, target: Target, moment: tuple[Target, Column, str | None],
    matches: Matches, proposal: SheetProposal,
) -> None:  # fmt: skip
    start, column, unit = moment
    if unit is None:
        part.todo.append(f"{target[1]}: {column.header} counts minutes or hours from {start[1]}?")
        return
    claims = matches.placed[start]
    headers = [claim.column.header for claim in claims]
    recipe: dict[str, Any] = {"join" if len(headers) > 1 else "first": headers}
    part.say("columns", target[1], {**recipe, "plus": {unit: column.header}})
    part.reasons[target[1]] = f"{unit} from {start[1]}"
    if formats := _joined(claims).formats:
        part.say("formats", target[1], list(formats))
    proposal.placed[column.header] = {target}


def _of_other_time_points(sheet: Sheet, matcher: Matcher, own: dict[Target, Any]) -> list[str]:
    """The columns that landing would read by their names, and that are of another time point."""
    names = [names for names in matcher.names if not names.field.identifier]
    used = {claim.column.header for claims in own.values() for claim in claims}
    headers = [column.header for column in sheet.columns if column.header not in used]
    return [h for h in headers if any(header_key(h) in one.keys for one in names)]


def _number_of_a_stay(matches: Matches) -> str | None:
    """The column of the number of a stay, taken for the patient's where there is no other."""
    asked = {name for _, targets, _ in matches.ambiguous for _, name in targets}
    stays = [target for target in matches.placed if target[1] == "admission_id"]
    if _patient(matches) or "patient_id" in asked or not stays:
        return None
    for extract, name in stays:
        matches.placed[extract, "patient_id"] = matches.placed.pop((extract, name))
    return _patient(matches).column.header


def _patient(matches: Matches) -> Claim | None:
    claims = (claims for (_, name), claims in matches.placed.items() if name == "patient_id")
    return next(claims, [None])[0]


def _recurs(matches: Matches) -> bool:
    """Whether lines are mostly further ones of patients, and not a second stroke of a few."""
    patient = _patient(matches)
    if patient is None:
        return False
    cells = patient.column.cells
    return cells.total() - len(cells) > FURTHER * cells.total()


def _repeating(matches: Matches) -> int:
    """The number of patients with several lines."""
    patient = _patient(matches)
    return sum(n > 1 for n in patient.column.cells.values()) if patient else 0


def _usual(kinds: Counter[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
    """The visits in which an extract is recorded, without those of a few of its columns."""
    usual = max(kinds.values(), default=0) * OF_ITS_CELLS
    return Counter({kind: n for kind, n in kinds.items() if n >= usual})


def _ask_strays(
    part: PartProposal, kinds: Counter[tuple[str, ...]], matches: Matches, event: str
) -> None:
    """Ask about columns that are filled in other visits only."""
    for (extract, name), [claim, *_] in matches.placed.items():
        if extract == part.extract and kinds and not kinds.keys() & claim.column.kinds.keys():
            there = ", ".join(kind[0] for kind in claim.column.kinds)
            part.todo.append(
                f"{name}: {claim.column.header} is filled where {event} is {there}, which is not "
                "read here; deliver it in the lines of the others"
            )


def _are_visits(sheet: Sheet) -> bool:
    """Whether the column of events is REDCap's, or has few values, each in many lines."""
    columns = [one for one in sheet.columns if one.header in sheet.events]
    return all(
        header_key(one.header) in EVENT_COLUMNS
        or FEWEST_VISITS * len(one.cells) <= min(one.filled, FEWEST_VISITS * MOST_VISITS)
        for one in columns
    )


def _leave_out_shared_stays(matches: Matches) -> None:
    """Take no number for one of a stay that has far more lines than a patient."""
    patient = _patient(matches)
    for target, [claim, *_] in list(matches.placed.items()):
        if target[1] == "admission_id" and patient:
            lines, of_patient = map(_lines_each, (claim.column, patient.column))
            if lines > 2 * of_patient:
                del matches.placed[target]
                why = "a value is shared by many patients, so that it is the number of no stay"
                matches.similar.append((claim.column.header, (target,), why))


def _lines_each(column: Column) -> float:
    return column.filled / (len(column.cells) or 1)


def _forget(proposal: SheetProposal, dropped: set[str]) -> None:
    """Take back what was placed in extracts of which the table has no rows."""
    left = {
        header: {target for target in targets if target[0] not in dropped}
        for header, targets in proposal.placed.items()
    }
    proposal.placed = {header: targets for header, targets in left.items() if targets}
    proposal.matches.unknown += [header for header in left if not left[header]]
