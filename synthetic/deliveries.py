"""The shipped deliveries: a full one, a delta with new follow-ups and bad rows, a delta that mends."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path

from synthetic.cohort import cohort_cases
from synthetic.corrections import CORRECTED, needs_late_labs, without_labs
from synthetic.excluded import excluded_cases
from synthetic.extracts import Patient, Row, patients
from synthetic.faults import DUPLICATE, FIRST_DELIVERY, SECOND_DELIVERY, Plant, bad_line, true_row
from synthetic.files import DeliveredFile, Layout, Line, render
from synthetic.outcome import DEAD
from synthetic.published import Published
from synthetic.randomness import stream
from synthetic.samples import find_samples
from warehouse.dictionary import EXTRACTS, dictionary

SITE = "synthetic_centre"
FIRST, SECOND, THIRD = date(2022, 2, 15), date(2022, 5, 31), date(2022, 6, 7)
LATE_LABS = 5
RESENT = ("imaging.csv.gz", "imaging_resent.csv.gz")
NOTES = {
    FIRST: ("full", "Synthetic data. First complete export."),
    SECOND: (
        "delta",
        "Synthetic data. Follow-ups since February, corrections, and imaging sent again in error.",
    ),
    THIRD: ("delta", "Synthetic data. Answers to some of the queries about the May delivery."),
}
FIRST_LAYOUTS = {
    "admissions": Layout(encoding="gb18030", local=True),
    "procedures": Layout(".xlsx"),
    "imaging": Layout(".csv.gz"),
    "followups": Layout(delimiter=";", newline="\r\n", encoding="utf-8-sig"),
}
SECOND_LAYOUTS = {extract: Layout() for extract in EXTRACTS} | {
    "admissions": Layout(".tsv", delimiter="\t")
}
README = """\
# Synthetic deliveries

Everything below this folder is **synthetic**. No row describes a person: `warehouse generate` makes
all of it from the numbers printed in Guo 2023 (doi 10.3389/fneur.2022.1001496) and a seed. Names and
telephone numbers are there so that one can see that they do not get past landing.
How it is made, and which rows are bad on purpose: `docs/synthetic-data.md`.
"""


@dataclass(frozen=True)
class PlantedRow:
    """Where a bad row stands and which delivery, if any, mends it."""

    delivered_on: date
    file: str
    line: int
    field: str
    kind: str
    mended_in: date | None


def write_deliveries(raw_dir: Path, seed: int = 1) -> list[Path]:
    """Write all deliveries below ``raw_dir`` and return the files' paths.

    The same seed gives the same bytes; another seed gives other patients with the same published
    table. Raises SearchError when no such table was found.
    """
    written = [_write(raw_dir / "README.md", README.encode())]
    contract = dictionary()
    for file in delivered_files(seed):
        folder = raw_dir / SITE / file.delivered_on.isoformat()
        written.append(_write(folder / file.name, render(file, contract, seed)))
    for delivered_on, (mode, note) in NOTES.items():
        text = f"mode: {mode}\nnote: {note}\n"
        folder = raw_dir / SITE / delivered_on.isoformat()
        written.append(_write(folder / "delivery.yaml", text.encode()))
    original = raw_dir / SITE / FIRST.isoformat() / RESENT[0]
    again = raw_dir / SITE / SECOND.isoformat() / RESENT[1]
    return [*written, _write(again, original.read_bytes())]


def planted_bad_rows(seed: int = 1) -> list[PlantedRow]:
    """The bad rows of the deliveries of that seed; lines count from 1, the header is line 1."""
    return [
        PlantedRow(
            file.delivered_on,
            f"{SITE}/{file.delivered_on}/{file.name}",
            number,
            line.fault.field,
            line.fault.kind,
            line.fault.mended_in,
        )
        for file in delivered_files(seed)
        for number, line in enumerate(file.lines, start=2)
        if line.fault
    ]


def write_planted_bad_rows(path: Path, seed: int = 1) -> None:
    """Write the list of bad rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(field.name for field in fields(PlantedRow))
        writer.writerows(astuple(row) for row in planted_bad_rows(seed))


def synthetic_patients(seed: int) -> list[Patient]:
    """All patients of that seed with their final, clean rows."""
    published = Published()
    samples = find_samples(published, seed)
    cases = cohort_cases(published, samples, seed) + excluded_cases(published, seed)
    return patients(cases, seed)


def delivered_files(seed: int) -> list[DeliveredFile]:
    """The files of all deliveries, resent ones apart."""
    return _Plan(seed).files()


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


class _Plan:
    """Decides which version of which row is delivered when. No patient has two stories."""

    def __init__(self, seed: int) -> None:
        self._patients = synthetic_patients(seed)
        self._pools = _pools(self._patients, seed)
        self._first_versions: dict[tuple[str, str], Line] = {}
        self._second: dict[str, list[Line]] = {extract: [] for extract in EXTRACTS}
        self._third: dict[str, list[Line]] = {extract: [] for extract in EXTRACTS}

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
        if plant.is_mended:
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
        for extract in EXTRACTS:
            lines = [
                self._first_versions.get(_key(extract, row), Line(row))
                for patient in self._patients
                for row in _known_first(patient, extract)
            ]
            yield DeliveredFile(FIRST, extract, extract, FIRST_LAYOUTS[extract], lines)

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


def _pools(everyone: list[Patient], seed: int) -> dict[str, list[Patient]]:
    """Disjoint, shuffled pools of patients for corrections and bad rows."""
    pools: dict[str, list[Patient]] = {}
    shuffled = list(everyone)
    stream(seed, "events").shuffle(shuffled)
    for patient in shuffled:
        pools.setdefault(_pool(patient), []).append(patient)
    return pools


def _pool(patient: Patient) -> str:
    """Which stories a patient is fit for; those with unknown values are left in peace."""
    case = patient.case
    if patient.followup_known_on >= FIRST:
        return "pending" if not case.is_lost and case.mrs != DEAD else "other"
    if None in (case.platelets, case.mrs, case.systolic_bp, case.ivt):
        return "other"
    if case.etiology == "cardioembolism":
        return "excluded" if case.bleeding is None else "other"
    if not _is_analysed(patient):
        return "other"
    if case.mrs == DEAD:
        return "dead"
    return "bled" if case.bleeding else "analysed"


def _is_analysed(patient: Patient) -> bool:
    case = patient.case
    has_atherosclerosis = case.etiology == "large_artery_atherosclerosis"
    is_treated = case.has_stent or case.mtici_after_mt in ("2b", "2c", "3")
    return has_atherosclerosis and case.prestroke_mrs < 2 and is_treated
