"""A mapping's word is final, and a word that does nothing is asked about. All rows are invented."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.golden import golden
from tests.support.landing_tools import CASES, FOLLOWUPS, Registry
from tests.support.mappings import land, problem
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import SiteMapping
from warehouse.landing.cell_parser import UNREADABLE, CellReader, Rules
from warehouse.settings import Settings

GOLDEN = golden("landing")

INVERTED = {"recode": {"admissions": {"hypertension": {1: False, 2: True}}}}
LOST = {"recode": {"followups": {"lost_to_followup": {1: False, 2: True}}}}
HEADER = FOLLOWUPS.split(",")


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def read(field: str, cell: Any, mapping: dict[str, Any], extract: str = "admissions") -> Any:
    words, site = dictionary(), SiteMapping.model_validate({"site": "site_a", **mapping})
    return CellReader(words.extracts[extract].field(field), Rules(words, site, extract))[cell]


def test_a_recode_means_the_same_in_csv_and_parquet(registry: Registry) -> None:
    """The case minirec3: 1.0 and 2.0 came out inverted from CSV."""
    registry.put_case("minirec3")
    registry.land(sites_dir=CASES / "sites")
    found = {
        (row["source_file"].rsplit(".")[-1], row["source_row"]): row["hypertension"]
        for row in registry.rows("admissions")
    }
    assert found == {
        ("csv", 2): False, ("csv", 3): True, ("csv", 4): None,
        ("parquet", 2): False, ("parquet", 3): True, ("parquet", 4): None,
    }  # fmt: skip


@pytest.mark.parametrize("one", [1, 1.0, "1", "1.0", "01", "1.", "+1", "\uff11", "\uff11.\uff10"])
def test_a_recode_is_of_every_spelling_of_a_number(one: Any) -> None:
    assert read("hypertension", one, INVERTED) is False


@pytest.mark.parametrize(
    ("recode", "cell", "value"),
    [
        ({"01": "female", "02": "male"}, 1, "female"),
        ({1.0: "female"}, "1", "female"),
        ({"\uff11": "female"}, "01", "female"),
        ({1.5: "female"}, "1.50", "female"),
        ({-1: "female"}, "-1.0", "female"),
        ({0: "female"}, "-0", "female"),
        ({"m": "female"}, "M", "female"),
        ({"m": "female"}, "male", "male"),
        ({10: "female"}, "1", "1"),
    ],
)
def test_spellings_that_are_the_same_cell(recode: dict[Any, str], cell: Any, value: str) -> None:
    assert read("sex", cell, {"recode": {"admissions": {"sex": recode}}}) == value


def test_a_decimal_comma_spells_the_same_number() -> None:
    mapping = INVERTED | {"decimal": ","}
    assert [read("hypertension", cell, mapping) for cell in ("1,0", "2,00", 1.0)] == [
        False, True, False
    ]  # fmt: skip
    assert (
        read("aspects", "9,0", {"decimal": ",", "missing": {"admissions": {"aspects": [9]}}})
        is None
    )


@pytest.mark.parametrize("cell", ["9", "09", "9.0", 9, 9.0, "\uff19"])
def test_a_missing_marker_is_every_spelling_of_its_number(cell: Any) -> None:
    assert read("hypertension", cell, {"missing": {"admissions": {"hypertension": [9]}}}) is None


def test_a_recode_means_the_same_in_every_format(registry: Registry, tmp_path: Path) -> None:
    """Numbers, numbers with decimals, texts and full-width texts, in CSV, XLSX and Parquet."""
    cells = [1, 2, 1.0, 2.0, "1", "2", "1.0", "2.0", "\uff11", "\uff12"]
    lines = [f"P{n},2021-03-05,telephone,2,{cell}" for n, cell in enumerate(cells)]
    registry.put("\n".join([FOLLOWUPS, *lines]))
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    for number, cell in enumerate(cells):
        book.active.append([f"P{number}", "2021-03-05", "telephone", 2, cell])
    content = io.BytesIO()
    book.save(content)
    registry.put(content.getvalue(), "followups.xlsx")
    kinds = {
        "int": cells[:2], "float": [1.0, 2.0], "text": ["1", "2"], "decimals": ["1.0", "2.0"],
        "wide": ["\uff11", "\uff12"],
    }  # fmt: skip
    for name, column in kinds.items():
        table = pa.table({"patient_id": ["a", "b"], "mrs": [2, 2], "lost_to_followup": column})
        content = io.BytesIO()
        pq.write_table(table, content)
        registry.put(content.getvalue(), f"followups_{name}.parquet")
    land(registry, tmp_path, **LOST)
    assert [row["lost_to_followup"] for row in registry.rows()] == [False, True] * 15
    assert [row for row in registry.violations() if row[2] == "reject"] == []


def test_what_is_impossible_in_a_declared_format_is_not_read_in_another() -> None:
    """25 is no month: the cell is refused, not read with day and month swapped."""
    swapped = {"date_formats": ["%Y-%d-%m"]}
    assert read("birth_date", "2021-03-25", swapped) is UNREADABLE
    assert read("onset_at", "2021-03-25 10:00", swapped) is UNREADABLE
    assert read("onset_at", "2021-25-03 10:00", swapped) == datetime(2021, 3, 25, 10)
    both = {"date_formats": ["%m/%d/%Y"], "formats": {"admissions": {"birth_date": ["%d/%m/%Y"]}}}
    assert read("birth_date", "12/25/1955", both) is UNREADABLE
    assert read("birth_date", "1955-12-25", both).isoformat() == "1955-12-25"
    assert read("onset_at", "12/25/2021 10:00", both) == datetime(2021, 12, 25, 10)


def test_a_column_that_the_site_names_counts_before_other_names(
    registry: Registry, tmp_path: Path
) -> None:
    registry.put("case_no,MRN,mrs,lost_to_followup\nA,1,2,no\nB,1,2,no\n")
    [manifest] = land(registry, tmp_path, headers={"followups": {"mrn": "patient_id"}}).files
    assert (manifest.sources["patient_id"], manifest.unknown_columns) == ("MRN", ("case_no",))
    assert len({row["patient_key"] for row in registry.rows()}) == 1


def test_an_ignored_column_is_not_read(registry: Registry, tmp_path: Path) -> None:
    """Also one that the dictionary knows by another name."""
    registry.put("case_no,patient_id,mrs,mode,lost_to_followup\nA,1,2,telephone,no\n")
    [manifest] = land(registry, tmp_path, ignored_columns=["Case No", "mode"]).files
    assert (manifest.status, manifest.unknown_columns) == ("landed", ())
    assert (manifest.sources["patient_id"], registry.rows()[0]["mode"]) == ("patient_id", None)


@pytest.mark.parametrize(
    ("mapping", "field", "found"),
    [
        ({"recode": {"followups": {"mode": {"T": "telephone"}}}}, "mode",
         "recode.mode: none of its spellings is in the column"),
        ({"recode": {"followups": {"death_date": {}}}}, "death_date",
         "recode.death_date: no column to apply it to"),
        ({"headers": {"followups": {"Mode of call": "mode"}}}, "mode",
         "headers: no column 'Mode of call'"),
        ({"headers": {"followups": {"Died": "death_date"}}}, "death_date",
         "headers: no column 'Died'"),
        ({"formats": {"followups": {"death_date": ["%d.%m.%Y"]}}}, "death_date",
         "formats.death_date: no column to apply it to"),
        ({"missing": {"followups": {"death_date": ["alive"]}}}, "death_date",
         "missing.death_date: no column to apply it to"),
        ({"columns": {"followups": {"death_date": {"join": ["day", "hour"]}}}}, "death_date",
         "columns.death_date: no column to apply it to"),
    ],
)  # fmt: skip
def test_a_rule_that_matches_nothing_is_a_query(
    registry: Registry, tmp_path: Path, mapping: dict[str, Any], field: str, found: str
) -> None:
    registry.put(f"{FOLLOWUPS}\nP1,2021-03-05,telephone,2,no\n")
    land(registry, tmp_path, **mapping)
    [row] = registry._read("violations")
    assert (row["rule"], row["field"], row["found"], row["severity"]) == (
        "followups.mapping.at_work", field, found, "warn"
    )  # fmt: skip


def test_a_unit_of_a_column_that_is_not_there_is_a_query(
    registry: Registry, tmp_path: Path
) -> None:
    words = dictionary().extracts["admissions"]
    names = [known.name for known in words.fields if known.constraints.required]
    registry.put(f"{','.join(names)}\n", "admissions.csv")
    land(registry, tmp_path, units={"admissions": {"glucose_mmol_per_l": "mg/dL"}})
    assert registry.violations() == [
        ("admissions.mapping.at_work", None, "warn", GOLDEN("units_no_column_to_apply_it"))
    ]


def test_a_rule_that_worked_once_is_not_asked_about(registry: Registry, tmp_path: Path) -> None:
    """That a code does not come today is normal; a column that goes is a query anyway."""
    registry.put(f"{FOLLOWUPS}\nP1,2021-03-05,T,2,no\n", day="site_a/2021-03-05")
    registry.put(f"{FOLLOWUPS}\nP2,2021-03-06,telephone,2,no\n", day="site_a/2021-03-06")
    registry.put(f"{FOLLOWUPS}\nP3,2021-03-07,telephone,2,no\n", day="site_a/2021-03-07")
    land(registry, tmp_path, recode={"followups": {"mode": {"T": "telephone"}}})
    assert registry.violations() == []


def test_one_of_several_headers_of_a_field_is_enough(registry: Registry, tmp_path: Path) -> None:
    registry.put("MRN,mrs,lost_to_followup\nP1,2,no\n")
    land(registry, tmp_path, headers={"followups": {"MRN": "patient_id", "PatNo": "patient_id"}})
    assert registry.violations() == []


def test_an_empty_column_gives_no_finding(registry: Registry, tmp_path: Path) -> None:
    registry.put(f"{FOLLOWUPS}\nP1,2021-03-05,,2,no\n")
    land(registry, tmp_path, recode={"followups": {"mode": {"T": "telephone"}}})
    assert registry.violations() == []


@pytest.mark.parametrize(
    ("field", "marker", "cell", "value"),
    [
        ("systolic_bp_mmhg", 99, "99", 99),
        ("systolic_bp_mmhg", 99, 99.0, 99),
        ("baseline_nihss", 20, "20", 20),
        ("glucose_mmol_per_l", 20, "20.0", 20.0),
        ("platelets_giga_per_l", 999, "999", 999),
        ("aspects", 99, "99", None),
        ("glucose_mmol_per_l", 99, "99", None),
        ("systolic_bp_mmhg", -1, "-1", None),
    ],
)
def test_a_general_marker_within_the_range_of_a_field_is_a_value_there(
    field: str, marker: int, cell: Any, value: Any
) -> None:
    assert read(field, cell, {"missing_values": [marker]}) == value


def test_the_marker_within_the_range_is_in_the_unit_of_the_site() -> None:
    """99 mg/dL is 5.5 mmol/L."""
    mapping = {"missing_values": [99], "units": {"admissions": {"glucose_mmol_per_l": "mg/dL"}}}
    assert read("glucose_mmol_per_l", "99", mapping) == 5.49549


def test_a_marker_that_is_read_as_a_value_is_a_query(registry: Registry, tmp_path: Path) -> None:
    """Until the site says of the field what it means there."""
    words = dictionary().extracts["admissions"]
    names = [known.name for known in words.fields if known.constraints.required]
    header = ",".join([*names, "systolic_bp_mmhg", "aspects"])
    registry.put(f"{header}\n{',' * len(names)}99,99\n", "admissions.csv")
    land(registry, tmp_path, missing_values=[99])
    assert registry.violations() == [("admissions.markers.possible_value", None, "warn", "99")]
    [row] = registry.rows("admissions")
    assert (row["systolic_bp_mmhg"], row["aspects"]) == (99, None)
    for markers, value in (([], 99), ([99], None)):
        stated = {"admissions": {"systolic_bp_mmhg": markers}}
        land(registry, tmp_path, missing_values=[99], missing=stated)
        assert registry.violations() == []
        assert registry.rows("admissions")[0]["systolic_bp_mmhg"] == value


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("onset_at", "Tag and Zeit are not in the file, and onset_at is made of Tag and Zeit: "
         "correct the names below columns in config/sites/site_a.yaml, or take onset_at out "
         "there if the column 'onset_at' holds it"),
        ("Tag", "Zeit is not in the file, and onset_at is made of Tag and Zeit: "
         "correct the names below columns in config/sites/site_a.yaml"),
    ],
)  # fmt: skip
def test_columns_to_join_that_are_not_there_are_named(
    registry: Registry, tmp_path: Path, header: str, reason: str
) -> None:
    words = dictionary().extracts["admissions"]
    names = {known.name for known in words.fields if known.constraints.required}
    registry.put(f"{','.join(names - {'onset_at'} | {header})}\n", "admissions.csv")
    mapping = {"columns": {"admissions": {"onset_at": {"join": ["Tag", "Zeit"]}}}}
    [manifest] = land(registry, tmp_path, **mapping).files
    assert manifest.reason == GOLDEN("required_columns_are_missing_onset_at", reason=reason)


def test_a_sheet_to_ignore_that_is_not_there_is_a_query(registry: Registry, tmp_path: Path) -> None:
    """Until it was there in one delivery of the site; of a text nothing can be said."""

    def book(patient: str, *sheets: str) -> bytes:
        book, content = openpyxl.Workbook(), io.BytesIO()
        book.active.append(HEADER)
        book.active.append([patient, "2021-03-05", "telephone", 2, "no"])
        for sheet in sheets:
            book.create_sheet(sheet).append(["x"])
        book.save(content)
        return content.getvalue()

    registry.put(f"{FOLLOWUPS}\nP1,2021-03-05,telephone,2,no\n", day="site_a/2021-03-04")
    registry.put(book("P1"), "followups.xlsx", day="site_a/2021-03-05")
    registry.put(book("P2", "Legend"), "followups.xlsx", day="site_a/2021-03-06")
    registry.put(book("P3"), "followups_2.xlsx", day="site_a/2021-03-07")
    land(registry, tmp_path, ignored_sheets=["legend", "Old"])
    found = [
        (row["delivered_on"].isoformat(), row["found"], row["severity"])
        for row in registry._read("violations")
        if row["rule"] == "followups.mapping.at_work"
    ]
    assert sorted(found) == [
        ("2021-03-05", "ignored_sheets: no sheet 'Old'", "warn"),
        ("2021-03-05", "ignored_sheets: no sheet 'legend'", "warn"),
        ("2021-03-06", "ignored_sheets: no sheet 'Old'", "warn"),
        ("2021-03-07", "ignored_sheets: no sheet 'Old'", "warn"),
    ]


@pytest.mark.parametrize(
    ("cells", "mapping", "found"),
    [
        ("1 2 0", {}, "'1' is read as yes"),
        ("1 2", {"recode": {"followups": {"lost_to_followup": {1: "no", 2: "yes"}}}}, None),
        ("1 2", {"recode": {"followups": {"lost_to_followup": {2: "yes"}}}}, "'1' is read as yes"),
        ("1 0 no", {}, None),
        ("0 no perhaps", {}, None),
        ("yes no perhaps", {}, None),
        ("1 #N/A", {}, None),
    ],
)
def test_a_number_beside_one_that_the_code_list_lacks_is_named(
    registry: Registry, tmp_path: Path, cells: str, mapping: dict[str, Any], found: str | None
) -> None:
    rows = "".join(f"P{n},2021-06-01,telephone,1,{c}\n" for n, c in enumerate(cells.split()))
    registry.put(f"{FOLLOWUPS}\n{rows}")
    land(registry, tmp_path, **mapping)
    named = [row[3] for row in registry.violations() if row[0] == "followups.codes.half_known"]
    assert named == ([found] if found else [])


def test_a_letter_beside_one_that_the_code_list_lacks_is_named() -> None:
    words = dictionary()
    rules = Rules(words, SiteMapping(site="site_a"), "admissions")
    reader = CellReader(words.extracts["admissions"].field("sex"), rules)
    reader.see(["M", "male"])
    assert [reader[cell] for cell in ("M", "male", "H")] == ["male", "male", "A"]
    assert reader.half_known == {}, "H stands in another column"
    reader.see(["H"])
    assert reader.half_known == {"m": "male"}


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ("0 1 2 3 4 5", {"0": "0", "1": "1", "3": "3"}),
        ("0 1 2a 2b 2c 3", {}),
        ("0 1 2a 2b 3 4", {}),
        ("TICI0 2a 4 5", {}),
    ],
)
def test_numbers_of_another_list_are_named(cells: str, found: dict[str, str]) -> None:
    """Ranks from 0 to 5: 3 would be 2b. One number that is no code is a slip."""
    words = dictionary()
    rules = Rules(words, SiteMapping(site="site_a"), "procedures")
    reader = CellReader(words.extracts["procedures"].field("mtici_final"), rules)
    reader.see(cells.split())
    assert reader.half_known == found


def test_a_constant_of_a_part_needs_no_spelling_of_a_recode(
    registry: Registry, tmp_path: Path
) -> None:
    registry.put(FOLLOWUPS.replace("no", "x") + "\nP1,2021-06-01,telephone,1,offen\n", "wide.csv")
    late = {"extract": "followups", "part": "late", "ignored_columns": ["lost_to_followup"]}
    late["columns"] = {"lost_to_followup": {"constant": "no"}, "time_point": {"constant": "year_1"}}
    land(
        registry, tmp_path, files={"wide": [{"extract": "followups"}, late]},
        recode={"followups": {"lost_to_followup": {"offen": "yes"}}},
    )  # fmt: skip
    assert [row["lost_to_followup"] for row in registry.rows()] == [True, False]
    assert registry.violations() == []


@pytest.mark.parametrize(
    ("line", "rows"),
    [("Summe,,,,,90,", 1), (",TOTAL,80,,,,", 1), ("Summe,1,,,,90,", 2), ("S1,,,,,90,", 2)],
)
def test_a_total_below_a_number_of_patients_is_no_row(
    registry: Registry, line: str, rows: int
) -> None:
    registry.put(f"{FOLLOWUPS},admission_id,x\nP1,2021-06-01,telephone,1,no,A1,\n{line}\n")
    registry.land()
    assert len(registry.rows()) == rows


def test_texts_that_usually_mean_missing_are_counted_once_for_their_column(
    registry: Registry, tmp_path: Path
) -> None:
    """``N/A`` is a marker of the dictionary's, ``soon`` none; ``unk`` is named for one field."""
    registry.put(
        f"{FOLLOWUPS}\nP1,2021-06-01,UTD,1,no\nP2,2021-06-01,utd,UTD,no\nP3,NK,UTD,2,N/A\n"
        "P4,2021-06-01,soon,2,unk\n"
    )
    land(registry, tmp_path, missing={"followups": {"lost_to_followup": ["unk"]}})
    assert [row for row in registry.violations() if row[1] is None] == [
        ("followups.markers.undeclared", None, "warn", "'NK' (1 x)"),
        ("followups.markers.undeclared", None, "warn", GOLDEN("two_markers")),
        ("followups.markers.undeclared", None, "warn", "'UTD' (1 x)"),
    ]


