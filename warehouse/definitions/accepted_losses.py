"""Losses of records that a hospital means: ``accepted_losses.yaml``."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import cast

from pydantic import BaseModel, ConfigDict

from warehouse.definitions.config import ACCEPTED, settings_path
from warehouse.definitions.dictionary import read_definition


class AcceptedLoss(BaseModel):
    """The delivery of a site and day that lacks many records on purpose."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    site: str
    delivered_on: date
    because: str


class AcceptedFall(BaseModel):
    """The day of a refresh after which the cohort may be much smaller than before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: date
    because: str


class Accepted(BaseModel):
    """Content of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accepted_losses: list[AcceptedLoss] = []
    accepted_cohort_falls: list[AcceptedFall] = []


def read_accepted(path: Path) -> Accepted:
    """Read the file. Raises DictionaryError naming it and the key."""
    return cast(Accepted, read_definition(Accepted, path))


@cache
def _stored() -> Accepted:
    return read_accepted(settings_path(ACCEPTED))


def accepted_losses() -> list[AcceptedLoss]:
    """The losses that are meant. Raises DictionaryError naming the file and the key."""
    return _stored().accepted_losses


def accepted_falls() -> list[AcceptedFall]:
    """The falls of the cohort that are meant. Raises DictionaryError as above."""
    return _stored().accepted_cohort_falls
