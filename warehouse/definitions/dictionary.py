"""The variable dictionary and the code lists: every fact about a field, read from one place.

``dictionary/<extract>.yaml`` follows the Frictionless Table Schema with keys of our own: ``grain``,
``position``, ``record``, ``time``, ``table`` and ``repeatedBy``, and of a field ``unit``,
``convertible_units``, ``codes``, ``aliases``, ``recode``, ``identifier``, ``published``,
``sparse``, ``usual``, ``severity`` and ``kahn_category``.
``dbt_project/seeds/codes/<list>.csv`` holds the code lists.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from warehouse.definitions.config import (
    DICTIONARY_DIR,
    FILES,
    STUDY,
    VARIABLES,
    require_in_place,
    settings_path,
    shown_path,
)
from warehouse.definitions.study_variables import StudyVariable, StudyVariables
from warehouse.definitions.validation_messages import no_yaml
from warehouse.definitions.yaml_keys import MOST_BYTES, NotPlainError, read_bounded, read_strictly
from warehouse.disk import TOO_MANY_OPEN
from warehouse.errors import WarehouseError
from warehouse.settings import PARTS_DIR

CODES_DIR = PARTS_DIR / "dbt_project" / "seeds" / "codes"


def _extract_names(dictionary_dir: Path) -> tuple[str, ...]:
    """The extracts by position: the files that have a primary key."""
    positions = {}
    for path in dictionary_dir.glob("*.yaml"):
        text = path.read_text(encoding="utf-8", errors="replace")
        if re.search(r"^primaryKey:", text, re.MULTILINE):
            position = re.search(r"^position: *(\d+)", text, re.MULTILINE)
            positions[path.stem] = (int(position[1]) if position else 0, path.stem)
    return tuple(sorted(positions, key=positions.__getitem__))


EXTRACTS = _extract_names(DICTIONARY_DIR)

Severity = Literal["reject", "warn"]
KahnCategory = Literal["conformance", "completeness", "plausibility"]
FieldType = Literal["string", "integer", "number", "boolean", "date", "datetime"]
# Kinds of errors, as pydantic names them, of content without keys, such as an empty file.
NO_KEYS = {"model_type", "model_attributes_type", "dict_type"}
KEYS = "it must hold keys with their values, as in key: value"
SPELLING_SEPARATOR = "|"
YES_NO = "yes_no"
# Between the parts of a record's key.
KEY_SEPARATOR = "+"
CODE_COLUMNS = ("code", "label", "rank", "spellings", "description", "source")
SAVE_AS_UTF8 = "save it as CSV (UTF-8), or restore it from git"


class DictionaryError(WarehouseError):
    """The dictionary or a code list is wrong; the message says which file and what to change."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Constraints(_Strict):
    """Frictionless constraints of a field; dates are ISO strings.

    A required field may be missing where the field ``unless`` has a value.
    """

    required: bool = False
    unless: str | None = None
    unique: bool = False
    minimum: int | float | str | None = None
    maximum: int | float | str | None = None
    pattern: str | None = None


class UsualRange(_Strict):
    """Values outside are possible and rare: they are used and flagged; ``source`` says why."""

    minimum: int | float | None = None
    maximum: int | float | None = None
    source: str


class ConvertibleUnit(_Strict):
    """Another unit in which sites measure a field: value x factor is the field's unit.

    Nothing is rounded: what is no whole number then is none of an integer field, as in the field's
    own unit.
    """

    unit: str
    factor: float = Field(gt=0)
    source: str


class DictionaryField(_Strict):
    """One variable of an extract; of a ``sparse`` one no query asks why rows lack it.

    ``top_coded_as`` is the field that marks a number which was written as a lower limit: 89+.
    ``is_study_variable`` is not written in the dictionary: ``study_variables.yaml`` declares those.
    """

    name: str
    title: str
    description: str
    type: FieldType
    unit: str | None = None
    convertible_units: tuple[ConvertibleUnit, ...] = ()
    codes: str | None = None
    aliases: tuple[str, ...] = ()
    recode: dict[str, str] = Field(default_factory=dict)
    identifier: Literal["direct", "key"] | None = None
    published: bool = True
    sparse: bool = False
    top_coded_as: str | None = None
    is_study_variable: bool = False
    constraints: Constraints = Constraints()
    usual: UsualRange | None = None
    severity: dict[str, Severity] = Field(default_factory=dict)
    kahn_category: KahnCategory = "conformance"

    @property
    def is_event(self) -> bool:
        """Whether it is the time of something that a site did; a birth is not published."""
        return self.type in ("date", "datetime") and self.published

    @property
    def landed_name(self) -> str | None:
        """Name after landing: ``*_id`` keys become ``*_key``, direct identifiers do not exist."""
        if self.identifier == "direct":
            return None
        if self.identifier == "key":
            return self.name.removesuffix("_id") + "_key"
        return self.name


