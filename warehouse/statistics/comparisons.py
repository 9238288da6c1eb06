"""Comparisons of a study's groups, in long form: one row for each test and each effect."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from warehouse.statistics import notes
from warehouse.statistics.calls import EFFECTS, YES_NO, between
from warehouse.statistics.cohort import ALL, Cohort, Row
from warehouse.statistics.counts import PAIR, denominator, missing
from warehouse.statistics.rounding import p_text
from warehouse.statistics.small_samples import EXACT, small_sample

TESTS_OF_TWO_AND_MANY = {"t": "anova", "ranksum": "kruskal", "chi2": "chi2"}
"""Test of three and more groups by the test of two; a line may name either."""
TESTS_OF_NUMBERS, TESTS_OF_TABLES = ("t", "anova", "ranksum", "kruskal"), ("chi2",)
"""Tests that a line may name: of numbers, and of yes/no variables or levels."""
FISHER = "fisher_two_sided"
OF_TEST = ("test", "statistic", "degrees_of_freedom", "p_value", "p_display", "exact_p_value")
OF_EFFECT = ("effect", "estimate", "ci_low", "ci_high")


@dataclass(frozen=True)
class Contrast:
    """Groups that are compared: all of them (``all``), or the first with the second."""

    name: str
    codes: tuple[str, ...]


def contrasts(cohort: Cohort, reference: str | None = None) -> tuple[Contrast, ...]:
    """Return the contrasts of a study (see ``contrasts_of``)."""
    return contrasts_of(cohort.codes, reference)


def contrasts_of(codes: tuple[str, ...], reference: str | None = None) -> tuple[Contrast, ...]:
    """Return the contrasts between groups.

    Of two groups, the first is compared with the second (with the ``reference`` if one is given).
    Three and more groups are compared all at once, and each with the ``reference`` if one is given.
    Raises ValueError if the reference is no group of the study.
    """
    if reference is not None and reference not in codes:
        raise ValueError(f"the reference {reference} is not a group of the study: {codes}")
    if len(codes) == PAIR and reference is None:
        reference = codes[1]
    pairs = [(code, reference) for code in codes if reference and code != reference]
    every = [Contrast(ALL, codes)] if len(codes) > PAIR else []
    return (*every, *(Contrast(" - ".join(pair), pair) for pair in pairs if len(codes) > 1))


def comparisons(
    lines: Iterable[Row],
    cohort: Cohort,
    reference: str | None = None,
    other_tests: Container[str] = (),
) -> list[Row]:
    """Return the tests and effects of each line (see ``contrasts``); none with one group.

    Columns: table_name, line, variable, contrast, is_printed, test, statistic, degrees_of_freedom,
    p_value, p_display, exact_p_value, effect, estimate, ci_low, ci_high, n (patients with a value),
    missing, note. Tests and effects are separate rows, with the columns of the other null. The
    first row of a line and contrast is its printed test (``is_printed``); those of ``other_tests``
    that such a line can have follow. A line without ``test`` has no tests; ``effects`` of a line
    selects its effects. Raises ValueError if a line cannot have its test.
    """
    compared = contrasts(cohort, reference)
    return [
        row
        for line in lines
        for contrast in compared
        for row in _of_contrast(line, cohort, contrast, other_tests)
    ]


def _of_contrast(
    line: Row, cohort: Cohort, contrast: Contrast, other_tests: Container[str]
) -> Iterator[Row]:
    counts = [cohort.counts(line, code) for code in contrast.codes]
    place = {
        "table_name": line["table_name"],
        "line": line["line"],
        "variable": line["variable"],
        "contrast": contrast.name,
        "is_printed": True,
        **dict.fromkeys((*OF_TEST, *OF_EFFECT)),
        "n": sum(map(denominator, counts)),
        "missing": sum(map(missing, counts)),
        "note": None,
    }
    test = _printed(line, cohort, contrast) if line.get("test") else {}
    if test:
        yield place | test
    known = between(line["summary"], len(contrast.codes))
    others = dict.fromkeys(name.partition(".")[0] for name in known if "." in name)
    for name in others:
        if name in other_tests and name != test.get("test"):
            yield place | _test(name, line, cohort, contrast) | {"is_printed": False}
    for effect in EFFECTS:
        if effect in known and effect in line.get("effects", EFFECTS):
            yield place | _effect(effect, line, cohort, contrast, test.get("p_value"))


def _printed(line: Row, cohort: Cohort, contrast: Contrast) -> Row:
    """Return the printed test of a line; ``small_samples`` selects it if samples are small."""
    counts = [cohort.counts(line, code) for code in contrast.codes]
    usual = test_of(line["test"], len(contrast.codes))
    if f"{usual}.p_value" not in between(line["summary"], len(contrast.codes)):
        raise ValueError(f"{line['variable']} ({line['summary']}) cannot have the test {usual}")
    small = small_sample(usual, counts, line["summary"] == YES_NO)
    is_exact = small.exact_test and cohort.conventions.small_samples == EXACT
    test = _test(small.exact_test if is_exact else usual, line, cohort, contrast)
    exact = small.exact_test and _test(small.exact_test, line, cohort, contrast)["p_value"]
    note = notes.test_note(test["p_value"], counts, small.reason, bool(is_exact))
    return test | {"exact_p_value": exact, "note": note or None}


def test_of(test: str, groups: int) -> str:
    """Return the form of a test for two groups, or for three and more."""
    for of_two, of_many in TESTS_OF_TWO_AND_MANY.items():
        if test in (of_two, of_many):
            return of_two if groups == PAIR else of_many
    return test


def _test(name: str, line: Row, cohort: Cohort, contrast: Contrast) -> Row:
    """Return the columns of a test."""
    statistic, df, p_value = (
        cohort.compared(f"{name}.{part}", line, contrast.codes)
        for part in ("statistic", "degrees_of_freedom", "p_value")
    )
    return {
        "test": name,
        "statistic": statistic,
        "degrees_of_freedom": df,
        "p_value": p_value,
        "p_display": p_text(p_value),
    }


def _effect(
    effect: str, line: Row, cohort: Cohort, contrast: Contrast, p_value: float | None
) -> Row:
    """Return the columns of an effect, which is empty with a note if it is not estimable."""
    estimate, low, high = (
        cohort.compared(f"{effect}{end}", line, contrast.codes)
        for end in ("", "_ci_low", "_ci_high")
    )
    found = {"effect": effect, "estimate": estimate, "ci_low": low, "ci_high": high}
    groups = [cohort.counts(line, code) for code in contrast.codes]
    return found | {"note": notes.effect_note(found, groups, line["summary"], p_value) or None}
