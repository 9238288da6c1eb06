"""Proposed mappings: what is certain is in the mapping, and nothing else is decided."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from openpyxl import Workbook

from tests.support.adoption import open_questions, parts, placed, proposed, reader_in
from warehouse.adopt.evidence import Witness
from warehouse.adopt.matching import Matcher
from warehouse.adopt.run import AdoptError, adopt, propose
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import SiteMapping
from warehouse.definitions.site_template import MAPPING_TEMPLATE, filled_template
from warehouse.landing.cell_text import Cell
from warehouse.landing.survey import Column
from warehouse.settings import Settings


def test_a_format_is_proposed_when_a_cell_proves_it(tmp_path: Path) -> None:
    text = "subject id,onset,born\nA1,25/03/2021 08:00,1/2/1950\nA2,02/03/2021 09:30,3/4/1948\n"
    adoption = proposed(tmp_path, text)
    assert parts(adoption)["admissions"]["formats"] == {"onset_at": ["%d/%m/%Y %H:%M"]}
    assert open_questions(adoption) == ["birth_date"]


def test_a_date_that_no_calendar_has_hides_no_format(tmp_path: Path) -> None:
    """One wrong cell in a column is a query of the data, and two formats in it a question."""
    days = [f"{day}/03/1950" for day in range(11, 30)]
    for last, formats in (("31/02/1950", {"birth_date": ["%d/%m/%Y"]}), ("03/31/1950", None)):
        rows = "".join(f"A{n},{day},male\n" for n, day in enumerate([*days, last]))
        adoption = proposed(tmp_path, f"patient_id,Born,sex\n{rows}")
        assert parts(adoption)["admissions"].get("formats") == formats


def test_units_and_totals_hide_no_format(tmp_path: Path) -> None:
    """A first line of units, and a last one that sums up: neither is a record in a refresh."""
    rows = [f"{n:02}.03.2021 10:{n},A{n},{n % 6},{n}" for n in range(10, 20)]
    text = "\n".join(
        ["needle,mrn,prestroke_mrs,nihss", "date time,,0-5,pts", *rows, "Total,10,,99"]
    )
    adoption = proposed(tmp_path, text)
    found = parts(adoption)
    assert found["procedures"]["formats"] == {"ivt_at": ["%d.%m.%Y %H:%M"]}
    assert [one.sheet.rows for file in adoption.files for one in file.sheets] == [10]
    # A first patient without a number is a row, as in a refresh.
    patient = text.replace("date time,,0-5,pts", "unclear,,2,17")
    adoption = proposed(tmp_path, patient)
    assert [one.sheet.rows for file in adoption.files for one in file.sheets] == [11]


def test_numbers_without_labels_are_never_decided(tmp_path: Path) -> None:
    text = "mrn,gender,smoker,htn\nA1,1,1,0\nA2,2,2,1\nA3,2,1,1\n"
    adoption = proposed(tmp_path, text)
    keys = parts(adoption)["admissions"]
    assert keys["headers"] == {
        "mrn": "patient_id", "gender": "sex", "htn": "hypertension", "smoker": "smoking",
    }  # fmt: skip
    # Else a 1 would be read as yes, where it may mean no.
    assert keys["missing"] == {"smoking": ["1"]}
    assert "smoking: ['1']  # until" in adoption.text
    assert "recode" not in keys
    assert open_questions(adoption) == ["sex", "smoking"]


@pytest.mark.parametrize("header", ["mTICI first pass", "mTICI after MT", "mtici_final"])
@pytest.mark.parametrize(
    ("grades", "voided"),
    [
        ("0 1 2 3 4 5", ["0", "1", "3"]),
        ("0 1 2 3 3 3", ["0", "1", "3"]),
        ("0 1 2a 2b 2b 2", None),
        ("3 3 3 3 3 2b 2b 2a 2", None),
    ],
)
def test_an_undivided_grade_is_asked(
    header: str, grades: str, voided: list[str] | None, tmp_path: Path
) -> None:
    """A 2 is 2a or 2b; and where grades are numbered from 0, a 3 is 2b."""
    rows = "".join(
        f"P{n},Q{n},2024-03-01 10:00,{grade}\n" for n, grade in enumerate(3 * grades.split())
    )
    adoption = proposed(tmp_path, f"patient_id,procedure_id,puncture_at,{header}\n{rows}")
    keys = parts(adoption)["procedures"]
    [field] = open_questions(adoption)
    assert field == keys["headers"][header]
    assert keys.get("missing") == (voided and {field: voided})
    assert "recode" not in keys
    assert "2a or 2b" in " ".join(adoption.text.replace("#", "").split())


@pytest.mark.parametrize("numbers", ["0 1", "1 2", "0 1 2", "1 2 9", "0 1 2 3", "0 1 2 3 4 5 6"])
def test_no_number_is_recoded_without_a_label(numbers: str) -> None:
    """Of any field with codes; what is proposed must be a mapping that is accepted."""
    words = dictionary()
    cells = Counter[Cell](dict.fromkeys(numbers.split(), 5))
    recodes = {
        (extract.name, known.name): found.recode
        for extract in words.extracts.values()
        for known in extract.fields
        if known.codes
        and (found := Witness(words, SiteMapping(site="")).of(Column("x", cells), known, "")).recode
    }
    assert recodes == {}


def test_words_are_recoded_when_they_are_those_of_one_code(tmp_path: Path) -> None:
    text = "mrn,toast\nA1,Large Artery Atherosclerosis\nA2,cardioembolic\nA3,心源性栓塞\n"
    text += "A4,Other determined\n"
    keys = parts(proposed(tmp_path, text))["admissions"]
    assert keys["recode"] == {
        "etiology": {
            "Large Artery Atherosclerosis": "large_artery_atherosclerosis",
            "Other determined": "other_determined",
        }
    }


def test_the_unit_is_by_the_header_or_by_the_range(tmp_path: Path) -> None:
    text = (
        "mrn,glucose [mg/dl],plt,sbp (kPa)\nA1,126,235000,18.5\nA2,99,180000,21\nA3,140,210000,17\n"
    )
    keys = parts(proposed(tmp_path, text))["admissions"]
    assert keys["units"] == {
        "glucose_mmol_per_l": "mg/dL", "platelets_giga_per_l": "/uL", "systolic_bp_mmhg": "kPa",
    }  # fmt: skip


def test_decimal_commas_and_markers_of_missing_values(tmp_path: Path) -> None:
    text = "mrn;glucose;nihss\n" + "".join(f"A{n};7,{n};{n}\n" for n in range(1, 10))
    adoption = proposed(tmp_path, text + "B1;nicht bekannt;999\nB2;8,1;999\nB3;8,2;999\n")
    assert adoption.mapping.decimal == ","
    assert parts(adoption)["admissions"]["missing"] == {"glucose_mmol_per_l": ["nicht bekannt"]}
    # 999 is most probably a marker: a person says so.
    assert open_questions(adoption) == ["baseline_nihss"]


@pytest.mark.parametrize("cell", ["9" * 400, "1.200,5", "05.03.2021", ".."])
def test_a_cell_that_only_looks_like_a_number_is_no_value(cell: str, tmp_path: Path) -> None:
    lines = [f"P{n};{number};12" for n, number in enumerate(range(100, 119))]
    lines.append(f"P19;{cell};{cell}")
    adoption = proposed(tmp_path, "\n".join(["mrn;glucose;nihss", *lines, ""]))
    assert parts(adoption)["admissions"]["headers"] == {
        "mrn": "patient_id", "glucose": "glucose_mmol_per_l", "nihss": "baseline_nihss",
    }  # fmt: skip
    assert parts(adoption)["admissions"]["units"] == {"glucose_mmol_per_l": "mg/dL"}


def test_a_day_and_a_clock_a_duration_and_a_box_for_each_code(tmp_path: Path) -> None:
    text = (
        "mrn,onset date,onset time,onset to arrival (min),etiology_laa,etiology_cardioembolism\n"
        "A1,2021-03-01,08:00,95,1,0\nA2,2021-03-05,13:10,50,0,1\n"
    )
    keys = parts(proposed(tmp_path, text))["admissions"]
    assert keys["columns"] == {
        "onset_at": {"join": ["onset date", "onset time"]},
        "arrived_at": {
            "join": ["onset date", "onset time"], "plus": {"minutes": "onset to arrival (min)"},
        },
        "etiology": {
            "checked": {
                "etiology_laa": "large_artery_atherosclerosis",
                "etiology_cardioembolism": "cardioembolism",
            }
        },
    }  # fmt: skip


def test_a_box_that_nobody_ticked_is_one_of_its_question(tmp_path: Path) -> None:
    """Else a later tick is lost; two boxes that somebody ticked show that they are boxes."""
    text = "mrn,TOAST: cardioembolico,TOAST: lacunare,TOAST: altra causa\nA1,X,,\nA2,,,X\n"
    assert parts(proposed(tmp_path, text))["admissions"]["columns"]["etiology"] == {
        "checked": {
            "TOAST: cardioembolico": "cardioembolism",
            "TOAST: lacunare": "small_vessel_occlusion",
            "TOAST: altra causa": "other_determined",
        }
    }


def test_instructions_of_a_form_are_no_words_of_a_field(tmp_path: Path) -> None:
    """Labels of REDCap; a word beside an instruction may say what is asked."""
    boxes = [
        f"Stroke etiology, select one (choice={text})"
        for text in ("Cardioembolism", "Other (rare)")
    ]
    boxes += ["Stroke etiology, select one (choice=Undetermined)"]
    columns = {
        "Sex (select one)": "female", '"NIHSS on admission (0-42, leave blank if unknown)"': "4",
        "ASPECTS (enter 0 to 10)": "8", "NIHSS (enter the score at 24 h)": "4",
        "mRS (enter that of the mother)": "1", "Hypertension (S/N)": "S",
    } | {f'"{box}"': "Checked" if "Card" in box else "Unchecked" for box in boxes}  # fmt: skip
    text = f"mrn,{','.join(columns)}\nA1,{','.join(columns.values())}\n"
    text += "".join(f"A{n}{',' * 6}{'SN'[n % 2]}{',' * 3}\n" for n in range(2, 12))
    found = placed(proposed(tmp_path, text))
    fields = [[name for _, name in found.get(header.strip('"'), ())] for header in columns]
    asked = [["sex"], ["baseline_nihss"], ["aspects"], [], []]
    assert fields == [*asked, ["hypertension"], ["etiology"], [], ["etiology"]]


def test_numbered_columns_are_repeated_rows(tmp_path: Path) -> None:
    text = (
        "mrn,sex,scan_dt_1,bleeding_1,scan_dt_2,bleeding_2\n"
        "A1,m,2021-03-01 08:00,none,2021-03-02 08:00,HI1\nA2,f,2021-03-05 13:10,PH1,,\n"
    )
    adoption = proposed(tmp_path, text)
    assert parts(adoption)["imaging{n}"] == {
        "repeat": 2,
        "part": "imaging{n}",
        "headers": {
            "mrn": "patient_id", "scan_dt_{n}": "imaged_at", "bleeding_{n}": "hemorrhage_type",
        },
        "columns": {"imaging_id": {"join": ["mrn"], "suffix": "-{part}"}},
    }  # fmt: skip
    assert [part.name for part in adoption.mapping.files["registry"]] == [
        "admissions", "imaging1", "imaging2",
    ]  # fmt: skip


REDCAP = (
    "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,sex,toast,"
    "scan_time,heidelberg,mrs_90d\n"
    "1,baseline_arm_1,,,male,ce,,,\n1,baseline_arm_1,imaging,1,,,2021-03-01 08:00,none,\n"
    "1,baseline_arm_1,imaging,2,,,2021-03-02 08:00,HI1,\n1,d90_arm_1,,,,,,,2\n"
    "2,baseline_arm_1,,,female,laa,,,\n2,d90_arm_1,,,,,,,3\n"
)


def test_events_and_instruments_choose_the_rows(tmp_path: Path) -> None:
    found = parts(proposed(tmp_path, REDCAP))
    assert {name: keys["where"] for name, keys in found.items()} == {
        "admissions": {
            "redcap_event_name": ["baseline_arm_1"],
            "redcap_repeat_instrument": {"present": False},
        },
        "imaging": {
            "redcap_event_name": ["baseline_arm_1"], "redcap_repeat_instrument": ["imaging"],
        },
        "followups": {
            "redcap_event_name": ["d90_arm_1"], "redcap_repeat_instrument": {"present": False},
        },
    }  # fmt: skip
    assert found["imaging"]["columns"]["imaging_id"] == {
        "join": ["record_id", "redcap_repeat_instance"], "separator": "-",
    }  # fmt: skip


@pytest.mark.parametrize(
    "header",
    ["mRS at two years", "NIHSS 7d", "mean bp", "family history of diabetes", "mRS 0-2",
     "site_name", "no thrombolysis reason", "onset witnessed", "former smoker", "TICI second pass"],
)  # fmt: skip
def test_a_header_that_says_more_is_not_placed(header: str, tmp_path: Path) -> None:
    rows = "".join(f"A{n},{n % 2}\n" for n in range(8))
    assert set(placed(proposed(tmp_path, f"mrn,{header}\n{rows}"))) <= {"mrn"}


def test_two_columns_with_the_same_claim_are_ambiguous(tmp_path: Path) -> None:
    adoption = proposed(tmp_path, "mrn,sex,glucose total,glucose value\nA1,m,7.1,7.2\nA2,f,6,6\n")
    assert "glucose total" not in placed(adoption)
    assert open_questions(adoption) == ["glucose total/glucose value"]


def test_rows_of_one_patient_several_times_are_of_one_extract(tmp_path: Path) -> None:
    text = "mrn,sex,scan time,modality,heidelberg\n" + "A1,m,2021-03-01 08:00,ct,none\n" * 3
    assert list(parts(proposed(tmp_path, text))) == ["imaging"]


@pytest.mark.parametrize("out", [None, "north.yaml"])
def test_the_console_shows_no_identifier_and_no_birth_date(
    out: str | None, tmp_path: Path, data_settings: Settings
) -> None:
    path = tmp_path / "admissions Wang Wei.csv"
    path.write_text(
        "patient_id,patient_name,birth_date,sex,onset_at,arrived_at,prestroke_mrs,etiology,"
        "baseline_nihss,consent_given,Wang Wei 1955\n"
        "P-4711,Wang Wei,1955-02-04,m,2021-03-01 08:00,2021-03-01 09:00,0,ce,12,yes,1\n"
    )
    lines: list[str] = []
    adopt([path], data_settings, out=out and tmp_path / out, say=lines.append)
    shown = "\n".join(lines)
    assert "baseline_nihss 12" in shown
    assert [text for text in ("4711", "Wang", "1955") if text in shown] == []


def test_a_mapping_is_never_overwritten(tmp_path: Path, data_settings: Settings) -> None:
    out = tmp_path / "north.yaml"
    out.write_text("site: north\n")
    with pytest.raises(AdoptError):
        adopt([tmp_path / "x.csv"], data_settings, out=out)
    assert out.read_text() == "site: north\n"


def test_a_mapping_of_init_says_nothing_and_is_replaced(
    tmp_path: Path, data_settings: Settings
) -> None:
    """README and the steps of a new site begin with ``warehouse init``."""
    file, out = tmp_path / "admissions.csv", tmp_path / "north.yaml"
    file.write_text("mrn,sex\nA1,male\n")
    out.write_bytes(filled_template(MAPPING_TEMPLATE, "north"))
    adopt([file], data_settings, "north", out, say=lambda _line: None)
    [part] = yaml.safe_load(out.read_text())["files"]["admissions"]
    assert part["headers"] == {"mrn": "patient_id", "sex": "sex"}
    with pytest.raises(AdoptError):
        adopt([file], data_settings, "north", out)


def test_files_whose_names_begin_alike_must_be_alike(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name, text in (
        ("registry_1.csv", "mrn,gender\nA1,m\n"),
        ("registry_2.csv", "mrn,htn\nA,1\n"),
    ):
        (tmp_path / name).write_text(text)
    with pytest.raises(AdoptError):
        adopt([tmp_path / "registry_1.csv", tmp_path / "registry_2.csv"], Settings())


def test_a_unit_that_the_cells_do_not_decide_is_asked(tmp_path: Path) -> None:
    adoption = proposed(tmp_path, "mrn,sex,sbp\nA1,m,18.5\nA2,f,21\nA3,f,17\n")
    assert open_questions(adoption) == ["systolic_bp_mmhg"]  # kPa or cmHg
    assert "units" not in parts(adoption)["admissions"]


def test_the_own_name_of_a_field_is_closer_than_an_alias(tmp_path: Path) -> None:
    text = "mrn,time last known well,stroke onset\nA1,2021-03-01 08:00,2021-03-01 08:30\n"
    assert placed(proposed(tmp_path, text))["stroke onset"] == {("admissions", "onset_at")}
    assert "time last known well" not in placed(proposed(tmp_path, text))


def test_a_day_as_the_dictionary_writes_it_needs_no_format(tmp_path: Path) -> None:
    text = "mrn,onset date,onset time\nA1,2021年3月1日,08:00\nA2,2021-03-05,13:10\n"
    keys = parts(proposed(tmp_path, text))["admissions"]
    assert keys["columns"] == {"onset_at": {"join": ["onset date", "onset time"]}}
    assert "formats" not in keys


def test_a_word_that_another_field_has_too_is_no_harmless_one(tmp_path: Path) -> None:
    # Is it the grade after thrombectomy alone, or the final one?
    adoption = proposed(tmp_path, "mrn,passes,tici post\nA1,1,2b\nA2,2,3\n")
    assert "tici post" not in placed(adoption)
    assert open_questions(adoption) == ["tici post"]


def test_ones_alone_are_doubtful_where_other_columns_have_ones_and_twos(tmp_path: Path) -> None:
    text = "mrn,gender,smoker,consent\nA1,m,1,1\nA2,f,2,1\nA3,f,1,1\n"
    adoption = proposed(tmp_path, text)
    assert parts(adoption)["admissions"]["missing"] == {"smoking": ["1"], "consent_given": ["1"]}
    assert open_questions(adoption) == ["smoking", "consent_given"]


def test_only_a_repeating_instrument_numbers_its_rows(tmp_path: Path) -> None:
    lines = [f"{line}," for line in REDCAP.splitlines()]
    lines[0], lines[1] = f"{lines[0]}puncture_time", f"{lines[1]}2021-03-01 10:30"
    text = "\n".join(lines)
    keys = parts(proposed(tmp_path, text))["procedures"]
    assert keys["columns"]["procedure_id"] == {"join": ["record_id"], "suffix": "-{part}"}


def test_each_sheet_of_a_workbook_is_a_part(tmp_path: Path) -> None:
    book = Workbook()
    first, second = book.active, book.create_sheet("visits")
    for row in (["mrn", "gender", "toast"], ["A1", "m", "ce"], ["A2", "f", "laa"]):
        first.append(row)
    for row in (["mrn", "fu date", "mrs 90d", "lost to fu"], ["A1", date(2021, 6, 1), 2, "no"]):
        second.append(row)
    path = tmp_path / "registry.xlsx"
    book.save(path)
    adoption = propose([path], reader_in(tmp_path))
    assert {name: keys["headers"] for name, keys in parts(adoption).items()} == {
        "admissions": {"mrn": "patient_id", "gender": "sex", "toast": "etiology"},
        "followups": {
            "mrn": "patient_id", "fu date": "assessed_on", "mrs 90d": "mrs",
            "lost to fu": "lost_to_followup",
        },
    }  # fmt: skip


@pytest.mark.parametrize("header", ["PatientID", "Case ID", "subject-no", "MRN", "患者编号"])
def test_a_number_of_the_patient(header: str, tmp_path: Path) -> None:
    found = placed(proposed(tmp_path, f"{header},sex\nA1,m\nA2,f\n"))
    assert found[header] == {("admissions", "patient_id")}


def test_the_files_of_a_zip_archive_are_described(tmp_path: Path, data_settings: Settings) -> None:
    path = tmp_path / "export_2021.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("out/admissions.csv", "mrn,gender\nP1,F\nP2,M\n")
        archive.writestr("out/imaging.csv", "mrn,Scan time,scan_id\nP1,2021-03-05 08:00,S1\n")
    found = adopt([path], data_settings, say=lambda _line: None)
    assert parts(found)["admissions"]["headers"] == {"mrn": "patient_id", "gender": "sex"}
    assert parts(found)["imaging"]["headers"]["Scan time"] == "imaged_at"


def test_the_only_file_of_a_zip_archive_has_the_name_of_the_archive(
    tmp_path: Path, data_settings: Settings
) -> None:
    path = tmp_path / "imaging.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("query 42.csv", "mrn,Scan time\nP1,2021-03-05 08:00\n")
    assert [file.key for file in adopt([path], data_settings, say=lambda _line: None).files] == [
        "imaging"
    ]


def test_a_question_is_asked_in_a_file_that_needs_nothing_else(tmp_path: Path) -> None:
    text = "procedure_id,patient_id,anesthesia\nQ1,P1,1\nQ2,P2,2\nQ3,P3,2\n"
    adoption = proposed(tmp_path, text, name="procedures.csv")
    assert open_questions(adoption) == ["anesthesia"]
    assert "# TODO anesthesia: " in adoption.text


def test_a_file_of_which_nothing_is_placed_is_not_called_complete(tmp_path: Path) -> None:
    adoption = proposed(tmp_path, "concept,value\n4157620,3\n", name="measurement.csv")
    assert "# Nothing is proposed" in adoption.text
    assert "# Needs nothing here:" not in adoption.text


def test_a_time_of_imaging_may_be_that_of_the_first_scan(tmp_path: Path) -> None:
    text = "subject_id,onset_timestamp,imaging_timestamp\n"
    text += "A1,2021-03-01 08:00,2021-03-01 09:10\nA2,2021-03-05 13:10,2021-03-05 14:00\n"
    adoption = proposed(tmp_path, text)
    assert open_questions(adoption) == ["imaging_timestamp"]
    assert list(parts(adoption)) == ["admissions"]


@pytest.mark.parametrize(
    ("onset", "format_"),
    [
        ("2021-03-01T08:00:00Z", []),
        ("25/03/2021 08:00 +01:00", ["%d/%m/%Y %H:%M"]),
        ("1270000000", ["seconds since 1970-01-01 UTC"]),
    ],
)
def test_times_with_a_zone_are_placed_and_the_zone_is_asked(
    onset: str, format_: list[str], tmp_path: Path
) -> None:
    adoption = proposed(tmp_path, f"mrn,onset\nA1,{onset}\n")
    assert placed(adoption)["onset"] == {("admissions", "onset_at")}
    assert parts(adoption)["admissions"].get("formats", {}).get("onset_at", []) == format_
    assert open_questions(adoption) == ["time_zone"]


def test_yes_and_no_of_a_field_with_other_codes_are_asked(tmp_path: Path) -> None:
    """JSON's booleans: male is true, or female is; but a yes of a yes or no is one."""
    path = tmp_path / "registry.jsonl"
    path.write_text(
        '{"mrn": "A1", "sex": true, "rescue_stent": false, "diabetes": true}\n'
        '{"mrn": "A2", "sex": false, "rescue_stent": true, "diabetes": false}\n'
    )
    adoption = propose([path], reader_in(tmp_path / "copies"))
    assert set(placed(adoption)) == {"mrn", "sex", "rescue_stent", "diabetes"}
    assert open_questions(adoption) == ["sex", "rescue_stent"]


