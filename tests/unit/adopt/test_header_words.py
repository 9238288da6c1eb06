"""Headers as stroke registries have them: whose field each is, by its words alone."""

from __future__ import annotations

from itertools import chain

import yaml

from tests.support.adoption import HEADERS
from warehouse.adopt.evidence import Witness
from warehouse.adopt.matching import Matcher
from warehouse.definitions.dictionary import EXTRACTS, dictionary
from warehouse.definitions.site import SiteMapping
from warehouse.landing.survey import Column

MATCHER = Matcher(dictionary(), Witness(dictionary(), SiteMapping(site="")), EXTRACTS)
FIELDS = [field for extract in dictionary().extracts.values() for field in extract.fields]


def placed(header: str) -> set[str]:
    """The fields that a header alone is placed as."""
    headers = MATCHER.match([Column(header)]).headers
    return {name for targets in headers.values() for _, name in targets}


def test_usual_headers_are_placed_and_those_of_other_quantities_are_not() -> None:
    known = yaml.safe_load(HEADERS.read_text("utf-8"))
    truth = {header: {field} for field, headers in known["fields"].items() for header in headers}
    assert {header: placed(header) for header in truth} == truth
    assert {header for header in chain(*known["others"]) if placed(header)} == set()


def test_no_name_of_a_field_means_another_field() -> None:
    names = [(field.name, name) for field in FIELDS for name in (field.name, *field.aliases)]
    names += [(field.name, field.title) for field in FIELDS]
    assert [(field, name) for field, name in names if not placed(name) <= {field}] == []
