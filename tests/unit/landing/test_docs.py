"""The pages for data managers name every key of a site's mapping and every rule of landing."""

from __future__ import annotations

import pytest

from warehouse.definitions.rule_text import FILE_RULES
from warehouse.definitions.site import Part, SiteMapping
from warehouse.landing.file_names import ENDINGS
from warehouse.settings import PROJECT_DIR

DOCS = PROJECT_DIR / "docs"
RULES = [f"<extract>.{rule}" for rule in FILE_RULES]


@pytest.mark.parametrize("name", [*ENDINGS, *RULES])
def test_the_page_of_deliveries_names_it(name: str) -> None:
    assert f"`{name}`" in (DOCS / "landing.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*SiteMapping.model_fields, *Part.model_fields])
def test_the_page_of_mappings_names_it(name: str) -> None:
    assert f"`{name}`" in (DOCS / "mapping.md").read_text(encoding="utf-8")
