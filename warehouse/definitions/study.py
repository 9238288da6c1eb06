"""The study's definition, read from ``study.yaml``, and the groups that it compares."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from warehouse.definitions.config import STUDY, settings_path
from warehouse.definitions.dictionary import read_definition, read_rows
from warehouse.settings import PARTS_DIR

STUDY_GROUPS_PATH = PARTS_DIR / "dbt_project" / "seeds" / "study" / "study_groups.csv"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Period(_Strict):
    """First and last day of puncture; no last day means that the study goes on."""

    start: date
    end: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        if self.end is not None and self.end < self.start:
            raise ValueError(f"the period ends ({self.end}) before it starts ({self.start})")
        return self


class DayWindow(_Strict):
    """First and last day after puncture, both included."""

    min: int = Field(ge=0)
    max: int = Field(ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> DayWindow:
        if self.max < self.min:
            raise ValueError(f"the window ends (day {self.max}) before it starts (day {self.min})")
        return self


class PaperCohort(_Strict):
    """The sites and the period whose patients the paper's results describe."""

    sites: tuple[str, ...] = Field(min_length=1)
    period: Period


class StudyDefinition(_Strict):
    """Eligibility and outcomes of the study (limits as in the file's comments)."""

    title: str
    sites: tuple[str, ...] = Field(min_length=1)
    period: Period
    paper_cohort: PaperCohort | None = None
    minimum_age_years: int = Field(ge=0, le=120)
    onset_to_puncture_max_hours: float = Field(gt=0)
    prestroke_mrs_below: int = Field(ge=0, le=6)
    stenosis_threshold_pct: int = Field(ge=0, le=100)
    sich_nihss_increase: int = Field(ge=1, le=42)
    sich_fatal_days: int = Field(default=7, ge=0)
    followup_window_days: DayWindow
    mortality_window_days: int = Field(ge=1)
    small_samples: Literal["exact", "approximate"] = "exact"

    @property
    def is_of_the_paper(self) -> bool:
        """Whether sites and period are those of the paper's patients."""
        paper = self.paper_cohort
        if paper is None:
            return False
        return (set(self.sites), self.period) == (set(paper.sites), paper.period)

    def as_row(self) -> dict[str, object]:
        """The definition as the one row of ``raw.study_definition``."""
        return {
            "title": self.title,
            "site_codes": list(self.sites),
            "period_start": self.period.start,
            "period_end": self.period.end,
            "minimum_age_years": self.minimum_age_years,
            "onset_to_puncture_max_hours": self.onset_to_puncture_max_hours,
            "prestroke_mrs_below": self.prestroke_mrs_below,
            "stenosis_threshold_pct": self.stenosis_threshold_pct,
            "sich_nihss_increase": self.sich_nihss_increase,
            "sich_fatal_days": self.sich_fatal_days,
            "followup_day_min": self.followup_window_days.min,
            "followup_day_max": self.followup_window_days.max,
            "mortality_window_days": self.mortality_window_days,
            "is_of_the_paper": self.is_of_the_paper,
            "small_samples": self.small_samples,
        }


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
