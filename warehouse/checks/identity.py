"""Conflicts of identity: rows that would replace another patient's, or another stroke.

Each version of a record is compared, in the order of delivery, with the newest accepted one before
it; while none is accepted, with all that other rules rejected: the site has to say whose number it
is. One that contradicts is held, unless the site's mapping accepts the correction.
A row that is delivered again is not checked again: accepted, it is the newest version once more.
Great Expectations cannot decide that: whether a row is accepted depends on those before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from warehouse.checks.held_versions import AcceptedCorrections, Place
from warehouse.definitions.quotable import DAYS_IN_A_YEAR, MORE_THAN_A_YEAR
from warehouse.expectations.identity import SAME_STROKE_DAYS

SAME_STROKE = timedelta(days=SAME_STROKE_DAYS)


class Version(NamedTuple):
    """A version of a record; ``is_rejected`` by another rule, or with its whole delivery.

    ``born_in`` is the year of birth that an age says, or the one after it.
    """

    row_id: str
    site: str
    source_file: str
    source_row: int
    record_key: str
    patient_key: str
    is_rejected: bool = False
    birth_date: date | None = None
    sex: str | None = None
    onset_at: datetime | None = None
    born_in: int | None = None

    @property
    def place(self) -> Place:
        """Site, file and line."""
        return self.site, self.source_file, self.source_row

    @property
    def has_number(self) -> bool:
        """Whether its record has a number of its own."""
        return self.record_key != self.patient_key


@dataclass
class Identities:
    """Identities of records and patients, updated with each version.

    That is the newest accepted version; while there is none, each rejected one. A version comes in
    once for each day on which it was delivered. ``overruled`` are the rejected rows (row_id) that
    an accepted correction corrects.
    """

    corrections: AcceptedCorrections
    overruled: set[str] = field(default_factory=set)
    _of_record: dict[tuple[str, str], list[Version]] = field(default_factory=dict)
    _of_patient: dict[tuple[str, str], list[Version]] = field(default_factory=dict)
    _is_held: dict[str, bool] = field(default_factory=dict)

    def conflicts(self, versions: Iterable[Version]) -> Iterator[tuple[str, str]]:
        """Row and words of each version that contradicts those before it and is not accepted."""
        for version in versions:
            record = self._of_record.setdefault((version.site, version.record_key), [])
            person = self._of_patient.setdefault((version.site, version.patient_key), [])
            if version.is_rejected:
                _add_rejected(record, version)
                _add_rejected(person, version)
                continue
            if version.row_id not in self._is_held:
                found = _differing(version, record, person)
                is_held = bool(found) and not self.corrections.accept(version.place)
                if is_held:
                    yield version.row_id, found
                elif found:
                    self.overruled.update(each.row_id for each in record if each.is_rejected)
                self._is_held[version.row_id] = is_held
            if not self._is_held[version.row_id]:
                record[:] = person[:] = [version]


def _add_rejected(known: list[Version], version: Version) -> None:
    """Add a rejected version where none is accepted."""
    if all(each.is_rejected for each in known):
        known.append(version)


def _differing(version: Version, record: list[Version], person: list[Version]) -> str:
    """Return the fields that contradict the versions of its record or patient, and the line."""
    others = [each for each in record if each.patient_key != version.patient_key]
    found = (
        _newest(_other_patient(version, each) for each in reversed(record)),
        _newest(_other_person(version, each) for each in reversed(others or person)),
        _newest(_other_stroke(version, each) for each in reversed(record)),
    )
    return "; ".join(filter(None, found))


def _newest(contradictions: Iterable[str]) -> str:
    return next(filter(None, contradictions), "")


def _other_patient(version: Version, before: Version) -> str:
    return _differ(["patient_id"] if version.patient_key != before.patient_key else [], before)


def _other_person(version: Version, before: Version) -> str:
    names = [
        name
        for name in ("birth_date", "sex")
        if _contradicts(getattr(version, name), getattr(before, name))
    ]
    years = version.born_in, before.born_in
    if None not in years and abs(version.born_in - before.born_in) > 1:
        names.append("age_years")
    return _differ(names, before)


def _other_stroke(version: Version, before: Version) -> str:
    if version.has_number or not version.onset_at or not before.onset_at:
        return ""
    apart = abs(version.onset_at - before.onset_at)
    return f"onset_at {_days(apart)} from that of {_line(before)}" if apart > SAME_STROKE else ""


def _days(apart: timedelta) -> str:
    """Days, up to a year; with the rest where these alone would not say why: 7 days and 1 min."""
    if apart.days > DAYS_IN_A_YEAR:
        return MORE_THAN_A_YEAR
    if apart.days > SAME_STROKE_DAYS:
        return f"{apart.days} days"
    hours, minutes = divmod(apart.seconds // 60, 60)
    rest = " ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min")) if n)
    return f"{apart.days} days and {rest or 'some seconds'}"


def _contradicts(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other


def _differ(names: list[str], before: Version) -> str:
    return f"{' and '.join(names)} other than in {_line(before)}" if names else ""


def _line(version: Version) -> str:
    place = f"{version.source_file}, line {version.source_row}"
    return f"{place}, which is rejected" if version.is_rejected else place
