"""Tables that each page reads, as declared in ``models/exposures.yml`` of the dbt project."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from warehouse.settings import PARTS_DIR

EXPOSURES_PATH = PARTS_DIR / "dbt_project" / "models" / "exposures.yml"
REFERENCE = re.compile(r"ref\('(\w+)'\)")


@cache
def page_exposures(path: Path = EXPOSURES_PATH) -> dict[str, dict[str, Any]]:
    """Return label, description and ``reads`` (names of models read) by page."""
    declared = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["exposures"]
    return {
        exposure["url"].removeprefix("../"): {
            "label": exposure["label"],
            "description": exposure["description"],
            "reads": [REFERENCE.fullmatch(each)[1] for each in exposure["depends_on"]],
        }
        for exposure in declared
        if "url" in exposure
    }
