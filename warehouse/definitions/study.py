"""Studies of the registry: a folder each, read from its ``study.yaml``.

``studies/<name>`` has the shipped ones, ``studies/<name>`` of the config folder a hospital's own.
``docs/studies.md`` describes the keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from warehouse.definitions.config import (
    OUTCOMES,
    former_study,
    own_path,
    own_studies,
    shipped_studies,
    shown_path,
    study_path,
)
from warehouse.definitions.dictionary import DictionaryError, read_yaml, remedy
from warehouse.definitions.outcomes import OutcomeDefinitions, load_outcomes
from warehouse.definitions.validation_messages import fault_messages
from warehouse.definitions.yaml_lines import with_line
from warehouse.files import lies_there
from warehouse.settings import settings
from warehouse.sql_types import sql_type
from warehouse.text import meant

NAME = r"^[a-z][a-z0-9_]{0,39}$"
Name = Annotated[str, Field(pattern=NAME)]
Words = Annotated[str, Field(min_length=1)]
Parameter = bool | int | float | date | str | tuple[str | int | float, ...]
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def _with_parameters(text: str, info: ValidationInfo) -> str:
    """Return a text for people with the values of its parameters."""
    if info.context is None:
        return text
    values = info.context["values"]
    for name in PLACEHOLDER.findall(text):
        if name not in values:
            raise ValueError(f"there is no parameter {name}{meant(name, values)}")
    return PLACEHOLDER.sub(lambda found: str(values[found[1]]), text)


Text = Annotated[str, AfterValidator(_with_parameters)]
Label = Annotated[Words, AfterValidator(_with_parameters)]
PAGE = "docs/studies.md"
# Schemas of the release that are no study's.
RESERVED = {
    *("registry", "study", "studies", "quality", "ops", "codes", "main", "raw"),
    *("information_schema", "pg_catalog", "temp", "system", "before", "after"),
}
# Of these, the views of a study have the rows of all patients.
OF_EVERYBODY = ("table_cells", "comparisons")
# Views that each study has besides its tables, by name: the long table of which each has the rows.
VIEWS = {
    "definition": "definitions",
    "patient_flow": "flow_steps",
    "eligibility": "criteria",
    "cohort": "members",
} | {
    name: name
    for name in (
        *("study_groups", "table_lines", "table_cells", "comparisons", "mrs_distribution"),
        *("outcome_notes", "sich_events", "published_comparison", "subgroups"),
    )
}
# In the place of a part of a subgroup: everybody, and patients who are in none.
ALL_PATIENTS, UNKNOWN, NEITHER = "all", "unknown", "none"
# Ending of the name of a table's view by subgroup.
OF_SUBGROUPS = "_subgroups"
NO_SUBGROUP = {ALL_PATIENTS, UNKNOWN, NEITHER}
DEPTH_MAX = 5
PUBLISHED = "published"
# The only study that version 0.1 had, without a name.
FORMER_STUDY = "guo_2023"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Period(_Strict):
    """First and last day of puncture; no last day means that the study goes on."""

    start: date = Field(description="First day of puncture.")
    end: date | None = Field(
        default=None, description="Last day of puncture; null for a study that goes on."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        if self.end is not None and self.end < self.start:
            raise ValueError(f"the period ends ({self.end}) before it starts ({self.start})")
        return self


class PaperCohort(_Strict):
    """The sites and the period whose patients the published results describe."""

    sites: tuple[str, ...] = Field(min_length=1)
    period: Period


class LockLine(_Strict):
    """Day from which on the first published release is locked for the study, and why."""

    on: date
    because: str = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _on_is_a_word(cls, value: Any) -> Any:
        """YAML 1.1 reads the key ``on`` as true."""
        if not isinstance(value, dict):
            return value
        return {"on" if key is True else key: each for key, each in value.items()}


class Reason(_Strict):
    """Text that says why a patient leaves, with ``{columns}``; where ``when`` holds."""

    text: str
    when: str | None = None


def _several(value: Any) -> Any:
    """The only site may be written without brackets."""
    return value if value == "all" or not isinstance(value, str) else [value]


def _reasons(value: Any) -> Any:
    """One text, or several of which the first that can be filled counts."""
    several = value if isinstance(value, list | tuple) else [value]
    return [{"text": each} if isinstance(each, str) else each for each in several]


class Step(_Strict):
    """Step of the patient flow: a milestone, a criterion (``keep``), or a rule of the engine.

    ``first_stroke`` keeps the first stroke of a patient that meets each criterion above;
    ``outcome_known`` leaves out groups of which only deaths are known.
    """

    step: Name
    label: Label
    keep: str | None = None
    rule: Literal["first_stroke", "outcome_known"] | None = None
    unknown: Literal["leaves", "stays"] = "leaves"
    because: Annotated[tuple[Reason, ...], BeforeValidator(_reasons)] = ()
    of_outcome: bool = False
    shown: Literal["always", "when_it_excludes"] = "when_it_excludes"

    @model_validator(mode="after")
    def _one_kind(self) -> Step:
        if self.keep and self.rule:
            raise ValueError("a step has a condition (keep) or a rule, not both; leave out one")
        if self.because and not self.is_exclusion:
            raise ValueError("it says why patients leave, and has no condition (keep) or rule")
        if self.is_exclusion and not self.because:
            raise ValueError("say in `because` what people read of a patient who leaves here")
        return self

    @property
    def is_exclusion(self) -> bool:
        """Whether patients leave at the step; at a milestone nobody does."""
        return bool(self.keep or self.rule)

    @property
    def is_always_shown(self) -> bool:
        """Whether the step is shown where it excludes nobody."""
        return self.shown == "always" or not self.is_exclusion


class StudyGroup(_Strict):
    """A group that the study compares: its code, its columns' prefix, its name and who is in it."""

    study_group: Name = Field(alias="group")
    prefix: Name
    label: Label
    where: str


