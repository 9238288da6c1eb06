"""Labels of codes: a REDCap data dictionary beside an export or instead of one, an SPSS file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
import yaml

from tests.support.adoption import open_questions, parts, placed, proposed, reader_in
from warehouse.adopt.run import AdoptError, propose, write_redcap_dictionary
from warehouse.definitions.dictionary import dictionary
from warehouse.settings import PROJECT_DIR

DICTIONARY = (
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels","Field Note"\n'
    "record_id,demo,,text,Record ID,,\n"
    'q1,demo,,radio,Sex,"1, Female | 2, Male | 9, Unknown",\n'
    "q2,demo,,text,NIHSS on admission,,\n"
    'q3,demo,,checkbox,Etiology,"1, Large artery atherosclerosis | 2, Cardioembolism",\n'
    "q4,demo,,yesno,Diabetes,,\n"
    "q5,demo,,descriptive,Thank you,,\n"
    'q6,demo,,dropdown,Final TICI,"1, 0 | 2, 1 | 3, 2a | 4, 2b | 5, 2c | 6, 3",\n'
)
EXPORT = "record_id,q1,q2,q3___1,q3___2,q4,q6\n1,1,12,1,0,1,4\n2,9,7,0,1,0,6\n"
SEX = {"1": "female", "2": "male"}
TICI = {"1": "0", "2": "1", "3": "2a", "4": "2b", "5": "2c", "6": "3"}


def keys_of(folder: Path, *texts: str) -> dict:
    adoption = proposed(folder, *texts)
    assert open_questions(adoption) == []
    return parts(adoption)


def test_labels_and_choices_of_a_data_dictionary_are_used(tmp_path: Path) -> None:
    found = keys_of(tmp_path, EXPORT, DICTIONARY)
    admissions = found["admissions"]
    assert admissions["headers"] == {
        "record_id": "patient_id", "q1": "sex", "q2": "baseline_nihss", "q4": "diabetes",
    }  # fmt: skip
    assert admissions["columns"] == {
        "etiology": {
            "checked": {"q3___1": "large_artery_atherosclerosis", "q3___2": "cardioembolism"}
        }
    }
    # All choices, of which the export has some; 9 is a missing marker.
    assert admissions["recode"]["sex"] == SEX
    assert admissions["missing"] == {"sex": ["9"]}
    assert found["procedures"]["recode"] == {"mtici_final": TICI}


def test_a_label_that_is_both_a_code_and_a_word_for_missing_is_the_code(tmp_path: Path) -> None:
    lines = (
        DICTIONARY.splitlines()[0],
        "record_id,demo,,text,Record ID,,",
        'q1,scan,,radio,Hemorrhage (Heidelberg),"0, None | 1, HI-1 | 9, Unknown",',
        'q2,demo,,radio,Etiology (TOAST),"1, Cardioembolism | 2, Unknown",',
    )
    found = keys_of(tmp_path, "record_id,q1,q2\n1,0,2\n2,1,1\n", "\n".join([*lines, ""]))
    assert found["imaging"]["recode"] == {"hemorrhage_type": {"0": "none", "1": "HI-1"}}
    assert found["imaging"]["missing"] == {"hemorrhage_type": ["9"]}
    etiology = {"1": "cardioembolism", "2": "undetermined"}
    assert found["admissions"]["recode"] == {"etiology": etiology}
    assert "missing" not in found["admissions"]


def test_labels_of_scores_mean_what_they_mean_in_landing(tmp_path: Path) -> None:
    """A scale that begins with 1, and one whose codes are what landing reads in them."""
    lines = (
        DICTIONARY.splitlines()[0],
        "record_id,demo,,text,Record ID,,",
        'q1,demo,,radio,Pre-stroke mRS,"1, No symptoms | 2, No significant disability",',
        'q2,demo,,radio,mRS at 90 days,"0, 0 No symptoms | 1, 1 - no disability | 6, Dead",',
    )
    found = keys_of(tmp_path, "record_id,q1,q2\n1,1,0\n2,2,6\n", "\n".join([*lines, ""]))
    assert found["admissions"]["recode"] == {"prestroke_mrs": {"1": "0", "2": "1"}}
    assert "recode" not in found["followups"]


def test_boxes_that_are_not_ticked_are_no_values_of_other_events(tmp_path: Path) -> None:
    lines = (
        DICTIONARY.splitlines()[0],
        "record_id,demo,,text,Record ID,,",
        "q1,demo,,text,NIHSS on admission,,",
        'q2,demo,,checkbox,Risk factors,"1, Hypertension | 2, Diabetes",',
        "q3,day90,,dropdown,mRS at 90 days,,",
    )
    export = "record_id,redcap_event_name,q1,q2___1,q2___2,q3\n1,base,12,1,0,\n1,d90,,0,0,2\n"
    found = keys_of(tmp_path, export, "\n".join([*lines, ""]))
    assert found["admissions"]["where"] == {"redcap_event_name": ["base"]}
    assert found["followups"]["where"] == {"redcap_event_name": ["d90"]}


def test_a_data_dictionary_alone_describes_the_export_to_come(tmp_path: Path) -> None:
    found = keys_of(tmp_path, DICTIONARY)
    assert found["admissions"]["recode"]["sex"] == SEX
    assert found["admissions"]["columns"]["etiology"]["checked"].keys() == {"q3___1", "q3___2"}
    assert found["procedures"]["recode"] == {"mtici_final": TICI}


def test_labels_of_an_spss_file_are_used(tmp_path: Path) -> None:
    frame = pd.DataFrame({"mrn": ["A1", "A2"], "gender": [1.0, 2.0], "toast": [1.0, 7.0]})
    labels = {
        "gender": {1: "Woman", 2: "Man"},
        "toast": {1: "Large artery atherosclerosis", 2: "Cardioembolic", 7: "Seltene Ursache"},
    }
    path = tmp_path / "clinic.sav"
    pyreadstat.write_sav(frame, path, variable_value_labels=labels)
    adoption = propose([path], reader_in(tmp_path))
    # Landing reads Woman and Man itself, and not a label that only has the words of a code's.
    assert parts(adoption)["admissions"]["recode"] == {
        "etiology": {"1": "large_artery_atherosclerosis"}
    }
    assert open_questions(adoption) == ["etiology"]


def test_our_fields_as_a_data_dictionary_are_found_again(tmp_path: Path) -> None:
    path = tmp_path / "registry.csv"
    write_redcap_dictionary(path, say=lambda _line: None)
    found = placed(propose([path], reader_in(tmp_path / "copies")))
    own = {extract.own_number for extract in dictionary().extracts.values()}
    fields = {field.name for extract in dictionary().extracts.values() for field in extract.fields}
    assert {header: {name for _, name in at} for header, at in found.items()} == {
        name: {name} for name in fields - own
    }
    with pytest.raises(AdoptError):
        write_redcap_dictionary(path)


def test_our_own_export_is_proposed_as_the_gallery_has_it(tmp_path: Path) -> None:
    """All but the admission numbers of later instruments, as a project has a name once."""
    folder = PROJECT_DIR / "docs" / "mappings" / "redcap_registry"
    export, described = tmp_path / "registry.csv", tmp_path / "fields.csv"
    export.write_bytes((folder / "registry.csv").read_bytes())
    write_redcap_dictionary(described, say=lambda _line: None)
    adoption = propose([export, described], reader_in(tmp_path / "copies"))
    header = export.read_text("utf-8").splitlines()[0].split(",")
    assert set(header) - set(placed(adoption)) == {
        "redcap_repeat_instrument", "redcap_repeat_instance",
        *(f"{extract}_admission_id" for extract in ("procedures", "imaging", "followups")),
    }  # fmt: skip
    assert open_questions(adoption) == []
    names = ("extract", "where", "columns")
    shipped, found = (
        [
            {name: part.get(name) for name in names}
            for part in yaml.safe_load(text)["files"]["registry"]
        ]
        for text in ((folder / "mapping.yaml").read_text("utf-8"), adoption.text)
    )
    assert found == shipped
