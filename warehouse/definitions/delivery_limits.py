"""The numbers that rules on whole deliveries compare with: ``dictionary/deliveries.yaml``."""

from __future__ import annotations

from functools import cache

import yaml
from pydantic import TypeAdapter, ValidationError

from warehouse.definitions.dictionary import DICTIONARY_DIR, DictionaryError, Limit

LIMITS_PATH = DICTIONARY_DIR / "deliveries.yaml"


@cache
def delivery_limits() -> dict[str, Limit]:
    """The limits by name. Raises DictionaryError naming the file and the key."""
    try:
        stored = yaml.safe_load(LIMITS_PATH.read_text(encoding="utf-8"))
        limits = TypeAdapter(list[Limit]).validate_python(stored["limits"])
    except FileNotFoundError as error:
        raise DictionaryError(f"{LIMITS_PATH} is missing; restore it from git") from error
    except (yaml.YAMLError, ValidationError, KeyError, TypeError) as error:
        raise DictionaryError(f"{LIMITS_PATH}: the limits do not hold together: {error}") from error
    return {limit.name: limit for limit in limits}


def delivery_limit(name: str) -> Limit:
    """The limit of that name; KeyError when there is none."""
    return delivery_limits()[name]