class SubgroupPart(_Strict):
    """One of the parts into which a subgroup divides the patients: code, name and condition."""

    subgroup: Name = Field(alias="group")
    label: Label
    where: str


class Subgroup(_Strict):
    """A characteristic by which tables are also made: its parts, of which the first counts whose
    condition holds.
    """

    characteristic: Name = Field(alias="subgroup")
    label: Text
    groups: tuple[SubgroupPart, ...] = Field(min_length=1)


class Variable(_Strict):
    """A value of each patient that the registry does not have, by an expression on its columns."""

    variable: Name
    description: Text
    value: str


SUMMARIES = {"n_pct": ("chi2", 1), "mean_sd": ("t", 2), "median_iqr": ("ranksum", 2)}


class Line(_Strict):
    """Line of a table: a column of the registry or a variable, its summary and its test."""

    variable: Name
    label: Label
    unit: str = ""
    indent: int = Field(default=0, ge=0, le=3)
    summary: Literal["n_pct", "mean_sd", "median_iqr", "levels"] = "n_pct"
    decimals: int | None = Field(default=None, ge=0, le=4)
    test: str | None = None
    levels: tuple[str, ...] = ()
    published_as: str = ""


class Section(_Strict):
    """Lines below a heading."""

    section: Text
    lines: tuple[Line, ...] = Field(min_length=1)


class StudyTable(_Strict):
    """Table of the study, line by line."""

    table: Name
    title: Text
    effects: Literal["differences", "ratios"] = "ratios"
    sections: tuple[Section, ...] = Field(min_length=1)


class StudyColumn(NamedTuple):
    """A column of the study's definition: name, DuckDB type and meaning."""

    name: str
    sql_type: str
    description: str


def _labels(named: Iterable[StudyGroup | Subgroup | SubgroupPart]) -> list[str]:
    """Labels as people tell them apart."""
    return [each.label.strip().casefold() for each in named]


PLACE = StudyColumn("place", "integer", "1 for the default study, whose views are study.*.")
OF_FIRST_STROKES = StudyColumn(
    "is_of_first_strokes", "boolean", "A patient is in it once (a step with the rule first_stroke)."
)


