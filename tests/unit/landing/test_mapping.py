"""A site's mapping at work: units, markers, formats, fields of several columns, wide files."""

from __future__ import annotations

import resource
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.golden import golden
from tests.support.landing_tools import DAY, FOLLOWUPS, Registry
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import SiteMapping
from warehouse.landing.cell_parser import UNREADABLE, CellReader, Rules
from warehouse.settings import PROJECT_DIR, Settings

GOLDEN = golden("landing")

WIDE = {
    "files": {
        "registry": [
            {"extract": "followups"},
            {"extract": "imaging", "part": "scan1", "prefix": "scan1_"},
            {"extract": "imaging", "part": "scan2", "prefix": "scan2_"},
        ]
    },
    "headers": {"imaging": {"blood": "hemorrhage_type"}},
    "columns": {
        "imaging": {
            "imaging_id": {"join": ["patient_id"], "suffix": "-{part}"},
            "imaged_at": {"join": ["day", "hour"]},
        }
    },
}
WIDE_HEADER = (
    "patient_id,mrs,lost_to_followup,ward,scan1_day,scan1_hour,scan1_modality,scan1_blood,"
    "scan2_day,scan2_hour,scan2_modality,scan2_blood"
)


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def read(extract: str, field: str, cell: Any, **mapping: Any) -> Any:
    words, site = dictionary(), SiteMapping.model_validate({"site": "site_a", **mapping})
    return CellReader(words.extracts[extract].field(field), Rules(words, site, extract))[cell]


def land(registry: Registry, tmp_path: Path, mapping: dict[str, Any]) -> Any:
    (tmp_path / "site_a.yaml").write_text(yaml.safe_dump({"site": "site_a", **mapping}))
    return registry.land(sites_dir=tmp_path)


@pytest.mark.parametrize(
    ("field", "unit", "cell", "value"),
    [
        ("glucose_mmol_per_l", "mg/dL", "126", 6.99426),
        ("glucose_mmol_per_l", "mg/dL", 180.0, 9.9918),
        ("glucose_mmol_per_l", "g/L", "1.26", 6.99426),
        ("glucose_mmol_per_l", "mmol/L", "7.1", 7.1),
        ("platelets_giga_per_l", "/uL", "235000", 235.0),
        ("platelets_giga_per_l", "/uL", "235400", 235.4),
        ("platelets_giga_per_l", "/uL", 1_200_000, 1200.0),
        ("platelets_giga_per_l", "10^3/uL", "195.5", 195.5),
        ("platelets_giga_per_l", "10^4/uL", "23.5", 235.0),
        ("platelets_giga_per_l", "10^9/L", "195.5", 195.5),
        ("platelets_giga_per_l", "/uL", "13812345678", UNREADABLE),
        ("platelets_giga_per_l", "/uL", "many", UNREADABLE),
        ("systolic_bp_mmhg", "kPa", "20.2", 151.512524),
        ("systolic_bp_mmhg", "cmHg", 15.25, 152.5),
        ("systolic_bp_mmhg", "mmHg", "152", 152.0),
    ],
)
def test_units_are_converted(field: str, unit: str, cell: Any, value: Any) -> None:
    found = read("admissions", field, cell, units={"admissions": {field: unit}})
    assert (found, type(found)) == (value, type(value))


CONVERSIONS = [
    (extract.name, field.name, known)
    for extract in dictionary().extracts.values()
    for field in extract.fields
    for known in field.convertible_units
]


@pytest.mark.parametrize("cell", ["1.37", "13.7", "0.5", "2"])
@pytest.mark.parametrize(("extract", "field", "known"), CONVERSIONS)
def test_no_conversion_rounds(extract: str, field: str, known: Any, cell: str) -> None:
    """A value is the cell times the factor, or the cell is a query."""
    found = read(extract, field, cell, units={extract: {field: known.unit}})
    assert found is UNREADABLE or float(found) == pytest.approx(float(cell) * known.factor, 1e-9)


