"""Invented patients of a study, and what the study must make of each: checked before any build."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import duckdb
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

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
from warehouse.text import listed, meant

Cell = bool | int | float | date | datetime | str | None
Number = bool | int | float | None
# By the DuckDB type of a column, what it holds.
HOLDS = {
    "boolean": "true or false",
    "date": "a day such as 2020-01-31",
    "double": "a number",
    "integer": "a whole number",
    "timestamp": "a moment such as 2020-01-31 14:30:00",
    "varchar": "a text",
}
# Shown of the columns that an invented patient lacks.
SHOWN = 6


class StudyCheckError(WarehouseError):
    """Expected patients of a study are not as expected; the message names each."""


def _cell(value: Any) -> Any:
    """One value of a column; pydantic would name each type that it is not."""
    if isinstance(value, list | dict):
        raise ValueError("it must be one value: a number, true or false, a day, a text or null")
    return value


def _number(value: Any) -> Any:
    if value is not None and not isinstance(value, bool | int | float):
        raise ValueError("it must be a number, true or false, or null")
    return value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Cells = dict[str, Annotated[Cell, BeforeValidator(_cell)]]


class ExpectedPatient(_Strict):
    """Invented patient: how it differs from the typical one, and what the study must find."""

    patient: Name
    differs: Cells = Field(default_factory=dict)
    is_screened: bool = True
    leaves_at: str | None = None
    because: str | None = None
    group: str | None = None
    subgroups: dict[str, str] = Field(default_factory=dict)
    values: dict[str, Annotated[Number, BeforeValidator(_number)]] = Field(default_factory=dict)


class ExpectedPatients(_Strict):
    """Patients of a study, each a typical one but for what differs."""

    typical: Cells = Field(default_factory=dict)
    patients: tuple[ExpectedPatient, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Difference:
    """Finding of the study that is not the expected one, of one patient.

    ``made_by`` are the places of the expressions that it is made by.
    """

    patient: str
    what: str
    found: Any
    expected: Any
    made_by: tuple[str, ...] = ("flow.", "groups.")

    @property
    def text(self) -> str:
        """Return what differs, in words."""
        found, expected = (_shown(each) for each in (self.found, self.expected))
        return f"{self.what} is {found}, and {expected} is expected"


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
    for place, cells in _cells(expected):
        for name in {*cells} - {*stroke_columns()}:
            hint = meant(name, stroke_columns())
            raise _wrong(path, f"{place}.{name}", f"the registry has no such column{hint}")
    return expected


def _wrong(path: Path, place: str, what: str) -> DictionaryError:
    """Return the error that names file, place and line of what is wrong with a patient."""
    return DictionaryError(f"{shown_path(path)}: correct {with_line(path, place)}: {what} ({PAGE})")


def _require_names(study: StudyDefinition, expected: ExpectedPatients, path: Path) -> None:
    """Raises DictionaryError for a patient that is there twice, and a name that the study lacks."""
    patients = [patient.patient for patient in expected.patients]
    for number, name in enumerate(patients, start=1):
        if name in patients[: number - 1]:
            text = f"{name} is there twice; name one of them again"
            raise _wrong(path, f"patients.{number}.patient", text)
    for patient in expected.patients:
        for key, what, name, known in _named(study, patient):
            if name is not None and name not in known:
                hint = meant(name, known) or f"; use one of {', '.join(sorted(known)) or 'none'}"
                place = f"patients.{patient.patient}.{key}"
                raise _wrong(path, place, f"the study has no {what} {name}{hint}")


def _named(
    study: StudyDefinition, patient: ExpectedPatient
) -> Iterator[tuple[str, str, str | None, set[str]]]:
    """Yield what a patient names of the study: key, kind, name, and the names that there are."""
    exclusions = {step.step for step in study.flow if step.is_exclusion}
    yield "leaves_at", "excluding step", patient.leaves_at, exclusions
    groups = {group.study_group for group in study.groups} or {ALL_PATIENTS}
    yield "group", "group", patient.group, groups
    parts = {
        each.characteristic: {UNKNOWN, NEITHER, *(part.subgroup for part in each.groups)}
        for each in study.subgroups
    }
    for characteristic, part in patient.subgroups.items():
        yield "subgroups", "subgroup", characteristic, {*parts}
        known = parts.get(characteristic, set())
        yield f"subgroups.{characteristic}", f"group of {characteristic}", part, known
    for variable in patient.values:
        yield "values", "variable", variable, {each.variable for each in study.variables}


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
        path = expected_path(study)
        items = "".join(
            f"\n  - {with_line(path, f'patients.{each.patient}')}: {each.text}" for each in found
        )
        lacks = listed(_not_given(study, expected, found), SHOWN)
        hint = lacks and (
            f" Not given, and so unknown, are columns that the study reads: {lacks}. Nothing is "
            f"derived for invented patients: also give what the registry makes of other columns."
        )
        raise StudyCheckError(
            f"The study {study.name} does not find what its expected patients say, so nothing is "
            f"built ({shown_path(path)}):{items}\nCorrect the study, or what is expected.{hint}"
        )
    return len(expected.patients)


def _not_given(
    study: StudyDefinition, expected: ExpectedPatients, found: list[Difference]
) -> list[str]:
    """Return the columns that differing findings are made of, and that their patients lack."""
    given = {each.patient: {*expected.typical, *each.differs} for each in expected.patients}
    sql = StudySql(study)
    lacking = {
        name
        for each in found
        for place, expression, _ in sql.expressions()
        if place.startswith(each.made_by)
        for name in {*sql.columns_in(expression)} - given[each.patient]
    }
    return sorted(lacking - {"study_group"})


def _cells(expected: ExpectedPatients) -> Iterator[tuple[str, dict[str, Cell]]]:
    """Yield the place of each group of values, and the values by column."""
    yield "typical", expected.typical
    for patient in expected.patients:
        yield f"patients.{patient.patient}.differs", patient.differs


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
                if wanted := _wanted(connection, name, columns[name], value):
                    of = f"patients.{patient.patient}.differs"
                    place = f"{of if name in patient.differs else 'typical'}.{name}"
                    text = f"it is {_shown(value)}, and must be {wanted}"
                    raise _wrong(expected_path(study), place, text)
            connection.execute(insert, [*cells.values()])
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


def _wanted(
    connection: duckdb.DuckDBPyConnection, name: str, column: StrokeColumn, value: Cell
) -> str:
    """Return what the column must have instead of a value; nothing where the value is right.

    DuckDB would round a number in a column of whole numbers, take 3 for true, and keep a text
    that is no code.
    """
    codes, holds = codes_of(name), HOLDS[column.sql_type]
    if codes and value not in (None, *codes):
        is_number = str(value) in codes
        return f"in quotes: '{value}'" if is_number else f"one of {', '.join(codes)}"
    is_rounded = isinstance(value, float) and not value.is_integer()
    is_yes_no = isinstance(value, bool) != (column.sql_type == "boolean")
    if (is_rounded and column.sql_type == "integer") or (
        is_yes_no and isinstance(value, int | float)
    ):
        return holds
    try:
        connection.execute(f"select cast(? as {column.sql_type})", [value])
    except duckdb.Error:
        return holds
    return ""


def _compared(
    study: StudyDefinition, patient: ExpectedPatient, row: dict[str, Any] | None
) -> Iterator[Difference]:
    name = patient.patient
    if (row is not None) != patient.is_screened:
        yield Difference(name, "being screened", row is not None, patient.is_screened, ())
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
            made_by = (f"subgroups.{characteristic}.",)
            yield Difference(name, f"the subgroup by {characteristic}", found, part, made_by)
    for variable, value in patient.values.items():
        found = (row["variables"] or {}).get(variable)
        if found != (None if value is None else float(value)):
            yield Difference(name, variable, found, value, (f"variables.{variable}",))


def _only(study: StudyDefinition) -> str | None:
    """Name of the group of a study that compares none."""
    return None if study.groups else "all"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else str(value)
