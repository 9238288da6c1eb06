"""The generated files say what the dictionary says: a drift test, and what they must hold."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.golden import golden
from warehouse.cohorts.columns import member_columns
from warehouse.definitions.dictionary import (
    CODES_DIR,
    DICTIONARY_DIR,
    EXTRACTS,
    dictionary,
    load_dictionary,
)
from warehouse.definitions.study import StudyDefinition
from warehouse.landing.schemas import landed_columns
from warehouse.reference.codebook import (
    CODEBOOK_PATH,
    DBT_PATH,
    codebook_markdown,
    dbt_properties,
    differences,
    write,
)
from warehouse.settings import PROJECT_DIR

GOLDEN = golden("reference")


def test_committed_files_are_what_the_dictionary_says() -> None:
    outcome = subprocess.run(
        [sys.executable, "-m", "warehouse.reference.codebook", "--check"],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", "")


def test_a_changed_dictionary_shows_in_both_directions(tmp_path: Path) -> None:
    write(dictionary(), tmp_path)
    changed_dir = tmp_path / "changed"
    shutil.copytree(DICTIONARY_DIR, changed_dir)
    path = changed_dir / "imaging.yaml"
    path.write_text(path.read_text().replace("description: Kind of scan.", "description: Scanner."))
    found = differences(load_dictionary(changed_dir, CODES_DIR), tmp_path)
    assert [line for line in found if line.startswith(str(DBT_PATH))] == [
        f"{DBT_PATH}: {side}: description: {text}"
        for side, text in (
            (GOLDEN("has_but_the_dictionary_does_not"), "Kind of scan."),
            (GOLDEN("lacks_but_the_dictionary_has"), "Scanner."),
        )
    ]
    assert len([line for line in found if line.startswith(str(CODEBOOK_PATH))]) == 2


def test_a_missing_file_is_a_difference(tmp_path: Path) -> None:
    assert GOLDEN(
        "lacks_but_the_dictionary_has_codebook", codebook_path=CODEBOOK_PATH
    ) in differences(dictionary(), tmp_path)


def test_dbt_sources_and_models_have_the_columns_of_the_landed_rows() -> None:
    properties = yaml.safe_load(dbt_properties(dictionary()))
    [source] = properties["sources"]
    columns = {
        name: [column.name for column in landed_columns(extract)]
        for name, extract in dictionary().extracts.items()
    }
    assert source["name"] == "raw"
    assert {
        table["name"]: [column["name"] for column in table["columns"]] for table in source["tables"]
    } == {
        **columns,
        "study_definition": [column.name for column in StudyDefinition.columns()],
    }
    assert {
        model["name"]: [column["name"] for column in model["columns"]]
        for model in properties["models"]
    } == {
        "definitions": [column.name for column in StudyDefinition.published_columns()],
        "members": [column.name for column in member_columns()],
    }


def test_landed_tables_say_their_grain_which_a_build_holds_them_to() -> None:
    [source] = yaml.safe_load(dbt_properties(dictionary()))["sources"]
    tables = {table["name"]: table for table in source["tables"]}
    for extract in dictionary().extracts.values():
        table = tables[extract.name]
        assert f"Grain: {extract.grain}" in table["description"]
        assert table["columns"][0]["name"] == "row_id"
        assert table["config"] == {"meta": {"grain": ["row_id"]}}
        assert all(column["description"] for column in table["columns"])


@pytest.mark.parametrize("extract", EXTRACTS)
def test_codebook_describes_every_field_and_code(extract: str) -> None:
    page = codebook_markdown(dictionary())
    for field in dictionary().extracts[extract].fields:
        assert f"| `{field.name}` | " in page
        assert f"**{field.title}.** {field.description.strip()}" in page
    for codes in dictionary().code_lists.values():
        assert f"### {codes.name}\n" in page
        for code in codes.codes:
            assert GOLDEN("text", code=code.code, label=code.label) in page
