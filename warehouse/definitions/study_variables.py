"""Variables of a hospital's own studies, as ``study_variables.yaml`` declares them.

Each becomes a field of the admissions: read by a site's mapping, checked and published like any
other. What could say who somebody is cannot be declared: texts without codes, days and times,
and numbers as long as a patient's number.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, model_validator

PREFIX = "study_"
# What the warehouse itself calls so.
RESERVED = {"study_arm", "study_group", "study_variables"}
NAME = re.compile(r"study_[a-z][a-z0-9_]{0,39}")
# Of numbers; identifiers of patients are longer where they are numbers, or of a small hospital.
LARGEST = 99_999
NO_DAYS = "a day or time could say who somebody is; deliver the days or minutes since the stroke"
NO_FREE_TEXT = "a text needs codes, as codes: {a: What a means}; free text could name somebody"
NEEDS_RANGE = f"a number needs minimum and maximum, from -{LARGEST} to {LARGEST}"
BAD_NAME = (
    "a name is study_ and then small letters, digits and underscores (at most 40), beginning with "
    "a letter"
)


def _number(value: Any) -> Any:
    """A number; YAML reads "7.5 mg" and 1,5 as texts, and yes as true."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("it must be a number such as 7.5, without unit and quotes")
    return value


Number = Annotated[int | float, BeforeValidator(_number), Field(ge=-LARGEST, le=LARGEST)]
Words = Annotated[str, Field(min_length=1, max_length=400)]


class StudyVariable(BaseModel):
    """One variable: what it means, its type and unit, and the values that it may have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Words
    description: Words
    type: Literal["integer", "number", "boolean", "string"]
    unit: Words | None = None
    minimum: Number | None = None
    maximum: Number | None = None
    codes: dict[str, Words] = {}
    aliases: tuple[Words, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _explains_types(cls, values: Any) -> Any:
        if isinstance(values, dict):
            if values.get("type") in ("date", "datetime", "time"):
                raise ValueError(NO_DAYS)
            codes = values.get("codes")
            if isinstance(codes, dict):
                if any(isinstance(code, bool) for code in codes):
                    raise ValueError("YAML reads a code as true or false; put it in quotes")
                values = values | {"codes": {str(code): text for code, text in codes.items()}}
        return values

    @model_validator(mode="after")
    def _says_its_values(self) -> StudyVariable:
        is_number = self.type in ("integer", "number")
        bounds = (self.minimum, self.maximum)
        if self.type == "string" and not self.codes:
            raise ValueError(NO_FREE_TEXT)
        if self.codes and self.type not in ("string", "integer"):
            raise ValueError("codes go with the type string or integer")
        if self.codes and self.type == "integer" and not all(map(_is_integer, self.codes)):
            raise ValueError("the codes of an integer are whole numbers")
        if is_number and not self.codes and None in bounds:
            raise ValueError(NEEDS_RANGE)
        if bounds != (None, None) and (not is_number or self.codes):
            raise ValueError("minimum and maximum go with numbers that have no codes")
        if is_number and not self.codes and self.minimum >= self.maximum:  # type: ignore[operator]
            raise ValueError("minimum must be less than maximum")
        if self.unit and not is_number:
            raise ValueError("a unit goes with numbers")
        return self


class StudyVariables(RootModel[dict[str, StudyVariable]]):
    """All variables by name."""

    @model_validator(mode="after")
    def _have_names_of_their_own(self) -> StudyVariables:
        for name in self.root:
            if NAME.fullmatch(name) is None:
                raise ValueError(f"{name[:40]}: {BAD_NAME}")
            if name in RESERVED:
                raise ValueError(f"{name}: the warehouse has this name itself; choose another")
        return self


def _is_integer(code: str) -> bool:
    return re.fullmatch(r"-?[0-9]{1,5}", code) is not None
