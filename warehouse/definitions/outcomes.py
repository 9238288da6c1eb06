"""How outcomes are read, for the registry and its studies (``outcomes.yaml``)."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from warehouse.definitions.config import (
    OUTCOMES,
    former_study,
    own_path,
    settings_path,
    shipped_path,
    shown_path,
)
from warehouse.definitions.dictionary import DictionaryError, read_definition, read_yaml, remedy
from warehouse.definitions.validation_messages import fault_messages
from warehouse.files import lies_there

PAGE = "docs/studies.md"


class DayWindow(BaseModel):
    """First and last day after puncture, both included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min: int = Field(ge=0, description="First day after puncture of a 90-day assessment.")
    max: int = Field(ge=0, description="Last day after puncture of a 90-day assessment.")

    @model_validator(mode="after")
    def _in_order(self) -> DayWindow:
        if self.max < self.min:
            raise ValueError(f"the window ends (day {self.max}) before it starts (day {self.min})")
        return self


class OutcomeDefinitions(BaseModel):
    """Definitions of 90-day outcomes and symptomatic hemorrhage (as in the file's comments)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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


def load_outcomes(path: Path | None = None) -> OutcomeDefinitions:
    """Read the definitions. Raises DictionaryError that names the file, the key and the problem.

    Version 0.1 had them in the config folder's ``study.yaml``: there they count while the folder
    has no ``outcomes.yaml``.
    """
    former = former_study()
    if path or lies_there(own_path(OUTCOMES)) or former is None:
        read = read_definition(OutcomeDefinitions, path or settings_path(OUTCOMES))
        return cast(OutcomeDefinitions, read)
    content = read_yaml(former)
    kept = {*OutcomeDefinitions.model_fields} & {*(content if isinstance(content, dict) else ())}
    shipped = read_yaml(shipped_path(OUTCOMES))
    try:
        return OutcomeDefinitions.model_validate(shipped | {key: content[key] for key in kept})
    except ValidationError as error:
        faults = fault_messages(error, OutcomeDefinitions.model_fields, PAGE)
        raise DictionaryError(
            f"{shown_path(former)}: correct what cannot be used: {faults}{remedy(former)}"
        ) from error
