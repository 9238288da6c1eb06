"""What is in force after a history of deliveries: a plain model, for comparison with the checks.

Written from docs/decisions (0002, 0020) and docs/landing.md, not from the SQL. It knows one
site without admission numbers, and deliveries too small to be held.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

SAME_STROKE_DAYS = 7


class Line(NamedTuple):
    """A line of a file. Without a key it has no identifier; a broken one does not split.

    ``birth`` and ``onset`` tell one person and stroke from another; ``knows`` is what a follow-up
    has of death and outcome, one letter each; ``value`` is anything else.
    """

    key: str | None
    patient: str | None
    value: int = 0
    is_impossible: bool = False
    is_broken: bool = False
    birth: int = 0
    onset: int = 0
    knows: str = ""


Content = tuple[Line, ...]


class Place(NamedTuple):
    """Where a file lies: its day, extract and name."""

    day: int
    extract: str
    name: str


@dataclass
class History:
    """The deliveries of a site: what lay there at the first landing, and at the last."""

    full_days: frozenset[int]
    first: dict[Place, Content] = field(default_factory=dict)
    last: dict[Place, Content] = field(default_factory=dict)


class State(NamedTuple):
    """What became of a delivered row, and of a withdrawn one the day on which it went."""

    status: str
    withdrawn_on: int | None = None


States = dict[tuple[Place, int], State]
# A row of a content, wherever it was delivered: the content and the line.
ContentRow = tuple[Content, int]


@dataclass
class Records:
    """The records of an extract while its deliveries come in, day by day."""

    newest: dict[str, tuple[Place, int]] = field(default_factory=dict)
    withdrawn: dict[str, int] = field(default_factory=dict)


def states(history: History) -> States:
    """The state of every delivered row at every place."""
    places = _counting(history)
    found: States = {}
    admissions = _of_extract(places, "admissions")
    rejected = _faulty(admissions) | _conflicts(admissions)
    records = _walk(admissions, rejected, history.full_days)
    known, gone = set(records.newest), records.withdrawn
    _state(found, admissions, rejected, records, {})
    for extract in ("procedures", "imaging", "followups"):
        own = _of_extract(places, extract)
        rejected = _faulty(own) | _homeless(own, known, gone)
        rejected |= _forgetful(own, rejected)
        _state(found, own, rejected, _walk(own, rejected, history.full_days), gone)
    return found


def _counting(history: History) -> dict[Place, Content]:
    """The places that count: those that are there, and of a file that is gone and lies nowhere
    else the one where it was."""
    there = {(place.extract, content) for place, content in history.last.items()}
    gone = {
        place: content
        for place, content in history.first.items()
        if place not in history.last and (place.extract, content) not in there
    }
    return history.last | gone


def _of_extract(places: dict[Place, Content], extract: str) -> dict[Place, Content]:
    """The places of an extract in order of delivery; a copy within a day is none.

    Within a day, content that was known before comes before content that is new.
    """
    own = {place: content for place, content in places.items() if place.extract == extract}
    first_day: dict[Content, int] = {}
    for place, content in own.items():
        first_day[content] = min(place.day, first_day.get(content, place.day))
    ordered: dict[Place, Content] = {}
    on_days: set[tuple[int, Content]] = set()
    for place in sorted(own, key=lambda p: (p.day, first_day[own[p]] == p.day, p.name)):
        if (place.day, own[place]) not in on_days:
            on_days.add((place.day, own[place]))
            ordered[place] = own[place]
    return ordered


def _rows(content: Content) -> Iterator[tuple[int, Line]]:
    return ((number, line) for number, line in enumerate(content, start=2) if not line.is_broken)


def _faulty(places: dict[Place, Content]) -> set[ContentRow]:
    """The rows that are rejected for what they say."""
    return {
        (content, number)
        for content in places.values()
        for number, line in _rows(content)
        if line.key is None or line.is_impossible
    }


def _conflicts(places: dict[Place, Content]) -> set[ContentRow]:
    """The rows with another person or stroke than those before with the key.

    That is the newest accepted row; while none is accepted, each that is rejected for what it says.
    A row is judged when it comes first; what is sent again is the newest accepted row again.
    """
    accepted: dict[str, Line] = {}
    impossible: dict[str, list[Line]] = {}
    conflicts, checked_cases = set(), _faulty(places)
    for content in places.values():
        for number, line in _rows(content):
            row, key = (content, number), line.key or ""
            if line.key and line.is_impossible:
                impossible.setdefault(key, []).append(line)
            before = [accepted[key]] if key in accepted else impossible.get(key, [])
            if row not in checked_cases and any(_contradicts(line, each) for each in before):
                conflicts.add(row)
            checked_cases.add(row)
            if line.key and not line.is_impossible and row not in conflicts:
                accepted[line.key] = line
    return conflicts


def _contradicts(line: Line, before: Line) -> bool:
    return line.birth != before.birth or abs(line.onset - before.onset) > SAME_STROKE_DAYS


def _forgetful(places: dict[Place, Content], rejected: set[ContentRow]) -> set[ContentRow]:
    """The follow-ups that lack what the newest accepted row of the key knows.

    What is sent again is judged again: it may have become less than what is known.
    """
    accepted: dict[str, Line] = {}
    held: set[ContentRow] = set()
    for content in places.values():
        for number, line in _rows(content):
            if line.key and (content, number) not in rejected | held:
                before = accepted.get(line.key)
                if before and not set(before.knows) <= set(line.knows):
                    held.add((content, number))
                else:
                    accepted[line.key] = line
    return held


def _homeless(
    places: dict[Place, Content], known: set[str], gone: dict[str, int]
) -> set[ContentRow]:
    """The rows of patients who are not among the admissions, or came when these had gone."""
    last_day = {content: place.day for place, content in places.items()}
    return {
        (content, number)
        for content in places.values()
        for number, line in _rows(content)
        if line.patient not in known
        or (line.patient in gone and last_day[content] >= gone[line.patient])
    }


def _walk(
    places: dict[Place, Content], rejected: set[ContentRow], full_days: frozenset[int]
) -> Records:
    """Let the deliveries come in, day by day.

    A full delivery withdraws what it lacks, unless it could not be read whole or has no record. A
    rejected row shows that its record exists, and changes nothing else.
    """
    records = Records()
    for day in sorted({place.day for place in places}):
        today = {place: content for place, content in places.items() if place.day == day}
        lines = [line for content in today.values() for line in content]
        is_whole = not any(line.is_broken or line.key is None for line in lines)
        if day in full_days and is_whole and lines:
            for key in records.newest.keys() - {line.key for line in lines}:
                records.withdrawn.setdefault(key, day)
        for place, content in today.items():
            for number, line in _rows(content):
                if line.key and (content, number) not in rejected:
                    records.newest[line.key] = place, number
                    records.withdrawn.pop(line.key, None)
    return records


def _state(
    found: States,
    places: dict[Place, Content],
    rejected: set[ContentRow],
    records: Records,
    gone_patients: dict[str, int],
) -> None:
    """Say of each row of an extract what became of it; rows go with their patient, too."""
    for place, content in places.items():
        for number, line in enumerate(content, start=2):
            days = [
                gone[key]
                for gone, key in ((records.withdrawn, line.key), (gone_patients, line.patient))
                if key in gone
            ]
            if line.is_broken:
                state = State("unreadable")
            elif (content, number) in rejected:
                state = State("rejected")
            elif records.newest[str(line.key)] != (place, number):
                state = State("superseded")
            elif days:
                state = State("withdrawn", min(days))
            else:
                state = State("current")
            found[place, number] = state