class StudyDefinition(_Strict):
    """Study: who is in it, in which group, and what its tables show.

    The described fields are columns of ``studies.definitions``, those of a section named after it.
    """

    name: Name = Field(serialization_alias="study", description="Name of the study.")
    title: Text = Field(description="Title of the study.")
    citation: str = Field(default="", description="Publication of the study; empty without one.")
    registration: str = Field(
        default="", description="Registration of the study; empty without one."
    )
    sites: Annotated[tuple[str, ...] | Literal["all"], BeforeValidator(_several)] = Field(
        min_length=1,
        serialization_alias="site_codes",
        description="Sites of the study; empty for all.",
    )
    period: Period
    paper_cohort: PaperCohort | None = Field(default=None, exclude=True)
    # The folder of its published results, or of the study that it extends; no key of the file.
    published: Path | None = Field(default=None, exclude=True)
    lock: LockLine | None = Field(default=None, exclude=True)
    parameters: dict[Name, Parameter] = Field(default_factory=dict, exclude=True)
    flow: tuple[Step, ...] = Field(min_length=2, exclude=True)
    groups: tuple[StudyGroup, ...] = Field(default=(), exclude=True)
    subgroups: tuple[Subgroup, ...] = Field(default=(), exclude=True)
    variables: tuple[Variable, ...] = Field(default=(), exclude=True)
    tables: tuple[StudyTable, ...] = Field(default=(), exclude=True)
    reference: str | None = Field(
        default=None,
        description="Group that the others are compared with; null where none is named.",
    )
    quartile_type: Literal[2, 6, 7] = Field(
        default=6, description="Type of the quartiles by Hyndman and Fan (1996)."
    )
    small_samples: Literal["exact", "approximate"] = Field(
        default="exact", description="Test for small samples; exact or approximate."
    )

    @field_validator("name")
    @classmethod
    def _is_free(cls, name: str) -> str:
        if name in RESERVED:
            raise ValueError(f"a schema of the release has the name {name}; call the study another")
        return name

    @model_validator(mode="after")
    def _each_once(self, info: ValidationInfo) -> StudyDefinition:
        lines = [line.variable for _, _, line in self.lines()]
        for what, names in (
            ("step", [step.step for step in self.flow]),
            ("group", [group.study_group for group in self.groups]),
            ("prefix", [group.prefix for group in self.groups]),
            ("subgroup", [each.characteristic for each in self.subgroups]),
            ("group of subgroups", list(self.subgroup_codes)),
            ("line", lines),
            ("variable", [variable.variable for variable in self.variables]),
            ("table", [f"{each.table}{of}" for each in self.tables for of in ("", OF_SUBGROUPS)]),
            ("label of groups", _labels(self.groups)),
            ("label of subgroups", _labels(self.subgroups)),
            *((f"label of {each.characteristic}", _labels(each.groups)) for each in self.subgroups),
        ):
            if twice := {name for name in names if names.count(name) > 1}:
                raise ValueError(f"{what} {min(twice)} is there twice; keep one of them")
        used = info.context["used"] if info.context else {*self.parameters}
        if unused := {*self.parameters} - used:
            hint = meant(min(unused), used)
            raise ValueError(f"no condition or text uses the parameter {min(unused)}{hint}")
        for _, _, line in self.lines():
            if twice := {level for level in line.levels if line.levels.count(level) > 1}:
                raise ValueError(f"level {min(twice)} of {line.variable} is there twice")
        if taken := {table.table for table in self.tables} & {*VIEWS}:
            raise ValueError(f"a view of each study is named {min(taken)}; call the table another")
        if self.reference and self.reference not in [each.study_group for each in self.groups]:
            raise ValueError(f"reference is {self.reference}, and there is no such group")
        if "all" in [name for each in self.groups for name in (each.study_group, each.prefix)]:
            raise ValueError("all is the name of all patients; call the group another")
        if taken := {*self.subgroup_codes} & NO_SUBGROUP:
            raise ValueError(f"{min(taken)} is no name of a subgroup; choose another")
        if len(self.groups) == 1:
            raise ValueError("a study compares two groups or more, or none; leave out the only one")
        if of_registry := {*self.parameters} & {*_row(load_outcomes())}:
            raise ValueError(
                f"{min(of_registry)} holds for the registry (outcomes.yaml); choose another name"
            )
        if self.flow[0].is_exclusion or self.flow[-1].is_exclusion:
            raise ValueError("the flow begins and ends with a milestone: a step without keep")
        return self

    @property
    def site_codes(self) -> tuple[str, ...]:
        """The named sites; none where the study is of all."""
        return () if self.sites == "all" else self.sites

    @property
    def is_of_the_paper(self) -> bool:
        """Whether sites and period are those of the paper's patients."""
        paper = self.paper_cohort
        if paper is None or self.sites == "all":
            return False
        return (set(self.sites), self.period) == (set(paper.sites), paper.period)

    def lines(self) -> Iterator[tuple[StudyTable, str, Line]]:
        """Yield table, section and line of each line."""
        for table in self.tables:
            for section in table.sections:
                for line in section.lines:
                    yield table, section.section, line

    def parts(self) -> Iterator[tuple[Subgroup, SubgroupPart]]:
        """Yield each part of each subgroup."""
        for subgroup in self.subgroups:
            for part in subgroup.groups:
                yield subgroup, part

    @property
    def subgroup_codes(self) -> tuple[str, ...]:
        """Codes of the parts of all subgroups, by which cells of tables name them."""
        return tuple(part.subgroup for _, part in self.parts())

    def subgroup_rows(self) -> list[dict[str, object]]:
        """The parts of subgroups as rows of ``raw.study_subgroups``."""
        return [
            {
                "study": self.name,
                "place": place,
                "characteristic": subgroup.characteristic,
                "characteristic_label": subgroup.label,
                "subgroup": part.subgroup,
                "label": part.label,
            }
            for place, (subgroup, part) in enumerate(self.parts(), start=1)
        ]

    def line_rows(self) -> list[dict[str, object]]:
        """The lines as rows of ``raw.study_lines``."""
        rows: list[dict[str, object]] = []
        for table, section, line in self.lines():
            test, decimals = SUMMARIES.get(line.summary, ("chi2", 1))
            rows.append(
                {
                    "study": self.name,
                    "table_name": table.table,
                    "table_number": 1 + self.tables.index(table),
                    "title": table.title,
                    "line": 1 + sum(row["table_name"] == table.table for row in rows),
                    "variable": line.variable,
                    "paper_line": line.published_as or None,
                    "section": section,
                    "label": line.label,
                    "unit": line.unit or None,
                    "indent": line.indent,
                    "summary": line.summary,
                    "decimals": decimals if line.decimals is None else line.decimals,
                    "test": line.test or test,
                    "levels": line.levels,
                    "effects": table.effects,
                }
            )
        return rows

    def step_rows(self) -> list[dict[str, object]]:
        """The steps of the patient flow as rows of ``raw.study_steps``."""
        return [
            {
                "study": self.name,
                "place": place,
                "step_name": step.step,
                "label": step.label,
                "is_exclusion": step.is_exclusion,
                "is_always_shown": step.is_always_shown,
            }
            for place, step in enumerate(self.flow, start=1)
        ]

    def group_rows(self) -> list[dict[str, object]]:
        """The groups as rows of ``raw.study_groups``."""
        return [
            {
                "study": self.name,
                "place": place,
                "study_group": group.study_group,
                "prefix": group.prefix,
                "label": group.label,
            }
            for place, group in enumerate(self.groups, start=1)
        ]

    def values(self) -> dict[str, Parameter]:
        """Parameters of the study, and those of the registry's outcomes, by name."""
        return {**_row(load_outcomes()), **self.parameters}

    def filled(self, text: str) -> str:
        """Return the reason of a step with the values of its parameters; columns stay."""
        values = self.values()
        return PLACEHOLDER.sub(
            lambda found: str(values[found[1]]) if found[1] in values else found[0], text
        )

    def as_row(self) -> dict[str, object]:
        """The study and the registry's outcomes as a row of ``raw.studies``."""
        return {
            **_row(self),
            "site_codes": self.site_codes,
            **_row(load_outcomes()),
            OF_FIRST_STROKES.name: any(step.rule == "first_stroke" for step in self.flow),
            "is_of_the_paper": self.is_of_the_paper,
        }

    @classmethod
    def published_columns(cls) -> tuple[StudyColumn, ...]:
        """Columns of ``studies.definitions``, in order."""
        name, *own = _columns(cls)
        *own, small_samples = own
        outcomes = _columns(OutcomeDefinitions)
        return (name, PLACE, *own, *outcomes, small_samples, OF_FIRST_STROKES)

    @classmethod
    def columns(cls) -> tuple[StudyColumn, ...]:
        """Columns of ``raw.study_definition``: the published ones, and what follows from them."""
        worked_out = StudyColumn(
            "is_of_the_paper",
            "boolean",
            "Sites and period are those of the paper's patients (paper_cohort).",
        )
        return (*cls.published_columns(), worked_out)


