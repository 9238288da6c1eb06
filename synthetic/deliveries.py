"""Write the deliveries of a seed below a folder, and list the bad rows that were planted."""

from __future__ import annotations

import csv
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path

from warehouse.definitions.dictionary import dictionary
from warehouse.synthetic.files import render
from warehouse.synthetic.plan import FIRST, SECOND, THIRD, delivered_files

SITE = "synthetic_centre"
RESENT = ("imaging.csv.gz", "imaging_resent.csv.gz")
NOTES = {
    FIRST: ("full", "Synthetic data. First complete export."),
    SECOND: (
        "delta",
        "Synthetic data. Follow-ups since February, corrections, and imaging sent again in error.",
    ),
    THIRD: ("delta", "Synthetic data. Answers to some of the queries about the May delivery."),
}
README = """\
# Synthetic deliveries

Everything below this folder is **synthetic**. No row describes a person: `warehouse generate` makes
all of it from the numbers printed in Guo 2023 (doi 10.3389/fneur.2022.1001496) and a seed. Names
and telephone numbers are there so that one can see that they do not get past landing.
How it is made, and which rows are bad on purpose: `docs/synthetic-data.md`.
"""


@dataclass(frozen=True)
class PlantedRow:
    """Place of a bad row, and the delivery that corrects it, if any."""

    delivered_on: date
    file: str
    line: int
    field: str
    kind: str
    corrected_in: date | None


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
            line.fault.corrected_in,
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


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
