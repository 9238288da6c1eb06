"""Great Expectations on demand, and its records on disk."""

from __future__ import annotations

import gc
import importlib
import json
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from warehouse.digests import DIGESTS, sealed
from warehouse.files import write_atomically


@cache
def great_expectations() -> ModuleType:
    """The module ``gx_session`` beside this one, imported by the first call: 4 to 15 seconds."""
    module = importlib.import_module("warehouse.checks.gx_session")
    gc.freeze()  # the import makes 280,000 objects that stay: not to be searched for garbage
    return module


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write Great Expectations' record of a validation as JSON."""
    text = json.dumps(record | {DIGESTS: {}}, indent=1, ensure_ascii=False)
    write_atomically(path, sealed(text))