@pytest.mark.parametrize(
    ("mapping", "hint"),
    [
        ({"headers": {"admissions": {"x": "baseline_nihs"}}}, "; is baseline_nihss meant?"),
        ({"headers": {"admissions": {"x": "mtici_final"}}}, GOLDEN("field_of_procedures")),
        ({"recode": {"admissions": {"sex": {"W": "femal"}}}}, "; is female meant?"),
        ({"units": {"admissions": {"glucose_mmol_per_l": "mg/dl"}}}, "; is mg/dL meant?"),
        ({"identifiers": {"patientid": ["upper_case"]}}, "; is patient_id meant?"),
        ({"files": {"a": [{"extract": "admissions", "blank": {"diabetis": "no"}}]}},
         "; is diabetes meant?"),
        ({"files": {"a": [{"extract": "admissions", "wher": {"a": ["b"]}}]}},
         GOLDEN("key_almost_right")),
        ({"time_zone": "Europe/Berln"}, "; is Europe/Berlin meant?"),
    ],
)  # fmt: skip
def test_a_name_that_is_almost_right_is_named(
    tmp_path: Path, mapping: dict[str, Any], hint: str
) -> None:
    assert problem(tmp_path, **mapping).endswith(hint)


def test_a_column_that_the_file_almost_has_is_named(registry: Registry, tmp_path: Path) -> None:
    registry.put(f"{FOLLOWUPS},dead\nP1,2021-06-01,telephone,6,no,2021-05-01\n")
    land(registry, tmp_path, headers={"followups": {"Dead?": "death_date"}})
    assert [row[3] for row in registry.violations() if row[0].endswith("at_work")] == [
        GOLDEN("column_almost_there")
    ]


@pytest.mark.parametrize(
    ("named", "mapping"),
    [
        ("column A", {"headers": {"followups": {"ID of person": "patient_id"}}}),
        ("call day", {"columns": {"followups": {"patient_id": {"join": ["calls day"]}}}}),
        (
            "call day",
            {
                "files": {"followups": [{"extract": "followups", "where": {"calls day": ["1"]}}]},
                "headers": {"followups": {"ID of persons": "patient_id"}},
            },
        ),
    ],
)
def test_a_rejected_file_names_the_column_that_is_almost_there(
    registry: Registry, tmp_path: Path, named: str, mapping: dict[str, Any]
) -> None:
    """The first is not shown, because its words may name somebody."""
    registry.put("ID of persons,call day,mrs,lost_to_followup\nP1,2,2,no\n")
    [manifest] = land(registry, tmp_path, **mapping).files
    assert manifest.status == "rejected" and named in str(manifest.reason)
