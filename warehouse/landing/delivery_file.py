"""Declarations of a delivery: ``delivery.yaml`` beside its files."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from warehouse.definitions.site import Mode
from warehouse.definitions.validation_messages import fault_messages, no_yaml
from warehouse.definitions.yaml_keys import NotPlainError, load_strictly
from warehouse.files import lies_there
from warehouse.landing.errors import PostponedError
from warehouse.landing.file_snapshot import opened
from warehouse.landing.redaction import shape

DELIVERY_FILE = "delivery.yaml"
MOST_BYTES = 16 << 10
_HOLDS = (
    "It holds mode: full or mode: delta, and perhaps a note; nothing of this delivery is read "
    "before it is right"
)


class DeliveryFileError(Exception):
    """The file is wrong; the message says which key, and what it may hold."""


class DeliveryFile(BaseModel):
    """Declared mode of a delivery; ``mode`` is None where the site's ``default_mode`` holds.

    The note is for people who look into the folder, and goes nowhere else: anybody may be named.
    """

    model_config = ConfigDict(extra="forbid")

    mode: Mode | None = None
    note: str | None = None


def read_delivery_file(folder: Path) -> DeliveryFile:
    """Read the declarations of a folder; defaults where there is no such file.

    Raises DeliveryFileError that says what is wrong in it, and quotes none of it: a file in the
    wrong place may hold anything.
    """
    path = folder / DELIVERY_FILE
    if not lies_there(path):
        return DeliveryFile()
    try:
        with opened(path) as handle:
            content = handle.read(MOST_BYTES + 1)
        return DeliveryFile.model_validate(load_strictly(content, MOST_BYTES) or {})
    except ValidationError as error:
        raise _wrong(f": {_faults(error)}") from error
    except (PostponedError, NotPlainError) as error:
        raise _wrong(f": {error}") from error
    except yaml.YAMLError as error:
        raise _wrong(f" is not valid YAML{no_yaml(error)}") from error


def _faults(error: ValidationError) -> str:
    return fault_messages(error, DeliveryFile.model_fields, "docs/landing.md", shape)


def _wrong(problem: str) -> DeliveryFileError:
    return DeliveryFileError(f"{DELIVERY_FILE}{problem}. {_HOLDS}")
