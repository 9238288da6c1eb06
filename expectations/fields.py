"""Rules on single fields, generated from the dictionary: nothing about a field stands here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from warehouse.definitions import rule_text
from warehouse.definitions.dictionary import (
    KEY_SEPARATOR,
    Dictionary,
    DictionaryField,
    Extract,
    dictionary,
)
from warehouse.definitions.thresholds import HOLD_WHEN_MOST_FAIL
from warehouse.expectations.identity import unplaced
from warehouse.expectations.rule import (
    KNOWN_AS,
    Constraint,
    Rule,
    among,
    between,
    in_range,
    present,
    unreadable,
    within_bounds,
)

# The text of a range of times, at a site with a first day of its own.
SITE_LIMIT = (
    "(select 'at this site on or after ' || strftime(clock.earliest, '%Y-%m-%d') "
    "from raw.time_zones as clock where clock.site = broken.site)"
)
SOURCE = "dictionary/{extract}.yaml"
TITLES = {
    "required": "{title} missing",
    "codes": "{title} with an unknown code",
    "range": "{title} out of range",
    "usual": "{title} outside the usual range",
    "pattern": "{title} of another form",
    "unique": "{title} on two rows that differ",
    "reference": "{title} not among the admissions",
}
WHY = {
    "required": "Without {title} the row cannot be used.",
    "codes": "A value outside the code list cannot be counted.",
    "range": "A value outside this range is impossible: an error of entry or of unit.",
    "usual": "A value this far out is possible and rare; mostly a digit or the unit is wrong.",
    "pattern": "A value of another form is an error of entry.",
    "unique": "Two different rows with one number in one file contradict each other.",
    "reference": "A row of an unknown patient cannot be placed in time or counted.",
}
OF_PATIENT = (
    f"(record_key = patient_key or starts_with(record_key, patient_key || '{KEY_SEPARATOR}'))"
)
UNIQUE_WHEN = {
    "patient_id": OF_PATIENT,
    "admission_id": f"record_key is not null and not coalesce({OF_PATIENT}, false)",
}
CASTS: dict[str, Callable[[Any], Any]] = {
    "integer": int,
    "number": float,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}


def field_rules(extract: Extract, dictionary: Dictionary) -> Iterator[Rule]:
    """Every rule that the dictionary states about the landed fields of an extract."""
    for field in extract.landed_fields:
        constraints = field.constraints
        if constraints.required:
            yield _required(extract, field, dictionary)
        if _checks_codes(field):
            yield _codes(extract, field, dictionary)
        if _checks_range(field, dictionary):
            yield _range(extract, field, dictionary)
        if field.usual:
            yield _usual(extract, field, dictionary)
        if constraints.pattern:
            yield _pattern(extract, field, dictionary)
        if constraints.unique:
            yield _unique(extract, field, dictionary)
    yield from _references(extract, dictionary)
    if extract.foreign_keys:
        yield _not_withdrawn(extract)


def _required(extract: Extract, field: DictionaryField, dictionary: Dictionary) -> Rule:
    """A cell that landing could not read is there, and has been reported: it is not missing."""
    name = str(field.landed_name)
    names = filter(None, (name, field.constraints.unless))
    found = " or ".join(f"{each} is not null" for each in names)
    delivered = f"case when {found} then 1 when {unreadable(name)} then 1 end"
    return _rule(
        extract,
        field,
        "required",
        dictionary,
        expectation=present(f"{name}__delivered"),
        derived={f"{name}__delivered": delivered},
    )


def _checks_codes(field: DictionaryField) -> bool:
    """Skip yes-no fields: landing has typed them."""
    return field.codes is not None and field.type != "boolean"


def _codes(extract: Extract, field: DictionaryField, dictionary: Dictionary) -> Rule:
    expectation = among(str(field.landed_name), _codes_of(field, dictionary))
    return _rule(extract, field, "codes", dictionary, expectation=expectation)


def _checks_range(field: DictionaryField, dictionary: Dictionary) -> bool:
    """A range within which every code lies says nothing that the codes do not say."""
    low, high = _bounds(field)
    if low is None and high is None:
        return False
    codes = _codes_of(field, dictionary)
    return not codes or any(
        (low is not None and code < low) or (high is not None and code > high) for code in codes
    )


def _range(extract: Extract, field: DictionaryField, dictionary: Dictionary) -> Rule:
    """Check the range; of a coded field only known codes: an unknown one is reported as that."""
    name = str(field.landed_name)
    codes = ", ".join(str(code) for code in _codes_of(field, dictionary))
    checked = f"{name}__known" if codes else name
    derived = {checked: f"case when {name} in ({codes}) then {name} end"} if codes else {}
    if field.is_event and field.constraints.minimum:
        checked = f"{name}__by_site"
        derived = {checked: _within_site(name, field)}
    expectation = between(checked, *_bounds(field))
    rule = _rule(extract, field, "range", dictionary, expectation=expectation, derived=derived)
    return replace(rule, beside=SITE_LIMIT) if checked == f"{name}__by_site" else rule


def _within_site(name: str, field: DictionaryField) -> str:
    """SQL of a time that the field's range allows where the first day of the row's site does."""
    kind = "date" if field.type == "date" else "timestamp"
    first = f"cast('{field.constraints.minimum}' as {kind})"
    return (
        f"cast(case when {name} >= earliest then greatest({name}, {first}) "
        f"when {name} < earliest then least({name}, {first} - interval 1 day) "
        f"else {name} end as {kind})"
    )


def by_site(rule: Rule) -> Rule:
    """The rule on a number's range that takes the bounds of each row's site, and shows them.

    What is no longer a range of fixed ends is decided by SQL: Great Expectations sees its verdict.
    """
    field = dictionary().extracts[rule.extract].field(rule.fields[0])
    is_usual = rule.constraint == "usual"
    name, kind = str(field.landed_name), "usual" if is_usual else "range"
    shown = "usual" if is_usual else "possible"
    return replace(
        rule,
        expectation=None,
        derived={},
        when=in_range(rule.extract, field.name) if is_usual else f"{name} is not null",
        holds=within_bounds(rule.extract, field, kind, name),
        beside=(
            f"(select 'at this site ' || nullif(own.{shown}, own.{shown}_elsewhere) "
            f"from raw.site_ranges as own where own.site = broken.site "
            f"and own.extract = '{rule.extract}' and own.field = '{field.name}')"
        ),
    )


def _usual(extract: Extract, field: DictionaryField, dictionary: Dictionary) -> Rule:
    """Check the usual range of possible values: an impossible one is reported as that."""
    assert field.usual is not None
    name = str(field.landed_name)
    checked = f"{name}__possible"
    rule = _rule(
        extract,
        field,
        "usual",
        dictionary,
        expectation=between(checked, field.usual.minimum, field.usual.maximum),
        derived={checked: f"case when {in_range(extract.name, field.name)} then {name} end"},
    )
    return replace(
        rule, source=field.usual.source, kahn_category="plausibility", kahn_context="validation"
    )


def _pattern(extract: Extract, field: DictionaryField, dictionary: Dictionary) -> Rule:
    pattern = str(field.constraints.pattern).replace("'", "''")
    holds = f"regexp_full_match({field.landed_name}, '{pattern}')"
    return _rule(extract, field, "pattern", dictionary, holds=holds)


def _unique(extract: Extract, field: DictionaryField, dictionary: Dictionary) -> Rule:
    """Within a file; a later delivery of the key corrects, and a repeated line changes nothing.

    Where a row has an admission number, that is its key: the patient may come twice.
    """
    return _rule(
        extract,
        field,
        "unique",
        dictionary,
        when=UNIQUE_WHEN.get(field.name, "record_key is not null"),
        holds="not is_contradicted",
        derived={"is_contradicted": f"landed.rowid in ({_contradicted_rows(extract)})"},
    )


def _contradicted_rows(extract: Extract) -> str:
    """SQL of the rows whose key their file gives to a row of other content too."""
    versions = f"checks.{extract.name}_versions"
    return (
        f"select landed_row from {versions} semi join (select file_id, record_key from {versions} "
        f"group by all having min(content) <> max(content)) using (file_id, record_key)"
    )


def _references(extract: Extract, dictionary: Dictionary) -> Iterator[Rule]:
    """The other extract has an accepted row of the patient at the same site.

    Of a row that belongs to none of the patient's strokes, ``belonging_rule`` says so.
    """
    for key in extract.foreign_keys:
        known = KNOWN_AS[key.reference.resource]
        ours = [str(extract.field(name).landed_name) for name in key.fields]
        yield _rule(
            extract,
            extract.field(key.fields[0]),
            "reference",
            dictionary,
            when=" and ".join(f"{name} is not null" for name in ours),
            holds=f"has_known_{known} or unplaced is not null",
            derived=unplaced(extract.name)
            | {f"has_known_{known}": f"{known}.known_admission is not null"},
            threshold=HOLD_WHEN_MOST_FAIL,
        )


def _not_withdrawn(extract: Extract) -> Rule:
    """Flag rows that come after their patient was withdrawn; earlier ones go with the patient."""
    last_day = "(select max(delivered_on) from raw.places where file_id = landed.file_id)"
    return Rule(
        extract=extract.name,
        name="patient_id.not_withdrawn",
        fields=("patient_id",),
        constraint="reference",
        severity="reject",
        kahn_category="conformance",
        title="Patient withdrawn by an earlier file of admissions",
        when="withdrawn_by is not null",
        holds="last_delivered_on < patient_withdrawn_on",
        derived={
            "withdrawn_by": "admission.patient_withdrawn_file",
            "patient_withdrawn_on": "admission.patient_withdrawn_on",
            "last_delivered_on": last_day,
        },
        shown=("withdrawn_by",),
        expected="a patient whom the full file of admissions that is named still has",
        why="Without the admission the registry has no such patient: the row would vanish.",
        source="docs/decisions/0002-records-and-deliveries.md",
        action=(
            "If the patient was treated, deliver the admission again; this row then needs no new "
            "delivery. If not, leave the row out of the export."
        ),
    )


def _rule(
    extract: Extract,
    field: DictionaryField,
    constraint: Constraint,
    dictionary: Dictionary,
    **decision: Any,
) -> Rule:
    """A rule in the dictionary's words; ``decision`` is what decides it, as in Rule."""
    is_shown = constraint != "required" and not field.identifier
    return Rule(
        extract=extract.name,
        name=f"{field.name}.{constraint}",
        fields=(field.name,),
        constraint=constraint,
        severity=dictionary.severity(field, constraint),
        kahn_category="completeness" if constraint == "required" else field.kahn_category,
        title=TITLES[constraint].format(title=field.title),
        expected=rule_text.expected(field, constraint, dictionary),
        why=WHY[constraint].format(title=field.title),
        source=SOURCE.format(extract=extract.name),
        action=rule_text.action(field, constraint, dictionary),
        shown=(str(field.landed_name),) if is_shown else (),
        **decision,
    )


def _codes_of(field: DictionaryField, dictionary: Dictionary) -> list[Any]:
    """The codes of a field in the type of its column; none for a field without codes."""
    if not field.codes or field.type == "boolean":
        return []
    cast = CASTS.get(field.type, str)
    return [cast(code) for code in dictionary.code_lists[field.codes].values]


def _bounds(field: DictionaryField) -> tuple[Any, Any]:
    cast = CASTS.get(field.type, str)
    low, high = field.constraints.minimum, field.constraints.maximum
    return (
        None if low is None else cast(low),
        None if high is None else cast(high),
    )
