"""The gallery of mappings: each lands its invented rows as expected, with the rows balanced."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.landing_tools import Registry
from warehouse.definitions.dictionary import EXTRACTS
from warehouse.settings import PROJECT_DIR, Settings

GALLERY = PROJECT_DIR / "docs" / "mappings"
EXPECTED = PROJECT_DIR / "tests" / "fixtures" / "gallery"
SHAPES = sorted(path.parent.name for path in GALLERY.glob("*/mapping.yaml"))
LINEAGE = (
    "row_id",
    "site",
    "delivered_on",
    "source_file",
    "file_id",
    "record_key",
    "patient_alike",
)


def landed(shape: str, settings: Settings, folder: Path) -> dict[str, Any]:
    """Balance, rows and violations of a shape's files; keys are numbered as they occur."""
    registry, keys = Registry(settings), dict[str, int]()
    shutil.copy(GALLERY / shape / "mapping.yaml", folder / f"{shape}.yaml")
    for path in sorted(GALLERY.joinpath(shape).iterdir()):
        if path.name != "mapping.yaml":
            registry.put(path.read_bytes(), path.name, f"{shape}/2021-07-01")
    report = registry.land(sites_dir=folder)
    rows = {
        extract: [
            {
                name: keys.setdefault(value, len(keys) + 1) if name.endswith("_key") else str(value)
                for name, value in row.items()
                if name not in LINEAGE and value not in (None, [])
            }
            for row in registry.rows(extract)
        ]
        for extract in EXTRACTS
        if any(file.extract == extract for file in report.files)
    }
    return {
        "balance": {
            file.part or file.extract: [
                file.rows_in_file, file.rows_landed, file.rows_left_out, file.rows_unreadable,
            ]
            for file in report.files
        },
        "rows": rows,
        "violations": dict(sorted(Counter(rule for rule, *_ in registry.violations()).items())),
    }  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_lands_as_expected(shape: str, data_settings: Settings, tmp_path: Path) -> None:
    expected = yaml.safe_load((EXPECTED / f"{shape}.yaml").read_text("utf-8"))
    assert landed(shape, data_settings, tmp_path) == expected


def test_each_shape_is_in_the_readme_and_called_synthetic() -> None:
    page = (GALLERY / "README.md").read_text("utf-8")
    assert [shape for shape in SHAPES if f"({shape}/mapping.yaml)" not in page] == []
    texts = [(GALLERY / shape / "mapping.yaml").read_text("utf-8") for shape in SHAPES]
    assert all("(synthetic)" in text and "synthetic: true" in text for text in texts)