class Reference(_Strict):
    """The extract and fields that a foreign key points to."""

    resource: str
    fields: tuple[str, ...]


class ForeignKey(_Strict):
    """A Frictionless foreign key."""

    fields: tuple[str, ...]
    reference: Reference


class Repeated(_Strict):
    """The coded field by which records are several of one key, but for one code or none."""

    field: str
    unless: str


class Extract(_Strict):
    """One extract: its fields in order, its key and what it refers to.

    Extracts are checked in the order of ``position``; rules may look at those before their own.
    ``record`` is what people call a row, ``time`` the field that says when it happened, ``table``
    the registry's table of it (else the extract's name). Rows that have a value of
    ``preferred_key`` are records of that, the others of ``primary_key``; each further code of
    ``repeated_by`` is a record of its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: str
    title: str
    description: str
    grain: str
    position: int
    record: str
    time: str
    table: str = ""
    fields: tuple[DictionaryField, ...]
    primary_key: tuple[str, ...] = Field(alias="primaryKey")
    preferred_key: str | None = Field(default=None, alias="preferredKey")
    repeated_by: Repeated | None = Field(default=None, alias="repeatedBy")
    foreign_keys: tuple[ForeignKey, ...] = Field(default=(), alias="foreignKeys")

    @model_validator(mode="after")
    def _keys_are_fields(self) -> Extract:
        names = [field.name for field in self.fields]
        doubled = {name for name in names if names.count(name) > 1}
        if doubled:
            raise ValueError(f"fields named twice: {sorted(doubled)}")
        used = set(self.primary_key).union(*(key.fields for key in self.foreign_keys))
        used |= {self.time, self.preferred_key or self.time}
        used |= {self.repeated_by.field} if self.repeated_by else set()
        used |= {field.constraints.unless for field in self.fields if field.constraints.unless}
        if unknown := used.difference(names):
            raise ValueError(f"keys and time name fields that do not exist: {sorted(unknown)}")
        return self

    @property
    def registry_table(self) -> str:
        """The table of the registry that publishes its rows."""
        return self.table or self.name

    @property
    def own_number(self) -> str | None:
        """The field that numbers a row of an admission, if it has a number of its own."""
        (key,) = self.primary_key
        is_of_another = any(key in foreign.fields for foreign in self.foreign_keys)
        return key if self.foreign_keys and not is_of_another else None

    def field(self, name: str) -> DictionaryField:
        """The field of that name; KeyError names the extract when there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.name} has no field {name!r}")

    @property
    def landed_fields(self) -> tuple[DictionaryField, ...]:
        """The fields that exist after landing, in order."""
        return tuple(field for field in self.fields if field.landed_name)


class Defaults(_Strict):
    """Defaults for every field unless the field or the site declares otherwise."""

    missing_values: tuple[str, ...] = Field(alias="missingValues")
    not_identifiers: tuple[tuple[str, ...], ...]
    plain_words: tuple[str, ...]
    date_formats: tuple[str, ...]
    datetime_formats: tuple[str, ...]
    severity: dict[str, Severity]