def test_rows_are_shown_without_the_columns_that_are_missing(
    tmp_path: Path, data_settings: Settings
) -> None:
    path = tmp_path / "registry.csv"
    path.write_text("mrn,baseline_nihss,sex\nA1,12,m\nA2,7,f\n")
    lines: list[str] = []
    adopt([path], data_settings, say=lines.append)
    assert sum("baseline_nihss 12" in line and "sex male" in line for line in lines) == 1
    assert sum(line.startswith("# registry.csv#admissions: ") for line in lines) == 1


def test_a_day_and_a_clock_are_joined_whatever_their_names(tmp_path: Path) -> None:
    """发病时间 is a name of the field, and 发病日期 has its words; a moment counts alone."""
    text = "病案号,发病日期,发病时间\nA1,2021-03-01,08:00\nA2,2021年3月5日,13:10\n"
    adoption = proposed(tmp_path, text)
    assert parts(adoption)["admissions"]["columns"] == {
        "onset_at": {"join": ["发病日期", "发病时间"]}
    }
    assert open_questions(adoption) == []
    text = "病案号,发病日期,发病时间\nA1,2021-03-01,2021-03-01 08:00\n"
    found = placed(proposed(tmp_path, text))
    assert found.keys() == {"病案号", "发病时间"}


def test_a_clock_of_digits_is_joined_with_its_day_or_asked(tmp_path: Path) -> None:
    text = (
        "mrn,onset date,onset time,arrival time\nA1,2021-03-01,815,2021\nA2,2021-03-05,1310,905\n"
    )
    adoption = proposed(tmp_path, text)
    keys = parts(adoption)["admissions"]
    assert keys["columns"] == {"onset_at": {"join": ["onset date", "onset time"]}}
    assert keys["formats"] == {"onset_at": ["%Y-%m-%d %H%M"]}
    assert open_questions(adoption) == ["arrival time"]


