"""Plan of deliveries with the version of each row: a full one, a delta, a delta that corrects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from warehouse.definitions.dictionary import dictionary
from warehouse.synthetic.corrections import CORRECTED, needs_late_labs, without_labs
from warehouse.synthetic.extracts import Patient, Row
from warehouse.synthetic.faults import (
    DUPLICATE,
    FIRST_DELIVERY,
    SECOND_DELIVERY,
    Plant,
    bad_line,
    true_row,
)
from warehouse.synthetic.files import DeliveredFile, Layout, Line
from warehouse.synthetic.pools import FIRST_EXPORT, pools, synthetic_patients

FIRST, SECOND, THIRD = FIRST_EXPORT, date(2022, 5, 31), date(2022, 6, 7)
LATE_LABS = 5
FIRST_LAYOUTS = {
    "admissions": Layout(encoding="gb18030", local=True),
    "procedures": Layout(".xlsx", sloppy=0.10),
    "imaging": Layout(".csv.gz"),
    "followups": Layout(delimiter=";", newline="\r\n", encoding="utf-8-sig"),
}
SECOND_LAYOUTS = {extract: Layout() for extract in FIRST_LAYOUTS} | {
    "admissions": Layout(".tsv", delimiter="\t")
}


def delivered_files(seed: int) -> list[DeliveredFile]:
    """The files of all deliveries, resent ones apart."""
    return _Plan(seed).files()


class _Plan:
    """Plan of which version of which row is delivered when. A patient is used once."""

    def __init__(self, seed: int) -> None:
        self._patients = synthetic_patients(seed)
        self._pools = pools(self._patients, seed)
        self._first_versions: dict[tuple[str, str], Line] = {}
        self._second: dict[str, list[Line]] = {extract: [] for extract in FIRST_LAYOUTS}
        self._third: dict[str, list[Line]] = {extract: [] for extract in FIRST_LAYOUTS}

    def files(self) -> list[DeliveredFile]:
        """Plan the events, then lay the rows out in files."""
        late = [p for p in reversed(self._patients) if needs_late_labs(p)][:LATE_LABS]
        for patient in late:
            self._correct("admissions", patient, without_labs)
        for extract, pool, first_version in CORRECTED:
            self._correct(extract, self._take(pool), first_version)
        self._miss_a_cell(FIRST_DELIVERY)
        self._contradict(DUPLICATE)
        for plant in SECOND_DELIVERY:
            self._plant(plant)
        self._bring_followups()
        return [*self._first_files(), *self._later_files()]

    def _take(self, pool: str) -> Patient:
        return self._pools[pool].pop()

    def _correct(self, extract: str, patient: Patient, first: Callable[[Row], Row]) -> None:
        row = _corrected_row(patient, extract)
        self._first_versions[_key(extract, row)] = Line(first(row))
        self._second[extract].append(Line(row))

    def _miss_a_cell(self, plant: Plant) -> None:
        patient = self._take(plant.pool)
        row = true_row(patient, plant.extract)
        line = bad_line(plant, patient, SECOND)
        self._first_versions[_key(plant.extract, row)] = line
        self._second[plant.extract].append(Line(row))

    def _contradict(self, plant: Plant) -> None:
        patient = self._take(plant.pool)
        line = bad_line(plant, patient, THIRD)
        self._second[plant.extract] += [
            Line(true_row(patient, plant.extract), line.fault),
            line,
        ]

    def _plant(self, plant: Plant) -> None:
        patient = self._take(plant.pool)
        self._second[plant.extract].append(bad_line(plant, patient, THIRD))
        if plant.is_corrected:
            self._third[plant.extract].append(Line(true_row(patient, plant.extract)))

    def _bring_followups(self) -> None:
        """Follow-ups that became known since the first delivery and are not there as bad rows."""
        planted = {line.row["patient_id"] for line in self._second["followups"]}
        self._second["followups"] += [
            Line(patient.followup)
            for patient in self._patients
            if patient.followup_known_on >= FIRST and patient.followup["patient_id"] not in planted
        ]

    def _first_files(self) -> Iterator[DeliveredFile]:
        for extract, layout in FIRST_LAYOUTS.items():
            lines = [
                self._first_versions.get(_key(extract, row), Line(row))
                for patient in self._patients
                for row in _known_first(patient, extract)
            ]
            yield DeliveredFile(FIRST, extract, extract, layout, lines)

    def _later_files(self) -> Iterator[DeliveredFile]:
        for extract, lines in self._second.items():
            layout = SECOND_LAYOUTS[extract]
            yield DeliveredFile(SECOND, extract, extract, layout, _ordered(extract, lines))
        for extract, lines in self._third.items():
            if lines:
                yield DeliveredFile(THIRD, extract, extract, lines=_ordered(extract, lines))


def _known_first(patient: Patient, extract: str) -> list[Row]:
    """The patient's rows of an extract that the first delivery has."""
    if extract == "imaging":
        return patient.imaging
    if extract == "followups" and patient.followup_known_on >= FIRST:
        return []
    return [true_row(patient, extract)]


def _corrected_row(patient: Patient, extract: str) -> Row:
    """The row to be corrected: of several scans one that shows a hemorrhage."""
    if extract == "imaging":
        return next(row for row in patient.imaging if row["hemorrhage_type"] != "none")
    return true_row(patient, extract)


def _key(extract: str, row: Row) -> tuple[str, str]:
    (name,) = dictionary().extracts[extract].primary_key
    return extract, str(row[name])


def _ordered(extract: str, lines: list[Line]) -> list[Line]:
    """By key; a quote that never ends comes last, as it swallows what follows."""
    return sorted(
        lines,
        key=lambda line: (
            line.fault is not None and line.fault.kind == "unterminated_quote",
            _key(extract, line.row),
        ),
    )
