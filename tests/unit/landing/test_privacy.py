"""Identifiers: pseudonyms instead of keys, nothing instead of names, and a secret that is kept."""

from __future__ import annotations

import csv
import hmac
import io
import json
import shutil
import stat
from pathlib import Path

import openpyxl
import pytest

from tests.support import mappings
from tests.support.golden import golden
from tests.support.landing_tools import FOLLOWUPS, Registry
from warehouse.landing import SecretChangedError, SecretDamagedError, SecretMissingError
from warehouse.landing.cell_text import clean
from warehouse.settings import Settings

GOLDEN = golden("landing")

CSV = f"{FOLLOWUPS}\nP1,2021-03-05,telephone,2,no\n"
NAME, PHONE, NUMBER = "Planted Name", "13812345678", "REG-000042"


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def test_keys_are_pseudonyms_that_only_the_secret_gives(registry: Registry) -> None:
    registry.put(CSV.replace("P1", " \uff30\uff11 "))
    registry.put(CSV, day="site_b/2021-03-05")
    registry.land()
    secret = bytes.fromhex(registry.settings.secret_path.read_text().strip())
    keys = [
        hmac.digest(secret, f"patient_id:{site}:P1".encode(), "sha256").hex()[:20]
        for site in ("site_a", "site_b")
    ]
    assert [row["patient_key"] for row in registry.rows()] == keys
    assert [row["record_key"] for row in registry.rows()] == keys


def test_a_column_of_numbers_that_are_the_patients_is_none_of_a_field(
    registry: Registry, tmp_path: Path
) -> None:
    """Two of them may be so by chance, and one other number shows that it is no copy."""
    header, rest = "patient_id,grade,mode,lost_to_followup", "telephone,no"
    for day, pairs in (("05", "11 22 33 4-"), ("06", "11 22"), ("07", "11 22 34")):
        lines = [f"{number},{grade.strip('-')},{rest}" for number, grade in pairs.split()]
        registry.put("\n".join([header, *lines, ""]), day=f"site_a/2021-03-{day}")
    mappings.land(registry, tmp_path, headers={"followups": {"grade": "mrs"}})
    assert [row["mrs"] for row in registry.rows()] == [None, None, None, None, 1, 2, 1, 2, 4]
    found = [row for row in registry.violations() if row[0] == "followups.mrs.type"]
    assert [(line, text) for _rule, line, _, text in found] == [(2, "9"), (3, "9"), (4, "9")]


def test_a_row_without_key_has_no_pseudonym(registry: Registry) -> None:
    registry.put(CSV.replace("P1", "NA"))
    registry.land()
    assert [(row["patient_key"], row["record_key"]) for row in registry.rows()] == [(None, None)]


@pytest.mark.parametrize("ending", ["\n", "\n" + '"' + PHONE + "\n"])
def test_planted_identifiers_are_in_no_byte_of_the_output(registry: Registry, ending: str) -> None:
    """In their own columns, in columns of every type, in unknown columns, in bad lines."""
    header = "patient_id,patient_name,phone,birth_date,sex,onset_at,arrived_at,prestroke_mrs," \
        "etiology,hypertension,glucose_mmol_per_l,baseline_nihss,consent_given,remark"  # fmt: skip
    fields = header.split(",")
    own = {"patient_id": NUMBER, "patient_name": NAME, "phone": PHONE}
    lines = [header]
    for planted in (NAME, PHONE, NUMBER, "000042", "42.0", f"tel {PHONE}"):
        for column in fields[3:]:
            cells = {**dict.fromkeys(fields, ""), **own, column: planted}
            lines.append(",".join(cells.values()))
    lines += [f"{NAME},{PHONE}", f"{NAME},{PHONE},{NUMBER}," * 9, f'{NAME},"{PHONE}"{NUMBER}']
    registry.put("\n".join(lines) + ending, "admissions.csv")
    registry.put(f"{PHONE},{NAME}\n{CSV}", "followups.csv")
    registry.put(
        CSV.replace("telephone", PHONE).replace("mode", f"mode,{PHONE}"), "followups_2.csv"
    )
    report = registry.land()
    # Not the header and three bad lines; of the follow-ups one row each, the first below a title.
    assert report.rows_landed == len(lines) - 4 + 1
    output = registry.output()
    for identifier in (NAME, PHONE, NUMBER, "000042", "Planted"):
        assert identifier.encode() not in output
        assert identifier.encode() not in repr(report).encode()