@pytest.mark.parametrize("stay", ["住院号", "Episode ID", "encounter_number"])
def test_the_number_of_a_stay_is_asked_where_it_is_the_only_one(stay: str, tmp_path: Path) -> None:
    adoption = proposed(tmp_path, f"{stay},sex\n1001,m\n1002,f\n")
    assert placed(adoption)[stay] == {("admissions", "patient_id")}
    assert open_questions(adoption) == ["patient_id"]
    beside = proposed(tmp_path, f"{stay},MRN,sex\n1001,7,m\n1002,8,f\n")
    assert placed(beside)[stay] == {("admissions", "admission_id")}
    assert open_questions(beside) == []


def test_columns_of_another_time_point_are_a_part_of_their_own(tmp_path: Path) -> None:
    """What is read by its name is of the usual time point: its part alone reads it."""
    text = (
        "mrn,mRS 3 months,date 3 months,mRS_12m,one-year assessment date,6个月mRS,失访\n"
        "A1,2,2021-06-01,3,2022-03-02,1,no\nA2,1,2021-06-05,,,2,no\n"
    )
    adoption = proposed(tmp_path, text)
    found = {part.keys.get("part", ""): part.keys for f in adoption.files for part in f.parts}
    ignored = [keys.get("ignored_columns") for keys in found.values()]
    assert ignored == [None, ["失访"], ["失访"]]
    assert {name: (keys["headers"], keys.get("columns")) for name, keys in found.items()} == {
        "": (
            {
                "mrn": "patient_id", "date 3 months": "assessed_on", "mRS 3 months": "mrs",
                "失访": "lost_to_followup",
            },
            None,
        ),
        "year_1": (
            {"mrn": "patient_id", "one-year assessment date": "assessed_on", "mRS_12m": "mrs"},
            {"time_point": {"constant": "year_1"}},
        ),
        "month_6": (
            {"mrn": "patient_id", "6个月mRS": "mrs"}, {"time_point": {"constant": "month_6"}},
        ),
    }  # fmt: skip
    assert [part.name for part in adoption.mapping.files["registry"]] == [
        "followups", "year_1", "month_6",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "headers",
    [
        "rf_diabetes,rf_htn,rf_afib", "S1Diabetes,S2Htn,S2Afib", "diabetes_c,htn_c,afib_c",
        "D1Diabetes,D2Htn,D3Afib",
    ],
)  # fmt: skip
def test_the_mark_of_a_section_is_no_word_of_a_field(headers: str, tmp_path: Path) -> None:
    rows = "".join(f"A{n},m,yes,no,yes\n" for n in range(3))
    found = placed(proposed(tmp_path, f"mrn,sex,{headers}\n{rows}"))
    is_counted = headers.startswith("D1")  # days: what is asked then is something else
    assert len(found) == (2 if is_counted else 5)


