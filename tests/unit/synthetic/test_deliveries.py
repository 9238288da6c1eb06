"""The deliveries are deterministic, in order, and recover from every row that is bad on purpose."""

import csv
import gzip
import re
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from warehouse.definitions.dictionary import dictionary
from warehouse.settings import PROJECT_DIR
from warehouse.synthetic.deliveries import (
    SITE,
    planted_bad_rows,
    write_deliveries,
    write_planted_bad_rows,
)
from warehouse.synthetic.files import delivered_fields
from warehouse.synthetic.plan import delivered_files
from warehouse.synthetic.pools import synthetic_patients

SHIPPED = PROJECT_DIR / "data" / "raw"
SHIPPED_BAD_ROWS = PROJECT_DIR / "tests" / "fixtures" / "planted_bad_rows.csv"
SEEDS = [1, 2, 17]


def contents(folder: Path) -> dict[str, bytes]:
    """Bytes by relative path; gzip unpacked, as compressed bytes differ between zlib versions."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): (
            gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        )
        for path in paths
    }


def as_text(folder: Path, name: str) -> str:
    return contents(folder)[f"{SITE}/{name}"].decode("utf-8")


def test_shipped_deliveries_are_what_seed_1_gives(tmp_path):
    write_deliveries(tmp_path, seed=1)
    made, shipped = contents(tmp_path), contents(SHIPPED)
    assert sorted(made) == sorted(shipped)
    assert [name for name in made if made[name] != shipped[name]] == []


def test_two_runs_give_the_same_bytes(tmp_path):
    runs = [write_deliveries(tmp_path / name, seed=2) for name in ("one", "other")]
    one, other = ([path.read_bytes() for path in paths] for paths in runs)
    assert one == other


def test_shipped_list_of_bad_rows_is_what_seed_1_gives(tmp_path):
    write_planted_bad_rows(tmp_path / "rows.csv", seed=1)
    assert (tmp_path / "rows.csv").read_bytes() == SHIPPED_BAD_ROWS.read_bytes()


def test_files_come_in_the_layouts_that_centres_use(tmp_path):
    write_deliveries(tmp_path, seed=1)
    first = tmp_path / SITE / "2022-02-15"
    admissions = (first / "admissions.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        admissions.decode("utf-8")
    header, row = admissions.decode("gb18030").splitlines()[:2]
    assert header.split(",")[:5] == ["患者编号", "姓名", "电话", "出生日期", "性别"]
    assert row.split(",")[:3] == ["SYN-2018-0001", "合成患者0001", "000-0000-0001"]
    assert (first / "followups.csv").read_bytes().startswith(b"\xef\xbb\xbfpatient_id;phone;")
    assert b"\r\n" in (first / "followups.csv").read_bytes()
    sheet = openpyxl.load_workbook(first / "procedures.xlsx").active
    assert (sheet.max_row, type(sheet["C2"].value)) == (336, datetime)
    resent = tmp_path / SITE / "2022-05-31" / "imaging_resent.csv.gz"
    assert resent.read_bytes() == (first / "imaging.csv.gz").read_bytes()


def test_spellings_are_dirty_and_in_the_dictionary(tmp_path):
    write_deliveries(tmp_path, seed=1)
    sheet = openpyxl.load_workbook(tmp_path / SITE / "2022-02-15" / "procedures.xlsx").active
    cells = {str(cell.value) for row in sheet.iter_rows() for cell in row}
    assert cells >= {"2B", "TICI 2b", "TICI 3", "2.0", "全麻"}
    local = (tmp_path / SITE / "2022-02-15" / "admissions.csv").read_text(encoding="gb18030")
    typed = {cell for line in csv.reader(local.splitlines()) for cell in line}
    assert typed >= {"男", "女", "是", "否", "未查"}
    assert any(re.fullmatch(r"2018/\d/\d \d{1,2}:\d\d", cell) for cell in typed)
    assert any("\uff10" <= character <= "\uff19" for character in local)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_bad_row_changes_the_final_rows(seed):
    """Newest version without a fault, as the warehouse takes it, against the rows meant."""
    current = {}
    for file in delivered_files(seed):
        key = dictionary().extracts[file.extract].primary_key[0]
        for line in file.lines:
            if line.fault is None:
                current[file.extract, line.row[key]] = line.row
    meant = {}
    for patient in synthetic_patients(seed):
        patient_id = patient.admission["patient_id"]
        meant["admissions", patient_id] = patient.admission
        meant["procedures", patient.procedure["procedure_id"]] = patient.procedure
        meant["followups", patient_id] = patient.followup
        meant |= {("imaging", scan["imaging_id"]): scan for scan in patient.imaging}
    assert current == meant


@pytest.mark.parametrize("seed", SEEDS)
def test_planted_rows_are_where_the_list_says(seed, tmp_path):
    write_deliveries(tmp_path, seed)
    rows = planted_bad_rows(seed)
    lines = {file.extract: file.lines for file in delivered_files(seed)}
    found = {}
    for row in rows:
        if row.file.endswith(".xlsx"):
            continue
        line = (tmp_path / row.file).read_text(encoding="utf-8").splitlines()[row.line - 1]
        delimiter = "\t" if row.file.endswith(".tsv") else ","
        extract = Path(row.file).stem
        delivered = delivered_fields(dictionary().extracts[extract], lines[extract])
        columns = [field.name for field in delivered]
        cells = line.split(delimiter)
        cell = cells[columns.index(row.field)] if row.field else len(cells) - len(columns)
        found.setdefault(row.kind, []).append(cell)
    assert {kind: found[kind] for kind in ("missing_required", "impossible_date")} == {
        "missing_required": [""],
        "impossible_date": ["2021-02-30 09:40"],
    }
    assert sorted(found["unreadable_number"]) == ["12O", "1O"]
    assert sorted(found["out_of_range"]) == ["170", "55"]
    assert sorted(found["unknown_code"]) == ["4", "7", "PH-3"]
    assert found["cut_line"] == [-8]
    assert found["unterminated_quote"] == [0]
    assert len(found["duplicate_key"]) == 2
    assert len(set(found["duplicate_key"])) == 1
    assert len([row for row in rows if row.corrected_in]) == 9
    assert len(rows) == 22


@pytest.mark.parametrize("seed", SEEDS)
def test_times_are_in_order(seed):
    for patient in synthetic_patients(seed):
        admission, procedure, followup = patient.admission, patient.procedure, patient.followup
        assert admission["onset_at"] < admission["arrived_at"] < procedure["puncture_at"]
        assert procedure["puncture_at"] < procedure["ended_at"]
        assert procedure["puncture_at"] - admission["onset_at"] <= timedelta(hours=24)
        assert datetime(2018, 8, 1) <= procedure["puncture_at"] < datetime(2022, 2, 1)
        scans = [scan["imaged_at"] for scan in patient.imaging]
        assert procedure["ended_at"] < scans[0] <= procedure["ended_at"] + timedelta(hours=24)
        assert scans == sorted(set(scans))
        if followup["death_date"]:
            assert scans[-1].date() < followup["death_date"] <= followup["assessed_on"]


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_do_not_contradict_themselves(seed):
    for patient in synthetic_patients(seed):
        procedure, followup = patient.procedure, patient.followup
        assert (followup["mrs"] == 6) == (followup["death_date"] is not None)
        assert (followup["mrs"] is None) == followup["lost_to_followup"]
        assert procedure["mtici_final"] >= procedure["mtici_after_mt"]
        for scan in patient.imaging:
            assert 0 <= scan["nihss_at_imaging"] <= 42
            assert (scan["stent_patency"] is not None) == (procedure["rescue_stent"] == "placed")
            assert scan["stent_patency"] in {None, "patent", "not_assessed"}
        if not followup["lost_to_followup"] and followup["mrs"] != 6:
            days = followup["assessed_on"] - procedure["puncture_at"].date()
            assert timedelta(85) <= days <= timedelta(100)


def test_severity_goes_with_outcome():
    """Severe strokes and hemorrhages end worse; the margins alone would not make it so."""
    known = [patient for patient in synthetic_patients(1) if patient.case.mrs is not None]
    poor = [patient.case.nihss for patient in known if patient.case.mrs > 2]
    good = [patient.case.nihss for patient in known if patient.case.mrs <= 2]
    assert sum(poor) / len(poor) > sum(good) / len(good) + 2
