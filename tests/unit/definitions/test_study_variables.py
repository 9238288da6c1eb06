"""Variables of a hospital's own studies: what may be declared, and what becomes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.golden import golden
from warehouse.definitions.dictionary import (
    EXTRACTS,
    Dictionary,
    DictionaryError,
    contract_sha256,
    load_dictionary,
    with_study_variables,
)
from warehouse.definitions.rule_text import meaning
from warehouse.definitions.site import SiteMapping
from warehouse.landing.cell_parser import UNREADABLE, CellReader
from warehouse.landing.field_rules import Rules
from warehouse.landing.mapping_check import check_mapping

GOLDEN = golden("definitions")

FRAILTY = {
    "title": "Frailty", "description": "Before the stroke.", "type": "integer", "unit": "points",
    "minimum": 1, "maximum": 9,
}  # fmt: skip
SMOKING = {
    "title": "Smoking", "description": "At admission.", "type": "string",
    "codes": {"never": "Never smoked", 2: "Smokes"}, "aliases": ["tobacco"],
}  # fmt: skip
STATIN = {"title": "Statin", "description": "Before the stroke.", "type": "boolean"}


def declared(folder: Path, **variables: Any) -> Dictionary:
    """The dictionary with these variables."""
    path = folder / "study_variables.yaml"
    path.write_text(yaml.safe_dump(variables, sort_keys=False))
    return with_study_variables(load_dictionary(), path)


@pytest.fixture
def words(tmp_path: Path) -> Dictionary:
    return declared(
        tmp_path, study_frailty=FRAILTY, study_smoking=SMOKING, study_statin_before=STATIN
    )


def test_none_are_shipped() -> None:
    assert with_study_variables(load_dictionary(), Path("dictionary/study_variables.yaml")) == (
        load_dictionary()
    )


def test_a_variable_is_a_field_of_the_admissions(words: Dictionary) -> None:
    assert [meaning(field, words) for field in words.study_variables] == [
        GOLDEN("meaning_of_frailty"),
        GOLDEN("meaning_of_smoking"),
        GOLDEN("meaning_of_statin"),
    ]
    fields = words.extracts["admissions"].fields
    assert [field.name for field in fields[-3:]] == [
        "study_frailty", "study_smoking", "study_statin_before"
    ]  # fmt: skip
    assert all(field.sparse and not field.constraints.required for field in fields[-3:])
    changed = [
        name
        for name in EXTRACTS
        if contract_sha256(words, name) != contract_sha256(load_dictionary(), name)
    ]
    assert changed == ["admissions"]


@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [
        ("study_frailty", "4", 4),
        ("study_frailty", "1955-04-02", UNREADABLE),
        ("study_frailty", "Miller", UNREADABLE),
        ("study_frailty", "13912345678", UNREADABLE),
        ("study_smoking", "Never smoked", "never"),
        ("study_smoking", "2", "2"),
        ("study_smoking", "Miller", "AAAAAA"),
        ("study_smoking", "1955-04-02", "9999-99-99"),
        ("study_statin_before", "yes", True),
        ("study_statin_before", "Miller", UNREADABLE),
    ],
)
def test_its_cells_are_read_as_those_of_any_field(
    words: Dictionary, name: str, cell: str, value: Any
) -> None:
    """A text that is no code is its shape at most, and a check empties it."""
    field = words.extracts["admissions"].field(name)
    assert CellReader(field, Rules(words, SiteMapping(site="a"), "admissions"))[cell] == value


@pytest.mark.parametrize(
    ("name", "variable", "message"),
    [
        ("frailty", FRAILTY, "frailty: a name is study_ and then small letters"),
        ("study_Frailty", FRAILTY, "a name is study_ and then small letters"),
        ("study_arm", FRAILTY, "study_arm: the warehouse has this name itself"),
        ("study_age", FRAILTY | {"aliases": ["age_years"]}, "another field has the name age_years"),
        ("study_born", STATIN | {"type": "date"}, "study_born: .*a day or time could say who"),
        ("study_note", STATIN | {"type": "string"}, "study_note: .*a text needs codes"),
        ("study_id", STATIN | {"type": "integer"}, "study_id: .*a number needs minimum"),
        ("study_id", FRAILTY | {"maximum": 10**9}, "study_id.maximum: .*or equal to 99999"),
        ("study_x", FRAILTY | {"minimum": 9}, "study_x: .*minimum must be less than maximum"),
        ("study_x", FRAILTY | {"minimum": "1"}, "study_x.minimum: .*a number such as 7.5"),
        ("study_x", STATIN | {"minimum": 1}, "minimum and maximum go with numbers"),
        ("study_x", STATIN | {"unit": "mg"}, "a unit goes with numbers"),
        ("study_x", STATIN | {"codes": {"a": "A"}}, "codes go with the type string or integer"),
        ("study_x", SMOKING | {"codes": {True: "Yes"}}, "put it in quotes"),
        ("study_x", SMOKING | {"type": "integer"}, "the codes of an integer are whole numbers"),
        ("study_x", {"title": "X", "type": "boolean"}, "study_x.description: Field required"),
        ("study_x", STATIN | {"identifier": "key"}, "study_x.identifier: Extra inputs"),
    ],
)  # fmt: skip
def test_what_may_not_be_declared_is_refused(
    tmp_path: Path, name: str, variable: dict[str, Any], message: str
) -> None:
    with pytest.raises(DictionaryError, match=message) as error:
        declared(tmp_path, **{name: variable})
    assert "study_variables.yaml" in str(error.value)


def test_a_mapping_may_name_what_is_declared_alone(words: Dictionary) -> None:
    mapping = SiteMapping(
        site="a", headers={"admissions": {"CFS": "study_frailty"}},
        recode={"admissions": {"study_smoking": {"nie": "never"}}},
    )  # fmt: skip
    check_mapping(mapping, words)
    with pytest.raises(DictionaryError, match=r"study_frailty; declare .* config/study_variables"):
        check_mapping(mapping, load_dictionary())