def test_visits_and_relatives_are_no_sections(tmp_path: Path) -> None:
    rows = "".join(f"A{n},m,yes,no,yes,4,5,6\n" for n in range(3))
    text = f"mrn,sex,fh_diabetes,fh_htn,fh_afib,x1_nihss,x2_nihss,x3_nihss\n{rows}"
    assert set(placed(proposed(tmp_path, text))) == {"mrn", "sex"}


@pytest.mark.parametrize("other", ["PSC", "ext", "extern", "inviante", "derivador", "EMS", "RTW"])
def test_another_hospital_and_an_ambulance_are_no_sections(other: str, tmp_path: Path) -> None:
    """Their glucose, needle time and NIHSS are not those of the treating hospital."""
    asked = "NIHSS admission", "IVT_start", "glucose", "ASPECTS"
    header = ",".join(["mrn", "sex", *(f"{other}_{text}" for text in asked)])
    text = f"{header}\nA1,m,12,2021-03-01 08:00,7.1,8\n"
    assert set(placed(proposed(tmp_path, text))) == {"mrn", "sex"}


def test_a_header_may_say_what_its_numbers_mean(tmp_path: Path) -> None:
    text = 'mrn,"Sex [1=m 2=f]",吸烟\uff081是0否\uff09,NIHSS (0-42),DOB (dd.mm.yyyy)\n'
    text += "A1,1,1,4,05.02.1950\nA2,2,0,7,25.03.1948\n"
    adoption = proposed(tmp_path, text)
    assert parts(adoption)["admissions"]["recode"] == {
        "sex": {"1": "male", "2": "female"},
    }  # fmt: skip
    assert placed(adoption)["DOB (dd.mm.yyyy)"] == {("admissions", "birth_date")}
    assert open_questions(adoption) == []


