"""A study: its keys, what they may hold, and the rows that the warehouse makes of them.

``docs/studies.md`` describes the keys; ``study_files`` reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from warehouse.definitions.outcomes import OutcomeDefinitions, load_outcomes
from warehouse.definitions.validation_messages import PlacedError
from warehouse.sql_types import sql_type
from warehouse.text import meant

NAME = r"^[a-z][a-z0-9_]{0,39}$"
Name = Annotated[str, Field(pattern=NAME)]
Value = bool | int | float | date | str
Parameter = Value | tuple[str | int | float, ...]
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("it must not be empty")
    return text


def _parameter(value: Any) -> Any:
    """A value, or several of one kind; pydantic would name each type that it is not."""
    is_list = isinstance(value, list) and all(isinstance(each, str | int | float) for each in value)
    if not is_list and (not isinstance(value, Value) or isinstance(value, datetime)):
        raise ValueError(
            "it must be a number, true or false, a day such as 2026-02-15, a text, or a list of "
            "numbers or texts"
        )
    return value


Words = Annotated[str, AfterValidator(_not_blank)]


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
    because: Words

    @model_validator(mode="before")
    @classmethod
    def _on_is_a_word(cls, value: Any) -> Any:
        """YAML 1.1 reads the key ``on`` as true."""
        if not isinstance(value, dict):
            return value
        return {"on" if key is True else key: each for key, each in value.items()}


class Reason(_Strict):
    """Text that says why a patient leaves, with ``{columns}``; where ``when`` holds."""

    text: Words
    when: Words | None = None


def _several(value: Any) -> Any:
    """The only site may be written without brackets."""
    sites = [value] if isinstance(value, str) else value
    if not isinstance(sites, list | tuple) or not all(isinstance(each, str) for each in sites):
        raise ValueError("it must be all, a site, or several, as [north, south]")
    return value if value == "all" else sites


def _reasons(value: Any) -> Any:
    """One text, or several of which the first that can be filled counts."""
    several = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(each, str | dict) for each in several):
        raise ValueError("it must be a text, or several, as [one, another]")
    return [{"text": each} if isinstance(each, str) else each for each in several]


class Step(_Strict):
    """Step of the patient flow: a milestone, a criterion (``keep``), or a rule of the engine.

    ``first_stroke`` keeps the first stroke of a patient that meets each criterion above;
    ``outcome_known`` leaves out groups of which only deaths are known.
    """

    step: Name
    label: Label
    keep: Words | None = None
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
    where: Words


class SubgroupPart(_Strict):
    """One of the parts into which a subgroup divides the patients: code, name and condition."""

    subgroup: Name = Field(alias="group")
    label: Label
    where: Words


class Subgroup(_Strict):
    """A characteristic by which tables are also made: its parts, of which the first counts whose
    condition holds.
    """

    characteristic: Name = Field(alias="subgroup")
    label: Label
    groups: tuple[SubgroupPart, ...] = Field(min_length=1)


class Variable(_Strict):
    """A value of each patient that the registry does not have, by an expression on its columns."""

    variable: Name
    description: Label
    value: Words


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
    title: Label
    effects: Literal["differences", "ratios"] = "ratios"
    sections: tuple[Section, ...] = Field(min_length=1)


class StudyColumn(NamedTuple):
    """A column of the study's definition: name, DuckDB type and meaning."""

    name: str
    sql_type: str
    description: str


def _label(named: StudyGroup | Subgroup | SubgroupPart) -> str:
    """Label that distinguishes it from others."""
    return named.label.strip().casefold()


PLACE = StudyColumn("place", "integer", "1 for the default study, whose views are study.*.")
OF_FIRST_STROKES = StudyColumn(
    "is_of_first_strokes", "boolean", "A patient is in it once (a step with the rule first_stroke)."
)


