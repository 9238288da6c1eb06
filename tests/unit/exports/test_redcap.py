"""The registry as a REDCap import, and landed again by the mapping of the gallery."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.golden import golden
from tests.support.landing_tools import Registry
from tests.support.registry_tables import STROKES, TABLES, write_registry
from warehouse.adopt.redcap import data_dictionary
from warehouse.definitions.dictionary import dictionary
from warehouse.exports.choices import ExportError
from warehouse.exports.redcap import DATA_DICTIONARY, README, export_redcap
from warehouse.settings import PROJECT_DIR, Settings

GOLDEN = golden("exports")
GALLERY = PROJECT_DIR / "docs" / "mappings" / "redcap_registry"
EXTRACTS = dict(zip(dictionary().extracts, TABLES, strict=True))
FILE = "registry_north.csv"


def exported(folder: Path, **tables: Any) -> tuple[list[str], Path]:
    """Export these rows, all of the patients' tables of the gallery unless given."""
    release = write_registry(folder / "release_file.duckdb", **(tables or STROKES))
    return export_redcap(release, folder / "redcap"), folder / "redcap"


def test_a_row_is_an_instance_of_an_instrument(tmp_path: Path) -> None:
    lines, folder = exported(tmp_path)
    assert lines == [f"{FILE}: 12 rows", GOLDEN("one_time_cut")]
    assert {path.name for path in folder.iterdir()} == {FILE, DATA_DICTIONARY, README}
    assert (folder / FILE).read_bytes() == (GALLERY / "registry.csv").read_bytes()
    rows = list(csv.DictReader(io.StringIO((folder / FILE).read_text("utf-8"))))
    assert [tuple(row.values())[:4] for row in rows] == [
        ("p1", "admissions", "1", "a1"),
        ("p1", "procedures", "1", ""),
        ("p1", "imaging", "1", ""),
        ("p1", "imaging", "2", ""),
        ("p1", "followups", "1", ""),
        ("p2", "admissions", "1", "a2"),
        ("p2", "admissions", "2", "a3"),
        ("p2", "procedures", "1", ""),
        ("p2", "procedures", "2", ""),
        ("p2", "followups", "1", ""),
        ("p3", "admissions", "1", ""),
        ("p3", "followups", "1", ""),
    ]
    numbers = [row["procedures_admission_id"] for row in rows if row["puncture_at"]]
    assert numbers == ["a1", "a2", "a3"]


def test_each_column_is_a_variable_of_the_data_dictionary(tmp_path: Path) -> None:
    _lines, folder = exported(tmp_path)
    text = (folder / DATA_DICTIONARY).read_text("utf-8")
    assert text == data_dictionary(dictionary())
    known = list(csv.DictReader(io.StringIO(text)))
    named = {row["Variable / Field Name"]: row for row in known}
    assert (len(known), len(named)) == (83, 83)
    header = (folder / FILE).read_text("utf-8").splitlines()[0].split(",")
    without = set(named) - set(header)
    assert without == {"patient_name", "phone", "birth_date"}
    repeats = {"redcap_repeat_instrument", "redcap_repeat_instance"}
    assert set(header) - set(named) == repeats
    # A limit of a time ends with the minute, as the time does.
    limits = {row["Text Validation Min"] for row in known}
    assert {limit for limit in limits if ":" in limit} == {"2010-01-01 00:00"}


def test_every_field_comes_back_as_it_was(data_settings: Settings, tmp_path: Path) -> None:
    _lines, folder = exported(tmp_path)
    registry, mapping = Registry(data_settings), (GALLERY / "mapping.yaml").read_text("utf-8")
    (tmp_path / "north.yaml").write_text(mapping.replace("redcap_registry", "north"), "utf-8")
    registry.put((folder / FILE).read_bytes(), FILE, "north/2021-06-30")
    registry.land(sites_dir=tmp_path)
    assert registry.violations() == []
    different: list[tuple[str, ...]] = []
    for extract, table in EXTRACTS.items():
        known = [
            field.name
            for field in dictionary().extracts[extract].fields
            if field.published and not field.identifier
        ]
        landed = Counter(tuple(str(row[name]) for name in known) for row in registry.rows(extract))
        before = Counter(tuple(str(row.get(name)) for name in known) for row in STROKES[table])
        assert landed.total() == before.total()
        different += [*(landed - before), *(before - landed)]
    # The second of a time is cut.
    found, expected = different
    assert {(a, b) for a, b in zip(found, expected, strict=True) if a != b} == {
        ("2022-03-05 09:05:00", "2022-03-05 09:05:30")
    }


def test_a_folder_that_holds_something_stays(tmp_path: Path) -> None:
    _lines, folder = exported(tmp_path)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ExportError) as caught:
        export_redcap(tmp_path / "release_file.duckdb", folder)
    assert f"error: {caught.value}\n" == GOLDEN("folder_exists", path=folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["redcap", "release_file.duckdb"]
