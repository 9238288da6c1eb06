"""What a query says to do: foreign formats, encodings, units, codes. All rows are invented."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.support.golden import golden
from tests.support.landing_tools import FOLLOWUPS, Registry
from warehouse.definitions.dictionary import dictionary
from warehouse.landing.errors import rename_hint
from warehouse.landing.foreign_formats import BY_ENDING, BY_MAGIC, BY_MEMBER, STRICT
from warehouse.settings import Settings

GOLDEN = golden("landing")


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def zip_of(*members: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for member in members:
            archive.writestr(member, "x")
    return content.getvalue()


def test_a_workbook_that_is_not_read_is_named(registry: Registry) -> None:
    """The case c20_strict."""
    registry.put_case("c20_strict")
    [manifest] = registry.land().files
    assert (manifest.status, manifest.reason) == ("rejected", f"it is {STRICT}")


ENCRYPTED_SAV = b"\x1c\x00\x00\x00ENCRYPTEDSAV"
SAS_CATALOG = b"\x00" * 12 + b"\xc2\xea\x81\x63"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (ENCRYPTED_SAV + bytes(80), BY_MAGIC[ENCRYPTED_SAV]),
        (SAS_CATALOG + bytes(80), BY_MAGIC[SAS_CATALOG]),
        (zip_of("[Content_Types].xml", "word/document.xml"), BY_MEMBER["word/document.xml"]),
    ],
)
def test_a_foreign_format_is_named_whatever_the_file_is_called(
    registry: Registry, content: bytes, what: str
) -> None:
    for number, ending in enumerate(("csv", "xlsx")):
        registry.put(content + b" " * number, f"followups_{number}.{ending}")
    assert [file.reason for file in registry.land().files] == [f"it is {what}"] * 2


@pytest.mark.parametrize("ending", [".rds", ".mdb", ".docx", ".json", ".numbers", ".RDS"])
def test_an_ending_that_is_not_read_is_named_with_what_to_do(
    registry: Registry, ending: str
) -> None:
    registry.put(b"x", f"followups{ending}")
    [manifest] = registry.land().files
    assert str(manifest.reason).endswith(f"it is {BY_ENDING[ending.lower()]}")


def test_accented_letters_are_no_ideographs(registry: Registry) -> None:
    """The case e01_mul: one file in cp1252 and one in UTF-8, of the same three patients."""
    registry.put_case("e01_mul")
    encodings = {file.encoding for file in registry.land().files}
    assert "gb18030" not in encodings
    patients = [row["patient_key"] for row in registry.rows("admissions")]
    assert [row["patient_key"] for row in registry.rows("procedures")] == patients
    assert len(set(patients)) == 3


@pytest.mark.parametrize(
    ("text", "encoding", "is_read"),
    [
        ("MÜL1,GRÖ2,KÄS3", "cp1252", True),
        ("MÜL1,GRÖ2,KÄS3", "cp1250", True),
        ("Straße1,Größe2,Müller3", "cp1252", True),
        ("PEÑA1,niño2,año3", "cp1252", False),
        ("Bjørn1,Åse2,på3", "cp1252", False),
        ("žena1,ščuka2,křeč3", "cp1250", False),
        ("电话1,张2,B超3", "gb18030", True),
        ("2b级1,3级2,M1段3", "gb18030", True),
    ],
)
def test_letters_are_read_right_or_the_encoding_is_asked_for(
    registry: Registry, text: str, encoding: str, is_read: bool
) -> None:
    """Encodings that differ about the letters of a file cannot be told apart: none is guessed."""
    identifiers = text.split(",")
    rows = "".join(f"{identifier},,,2,no\n" for identifier in identifiers)
    registry.put(f"{FOLLOWUPS}\n{rows}".encode(encoding), "followups_1.csv")
    registry.put(f"{FOLLOWUPS}\n{rows}".encode(), "followups_2.csv")
    first, _second = registry.land().files
    keys = [row["patient_key"] for row in registry.rows()]
    assert (first.status == "landed") == is_read
    assert keys == keys[:3] * (2 if is_read else 1)
    assert is_read or "encoding: windows-1252" in str(first.reason)


def test_a_header_with_another_unit_is_proposed_with_the_unit(registry: Registry) -> None:
    """The case f18_unit: Glucose (mg/dL)."""
    registry.put_case("f18_unit")
    registry.land()
    [row] = [row for row in registry._read("violations") if "glucose" in row["action"]]
    hint = "name it below headers in config/sites/f18_unit.yaml, and mg/dL below units"
    assert hint in row["action"]


@pytest.mark.parametrize("header", ["glucose mg_dl", "Glucose [MG/DL]"])
def test_a_unit_is_found_however_it_is_written(registry: Registry, header: str) -> None:
    registry.put_case("f18_unit")
    path = registry.settings.raw_dir / "f18_unit" / "2022-01-10" / "admissions.csv"
    path.write_text(path.read_text().replace("Glucose (mg/dL)", header))
    registry.land()
    actions = [row["action"] for row in registry._read("violations")]
    assert any(GOLDEN("and_mg_dl_below_units") in action for action in actions)


@pytest.mark.parametrize(
    ("header", "field", "unit"),
    [
        ("Glu adm", "glucose_mmol_per_l", None),  # 7.4 mmol/L times 5.55 would be 41
        ("Glucose adm", "glucose_mmol_per_l", None),
        ("GL at admission", "glucose_mmol_per_l", None),
        ("Glucose (g/L)", "glucose_mmol_per_l", "g/L"),
        ("glucose_g_l", "glucose_mmol_per_l", "g/L"),
        ("glucose_mgdl", "glucose_mmol_per_l", "mg/dL"),
        ("Platelets [10^3/uL]", "platelets_giga_per_l", "10^3/uL"),
        ("Platelets /uL", "platelets_giga_per_l", "/uL"),
        ("Platelets full count", "platelets_giga_per_l", None),
    ],
)
def test_a_unit_counts_where_the_header_has_it_as_a_word(
    header: str, field: str, unit: str | None
) -> None:
    units = dictionary().extracts["admissions"].field(field).convertible_units
    alone = rename_hint(header, header, field, "north")
    hint = rename_hint(header, header, field, "north", units)
    advice = hint.removeprefix(alone).split()
    assert advice[2:3] == ([unit] if unit else [])


@pytest.mark.parametrize("codes", [",1,2,false,", ",77,88,false,", ",vorhanden,fehlt,false,"])
def test_a_code_that_is_not_known_points_to_the_mapping_of_the_site(
    registry: Registry, codes: str
) -> None:
    """The case f21_spss: numbers in place of yes and no; and other codes."""
    registry.put_case("f21_spss")
    (path,) = (registry.settings.raw_dir / "f21_spss").glob("*/admissions.csv")
    path.write_text(path.read_text().replace(",1,2,false,", codes))
    registry.land()
    rows = [row for row in registry._read("violations") if row["rule"].endswith(".type")]
    assert rows != []
    assert all(GOLDEN("recode_in_the_site_mapping") in row["action"] for row in rows)
    assert not any("seeds/codes" in row["action"] for row in registry._read("violations"))