@pytest.mark.parametrize(
    ("unit", "cell", "value"),
    [
        ("fraction", "0.69", 69), ("fraction", 0.07, 7), ("fraction", "0.29", 29),
        ("fraction", 1, 100), ("fraction", "0.695", UNREADABLE), ("fraction", 0.695, UNREADABLE),
        ("%", "69.5", UNREADABLE),
    ],
)  # fmt: skip
def test_no_conversion_rounds_across_the_threshold_of_the_study(
    unit: str, cell: Any, value: Any
) -> None:
    field = "residual_stenosis_pct"
    found = read("procedures", field, cell, units={"procedures": {field: unit}})
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("mapping", "field", "cell", "value"),
    [
        ({"missing_values": [999]}, "aspects", "999", None),
        ({"missing_values": [999]}, "aspects", "999.0", None),
        ({"missing_values": [999]}, "glucose_mmol_per_l", 999, None),
        ({"missing_values": [999]}, "aspects", "99", 99),
        ({"missing_values": ["1900-01-01"]}, "birth_date", date(1900, 1, 1), None),
        ({"missing_values": ["1"]}, "hypertension", "1", True),
        ({"missing": {"admissions": {"hypertension": [1]}}}, "hypertension", "1", None),
        ({"missing": {"admissions": {"hypertension": ["U"]}}}, "hypertension", "u", None),
        ({"missing": {"admissions": {"diabetes": ["U"]}}}, "hypertension", "U", UNREADABLE),
        ({"formats": {"admissions": {"birth_date": ["%d/%m/%Y"]}}}, "birth_date", "3/4/1955",
         date(1955, 4, 3)),
        ({"formats": {"admissions": {"birth_date": ["%d/%m/%Y"]}}}, "onset_at", "3/4/1955 10:00",
         UNREADABLE),
        ({"date_formats": ["%d.%m.%Y"]}, "onset_at", "3.4.2021 10:05", datetime(2021, 4, 3, 10, 5)),
        ({"recode": {"admissions": {"sex": {1: "male"}}}}, "sex", "1.0", "male"),
        ({"recode": {"admissions": {"sex": {1: "male"}}}}, "sex", 1, "male"),
        ({"recode": {"admissions": {"hypertension": {2: False}}}}, "hypertension", "2", False),
        ({"recode": {"admissions": {"hypertension": {2: "no"}}}}, "hypertension", "2", False),
        ({"recode": {"admissions": {"hypertension": {0: "yes"}}}}, "hypertension", "0", True),
        ({"decimal": ","}, "baseline_nihss", "15.0", 15),
        ({"decimal": ","}, "baseline_nihss", "15.000", UNREADABLE),
    ],
)  # fmt: skip
def test_cells_are_read_as_the_site_writes_them(
    mapping: dict[str, Any], field: str, cell: Any, value: Any
) -> None:
    assert read("admissions", field, cell, **mapping) == value


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("2b/3", "ambiguous: 2b or 3"),
        ("TICI 2b - TICI 2c, 3", "ambiguous: 2b, 2c or 3"),
        ("2b或3", "ambiguous: 2b or 3"),
        ("2b/2B", "2b/2B"),
        ("2b/9", "2b/9"),
        ("2b", "2b"),
    ],
)
def test_a_cell_that_names_several_codes_says_which(cell: str, text: str) -> None:
    assert read("procedures", "mtici_final", cell) == text


def test_several_grades_are_no_number(registry: Registry) -> None:
    registry.put(f"{FOLLOWUPS}\nP1,2021-03-05,telephone,3-4,no\n")
    registry.land()
    [row] = registry._read("violations")
    assert (row["rule"], row["found"], row["expected"]) == (
        "followups.mrs.type",
        "3-4",
        GOLDEN("one_code_or"),
    )


def test_the_first_column_that_is_not_missing_counts(registry: Registry, tmp_path: Path) -> None:
    recipe = {"first": ["visit mrs", "phone mrs"]}
    header = "patient_id,lost_to_followup,visit mrs,phone mrs"
    registry.put(f"{header}\nP1,no,2,3\nP2,no,NA,3\nP3,no,,\nP4,no,x,3\n")
    land(registry, tmp_path, {"columns": {"followups": {"mrs": recipe}}})
    assert [row["mrs"] for row in registry.rows()] == [2, 3, None, None]
    assert registry.violations() == [("followups.mrs.type", 5, "reject", "A")]


def test_a_joined_number_needs_all_its_parts(registry: Registry, tmp_path: Path) -> None:
    registry.put("centre,case,lost_to_followup\nA,1,no\nB,1,no\n,1,no\n")
    recipe = {"join": ["centre", "case"], "separator": "-"}
    land(registry, tmp_path, {"columns": {"followups": {"patient_id": recipe}}})
    keys = [row["patient_key"] for row in registry.rows()]
    assert (len(set(keys)), keys[2]) == (3, None)


