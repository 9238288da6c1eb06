"""The page for data managers names every key of a site's mapping and every rule of landing."""

from __future__ import annotations

import pytest

from warehouse.definitions.rule_text import FILE_RULES
from warehouse.definitions.site import SiteMapping
from warehouse.landing.file_names import ENDINGS
from warehouse.settings import PROJECT_DIR

PAGE = (PROJECT_DIR / "docs" / "landing.md").read_text(encoding="utf-8")
RULES = [f"<extract>.{rule}" for rule in FILE_RULES]


@pytest.mark.parametrize("name", [*SiteMapping.model_fields, *ENDINGS, *RULES])
def test_the_page_names_it(name: str) -> None:
    assert f"`{name}`" in PAGE
