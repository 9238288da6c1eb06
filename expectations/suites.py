"""All rules of an extract: those that the dictionary states and the clinical ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib import import_module
from typing import NamedTuple, Self

from warehouse.definitions.dictionary import EXTRACTS, dictionary
from warehouse.definitions.ranges import BOUNDS
from warehouse.definitions.thresholds import Thresholds, thresholds
from warehouse.expectations import outcomes, treatments
from warehouse.expectations.delivery import DeliveryRule
from warehouse.expectations.derived_values import possible_rules
from warehouse.expectations.fields import by_site, field_rules
from warehouse.expectations.generated_rules import family_rules
from warehouse.expectations.identity import (
    FILES_AGREE,
    FIRST_KNOWN,
    KEPT_IDENTITY,
    UNUSED_CORRECTION,
    belonging_rule,
)
from warehouse.expectations.known_outcomes import KEPT_OUTCOME, STROKES_AGREE, WITHDRAWN_DEATH
from warehouse.expectations.landing import held_rule, landing_rules
from warehouse.expectations.proportions import share_rules
from warehouse.expectations.record_loss import loss_rules
from warehouse.expectations.rule import Described, Rule
from warehouse.expectations.sites import STROKES_ONCE, content_rule

# Rules besides the ``RULES`` of the module that has the extract's name.
OTHER_RULES = {
    "admissions": STROKES_ONCE,
    "procedures": treatments.RULES,
    "followups": outcomes.RULES,
}
# Decided in the order of delivery, not by Great Expectations (``warehouse.checks.held_versions``).
KEPT = KEPT_IDENTITY | {"followups": KEPT_OUTCOME}
OTHER_VERSION_RULES = {
    "admissions": (UNUSED_CORRECTION,),
    "procedures": (FIRST_KNOWN,),
    "followups": (STROKES_AGREE, WITHDRAWN_DEATH),
}


class Suite(NamedTuple):
    """The rules that Great Expectations decides for an extract: on rows, and on deliveries."""

    rows: tuple[Rule, ...]
    deliveries: tuple[DeliveryRule, ...]

    @classmethod
    def of(cls, rule: Rule | DeliveryRule) -> Self:
        """The suite of one rule."""
        return cls((), (rule,)) if isinstance(rule, DeliveryRule) else cls((rule,), ())


def clinical_rules(extract: str) -> tuple[Rule, ...]:
    """The rules of an extract that people wrote: those of ``expectations/<extract>.py`` first."""
    own: tuple[Rule, ...] = import_module(f"warehouse.expectations.{extract}").RULES
    return (*own, *OTHER_RULES.get(extract, ()))


def version_rules(extract: str) -> tuple[Rule, ...]:
    """The rules on the versions of a record, of an extract."""
    kept = [KEPT[extract]] if extract in KEPT else []
    return (*kept, FILES_AGREE[extract], *OTHER_VERSION_RULES.get(extract, ()))


def suite(extract: str) -> Suite:
    """The rules that Great Expectations decides for an extract."""
    words = dictionary()
    return Suite(
        rows=(
            *field_rules(words.extracts[extract], words),
            *(belonging_rule(extract) for _ in words.extracts[extract].foreign_keys),
            *possible_rules(extract),
            *clinical_rules(extract),
        ),
        deliveries=(
            *family_rules(extract),
            *share_rules(extract),
            *loss_rules(extract),
            content_rule(extract),
        ),
    )


class RuleBook(NamedTuple):
    """Rules of the checks: the suites of all extracts, and how much may break a rule."""

    suites: Mapping[str, Suite]
    allowed: Thresholds

    def by_site(self, own: Collection[tuple[str, str]]) -> Self:
        """The rules where sites have ranges of their own of these fields, by extract and name."""
        suites = {
            name: suite._replace(
                rows=tuple(
                    by_site(rule)
                    if rule.constraint in BOUNDS and (name, rule.fields[0]) in own
                    else rule
                    for rule in suite.rows
                )
            )
            for name, suite in self.suites.items()
        }
        return self._replace(suites=suites)

    @property
    def rules(self) -> tuple[Described, ...]:
        """Every rule, landing's included, extract by extract."""
        words = dictionary()
        return tuple(
            rule
            for extract in EXTRACTS
            for rule in (
                *landing_rules(words.extracts[extract], words),
                *self.suites[extract].rows,
                *version_rules(extract),
                *self.suites[extract].deliveries,
                held_rule(words.extracts[extract]),
            )
        )


def rule_book() -> RuleBook:
    """The project's rules and thresholds."""
    return RuleBook({extract: suite(extract) for extract in EXTRACTS}, thresholds())


def all_rules() -> tuple[Described, ...]:
    """Every rule of the project, landing's included, extract by extract."""
    return rule_book().rules
