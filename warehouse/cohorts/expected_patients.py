"""Invented patients of a study, and what the study must make of each: checked before any build."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from warehouse.cohorts.codes import codes_of
from warehouse.cohorts.columns import StrokeColumn, stroke_columns
from warehouse.cohorts.conditions import ConditionError
from warehouse.cohorts.definition_checks import require_sound
from warehouse.cohorts.membership import StudySql, row_of_study, unusable
from warehouse.definitions.config import EXPECTED_PATIENTS, shown_path, study_path
from warehouse.definitions.dictionary import DictionaryError, read_yaml
from warehouse.definitions.study import ALL_PATIENTS, NEITHER, PAGE, UNKNOWN, Name, StudyDefinition
from warehouse.definitions.validation_messages import fault_messages
from warehouse.definitions.yaml_lines import with_line
from warehouse.errors import WarehouseError
from warehouse.files import lies_there

Cell = bool | int | float | date | datetime | str | None


class StudyCheckError(WarehouseError):
    """Expected patients of a study are not as expected; the message names each."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExpectedPatient(_Strict):
    """Invented patient: how it differs from the typical one, and what the study must find."""

    patient: Name
    differs: dict[str, Cell] = Field(default_factory=dict)
    is_screened: bool = True
    leaves_at: str | None = None
    because: str | None = None
    group: str | None = None
    subgroups: dict[str, str] = Field(default_factory=dict)
    values: dict[str, bool | int | float | None] = Field(default_factory=dict)