@pytest.mark.parametrize(
    "headers",
    ["Sex.0=Mann.1=female,Lyse.1=nein.2=ja", "sex_0_mann_1_female,lyse_1_nein_2_ja",
     "sex_mann_0_female_1,lyse_nein_1_ja_2"],
)  # fmt: skip
def test_codes_in_a_header_need_no_brackets(headers: str, tmp_path: Path) -> None:
    rows = "".join(f"A{n},{n % 2},{1 + n % 2}\n" for n in range(8))
    adoption = proposed(tmp_path, f"mrn,{headers}\n{rows}")
    sex, lysis = headers.split(",")
    assert placed(adoption)[sex] == {("admissions", "sex")}
    assert placed(adoption)[lysis] == {("procedures", "ivt")}
    # Mann is no spelling of a code.
    assert open_questions(adoption) == ["sex"]
    assert parts(adoption)["admissions"]["recode"] == {"sex": {"1": "female"}}
    assert parts(adoption)["procedures"]["recode"] == {"ivt": {"1": "false", "2": "true"}}


def test_a_number_whose_label_is_unknown_is_not_read_as_a_code(tmp_path: Path) -> None:
    """A 3 that is called 2b3a is no mTICI of 3, before a person has said what it is."""
    rows = "".join(f"A{n},2024-03-01 10:00,{n % 4}\n" for n in range(12))
    text = f"mrn,puncture_at,tici_0=none.1=little.2=part.3=most\n{rows}"
    keys = parts(adoption := proposed(tmp_path, text))["procedures"]
    assert keys["missing"] == {"mtici_final": ["0", "1", "3"]}
    assert "mtici_final" in open_questions(adoption)