# DuckDB types of fields that have several in Python.
KINDS = {"sites": "varchar[]", "quartile_type": "integer"}


def _row(definition: BaseModel) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in definition.model_dump(by_alias=True).items():
        parts = value.items() if isinstance(value, dict) else ()
        row |= {f"{name}_{part}": each for part, each in parts} or {name: value}
    return row


def _columns(section: type[BaseModel], prefix: str = "") -> Iterator[StudyColumn]:
    types = get_type_hints(section)
    for field_name, field in section.model_fields.items():
        name = prefix + (field.serialization_alias or field_name)
        if field.exclude:
            continue
        if isinstance(types[field_name], type) and issubclass(types[field_name], BaseModel):
            yield from _columns(types[field_name], f"{name}_")
        else:
            kind = KINDS.get(field_name) or _type(types[field_name])
            yield StudyColumn(name, kind, field.description or "")


def _type(annotation: Any) -> str:
    """DuckDB type of a field; whole numbers are small."""
    return sql_type(annotation).replace("bigint", "integer")


def study_names() -> list[str]:
    """Names of the studies that are built, in order: the first one is the default.

    They are this warehouse's own, and the shipped ones of all sites. Shipped ones of named sites
    are built, and come first, only where there is no own one.
    """
    own = own_studies()
    shipped = {name: _content(name, shipped=True) for name in shipped_studies() if name not in own}
    of_all = [name for name, content in shipped.items() if content["sites"] == "all"]
    named = [name for name in shipped if name not in of_all]
    return [*own, *([] if own else named), *of_all]