class ExpectedPatients(_Strict):
    """Patients of a study, each a typical one but for what differs."""

    typical: dict[str, Cell] = Field(default_factory=dict)
    patients: tuple[ExpectedPatient, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Difference:
    """Finding of the study that is not the expected one, of one patient."""

    patient: str
    what: str
    found: Any
    expected: Any

    def __str__(self) -> str:
        found, expected = (_shown(each) for each in (self.found, self.expected))
        return f"{self.patient}: {self.what} is {found}, and {expected} is expected"


def expected_path(study: StudyDefinition) -> Path:
    """The file of a study's expected patients, which need not exist."""
    return study_path(study.name).parent / EXPECTED_PATIENTS


def load_expected(study: StudyDefinition) -> ExpectedPatients | None:
    """Read the expected patients of a study; None where it has none.

    Raises DictionaryError naming the file, the key and what would be right.
    """
    path = expected_path(study)
    if not lies_there(path):
        return None
    try:
        expected = ExpectedPatients.model_validate(content := read_yaml(path))
    except ValidationError as error:
        keys = {*ExpectedPatients.model_fields, *ExpectedPatient.model_fields}
        faults = fault_messages(
            error, keys, PAGE, content=content, with_line=lambda place: with_line(path, place)
        )
        raise DictionaryError(
            f"{shown_path(path)}: correct what cannot be used: {faults}"
        ) from error
    _require_names(study, expected, path)
    known = {*stroke_columns()}
    for name in (key for each in (expected.typical, *_differs(expected)) for key in each):
        if name not in known:
            raise DictionaryError(
                f"{shown_path(path)}: correct {name}: the registry has no such column ({PAGE})"
            )
    return expected


def _require_names(study: StudyDefinition, expected: ExpectedPatients, path: Path) -> None:
    """Raises DictionaryError for a patient that is there twice, and a name that the study lacks."""
    patients = [patient.patient for patient in expected.patients]
    if twice := {name for name in patients if patients.count(name) > 1}:
        raise DictionaryError(
            f"{shown_path(path)}: {min(twice)} is there twice; name one of them again"
        )
    for patient in expected.patients:
        for what, name, known in _named(study, patient):
            if name is not None and name not in known:
                there = ", ".join(sorted(known)) or "none"
                raise DictionaryError(
                    f"{shown_path(path)}: {patient.patient}: the study has no {what} {name}; use "
                    f"one of {there} ({PAGE})"
                )


def _named(
    study: StudyDefinition, patient: ExpectedPatient
) -> Iterator[tuple[str, str | None, set[str]]]:
    """Yield what a patient names of the study: its kind, its name, and the names that there are."""
    yield "step", patient.leaves_at, {step.step for step in study.flow if step.is_exclusion}
    yield "group", patient.group, {group.study_group for group in study.groups} or {ALL_PATIENTS}
    parts = {
        each.characteristic: {UNKNOWN, NEITHER, *(part.subgroup for part in each.groups)}
        for each in study.subgroups
    }
    for characteristic, part in patient.subgroups.items():
        yield "subgroup", characteristic, {*parts}
        yield f"group of {characteristic}", part, parts.get(characteristic, set())
    for variable in patient.values:
        yield "variable", variable, {each.variable for each in study.variables}


def differences(study: StudyDefinition, expected: ExpectedPatients) -> list[Difference]:
    """Return where the study does not find what is expected of its patients.

    Raises DictionaryError for a condition that DuckDB cannot compute.
    """
    found = _found(study, expected)
    return [
        difference
        for patient in expected.patients
        for difference in _compared(study, patient, found.get(patient.patient))
    ]


def check_study(study: StudyDefinition) -> int:
    """Return the number of expected patients of a study, all of whom are as expected.

    Raises DictionaryError for a condition that cannot be used, and StudyCheckError naming each
    patient of whom the study finds something else.
    """
    row_of_study(study, 1)
    try:
        require_sound(StudySql(study))
    except ConditionError as error:
        raise unusable(study, error) from error
    expected = load_expected(study)
    if expected is None:
        return 0
    if found := differences(study, expected):
        listed = "".join(f"\n  - {difference}" for difference in found)
        raise StudyCheckError(
            f"The study {study.name} does not find what its expected patients say, so nothing is "
            f"built ({shown_path(expected_path(study))}):{listed}\nCorrect the study, or what is "
            f"expected."
        )
    return len(expected.patients)


def _differs(expected: ExpectedPatients) -> Iterator[dict[str, Cell]]:
    return (patient.differs for patient in expected.patients)


def _found(study: StudyDefinition, expected: ExpectedPatients) -> dict[str, dict[str, Any]]:
    columns = stroke_columns()
    declared = ", ".join(f'"{name}" {column.sql_type}' for name, column in columns.items())
    with duckdb.connect(config={"enable_external_access": "false"}) as connection:
        connection.execute(f"create table strokes ({declared})")
        for patient in expected.patients:
            keys = {"admission_key": patient.patient, "patient_key": patient.patient}
            cells = {**expected.typical, **keys, **patient.differs}
            names = ", ".join(f'"{name}"' for name in cells)
            marks = ", ".join("?" * len(cells))
            insert = f"insert into strokes ({names}) values ({marks})"
            for name, value in cells.items():
                if wanted := _wanted(name, columns[name], value):
                    raise DictionaryError(
                        f"{shown_path(expected_path(study))}: {patient.patient}: correct {name}: "
                        f"it is {value}, and must be {wanted} ({PAGE})"
                    )
            try:
                connection.execute(insert, [*cells.values()])
            except duckdb.Error as error:
                raise DictionaryError(
                    f"{shown_path(expected_path(study))}: {patient.patient}: correct a value that "
                    f"its column cannot have: {str(error).splitlines()[0]} ({PAGE})"
                ) from error
        try:
            sql = StudySql(study)
            connection.execute(f"create table criteria as {sql.criteria()}")
            rows = connection.execute(sql.patients())
        except (duckdb.Error, ConditionError) as error:
            where = shown_path(study_path(study.name))
            raise DictionaryError(f"{where}: correct what DuckDB cannot use: {error}") from error
        names = [column[0] for column in rows.description]
        return {
            row["admission_key"]: row
            for row in (dict(zip(names, each, strict=True)) for each in rows.fetchall())
        }


def _wanted(name: str, column: StrokeColumn, value: Cell) -> str:
    """Return what the column must have instead of a value; nothing where the value is right.

    DuckDB would round a number in a column of whole numbers, and keep a text that is no code.
    """
    is_whole = column.sql_type.endswith("int") or column.sql_type == "integer"
    if is_whole and isinstance(value, float) and not value.is_integer():
        return "a whole number"
    codes = codes_of(name)
    return f"one of {', '.join(codes)}" if codes and value not in (None, *codes) else ""


def _compared(
    study: StudyDefinition, patient: ExpectedPatient, row: dict[str, Any] | None
) -> Iterator[Difference]:
    name = patient.patient
    if (row is not None) != patient.is_screened:
        yield Difference(name, "being screened", row is not None, patient.is_screened)
    if row is None:
        return
    left_at = study.flow[row["left_at"] - 1].step if row["left_at"] else None
    if left_at != patient.leaves_at:
        yield Difference(name, "the step at which the patient leaves", left_at, patient.leaves_at)
    if patient.because is not None and row["reason"] != patient.because:
        yield Difference(name, "the reason", row["reason"], patient.because)
    if patient.leaves_at is None and row["study_group"] != (patient.group or _only(study)):
        yield Difference(name, "the group", row["study_group"], patient.group)
    for characteristic, part in patient.subgroups.items():
        found = (row["subgroups"] or {}).get(characteristic)
        if found != part:
            yield Difference(name, f"the subgroup by {characteristic}", found, part)
    for variable, value in patient.values.items():
        found = (row["variables"] or {}).get(variable)
        if found != (None if value is None else float(value)):
            yield Difference(name, variable, found, value)


def _only(study: StudyDefinition) -> str | None:
    """Name of the group of a study that compares none."""
    return None if study.groups else "all"


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)
