"""The file of concept ids: shipped, and a hospital's own in its config folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.golden import golden
from warehouse.definitions.config import shipped_path
from warehouse.definitions.dictionary import DictionaryError
from warehouse.exports.omop import concepts as module
from warehouse.exports.omop.concepts import CONCEPTS, Concept, load_concepts, unmapped

GOLDEN = golden("exports")
HEADER = "field,code,label,concept_id,concept_name,vocabulary,vocabulary_code,verified\n"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hospital's own file, to be written by the test."""
    path = tmp_path / CONCEPTS
    monkeypatch.setattr(module, "settings_path", lambda _name: path)
    return path


def test_the_shipped_file_has_ids_that_were_verified_alone() -> None:
    found = {(each.field, each.code): each.concept_id for each in load_concepts()}
    assert (len(found), len(list(unmapped(load_concepts())))) == (196, 149)
    assert found["sex", "female"] == 8532
    assert found["baseline_nihss", ""] == 0
    lines = shipped_path(CONCEPTS).read_text("utf-8").splitlines()[1:]
    without = [line for line in lines if line.endswith(",0,,,,not verified")]
    # Home is 0 by the model's convention.
    assert len(without) == 148


def test_an_own_file_needs_three_columns(own: Path) -> None:
    own.write_text("code,field,concept_id\nmale,sex,8507\n", "utf-8")
    assert [each for each in load_concepts() if each.concept_id] == [Concept("sex", "male", 8507)]
    own.write_text("code,field\nmale,sex\n", "utf-8")
    with pytest.raises(DictionaryError) as caught:
        load_concepts()
    assert str(caught.value) == GOLDEN("concepts_without_column", path=own)


def test_an_own_file_replaces_the_shipped_one(own: Path) -> None:
    own.write_text(f"{HEADER}baseline_nihss,,NIHSS,42869844,,LOINC,72089-6,Athena\n", "utf-8")
    found = {(each.field, each.code): each.concept_id for each in load_concepts()}
    assert (len(found), found["baseline_nihss", ""], found["sex", "female"]) == (196, 42869844, 0)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("sex,other,,8521,,,,", "concept_of_nothing"),
        ("sex,male,,8507,,,,\nsex,male,,8507,,,,", "concept_twice"),
        ("sex,male,,M,,,,", "concept_without_number"),
        ("sex,male,,2147483648,,,,", "concept_too_large"),
    ],
)
def test_a_wrong_line_is_named(own: Path, line: str, key: str) -> None:
    own.write_text(f"{HEADER}{line}\n", "utf-8")
    with pytest.raises(DictionaryError) as caught:
        load_concepts()
    assert str(caught.value) == GOLDEN(key, path=own)