def default_study() -> str:
    """Name of the study whose views are ``study.*``: the set one, or the first.

    Raises DictionaryError for a set one that is not built.
    """
    names, name = study_names(), settings().default_study
    if name and name not in names:
        raise DictionaryError(
            f"default_study in warehouse.toml is {name}, and no such study is built; name one of "
            f"{', '.join(names)}"
        )
    return name or names[0]


def _content(name: str, *, shipped: bool = False) -> Any:
    return _merged(name, study_path(name, shipped=shipped), 0)


def load_study(name: str | None = None) -> StudyDefinition:
    """Read a study by name, else the default one.

    Raises DictionaryError that names the file, the key and the problem.
    """
    name = name or default_study()
    if not lies_there(study_path(name)):
        raise DictionaryError(f"There is no study {name}; name one of {', '.join(study_names())}")
    return study_of(name, _merged(name, study_path(name), 0), study_path(name))


def study_content(name: str) -> Any:
    """Return what a study's file says, with that of the study which it extends below it."""
    return _merged(name, study_path(name), 0)


def load_studies() -> list[StudyDefinition]:
    """Read all studies that are built, the default one first."""
    first = default_study()
    return [load_study(name) for name in sorted(study_names(), key=lambda each: each != first)]


def load_study_groups() -> tuple[StudyGroup, ...]:
    """The default study's groups, in the order in which tables and figures show them."""
    return load_study().groups


