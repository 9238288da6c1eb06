"""Random small histories of a site: invented deliveries over 20 nights, and their files.

They keep clear of what the model (record_model.py) does not know: numbers of admissions, a key
twice in one file, deliveries of 20 records and more (which could be held), and what two sites have
in common (numbers and birth dates are a site's own).
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from tests.support.record_model import Content, History, Line, Place
from tests.support.rule_files import Row, csv_file, row

NIGHTS = 20
DAY_BEFORE = date(2022, 6, 30)
# From so many rows on, a delivery can be held.
HELD_FROM = 20
OTHERS = ("procedures", "imaging", "followups")
ONSET = datetime(2021, 3, 1, 8, 0)
PREFIX = {"procedures": "t", "imaging": "i", "followups": "p"}
KEY = {"procedures": "procedure_id", "imaging": "imaging_id"}
# What a follow-up knows: the death (d), the outcome at 90 days (o).
ALIVE, DEAD, LOST = "o", "do", ""


@dataclass
class Generator:
    """Makes the history of a site, always the same for its number."""

    number: int

    def __post_init__(self) -> None:
        self._random = Random(f"history {self.number}")
        # Strokes whose onset wanders could take other rows along: these sites have none.
        self._wanders = self._random.random() < 0.2
        self._patients = [f"p{self.number}x{n}" for n in range(self._random.randint(2, 4))]

    def history(self) -> History:
        """Deliver over the nights, then move, overwrite or take away some files."""
        nights = [day for day in range(1, NIGHTS + 1) if self._chance(0.3)] or [1]
        history = History(frozenset(day for day in range(1, NIGHTS + 1) if self._chance(0.4)))
        for day in nights:
            for extract in ("admissions", *(() if self._wanders else OTHERS)):
                if self._chance(0.7 if extract == "admissions" else 0.25):
                    self._deliver(history.first, day, extract, day in history.full_days)
        history.last = dict(history.first)
        for _ in range(self._random.choice([0, 0, 1, 1, 2])):
            self._change(history)
        return history

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _deliver(self, places: dict[Place, Content], day: int, extract: str, is_full: bool) -> None:
        names = [f"{extract}.csv", f"{extract}_2.csv", f"{extract}_10.csv"]
        for name in names[: self._random.choice([1, 1, 1, 1, 1, 1, 2, 3])]:
            sent = [content for place, content in places.items() if place.extract == extract]
            if sent and self._chance(0.25):
                content = self._random.choice(sent)
            else:
                content = self._content(extract, 0.8 if is_full else 0.4)
            place = Place(day, extract, name)
            if _is_small(places, place, content):
                places[place] = content

    def _content(self, extract: str, share: float) -> Content:
        lines = []
        for patient in self._patients:
            own = PREFIX.get(extract, "p") + patient[1:]
            for key in (own, own + "b") if extract in KEY else (own,):
                if self._chance(share):
                    lines.append(self._line(extract, key, patient))
        return tuple(lines)

    def _line(self, extract: str, key: str, patient: str) -> Line:
        line = Line(key, patient, self._random.randint(0, 2))
        if self._chance(0.06):
            return line._replace(is_impossible=True)
        if self._chance(0.02):
            # Two sites must not deliver the same content: without a number the value is the site's.
            value = 3 + self.number
            return line._replace(
                key=None, patient=None if extract not in KEY else patient, value=value
            )
        if self._chance(0.02):
            return line._replace(is_broken=True)
        if extract == "admissions":
            onset = self._random.choice([0, 0, 5, 10]) if self._wanders else 0
            return line._replace(birth=int(self._chance(0.05)), onset=onset)
        if extract == "followups":
            knows = self._random.choices([ALIVE, DEAD, LOST], [8, 1, 1])[0]
            return line._replace(knows=knows, value=0 if knows == LOST else line.value)
        return line

    def _change(self, history: History) -> None:
        if not history.last:
            return
        place = self._random.choice(sorted(history.last))
        what = self._random.choice(["move", "move", "rename", "overwrite", "take away"])
        content = history.last.pop(place)
        to = place
        if what == "move":
            to = place._replace(day=self._random.randint(1, NIGHTS))
        elif what == "rename":
            to = place._replace(name=f"{place.extract}_3.csv")
        elif what == "overwrite":
            content = self._content(place.extract, 0.6)
        if (
            what != "take away"
            and to not in history.last
            and (to == place or to not in history.first)
            and _is_small(history.last, to, content)
        ):
            history.last[to] = content
        elif what != "take away":
            history.last[place] = content


def _is_small(places: dict[Place, Content], place: Place, content: Content) -> bool:
    """Whether a delivery stays too small to be held, with a content at a place."""
    rows = [
        len(other)
        for at, other in places.items()
        if (at.day, at.extract) == (place.day, place.extract) and at != place
    ]
    return sum(rows) + len(content) < HELD_FROM


def day_of(number: int) -> date:
    """The day of a night."""
    return DAY_BEFORE + timedelta(days=number)


def write(folder: Path, history: History, places: dict[Place, Content]) -> None:
    """Put the files of a site into its folder, and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    for place, content in places.items():
        day = folder / day_of(place.day).isoformat()
        day.mkdir(parents=True, exist_ok=True)
        mode = "full" if place.day in history.full_days else "delta"
        (day / "delivery.yaml").write_text(f"mode: {mode}\n")
        (day / place.name).write_bytes(_file(place.extract, content))


def _file(extract: str, content: Content) -> bytes:
    header, *_ = csv_file([row(extract)]).splitlines(keepends=True)
    lines = [_line(extract, line) for line in content]
    return b"".join([header, *lines])


def _line(extract: str, line: Line) -> bytes:
    """The line; a field more in front of a broken one moves each value to another column."""
    text = csv_file([_cells(extract, line)]).splitlines()[1]
    return (b"x," if line.is_broken else b"") + text + b"\r\n"


def _cells(extract: str, line: Line) -> Row:
    cells: Row = {"patient_id": line.patient}
    if extract in KEY:
        cells[KEY[extract]] = line.key
    if extract == "admissions":
        onset = ONSET - timedelta(days=line.onset)
        born = 5000 * line.birth + (number_of(line.patient) if line.patient else 0)
        cells |= {"onset_at": onset, "baseline_nihss": 10 + line.value}
        cells |= {"birth_date": date(1930, 1, 1) + timedelta(days=born)}
        if line.is_impossible:
            cells["arrived_at"] = onset - timedelta(days=1)
    elif extract == "procedures":
        cells |= {"passes": 1 + line.value}
        if line.is_impossible:
            cells["ended_at"] = ONSET + timedelta(hours=1)
    elif extract == "imaging":
        cells |= {"nihss_at_imaging": 10 + line.value}
        if line.is_impossible:
            cells["hemorrhage_type"] = "HI-9"
    else:
        cells |= {"mrs": 1 + line.value}
        if line.is_impossible:
            cells["mrs"] = 8 + line.value
        elif line.knows == DEAD:
            died_on = ONSET.date() + timedelta(days=20 + line.value)
            cells |= {"mrs": 6, "death_date": died_on, "assessed_on": died_on}
        elif line.knows == LOST and not line.is_broken and line.key:
            cells |= {"mrs": None, "assessed_on": None, "mode": None, "lost_to_followup": True}
    return row(extract, **cells)


def number_of(patient: str) -> int:
    """A number of a patient's own, below 5,000: sites have the patients 0 to 3."""
    site, _, number = patient[1:].partition("x")
    return int(site) * 4 + int(number)