class StudyDefinition(_Strict):
    """Study: who is in it, in which group, and what its tables show.

    The described fields are columns of ``studies.definitions``, those of a section named after it.
    """

    name: Name = Field(serialization_alias="study", description="Name of the study.")
    title: Label = Field(description="Title of the study.")
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
    parameters: dict[Name, Annotated[Parameter, BeforeValidator(_parameter)]] = Field(
        default_factory=dict, exclude=True
    )
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
    def _fits(self, info: ValidationInfo) -> StudyDefinition:
        self._require_each_once()
        self._require_names()
        used = info.context["used"] if info.context else {*self.parameters}
        for unused in {*self.parameters} - used:
            hint = meant(unused, used)
            text = f"no condition or text uses the parameter {unused}{hint or '; leave it out'}"
            raise PlacedError(text, "parameters", unused)
        groups = [each.study_group for each in self.groups]
        if self.reference and self.reference not in groups:
            there = f"; use one of {', '.join(groups)}" if groups else "; leave it out"
            hint = meant(self.reference, groups) or there
            raise PlacedError(f"there is no group {self.reference}{hint}", "reference")
        if len(groups) == 1:
            raise PlacedError(
                "a study compares two groups or more, or none; leave out the only one", "groups"
            )
        for place in (0, len(self.flow) - 1):
            if self.flow[place].is_exclusion:
                raise PlacedError(
                    "the first and the last step must be milestones; write a step without keep "
                    f"{'behind' if place else 'before'} it",
                    *("flow", place),
                )
        return self

    def _require_each_once(self) -> None:
        """Raises PlacedError for the second of two entries of one name."""
        seen = set()
        for what, name, *place in self._named_entries():
            if (what, name) in seen:
                raise PlacedError(f"{what} {name} is there twice; keep one of them", *place)
            seen.add((what, name))

    def _named_entries(self) -> Iterator[tuple[str, str, *tuple[str | int, ...]]]:
        """Yield each entry that must have a name of its own: its kind, its name, and its place."""
        for n, step in enumerate(self.flow):
            yield "step", step.step, "flow", n, "step"
        for n, group in enumerate(self.groups):
            yield "group", group.study_group, "groups", n, "group"
            yield "prefix", group.prefix, "groups", n, "prefix"
            yield "label of groups", _label(group), "groups", n, "label"
        for n, each in enumerate(self.subgroups):
            yield "subgroup", each.characteristic, "subgroups", n, "subgroup"
            yield "label of subgroups", _label(each), "subgroups", n, "label"
            for m, part in enumerate(each.groups):
                place = ("subgroups", n, "groups", m)
                yield "group of subgroups", part.subgroup, *place, "group"
                yield f"label of {each.characteristic}", _label(part), *place, "label"
        for n, variable in enumerate(self.variables):
            yield "variable", variable.variable, "variables", n, "variable"
        for n, table in enumerate(self.tables):
            yield "table", table.table, "tables", n, "table"
            yield "table", f"{table.table}{OF_SUBGROUPS}", "tables", n, "table"
            for m, section in enumerate(table.sections):
                for k, line in enumerate(section.lines):
                    at = ("tables", n, "sections", m, "lines", k)
                    yield "line", line.variable, *at, "variable"
                    for level in line.levels:
                        yield "level", f"{level} of {line.variable}", *at, "levels"

    def _require_names(self) -> None:
        """Raises PlacedError for a name that the warehouse has itself."""
        for what, name, *place in self._named_entries():
            if what == "table" and name in VIEWS:
                raise PlacedError(
                    f"a view of each study is named {name}; call the table another", *place
                )
            if what in ("group", "prefix") and name == ALL_PATIENTS:
                raise PlacedError("all is the name of all patients; choose another", *place)
            if what == "group of subgroups" and name in NO_SUBGROUP:
                raise PlacedError(f"{name} is no name of a subgroup; choose another", *place)
        for name in {*self.parameters} & {*fields_of(load_outcomes())}:
            text = f"{name} holds for the registry (outcomes.yaml); choose another name"
            raise PlacedError(text, "parameters", name)

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
        return {**fields_of(load_outcomes()), **self.parameters}

    def filled(self, text: str) -> str:
        """Return the reason of a step with the values of its parameters; columns stay."""
        values = self.values()
        return PLACEHOLDER.sub(
            lambda found: str(values[found[1]]) if found[1] in values else found[0], text
        )

    def as_row(self) -> dict[str, object]:
        """The study and the registry's outcomes as a row of ``raw.studies``."""
        return {
            **fields_of(self),
            "site_codes": self.site_codes,
            **fields_of(load_outcomes()),
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


def fields_of(definition: BaseModel) -> dict[str, Any]:
    """Return the fields of a definition by name, those of its sections with the section's name."""
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
