"""What the tests of mappings share: files landed by a mapping, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.landing_tools import Registry
from warehouse.definitions.dictionary import DictionaryError, dictionary
from warehouse.definitions.site import load_site
from warehouse.landing import LandingReport
from warehouse.landing.mapping_check import check_mapping


def land(registry: Registry, folder: Path, **mapping: Any) -> LandingReport:
    """Land what is delivered, by a mapping of ``site_a`` that is written to a folder."""
    _write(folder, mapping)
    return registry.land(sites_dir=folder)


def problem(folder: Path, **mapping: Any) -> str:
    """Return the message that refuses a mapping."""
    _write(folder, mapping)
    with pytest.raises(DictionaryError) as error:
        check_mapping(load_site("site_a", folder), dictionary())
    return str(error.value)


def _write(folder: Path, mapping: dict[str, Any]) -> None:
    text = yaml.safe_dump({"site": "site_a", **mapping})
    (folder / "site_a.yaml").write_text(text, encoding="utf-8")
