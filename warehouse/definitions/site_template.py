"""Commented first files of a site, as ``warehouse init`` writes them."""

from __future__ import annotations

import json
import re

from warehouse.definitions.config import shipped_path

MAPPING_TEMPLATE, STUDY_TEMPLATE = "new_site.yaml", "new_study.yaml"
_PLACE_OF_SITE = re.compile(r"(?m)^((?:site|title): |sites: \[)SITE\b")


def filled_template(template: str, site: str) -> bytes:
    """The text of a template with the name of a site, which is quoted: `no` would be false."""
    name = json.dumps(site, ensure_ascii=False)
    text = shipped_path(template).read_text(encoding="utf-8")
    return _PLACE_OF_SITE.sub(lambda found: found[1] + name, text).encode()