@pytest.mark.parametrize(
    ("cells", "is_age"), [("5 12 18 20 33", False), ("14:05 09:30", False), ("61 74 89", True)]
)
def test_an_eta_is_an_age_where_its_cells_are(cells: str, is_age: bool, tmp_path: Path) -> None:
    """Italian has it for an age, English for the time until somebody arrives."""
    rows = "".join(f"A{n},m,{cell}\n" for n, cell in enumerate(3 * cells.split()))
    found = placed(proposed(tmp_path, f"mrn,sex,ETA\n{rows}"))
    assert found.get("ETA") == ({("admissions", "age_years")} if is_age else None)


def test_minutes_from_the_door_to_a_scan_are_no_time_of_a_later_scan(tmp_path: Path) -> None:
    text = "mrn,sex,arrival time,door_to_ct_scan_min,door to needle (min)\n"
    text += "A1,m,2021-03-01 08:00,20,35\nA2,f,2021-03-05 13:10,15,40\n"
    found = placed(proposed(tmp_path, text))
    assert found["door to needle (min)"] == {("procedures", "ivt_at")}
    assert "door_to_ct_scan_min" not in found


def test_a_code_in_two_languages_is_one(tmp_path: Path) -> None:
    text = "mrn,sex,toast\nA1,男-male,心源性栓塞-cardioembolism\n"
    text += "A2,女-female,心源性栓塞-large artery\n"
    keys = parts(proposed(tmp_path, text))["admissions"]["recode"]
    assert keys["sex"] == {"男-male": "male", "女-female": "female"}
    assert keys["etiology"] == {"心源性栓塞-cardioembolism": "cardioembolism"}


