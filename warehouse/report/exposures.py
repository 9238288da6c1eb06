"""Tables that each page reads, as the dbt project declares them."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import yaml

from warehouse.definitions.study import OF_SUBGROUPS, VIEWS
from warehouse.definitions.study_files import load_studies
from warehouse.settings import PARTS_DIR

MODELS_DIR = PARTS_DIR / "dbt_project" / "models"
PATHS = (MODELS_DIR / "exposures.yml", MODELS_DIR / "staging" / "_generated.yml")
REFERENCE = re.compile(r"ref\('(\w+)'\)")


OF_WIDE_TABLE = ("table_lines", "table_cells", "comparisons")
"""Long tables that a table of a study in wide form is made of."""


def models_of(table: str) -> tuple[str, ...]:
    """Return the tables that a published one is, or is a view of; most are models of dbt."""
    if table.removesuffix(OF_SUBGROUPS) in _study_tables():
        return OF_WIDE_TABLE
    return (VIEWS.get(table, table),)


@cache
def _study_tables() -> frozenset[str]:
    return frozenset(table.table for study in load_studies() for table in study.tables)


@cache
def page_exposures() -> dict[str, dict[str, Any]]:
    """Return label, description and ``reads`` (names of models and tables read) by page."""
    return {
        exposure["url"].removeprefix("../"): {
            "label": exposure["label"],
            "description": exposure["description"],
            "reads": [
                *(REFERENCE.fullmatch(each)[1] for each in exposure["depends_on"]),
                *exposure.get("config", {}).get("meta", {}).get("reads", []),
            ],
        }
        for path in PATHS
        for exposure in yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)["exposures"]
        if "url" in exposure
    }