def study_of(name: str, content: Any, path: Path) -> StudyDefinition:
    """Return the study that a file's content says.

    Raises DictionaryError naming the file, the key and what would be right.
    """
    if not isinstance(content, dict):
        raise DictionaryError(
            f"{shown_path(path)}: it must hold keys with their values ({PAGE}){remedy(path)}"
        )
    parameters = content.get("parameters", {})
    context = {
        "values": {**_row(load_outcomes()), **(parameters if isinstance(parameters, dict) else {})},
        "used": {*PLACEHOLDER.findall(str(content))},
    }
    try:
        return StudyDefinition.model_validate({**content, "name": name}, context=context)
    except ValidationError as error:
        raise DictionaryError(
            f"{shown_path(path)}: correct what cannot be used: {_faults(error, content, path)}"
            f"{remedy(path)}"
        ) from error


def _faults(error: ValidationError, content: Any, path: Path) -> str:
    keys = {key for each in _MODELS for key in (*each.model_fields, "extends", "group", "subgroup")}
    return fault_messages(
        error, keys, PAGE, content=content, with_line=lambda place: with_line(path, place)
    )


_MODELS = (
    *(StudyDefinition, LockLine, Step, StudyGroup, Subgroup, SubgroupPart, Variable),
    *(StudyTable, Section, Line, Reason),
)


def _merged(name: str, path: Path, depth: int) -> Any:
    """Return the content of a study's file, with that of the study which it extends below it."""
    try:
        content = read_yaml(path)
    except DictionaryError as error:
        raise DictionaryError(f"{error}{remedy(path)}") from error
    if path == former_study():
        content = _of_one_study(content, path)
    if isinstance(content, dict) and (path.parent / PUBLISHED).is_dir():
        content["published"] = path.parent / PUBLISHED
    if not isinstance(content, dict) or "extends" not in content:
        return content
    base = str(content.pop("extends"))
    below = study_path(base, shipped=base == name)
    if depth >= DEPTH_MAX or below == path:
        raise DictionaryError(
            f"{shown_path(path)}: extends: it extends itself, or more than {DEPTH_MAX} studies "
            f"extend each other; write one of them without `extends`"
        )
    if not lies_there(below):
        raise DictionaryError(
            f"{shown_path(path)}: extends: there is no study {base!r} to extend; use one of "
            f"{', '.join(sorted({*own_studies(), *shipped_studies()} - {name}))}"
        )
    under = _merged(base, below, depth + 1)
    if not isinstance(under, dict):
        return under
    under.pop("lock", None)  # a lock is of one study; who extends it has another
    both = [each.get("parameters", {}) for each in (under, content)]
    merged = {**under, **content}
    if not all(isinstance(each, dict) for each in both):
        return merged
    # Who replaces the flow needs no parameter that only the former one used.
    used = PLACEHOLDER.findall(str(merged))
    inherited = {name: value for name, value in both[0].items() if name in used}
    return {**merged, "parameters": {**inherited, **both[1]}}


def _of_one_study(content: Any, path: Path) -> Any:
    """Return the content of a ``study.yaml`` of version 0.1 as one that extends the paper's study.

    Its limits were keys of their own; those of outcomes stand in ``outcomes.yaml``.
    """
    if not isinstance(content, dict) or "flow" in content:
        return content
    known = {*StudyDefinition.model_fields} - {"name"}
    outcomes = {*OutcomeDefinitions.model_fields}
    if (misplaced := sorted(outcomes & {*content})) and lies_there(own_path(OUTCOMES)):
        raise DictionaryError(
            f"{shown_path(path)}: {', '.join(misplaced)}: they hold for the registry, "
            f"and {shown_path(own_path(OUTCOMES))} has them; move them there (docs/upgrade.md)"
        )
    own = {key: value for key, value in content.items() if key in known}
    parameters = {k: value for k, value in content.items() if k not in {*known, *outcomes}}
    return {"extends": FORMER_STUDY, "paper_cohort": None, **own, "parameters": parameters}