def test_short_identifiers_are_hidden_where_they_are_the_rows_own(registry: Registry) -> None:
    """A number of four digits may be shown, unless it is this patient's or stands for a date."""
    registry.put(f"{FOLLOWUPS}\n77,77,77,2,77\n78,77,77,2,77\n")
    registry.land()
    found = [row[3] for row in registry.violations()]
    assert found == ["99", "99", "99", "77"]
    assert [row["mode"] for row in registry.rows()] == ["99", "77"]


@pytest.mark.parametrize(
    ("birth_date", "found"),
    [
        ("1931-12-07 08:30", "9999-99-99 99:99"), ("1931-02-30", "9999-99-99"),
        ("1931/13/07", "9999/99/99"), ("7.12.1931", "9.99.9999"), ("19311307", "99999999"),
        ("\uff11\uff19\uff13\uff11-12-32", "9999-99-99"), ("1931", "9999"),
    ],
)  # fmt: skip
def test_a_birth_date_that_is_none_is_not_quoted(
    registry: Registry, birth_date: str, found: str
) -> None:
    """Nor where it stands in other cells of the row."""
    name = "\u738b\u4f1f"
    cells = {
        "patient_id": "7B", "patient_name": name, "birth_date": birth_date, "sex": f"{name}1",
        "onset_at": f"b {birth_date}", "arrived_at": f"{name}\uff11",
        "prestroke_mrs": f"({birth_date}",
        "etiology": "7B/1", "baseline_nihss": "7B 2", "consent_given": f"2{name}",
    }  # fmt: skip
    registry.put(f"{','.join(cells)}\n{','.join(cells.values())}\n", "admissions.csv")
    registry.land()
    quoted = {row[0].split(".")[1]: row[3] for row in registry.violations()}
    assert quoted == {
        "birth_date": found, "onset_at": f"A {found}", "prestroke_mrs": f"({found}",
        "arrived_at": "AA9", "baseline_nihss": "9A 9", "consent_given": "9AA",
    }  # fmt: skip
    [row] = registry.rows("admissions")
    assert (row["birth_date"], row["sex"], row["etiology"]) == (None, "AA9", "9A/9")


