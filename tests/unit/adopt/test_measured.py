"""Proposals measured: the shipped deliveries, and registries that were held back."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.support.adoption import open_questions, placed, reader_in
from warehouse.adopt.run import propose
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import load_site
from warehouse.landing.file_names import contents_of
from warehouse.landing.file_snapshot import file_sha256
from warehouse.landing.headers import HeaderReader
from warehouse.settings import PROJECT_DIR

RAW = PROJECT_DIR / "data" / "raw" / "synthetic_centre"
DELIVERED = sorted(path for path in RAW.glob("*/*") if path.suffix != ".yaml")
ASIDE = PROJECT_DIR / "tests" / "fixtures" / "adopt" / "held_aside"
# At least so many of all columns are placed.
FEWEST = 0.8
TRUTH = yaml.safe_load((ASIDE / "truth.yaml").read_text("utf-8"))
# How many columns of each are placed.
RIGHT = {
    "stroke_registry.csv": 24,
    "resq_export.csv": 33,
    "inspire_export.csv": 27,
    "australian_export.csv": 38,
    "sits_like_export.csv": 40,
    "japanese_english_export.csv": 33,
    "chinese_stroke_centre.csv": 52,
    "american_export.csv": 39,
    "german_export.csv": 41,
    "korean_export.csv": 38,
    "dutch_export.csv": 32,
    "dutch_variable_names.csv": 28,
    "swiss_variable_names.csv": 31,
    "chinese_app_export.csv": 39,
    "chinese_indicator_form.csv": 23,
    "norwegian_export.csv": 20,
    "chinese_stroke_book.csv": 24,
    "trial_archive_export.csv": 32,
    "chinese_registry.csv": 32,
    "american_demo_registry.csv": 18,
    "spanish_tool.csv": 11,
    "belgian_measures.csv": 11,
    "pathway_app_export.csv": 23,
    "german_perfusion_study.csv": 17,
    "british_audit_export.csv": 14,
    "isles_phenotype.csv": 15,
    "ictusnet_form.csv": 17,
    "coimbra_episodes.csv": 11,
    "stroke_events_app.csv": 16,
    "french_neuro_icu.csv": 13,
    "japanese_stroke_database.csv": 24,
    "czech_mt_patients.csv": 26,
    "spanish_django_ictus.csv": 17,
}


@pytest.mark.parametrize("path", DELIVERED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_each_column_of_a_shipped_delivery_is_what_the_mapping_says(
    path: Path, tmp_path: Path
) -> None:
    reader = reader_in(tmp_path)
    (sheet,) = reader.survey(path, file_sha256(path))
    header = [column.header for column in sheet.columns]
    mapping = load_site("synthetic_centre")
    extract = str(contents_of(path.name, mapping)[0].extract)
    columns = HeaderReader(dictionary().extracts[extract], mapping).read(header)
    adoption = propose([path], reader)
    assert placed(adoption) == {
        header[at]: {(extract, field)} for field, at in columns.positions.items()
    }
    assert len(placed(adoption)) == len(header)
    assert open_questions(adoption) == []


@pytest.mark.parametrize(("name", "right"), RIGHT.items())
def test_columns_of_a_registry_that_was_held_back_are_placed_and_none_wrongly(
    name: str, right: int, tmp_path: Path
) -> None:
    found = placed(propose([ASIDE / name], reader_in(tmp_path)))
    truth = {header: field.split(".")[-1] for header, field in TRUTH[name].items()}
    fields = {header: {field for _, field in targets} for header, targets in found.items()}
    assert {header: fs for header, fs in fields.items() if fs != {truth.get(header)}} == {}
    assert len(fields) == right


def test_most_columns_of_registries_held_back_are_placed() -> None:
    assert RIGHT.keys() == TRUTH.keys()
    assert sum(RIGHT.values()) >= FEWEST * sum(map(len, TRUTH.values()))
