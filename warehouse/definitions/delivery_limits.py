"""What rules on whole deliveries go by, ``dictionary/deliveries.yaml``: accepted losses."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import cast

from pydantic import BaseModel, ConfigDict

from warehouse.definitions.dictionary import DICTIONARY_DIR, read_definition

LIMITS_PATH = DICTIONARY_DIR / "deliveries.yaml"


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


class DeliveryLimits(BaseModel):
    """What the file holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accepted_losses: list[AcceptedLoss] = []
    accepted_cohort_falls: list[AcceptedFall] = []


def read_delivery_limits(path: Path = LIMITS_PATH) -> DeliveryLimits:
    """Read the file. Raises DictionaryError naming it and the key."""
    return cast(DeliveryLimits, read_definition(DeliveryLimits, path))


@cache
def _stored() -> DeliveryLimits:
    return read_delivery_limits()


def accepted_losses() -> list[AcceptedLoss]:
    """The losses that are meant. Raises DictionaryError naming the file and the key."""
    return _stored().accepted_losses


def accepted_falls() -> list[AcceptedFall]:
    """The falls of the cohort that are meant. Raises DictionaryError as above."""
    return _stored().accepted_cohort_falls
