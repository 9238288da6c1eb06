"""The study's definition, read from ``study.yaml``, and the groups that it compares."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, computed_field, model_validator

from warehouse.definitions.config import STUDY, settings_path
from warehouse.definitions.dictionary import read_definition, read_rows
from warehouse.settings import PARTS_DIR
from warehouse.sql_types import sql_type

STUDY_GROUPS_PATH = PARTS_DIR / "dbt_project" / "seeds" / "study" / "study_groups.csv"


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


class DayWindow(_Strict):
    """First and last day after puncture, both included."""

    min: int = Field(ge=0, description="First day after puncture of a 90-day assessment.")
    max: int = Field(ge=0, description="Last day after puncture of a 90-day assessment.")

    @model_validator(mode="after")
    def _in_order(self) -> DayWindow:
        if self.max < self.min:
            raise ValueError(f"the window ends (day {self.max}) before it starts (day {self.min})")
        return self


class PaperCohort(_Strict):
    """The sites and the period whose patients the paper's results describe."""

    sites: tuple[str, ...] = Field(min_length=1)
    period: Period


class StudyColumn(NamedTuple):
    """A column of the study's definition: name, DuckDB type and meaning."""

    name: str
    sql_type: str
    description: str


class StudyDefinition(_Strict):
    """Eligibility and outcomes of the study (limits as in the file's comments).

    Each field is a column of ``study.definition``, with its description as comment. The fields of
    a section are columns of their own, named after it.
    """

    title: str = Field(description="Title of the study.")
    sites: tuple[str, ...] = Field(
        min_length=1, serialization_alias="site_codes", description="Sites of the study."
    )
    period: Period
    paper_cohort: PaperCohort | None = Field(default=None, exclude=True)
    minimum_age_years: int = Field(ge=0, le=120, description="Minimum age at onset, years.")
    onset_to_puncture_max_hours: float = Field(
        gt=0, description="Maximum time from onset to puncture, hours."
    )
    prestroke_mrs_below: int = Field(
        ge=0, le=6, description="Pre-stroke mRS from which patients are excluded."
    )
    stenosis_threshold_pct: int = Field(
        ge=0, le=100, description="Residual stenosis from which a rescue stent is indicated, %."
    )
    sich_nihss_increase: int = Field(
        ge=1, le=42, description="Increase of the NIHSS from which a hemorrhage is symptomatic."
    )
    sich_fatal_days: int = Field(
        default=7,
        ge=0,
        description="Days from imaging to death within which a hemorrhage without a comparable "
        "NIHSS is symptomatic.",
    )
    followup_window_days: DayWindow = Field(serialization_alias="followup_day")
    mortality_window_days: int = Field(
        ge=1, description="Days after puncture within which a death counts as mortality."
    )
    small_samples: Literal["exact", "approximate"] = Field(
        default="exact", description="Test for small samples; exact or approximate."
    )

    @computed_field(  # type: ignore[prop-decorator]
        description="Sites and period are those of the paper's patients (paper_cohort)."
    )
    @property
    def is_of_the_paper(self) -> bool:
        """Whether sites and period are those of the paper's patients."""
        paper = self.paper_cohort
        if paper is None:
            return False
        return (set(self.sites), self.period) == (set(paper.sites), paper.period)

    def as_row(self) -> dict[str, object]:
        """The definition as the one row of ``raw.study_definition``."""
        row: dict[str, object] = {}
        for name, value in self.model_dump(by_alias=True).items():
            parts = value.items() if isinstance(value, dict) else ()
            row |= {f"{name}_{part}": each for part, each in parts} or {name: value}
        return row

    @classmethod
    def published_columns(cls) -> tuple[StudyColumn, ...]:
        """Columns of ``study.definition``, in order."""
        return tuple(_columns(cls))

    @classmethod
    def columns(cls) -> tuple[StudyColumn, ...]:
        """Columns of ``raw.study_definition``: the published ones, and what follows from them."""
        worked_out = (
            StudyColumn(name, _type(field.return_type), field.description or "")
            for name, field in cls.model_computed_fields.items()
        )
        return (*cls.published_columns(), *worked_out)


def _columns(section: type[BaseModel], prefix: str = "") -> Iterator[StudyColumn]:
    types = get_type_hints(section)
    for field_name, field in section.model_fields.items():
        name = prefix + (field.serialization_alias or field_name)
        if field.exclude:
            continue
        if isinstance(types[field_name], type) and issubclass(types[field_name], BaseModel):
            yield from _columns(types[field_name], f"{name}_")
        else:
            yield StudyColumn(name, _type(types[field_name]), field.description or "")


def _type(annotation: Any) -> str:
    """DuckDB type of a parameter; whole numbers are small."""
    return sql_type(annotation).replace("bigint", "integer")


def load_study(path: Path | None = None) -> StudyDefinition:
    """Read the definition. Raises DictionaryError that names the file, the key and the problem."""
    return cast(StudyDefinition, read_definition(StudyDefinition, path or settings_path(STUDY)))


class StudyGroup(_Strict):
    """A group that the study compares: its code, its columns' prefix and its name."""

    study_group: str
    prefix: str
    label: str


def load_study_groups(path: Path = STUDY_GROUPS_PATH) -> tuple[StudyGroup, ...]:
    """The study's groups, in the order in which tables and figures show them."""
    return tuple(map(StudyGroup.model_validate, read_rows(path, *StudyGroup.model_fields)))
