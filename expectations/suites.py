"""All rules of an extract: those that the dictionary states and the clinical ones."""

from __future__ import annotations

from expectations import admissions, followups, imaging, outcomes, procedures, treatments
from expectations.delivery import DeliveryRule
from expectations.families import family_rules
from expectations.fields import field_rules
from expectations.landing import held_rule, landing_rules
from expectations.rule import Described, Rule
from expectations.shares import share_rules
from warehouse.definitions.dictionary import EXTRACTS, dictionary

CLINICAL_RULES = {
    "admissions": admissions.RULES,
    "procedures": (*procedures.RULES, *treatments.RULES),
    "imaging": imaging.RULES,
    "followups": (*followups.RULES, *outcomes.RULES),
}


def suite(extract: str) -> tuple[Rule, ...]:
    """The rules on rows that Great Expectations decides for an extract."""
    words = dictionary()
    return (*field_rules(words.extracts[extract], words), *CLINICAL_RULES[extract])


def delivery_suite(extract: str) -> tuple[DeliveryRule, ...]:
    """The rules on whole deliveries that Great Expectations decides for an extract."""
    return (*family_rules(extract), *share_rules(extract))


def all_rules() -> tuple[Described, ...]:
    """Every rule, landing's included, extract by extract."""
    words = dictionary()
    return tuple(
        rule
        for extract in EXTRACTS
        for rule in (
            *landing_rules(words.extracts[extract], words),
            *suite(extract),
            *delivery_suite(extract),
            held_rule(words.extracts[extract]),
        )
    )