NAMES = (
    "\u738b\u5c0f\u660e",
    "Zhang Wei",
    "\uff11\uff13\uff19\uff11\uff12\uff13\uff14",
    "\u0661\u0663\u0669\u0661",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_column_whose_name_may_be_a_persons_is_called_by_its_place(
    registry: Registry, name: str
) -> None:
    """Where it is new, where it has moved and is missing, in a hint."""
    column = CSV.replace("mrs,", f"mrs,{name},").replace(",2,", ",2,1,")
    registry.put(column, day="site_a/2021-03-05")
    registry.put(CSV.replace("mode", name), day="site_a/2021-03-06")
    registry.put(CSV.replace("lost_to_followup", f"lost_to_follow {name}"), day="site_a/2021-03-07")
    report = registry.land()
    assert [manifest.unknown_columns for manifest in report.files[:2]] == [
        ("column E",), ("column C",)
    ]  # fmt: skip
    assert report.files[2].reason == (GOLDEN("required_columns_are_missing_lost_to"))
    assert sorted(row[3] for row in registry.violations()) == [
        "column C", "column E", "no 'column E'", "no 'lost_to_followup'", "no 'mode'"
    ]  # fmt: skip
    for spelt in (name, clean(name)):
        assert spelt.encode() not in registry.output()


@pytest.mark.parametrize("name", NAMES)
def test_a_sheet_whose_name_may_be_a_persons_is_called_by_its_number(
    registry: Registry, name: str
) -> None:
    """Whether it is read with others, not read, or the reason why the file is rejected."""
    read, other = openpyxl.Workbook(), openpyxl.Workbook()
    for book in (read, other):
        book.active.title = "May"
        for row in csv.reader(io.StringIO(CSV)):
            book.active.append(row)
    wider = other.copy_worksheet(other.active)
    wider.title, wider["F1"] = name, "remark"
    read.copy_worksheet(read.active).title = name
    read.create_sheet(f"{name} 2").append([name])
    for number, book in enumerate((read, other)):
        content = io.BytesIO()
        book.save(content)
        registry.put(content.getvalue(), f"followups_{number}.xlsx")
    report = registry.land()
    assert [manifest.status for manifest in report.files] == ["landed", "rejected"]
    stated = [row["expected"].split("found ")[-1] for row in registry._read("violations")]
    rows = "1 row" if clean(name).isdigit() else "0 rows"  # a number is no header
    assert GOLDEN("sheet_number_with_it_has_not", rows=rows) in stated
    assert GOLDEN("rows_in_several_sheets_may_lines_2") in stated
    assert GOLDEN("the_sheets_may_number_hold_the") in str(report.files[1].reason)
    for spelt in (name, clean(name)):
        assert spelt.encode() not in registry.output()


def test_the_note_of_a_delivery_stays_where_it_is(registry: Registry) -> None:
    registry.put(CSV)
    registry.put(f"mode: full\nnote: '{NAME}, {PHONE}'\n", "delivery.yaml")
    registry.land()
    assert [NAME.encode() in registry.output(), PHONE.encode() in registry.output()] == [False] * 2


def test_the_note_of_an_earlier_version_is_dropped_with_its_first_digests(
    registry: Registry,
) -> None:
    registry.put(CSV)
    registry.land()
    [path] = (registry.settings.landed_dir / "files").rglob("*.json")
    record = json.loads(path.read_text())
    del record["digests"], record["sha256"]
    path.write_text(json.dumps(record | {"note": f"of {NAME}"}))
    assert registry.land().files_remembered == 1
    assert NAME.encode() not in registry.output()


def test_the_secret_is_private_and_made_once(registry: Registry) -> None:
    registry.put(CSV)
    registry.land()
    path = registry.settings.secret_path
    before = path.read_text()
    path.chmod(0o644)
    registry.land()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == before
    assert len(before.strip()) == 64


def test_a_lost_secret_stops_landing(registry: Registry) -> None:
    registry.put(CSV)
    registry.land()
    registry.settings.secret_path.unlink()
    with pytest.raises(SecretMissingError, match=GOLDEN("restore_the_file_from_backup")):
        registry.land()
    assert not registry.settings.secret_path.exists()


def test_another_secret_stops_landing(registry: Registry) -> None:
    registry.put(CSV)
    registry.land()
    registry.settings.secret_path.write_text("0" * 64)
    with pytest.raises(SecretChangedError, match=GOLDEN("is_not_the_one_that_files")):
        registry.land()


def test_a_damaged_secret_stops_landing(registry: Registry) -> None:
    registry.settings.secret_path.parent.mkdir(parents=True)
    registry.settings.secret_path.write_text("")
    with pytest.raises(SecretDamagedError, match=GOLDEN("does_not_hold_pseudonym_secret")):
        registry.land()


def test_a_new_secret_is_fine_once_the_log_is_gone(registry: Registry) -> None:
    registry.put(CSV)
    registry.land()
    registry.settings.secret_path.unlink()
    shutil.rmtree(registry.settings.landed_dir)
    assert registry.land().files_landed == 1


def test_a_number_that_is_the_patients_own_is_no_measurement(registry: Registry) -> None:
    registry.put(f"{FOLLOWUPS}\n54321,2021-03-05,telephone,54321,no\n")
    registry.land()
    assert [(row["mrs"], row["unparsed_fields"]) for row in registry.rows()] == [(None, ["mrs"])]
    assert [row[3] for row in registry.violations()] == ["99999"]
