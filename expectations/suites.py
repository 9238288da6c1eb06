"""All rules of an extract: those that the dictionary states and the clinical ones."""

from __future__ import annotations

from expectations import admissions, followups, imaging, procedures
from expectations.fields import field_rules
from expectations.landing import landing_rules
from expectations.rule import Rule
from warehouse.dictionary import EXTRACTS, dictionary

CLINICAL_RULES = {
    "admissions": admissions.RULES,
    "procedures": procedures.RULES,
    "imaging": imaging.RULES,
    "followups": followups.RULES,
}


def suite(extract: str) -> tuple[Rule, ...]:
    """The rules that Great Expectations decides for an extract."""
    words = dictionary()
    return (*field_rules(words.extracts[extract], words), *CLINICAL_RULES[extract])


def all_rules() -> tuple[Rule, ...]:
    """Every rule on delivered rows, landing's included, extract by extract."""
    words = dictionary()
    return tuple(
        rule
        for extract in EXTRACTS
        for rule in (*landing_rules(words.extracts[extract], words), *suite(extract))
    )