def test_common_words_that_are_no_codes_are_asked_and_a_yes_is_no_type(tmp_path: Path) -> None:
    rows = "".join(f"A{n},{'ga' if n % 2 else 'propofol'},{n % 2}\n" for n in range(10))
    adoption = proposed(tmp_path, f"mrn,anesthesia type,bleeding type\n{rows}")
    assert set(placed(adoption)) == {"mrn", "anesthesia type"}
    assert open_questions(adoption) == ["anesthesia"]


@pytest.mark.parametrize(
    ("header", "cells", "counts", "voided"),
    [
        ("sex", "H M", "H (4 x), M (4 x, read as male)", ["M"]),
        ("smoker", "0 1 2", "0 (4 x, read as false), 1 (4 x, read as true), 2 (4 x)", ["0", "1"]),
        ("htn", "1 2", "1 (4 x, read as true), 2 (4 x)", ["1"]),
        ("sex", "male female X", "X (4 x), male (4 x, read as male), female (4 x, read as female)",
         None),
        ("toast", "CE LAA ESUS", "ESUS (4 x), CE (4 x, read as cardioembolism), LAA (4 x, read as "
         "large_artery_atherosclerosis)", ["CE"]),
        ("smoker", "no never yes", "never (4 x), no (4 x, read as false), yes (4 x, read as true)",
         None),
    ],
)  # fmt: skip
def test_all_spellings_of_a_column_are_asked_where_one_is_no_code(
    header: str, cells: str, counts: str, voided: list[str] | None, tmp_path: Path
) -> None:
    rows = "".join(f"A{n},{cell}\n" for n, cell in enumerate(4 * cells.split()))
    keys = parts(adoption := proposed(tmp_path, f"mrn,{header}\n{rows}"))["admissions"]
    field = keys["headers"][header]
    assert open_questions(adoption) == [field]
    text = " ".join(adoption.text.replace("#", " ").split())
    assert f"TODO {field}: what do {counts} mean?" in text
    assert (keys.get("missing"), keys.get("recode")) == (voided and {field: voided}, None)