class Code(_Strict):
    """One code of a list, with the spellings that mean it and its other columns as text."""

    code: str
    label: str
    rank: int
    spellings: tuple[str, ...]
    description: str
    source: str
    attributes: dict[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """All texts that mean it. A label may begin with its code, and alone have another number.

        ``1 No symptoms`` may be of a scale that begins with 1: only the site's mapping says so.
        """
        label = self.label.removeprefix(f"{self.code} ")
        return (*(() if label[:1].isdigit() else (label,)), *self.spellings, self.code)


class CodeList(_Strict):
    """A code list in rank order."""

    name: str
    codes: tuple[Code, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The codes alone."""
        return tuple(code.code for code in self.codes)

    @property
    def labels(self) -> dict[str, str]:
        """Each label in lower case, and its code: ``yes`` is true."""
        return {code.label.casefold(): code.code for code in self.codes}


class Dictionary(_Strict):
    """All extracts, the defaults and all code lists."""

    extracts: dict[str, Extract]
    defaults: Defaults
    code_lists: dict[str, CodeList]

    @model_validator(mode="after")
    def _code_lists_exist(self) -> Dictionary:
        for extract in self.extracts.values():
            for field in extract.fields:
                if field.codes and field.codes not in self.code_lists:
                    raise ValueError(
                        f"{extract.name}.{field.name}: no code list {field.codes!r}; "
                        f"there are {sorted(self.code_lists)}"
                    )
        return self

    @property
    def study_variables(self) -> tuple[DictionaryField, ...]:
        """The fields that the hospital's own studies added to the admissions."""
        fields = self.extracts["admissions"].fields
        return tuple(field for field in fields if field.is_study_variable)

    @property
    def registry_tables(self) -> tuple[str, ...]:
        """The tables of the registry that publish the rows of the extracts, in their order."""
        return tuple(extract.registry_table for extract in self.extracts.values())

    def severity(self, field: DictionaryField, constraint: str) -> Severity:
        """Return the severity of a broken constraint.

        ``constraint`` is one of required, type, codes, range, usual, pattern, unique, reference.
        """
        if constraint in field.severity:
            return field.severity[constraint]
        if constraint in ("type", "range"):
            constraint += "_of_required" if field.constraints.required else "_of_optional"
        return self.defaults.severity[constraint]

    def codes(self, field: DictionaryField) -> CodeList | None:
        """The code list of a field, if it has one."""
        return self.code_lists[field.codes] if field.codes else None


def load_dictionary(
    dictionary_dir: Path = DICTIONARY_DIR, codes_dir: Path = CODES_DIR
) -> Dictionary:
    """Read and check the dictionary. Raises DictionaryError naming the file and the key."""
    extracts = {name: _extract(dictionary_dir / f"{name}.yaml") for name in EXTRACTS}
    code_lists = {path.stem: _code_list(path) for path in sorted(codes_dir.glob("*.csv"))}
    defaults = read_definition(Defaults, dictionary_dir / "defaults.yaml")
    try:
        return Dictionary(extracts=extracts, defaults=defaults, code_lists=code_lists)
    except ValidationError as error:
        raise DictionaryError(_explain(dictionary_dir, error)) from error


@cache
def dictionary() -> Dictionary:
    """The project's dictionary with the hospital's study variables, read once per process."""
    return with_study_variables(load_dictionary(), settings_path(VARIABLES))


def with_study_variables(words: Dictionary, path: Path) -> Dictionary:
    """Add the variables that a file declares to the fields of the admissions.

    Raises DictionaryError naming the file and the variable.
    """
    variables = read_definition(StudyVariables, path).root
    if not variables:
        return words
    admissions = words.extracts["admissions"]
    known = {header for field in admissions.fields for header in (field.name, *field.aliases)}
    if taken := sorted(
        known & {*variables, *(n for one in variables.values() for n in one.aliases)}
    ):
        raise DictionaryError(
            f"{shown_path(path)}: another field has the name {', '.join(taken)}; choose another"
        )
    fields = tuple(_study_field(name, one) for name, one in variables.items())
    lists = {name: _study_codes(name, one) for name, one in variables.items() if one.codes}
    extended = admissions.model_copy(update={"fields": (*admissions.fields, *fields)})
    return words.model_copy(
        update={
            "extracts": words.extracts | {"admissions": extended},
            "code_lists": words.code_lists | lists,
        }
    )


def _study_field(name: str, variable: StudyVariable) -> DictionaryField:
    """A variable as a field whose wrong values cost the cell and whose absence is no query."""
    own_codes = name if variable.codes else None
    return DictionaryField(
        name=name,
        title=variable.title,
        description=variable.description,
        type=variable.type,
        unit=variable.unit,
        codes=YES_NO if variable.type == "boolean" else own_codes,
        aliases=variable.aliases,
        sparse=True,
        is_study_variable=True,
        constraints=Constraints(minimum=variable.minimum, maximum=variable.maximum),
        severity={"codes": "warn"},
    )


def _study_codes(name: str, variable: StudyVariable) -> CodeList:
    codes = tuple(
        Code(
            code=code, label=label, rank=rank, spellings=(), description=label,
            source=VARIABLES, attributes={},
        )
        for rank, (code, label) in enumerate(variable.codes.items(), start=1)
    )  # fmt: skip
    return CodeList(name=name, codes=codes)


def contract_sha256(words: Dictionary, extract: str) -> str:
    """Digest of what of the dictionary decides how a cell of an extract is read.

    That of one extract does not change by a field of another, nor by a code list that it lacks.
    """
    described = words.extracts[extract]
    lists = {YES_NO, *(field.codes for field in described.fields if field.codes)}
    parts = (described, words.defaults, *(words.code_lists[name] for name in sorted(lists)))
    return hashlib.sha256("\n".join(part.model_dump_json() for part in parts).encode()).hexdigest()


def _extract(path: Path) -> Extract:
    return read_definition(Extract, path)


def read_definition(model: type[Any], path: Path) -> Any:
    """Read a file as a model or another type of pydantic.

    Raises DictionaryError naming the file and the key.
    """
    try:
        return TypeAdapter(model).validate_python(read_yaml(path))
    except ValidationError as error:
        raise DictionaryError(_explain(path, error) + remedy(path)) from error
    except DictionaryError as error:
        raise DictionaryError(f"{error}{remedy(path)}") from error


def remedy(path: Path) -> str:
    """Advise on a file of settings; empty for a file that no release keeps."""
    name = shown_path(path)
    if name == str(path) or path.name not in (*FILES, STUDY):
        return ""
    name = name.partition("/")[2]
    return (
        f"\nNothing is published until it is corrected, and the last release stays. Correct it, or "
        f"print the one that a release was made with: warehouse config {name} --release ID "
        f"(warehouse releases lists them)"
    )


def read_yaml(path: Path, name: str | None = None) -> Any:
    """Read a YAML file that people write.

    Raises DictionaryError, which calls the file by ``name``, or as people know its place.
    """
    with _called(name or shown_path(path)):
        require_in_place(path)
        return read_strictly(path)


def read_rows(path: Path, *columns: str) -> list[dict[str, str]]:
    """The rows of a CSV file such as a code list, which has these columns and perhaps others.

    Raises DictionaryError naming the file, and the line where there is one.
    """
    with _called(shown_path(path)):
        require_in_place(path)
        content = read_bounded(path)
        if len(content) > MOST_BYTES:
            raise NotPlainError(f"it is larger than {MOST_BYTES // 1024} KB")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise NotPlainError(f"it is not UTF-8; {SAVE_AS_UTF8}") from error
        if "\0" in text:
            raise NotPlainError(f"it holds bytes of zero; {SAVE_AS_UTF8}")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        try:
            rows = [_complete(row, reader.line_num) for row in reader]
        except csv.Error as error:
            where = (
                f"line {reader.line_num + 1} has a quote that is never closed, or not a whole field"
            )
            raise NotPlainError(f"{where}; close it, or {SAVE_AS_UTF8}") from error
        if missing := [name for name in columns if name not in (reader.fieldnames or ())]:
            raise NotPlainError(
                f"it has no column {', '.join(missing)}; add it, or restore the file from git"
            )
    return rows


def _complete(row: dict[str, str], line: int) -> dict[str, str]:
    """A row that has as many fields as the header; DictReader has others under or as None."""
    if None in row or None in row.values():
        raise NotPlainError(f"line {line} has not as many fields as the header; correct it")
    return row


@contextmanager
def _called(name: str) -> Iterator[None]:
    """Turn any error of reading a file into one that names the file."""
    try:
        yield
    except FileNotFoundError as error:
        raise DictionaryError(f"{name} is missing. Restore it from git") from error
    except NotPlainError as error:
        raise DictionaryError(f"{name}: {error}") from error
    except yaml.YAMLError as error:
        raise DictionaryError(f"{name} is not valid YAML{no_yaml(error)}") from error
    except OSError as error:
        if error.errno in TOO_MANY_OPEN:  # not this file's fault
            raise
        raise DictionaryError(f"{name} cannot be read: {error.strerror}") from error


def _explain(path: Path, error: ValidationError) -> str:
    problems = [f"  {_where(problem)}: {_fault_text(problem)}" for problem in error.errors()]
    return "\n".join([f"{shown_path(path)}: it cannot be used:", *problems])


def _where(problem: ErrorDetails) -> str:
    return ".".join(map(str, problem["loc"])) or "the file"


def _fault_text(problem: ErrorDetails) -> str:
    is_empty = problem["input"] is None
    return (
        (f"{KEYS}{', and is empty' * is_empty}") if problem["type"] in NO_KEYS else problem["msg"]
    )


def _code_list(path: Path) -> CodeList:
    rows = read_rows(path, *CODE_COLUMNS)
    try:
        codes = tuple(map(_code, rows))
    except ValidationError as error:
        raise DictionaryError(_explain(path, error)) from error
    return CodeList(name=path.stem, codes=tuple(sorted(codes, key=lambda code: code.rank)))


def _code(row: dict[str, Any]) -> Code:
    return Code(
        code=row["code"],
        label=row["label"],
        rank=row["rank"],
        spellings=tuple(filter(None, row["spellings"].split(SPELLING_SEPARATOR))),
        description=row["description"],
        source=row["source"],
        attributes={name: value for name, value in row.items() if name not in CODE_COLUMNS},
    )
