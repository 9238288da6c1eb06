"""Great Expectations on demand, and its records on disk."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

from warehouse.files import write_atomically


def great_expectations() -> ModuleType:
    """The module ``gx_session`` beside this one, imported by the first call: 4 to 15 seconds."""
    return importlib.import_module("warehouse.checks.gx_session")


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write Great Expectations' record of a validation as JSON."""
    write_atomically(path, json.dumps(record, indent=1, ensure_ascii=False).encode())
