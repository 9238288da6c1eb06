"""What a site says of a delivery: ``delivery.yaml`` beside its files."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from warehouse.definitions.mistakes import mistakes, no_yaml
from warehouse.definitions.site import Mode

DELIVERY_FILE = "delivery.yaml"
_HOLDS = (
    "It holds mode: full or mode: delta, and perhaps a note; nothing of this delivery is read "
    "before it is right"
)


class DeliveryFileError(Exception):
    """The file is wrong; the message says which key, and what it may hold."""


class DeliveryFile(BaseModel):
    """How a delivery is meant; ``mode`` is None where the site's ``default_mode`` holds."""

    model_config = ConfigDict(extra="forbid")

    mode: Mode | None = None
    note: str | None = None


def read_delivery_file(folder: Path) -> DeliveryFile:
    """What is said of the delivery in this folder; nothing where there is no such file.

    Raises DeliveryFileError that says what is wrong in it.
    """
    path = folder / DELIVERY_FILE
    if not path.exists():
        return DeliveryFile()
    try:
        return DeliveryFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except ValidationError as error:
        raise _wrong(f": {mistakes(error, DeliveryFile.model_fields)}") from error
    except OSError as error:
        raise _wrong(f" cannot be opened: {error.strerror}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise _wrong(f" is not valid YAML{no_yaml(error)}") from error


def _wrong(problem: str) -> DeliveryFileError:
    return DeliveryFileError(f"{DELIVERY_FILE}{problem}. {_HOLDS}")