def test_visits_become_parts_and_are_no_stays(tmp_path: Path) -> None:
    head = "SUBJID,VISITNUM,SEX,PREMRS,NIHSS,PUNCDTC,NPASS,MRS90,LTFU,DSCHDTC\n"
    rows = "".join(
        f"S{n},1,M,{n % 3},{n % 9},,,,,\nS{n},2,,,,2021-03-05 10:{n:02},{n % 4},,,\n"
        f"S{n},3,,,,,,{n % 6},no,2021-03-{n:02}\n"
        for n in range(10, 24)
    )
    found = parts(adoption := proposed(tmp_path, head + rows))
    assert {name: keys["where"] for name, keys in found.items()} == {
        "admissions": {"VISITNUM": ["1"]},
        "procedures": {"VISITNUM": ["2"]},
        "followups": {"VISITNUM": ["3"]},
    }
    assert placed(adoption)["NPASS"] == {("procedures", "passes")}
    assert open_questions(adoption) == ["discharged_on"]
    # Numbers of visits that are different each time are those of stays.
    rows = "".join(f"S{n},V{n},M,{n % 3}\n" for n in range(20))
    adoption = proposed(tmp_path, f"SUBJID,visit number,SEX,PREMRS\n{rows}")
    assert placed(adoption)["visit number"] == {("admissions", "admission_id")}


@pytest.mark.parametrize(
    ("header", "cells", "asked"),
    [("Tempo", ("6 mesi", "12 mesi"), []), ("Foglio", ("primo", "secondo"), ["time_point"])],
)
def test_the_time_point_of_several_rows_of_a_patient_is_placed_or_asked(
    header: str, cells: tuple[str, str], asked: list[str], tmp_path: Path
) -> None:
    """Else each row would be at 90 days, and all but one of a patient rejected."""
    rows = "".join(f"A{n},{cell},{n % 6},no\n" for n in range(9) for cell in cells)
    adoption = proposed(tmp_path, f"mrn,{header},mRS 3 months,lost to follow-up\n{rows}")
    assert open_questions(adoption) == asked
    expected = set() if asked else {("followups", "time_point")}
    assert placed(adoption).get(header, set()) == expected


def test_a_number_that_many_patients_share_is_no_stay(tmp_path: Path) -> None:
    rows = "".join(f"S{n},{n % 3},M,1\n" for n in range(30))
    adoption = proposed(tmp_path, f"SUBJID,episode,SEX,PREMRS\n{rows}")
    assert set(placed(adoption)) == {"SUBJID", "SEX", "PREMRS"}


@pytest.mark.parametrize("stay", ["Fallnummer", "remark"])
def test_a_second_stroke_of_a_few_keeps_all_extracts(stay: str, tmp_path: Path) -> None:
    rows = "".join(
        f"P{min(n, 40)},F{n},m,{n % 4},2021-03-05 10:{n:02},{1 + n % 3}\n" for n in range(10, 42)
    )
    head = f"Pat.-Nr.,{stay},Geschlecht,mRS vor Schlaganfall,Punktion,Anzahl der Passagen\n"
    adoption = proposed(tmp_path, head + rows)
    number = parts(adoption)["procedures"]["columns"]["procedure_id"]
    is_stay = stay == "Fallnummer"
    assert number == {"join": [stay if is_stay else "Pat.-Nr."], "suffix": "-{part}"}
    assert open_questions(adoption) == ([] if is_stay else ["procedure_id"])


LANGUAGES = {
    "Geschlecht|Sexe|Sexo|Sesso": "sex",
    "Alter|Âge|Edad|Età|Idade": "age_years",
    "NIHSS bei Aufnahme|NIHSS à l'admission|NIHSS al ingreso|NIHSS all'ingresso": "baseline_nihss",
    "NIHSS bei Entlassung|NIHSS de sortie|NIHSS al alta|NIHSS alla dimissione": "nihss_discharge",
    "Leistenpunktion|Ponction fémorale|Punción femoral|Puntura inguinale|PUNCDTC": "puncture_at",
    "Rekanalisation|Recanalisation|Recanalización|Ricanalizzazione|RECANDTC": "reperfusion_at",
    "Vorhofflimmern|FA|Fibrilación auricular|MHAFIB": "atrial_fibrillation",
    "art. Hypertonie|HTA|Hipertensão arterial|MHHTN": "hypertension",
}  # fmt: skip


def test_headers_of_other_languages_and_case_report_forms() -> None:
    words = dictionary()
    matcher = Matcher(words, Witness(words, SiteMapping(site="")), list(words.extracts))
    found = {
        header: {name for _, name in matcher.match([Column(header)]).headers.get(header, set())}
        for headers in LANGUAGES
        for header in headers.split("|")
    }
    expected = {
        header: {field} for headers, field in LANGUAGES.items() for header in headers.split("|")
    }
    assert found == expected
