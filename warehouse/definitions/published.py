"""Published results of a study: the CSV files of the folder ``published`` beside its study.yaml.

``docs/studies.md`` says what each holds. A study that extends another one has the other's.
"""

from __future__ import annotations

import csv
from pathlib import Path

from warehouse.definitions.config import shown_path
from warehouse.definitions.dictionary import DictionaryError, remedy
from warehouse.definitions.study import StudyDefinition

PAGE = "docs/studies.md#published-results"
# Columns of each file, the key first.
FILES = {
    "results": ("id", "location", "group", "variable", "statistic", "printed", "test"),
    "sections": ("prefix", "title", "is_own_result"),
    "quantities": ("id", "subject", "study_group", "statistic"),
    "notes": ("id", "convention", "recomputed", "note"),
    "conventions": (
        *("convention", "title", "statistic", "transformation", "description", "source"),
    ),
    "words": ("word", "kind", "value"),
}
# Column of a file, and the file whose key it names.
REFERENCES = (
    ("quantities", "id", "results"),
    ("notes", "id", "results"),
    ("notes", "convention", "conventions"),
)
Rows = list[dict[str, object]]


def published_rows(study: StudyDefinition) -> dict[str, Rows]:
    """Return the rows of each file with the study's name; no rows of a study without the folder.

    Raises DictionaryError that names file, line and problem.
    """
    folder = study.published
    if folder is None:
        return {name: [] for name in FILES}
    files = {name: _read(folder / f"{name}.csv", columns) for name, columns in FILES.items()}
    for name, column, other in REFERENCES:
        known = {row[FILES[other][0]] for row in files[other]}
        for number, row in enumerate(files[name], start=2):
            if row[column] and row[column] not in known:
                raise _error(
                    folder / f"{name}.csv",
                    f"line {number}: {column} is {row[column]!r}, which {other}.csv lacks",
                )
    return {name: [{"study": study.name, **row} for row in rows] for name, rows in files.items()}


def _read(path: Path, columns: tuple[str, ...]) -> Rows:
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            reader = csv.DictReader(handle)
            rows = [{name: value or None for name, value in row.items()} for row in reader]
            found = set(reader.fieldnames or ())
    except OSError as error:
        raise _error(path, f"it cannot be read: {error.strerror}") from error
    if found != {*columns}:
        differing = ", ".join(sorted(map(str, found ^ {*columns})))
        raise _error(path, f"its columns must be {', '.join(columns)}; these differ: {differing}")
    seen: set[object] = set()
    for number, row in enumerate(rows, start=2):
        key = row[columns[0]]
        if key is None or key in seen:
            raise _error(path, f"line {number}: {columns[0]} is empty, or was there before: {key}")
        seen.add(key)
    return [dict(row) for row in rows]


def _error(path: Path, problem: str) -> DictionaryError:
    return DictionaryError(f"{shown_path(path)}: {problem}; correct it ({PAGE}){remedy(path)}")