def test_a_wide_file_becomes_rows_of_several_extracts(registry: Registry, tmp_path: Path) -> None:
    """The line stays the same, rows balance for each part, and each column is reported once."""
    registry.put(
        f"{WIDE_HEADER}\n"
        "P1,2,no,7,2021-03-01,9:00,ct,none,2021-03-02,10:00,mri,PH-2\n"
        "P2,,yes,7,2021-03-03,11:00,ct,HI-1,,NA,,\n"
        "P3,,yes,7,,,,,,,,\n"
        "P4,2\n",
        "registry 2021.csv",
    )
    report = land(registry, tmp_path, WIDE)
    file = f"{DAY}/registry 2021.csv"
    counted = [
        (entry.source_file, entry.rows_in_file, entry.rows_landed, entry.unknown_columns)
        for entry in report.files
    ]
    assert counted == [
        (f"{file}#followups", 4, 3, ("ward",)),
        (f"{file}#scan1", 3, 2, ()),
        (f"{file}#scan2", 2, 1, ()),
    ]
    shown = ("source_file", "source_row", "imaged_at", "modality", "hemorrhage_type")
    rows = registry.rows("imaging")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        (f"{file}#scan1", 2, datetime(2021, 3, 1, 9, 0), "ct", "none"),
        (f"{file}#scan1", 3, datetime(2021, 3, 3, 11, 0), "ct", "HI-1"),
        (f"{file}#scan2", 2, datetime(2021, 3, 2, 10, 0), "mri", "PH-2"),
    ]
    assert len({row["row_id"] for row in rows}) == len({row["imaging_key"] for row in rows}) == 3
    patients = {row["source_row"]: row["patient_key"] for row in registry.rows()}
    assert all(row["patient_key"] == patients[row["source_row"]] for row in rows)
    assert sorted(registry.violations()) == [
        ("followups.columns.known", None, "warn", "ward"),
        ("followups.line.readable", 5, "reject", "2 fields"),
        ("imaging.line.readable", 5, "reject", "2 fields"),
        ("imaging.line.readable", 5, "reject", "2 fields"),
    ]


def test_what_a_mapping_reads_no_more_is_forgotten(registry: Registry, tmp_path: Path) -> None:
    registry.put(f"{WIDE_HEADER}\nP1,2,no,7,2021-03-01,9:00,ct,none,2021-03-02,10:00,mri,PH-2\n",
                 "registry.csv")  # fmt: skip
    land(registry, tmp_path, {})
    land(registry, tmp_path, WIDE)
    assert len(registry.rows("imaging")) == 2
    fewer = WIDE | {"files": {"registry": WIDE["files"]["registry"][:2]}}
    land(registry, tmp_path, fewer)
    assert [row["source_file"] for row in registry.rows("imaging")] == [f"{DAY}/registry.csv#scan1"]
    manifests = list((registry.settings.landed_dir / "files").rglob("*.json"))
    assert len(manifests) == 2
    assert land(registry, tmp_path, fewer).files == ()


def test_a_prefix_is_not_the_beginning_of_another(registry: Registry, tmp_path: Path) -> None:
    header = WIDE_HEADER.replace("scan2_", "scan10_")
    registry.put(f"{header}\nP1,2,no,7,2021-03-01,9:00,ct,none,2021-03-02,10:00,mri,PH-2\n",
                 "registry.csv")  # fmt: skip
    parts = [*WIDE["files"]["registry"][:2], {"extract": "imaging", "part": "10",
             "prefix": "scan10_"}]  # fmt: skip
    land(registry, tmp_path, WIDE | {"files": {"registry": parts}})
    assert [row["modality"] for row in registry.rows("imaging")] == ["mri", "ct"]


def test_columns_that_are_not_needed_are_not_reported(registry: Registry, tmp_path: Path) -> None:
    registry.put(f"{FOLLOWUPS},Ward\nP1,2021-03-05,telephone,2,no,7\n")
    [manifest] = land(registry, tmp_path, {"ignored_columns": ["ward"]}).files
    assert (manifest.unknown_columns, registry.violations()) == ((), [])


def test_conversions_are_noted(registry: Registry, tmp_path: Path) -> None:
    header = ",".join(field.name for field in dictionary().extracts["admissions"].fields)
    registry.put(f"{header}\n", "admissions.csv")
    units = {"admissions": {"glucose_mmol_per_l": "mg/dL", "systolic_bp_mmhg": "mmHg"}}
    [manifest] = land(registry, tmp_path, {"units": units}).files
    assert manifest.conversions == {"glucose_mmol_per_l": GOLDEN("mg_dl_mmol")}


def test_a_full_disk_is_an_error_for_people(registry: Registry) -> None:
    """A process that may not write more than a few bytes stands for a disk that is full."""
    small = registry.put(f"{FOLLOWUPS}\nP1,2021-03-05,telephone,2,no\n", "followups_1.csv")
    registry.land()
    registry.put(small.read_text() * 9000, "followups_2.csv")
    land_it = (
        "from warehouse.landing import land, DiskFullError\n"
        "from warehouse.settings import settings\n"
        "try:\n    land(settings())\nexcept DiskFullError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", land_it],
        cwd=PROJECT_DIR,
        env={"WAREHOUSE_DATA": str(registry.settings.data)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (99_999, 99_999)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith(
        GOLDEN("there_is_no_disk_space_to", day=DAY, data=registry.settings.data)
    )
    assert [row["source_file"] for row in registry.rows()] == [f"{DAY}/followups_1.csv"]
