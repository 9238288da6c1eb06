"""Labels of variables beside their names: what both say, and what they dispute."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from tests.support.adoption import open_questions, parts, placed, reader_in
from warehouse.adopt.run import Adoption, propose

GRADES, SCORES = ["2a", "2b", "3"], [12.0, 7.0, 20.0]


def spss(folder: Path, **columns: tuple[str, list[object]]) -> Adoption:
    """The mapping proposed for an SPSS file: each variable has a label and cells."""
    path = folder / "clinic.sav"
    frame = pd.DataFrame(
        {"mrn": ["A1", "A2", "A3"]} | {k: cells for k, (_, cells) in columns.items()}
    )
    labels = ["Record number", *(label for label, _ in columns.values())]
    pyreadstat.write_sav(frame, path, column_labels=labels)
    return propose([path], reader_in(folder / "copies"))


@pytest.mark.parametrize(
    ("name", "label", "cells", "field"),
    [
        ("TICI_MT", "mTICI after thrombectomy", GRADES, "mtici_after_mt"),
        ("TICI_2", "Final mTICI", GRADES, None),  # the name says a second one
        ("V12", "Final mTICI", GRADES, "mtici_final"),
        ("nihss", "NIHSS at 24 hours", SCORES, "nihss_24h"),
        ("nihss", "NIHSS on admission", SCORES, "baseline_nihss"),
        ("D90", "Modified Rankin", [1.0, 2.0, 3.0], "mrs"),
        ("glukose", "Glucose on admission (mg/dl)", [120.0, 99.0, 140.0], "glucose_mmol_per_l"),
        ("nihss_24h", "NIHSS", SCORES, "nihss_24h"),
        ("aspects", "Befund", [8.0, 9.0, 10.0], "aspects"),
    ],
)  # fmt: skip
def test_a_variable_is_what_its_name_and_its_label_say(
    name: str, label: str, cells: list[object], field: str | None, tmp_path: Path
) -> None:
    found = placed(spss(tmp_path, **{name: (label, cells)}))
    assert {field for _, field in found.get(name, ())} == ({field} if field else set())


@pytest.mark.parametrize(
    ("name", "label", "cells"),
    [
        ("TICI_MT", "", GRADES),  # the final grade, or the one before a stent?
        ("tici_final", "mTICI after thrombectomy", GRADES),
        ("nihss_discharge", "NIHSS at 24 hours", SCORES),
        ("glucose", "Glucose at 24 hours", [7.1, 8.0, 6.3]),
        ("mRS", "", [1.0, 2.0, 3.0]),  # before the stroke, at discharge, at 90 days?
        ("mrs", "Modified Rankin at one year", [1.0, 2.0, 3.0]),
    ],
)
def test_what_name_and_label_leave_open_is_asked_and_not_read(
    name: str, label: str, cells: list[object], tmp_path: Path
) -> None:
    adoption = spss(tmp_path, sex=("Sex", ["m", "f", "f"]), **{name: (label, cells)})
    assert open_questions(adoption) == [name]
    assert name not in placed(adoption)
    # Without this a refresh would read the names that it knows.
    is_known = name.casefold() in ("glucose", "mrs", "nihss_discharge")
    assert adoption.mapping.ignored_columns == ((name,) if is_known else ())


def test_a_label_has_the_unit_that_the_name_lacks(tmp_path: Path) -> None:
    keys = parts(spss(tmp_path, glu=("Glucose (mg/dl)", [21.0, 30.0, 40.0])))["admissions"]
    assert keys["units"] == {"glucose_mmol_per_l": "mg/dL"}


@pytest.mark.parametrize("ending", ["dta", "xpt"])
def test_labels_of_stata_and_sas_are_read(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"clinic.{ending}"
    write = pyreadstat.write_dta if ending == "dta" else pyreadstat.write_xport
    write(pd.DataFrame({"ID": ["A1"], "V1": [72.0]}), path, column_labels=["Patient ID", "Age"])
    found = placed(propose([path], reader_in(tmp_path / "copies")))
    assert found == {"ID": {("admissions", "patient_id")}, "V1": {("admissions", "age_years")}}
