"""Rules on whole deliveries that come in families: one line of a table makes one rule.

Digit preference, stable distributions, the unit of a measurement, volume, completeness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from warehouse.definitions.dictionary import DictionaryField, Extract, dictionary
from warehouse.definitions.measures import INDEX, RATIO, SHARE, Limit
from warehouse.expectations.admissions import AGE
from warehouse.expectations.delivery import DeliveryRule, limited, median, share, stability, volume
from warehouse.expectations.time_points import IS_AT_90_DAYS

# Fewest rows (in the delivery, and before it for a distribution) or deliveries that say something.
ROWS_MIN = 30
STABILITY_ROWS_MIN = 50
EARLIER_MIN = 3
VOLUME_ROWS_MIN = 10  # fewer differ by chance
VOLUME_MIN, VOLUME_MAX = Limit(0.2, RATIO), Limit(5, RATIO)
STABILITY_MAX = Limit(
    0.25,
    INDEX,
    "Siddiqi 2017, Intelligent Credit Scoring; "
    "Yurdakul 2020, Journal of Risk Model Validation 14(4)",
)
COMPLETENESS_MIN = Limit(0.7, SHARE, "Weiskopf 2013 doi:10.1136/amiajnl-2011-000681; Registry")
# Shares of round values; by chance they are 0.2 (fives) and 0.1 (tens).
ESTIMATED_TIMES = Limit(0.8, SHARE)
CLOCK_TIMES = Limit(0.5, SHARE)
ZERO_DIGIT = Limit(
    0.4,
    SHARE,
    "Nietert 2006 doi:10.1016/j.amjhyper.2005.08.016 (45 per cent in routine care); Registry",
)
FIVES = Limit(0.6, SHARE)
ESTIMATED_TENS = Limit(0.9, SHARE)


class Heaping(NamedTuple):
    """A field whose values should not sit on round numbers, and how many may."""

    extract: str
    field: str
    round_values: str
    of: str
    limit: Limit


class Distribution(NamedTuple):
    """A field whose distribution should be that of earlier deliveries, and its bins."""

    extract: str
    field: str
    value: str
    edges: tuple[float, ...]
    derived: Mapping[str, str] = {}


class Unit(NamedTuple):
    """A measurement whose median shows its unit, and the limits of that median."""

    field: str
    low: Limit
    high: Limit
    mistaken: str


MRS_AT_90_DAYS = {"mrs_at_90_days": f"case when {IS_AT_90_DAYS} then mrs end"}
ON_FIVE_MINUTES = "minute({field}) % 5 = 0"
HEAPED = (
    Heaping("admissions", "onset_at", ON_FIVE_MINUTES, "5 minutes", ESTIMATED_TIMES),
    Heaping("admissions", "arrived_at", ON_FIVE_MINUTES, "5 minutes", CLOCK_TIMES),
    Heaping("admissions", "systolic_bp_mmhg", "{field} % 10 = 0", "10", ZERO_DIGIT),
    Heaping("admissions", "baseline_nihss", "{field} % 5 = 0", "5", FIVES),
    Heaping("procedures", "puncture_at", ON_FIVE_MINUTES, "5 minutes", CLOCK_TIMES),
    Heaping("procedures", "ended_at", ON_FIVE_MINUTES, "5 minutes", CLOCK_TIMES),
    Heaping(
        "procedures",
        "residual_stenosis_pct",
        "{field} % 10 = 0",
        "10",
        ESTIMATED_TENS,
    ),
    Heaping("imaging", "imaged_at", ON_FIVE_MINUTES, "5 minutes", CLOCK_TIMES),
    Heaping("imaging", "nihss_at_imaging", "{field} % 5 = 0", "5", FIVES),
)
STABLE = (
    Distribution("admissions", "baseline_nihss", "baseline_nihss", (6, 11, 16, 21, 26)),
    Distribution("admissions", "birth_date", "age_at_onset_years", (50, 60, 70, 80), AGE),
    Distribution("admissions", "glucose_mmol_per_l", "glucose_mmol_per_l", (6, 7, 8, 10)),
    Distribution("admissions", "systolic_bp_mmhg", "systolic_bp_mmhg", (130, 150, 170, 190)),
    Distribution("admissions", "aspects", "aspects", (6, 7, 8, 9, 10)),
    Distribution("procedures", "passes", "passes", (2, 3, 4)),
    Distribution("imaging", "nihss_at_imaging", "nihss_at_imaging", (6, 11, 16, 21, 26)),
    Distribution("followups", "mrs", "mrs_at_90_days", (1, 2, 3, 4, 5, 6), MRS_AT_90_DAYS),
)
UNITS = (
    Unit(
        "glucose_mmol_per_l",
        Limit(4, "mmol/L", "Capes 2001 doi:10.1161/hs1001.096194; Registry"),
        Limit(15, "mmol/L", "Capes 2001 doi:10.1161/hs1001.096194; Registry"),
        "mg/dL",
    ),
    Unit(
        "platelets_giga_per_l",
        Limit(100, "10^9/L"),
        Limit(400, "10^9/L"),
        "cells per uL",
    ),
    Unit("systolic_bp_mmhg", Limit(100, "mmHg"), Limit(200, "mmHg"), "kPa"),
)


def family_rules(extract: str) -> Iterator[DeliveryRule]:
    """The rules of all families on the deliveries of an extract."""
    words = dictionary().extracts[extract]
    yield from (_not_heaped(words, row) for row in HEAPED if row.extract == extract)
    yield from (_stable(words, row) for row in STABLE if row.extract == extract)
    if extract == "admissions":
        yield from (_in_unit(words, row) for row in UNITS)
    yield _steady_volume(words)
    yield from (_complete(words, row) for row in words.landed_fields if _is_optional(row))


def _not_heaped(extract: Extract, row: Heaping) -> DeliveryRule:
    field = extract.field(row.field)
    return limited(
        extract=row.extract,
        name=f"{row.field}.not_heaped",
        fields=(row.field,),
        kahn_context="validation",
        title=f"{field.title} often rounded",
        expected=f"at most {row.limit.words} of the values on a multiple of {row.of}",
        why="Rounded values were guessed or entered later; intervals made of them are blurred.",
        action=f"Ask how {field.title} is entered; take it from the device or the system.",
        measure=share(row.round_values.format(field=row.field), f"{row.field} is not null"),
        minimum=ROWS_MIN,
        high=row.limit,
    )


def _stable(extract: Extract, row: Distribution) -> DeliveryRule:
    field = extract.field(row.field)
    name = "Age at onset" if row.field == "birth_date" else field.title
    fields = ("birth_date", "onset_at") if row.field == "birth_date" else (row.field,)
    return limited(
        extract=row.extract,
        name=f"{'age' if row.field == 'birth_date' else row.field}.stable",
        fields=fields,
        title=f"{name} distributed differently than before",
        expected=f"a population stability index of at most {STABILITY_MAX.words}",
        why="A sudden shift is more often a changed export than changed patients.",
        action=f"Ask what changed in how {name} is recorded or which patients are exported.",
        measure=stability(row.value, row.edges, row.derived),
        minimum=STABILITY_ROWS_MIN,
        high=STABILITY_MAX,
    )


def _in_unit(extract: Extract, row: Unit) -> DeliveryRule:
    field = extract.field(row.field)
    return limited(
        extract=extract.name,
        name=f"{row.field}.in_unit",
        fields=(row.field,),
        kahn_context="validation",
        title=f"{field.title} not in {field.unit}",
        expected=f"a median of {row.low} to {row.high.words}",
        why=f"A median far off means another unit, such as {row.mistaken}, in the whole export.",
        action=f"Deliver {field.title} in {field.unit}, or name its unit in the site's mapping.",
        measure=median(row.field),
        minimum=ROWS_MIN,
        low=row.low,
        high=row.high,
    )


def _steady_volume(extract: Extract) -> DeliveryRule:
    return limited(
        extract=extract.name,
        name="volume.steady",
        fields=(),
        kahn_category="completeness",
        title=f"Number of {extract.name} rows far from that of earlier deliveries",
        expected=(
            f"{VOLUME_MIN} to {VOLUME_MAX.words} the median of earlier deliveries of the same "
            "mode (full or delta)"
        ),
        why="Few rows mean that an export was cut, many that it was run twice or unfiltered.",
        action="Compare the number of rows with the source; deliver again what is missing.",
        measure=volume(VOLUME_ROWS_MIN),
        minimum=EARLIER_MIN,
        low=VOLUME_MIN,
        high=VOLUME_MAX,
    )


def _complete(extract: Extract, field: DictionaryField) -> DeliveryRule:
    return limited(
        extract=extract.name,
        name=f"{field.name}.complete",
        fields=(field.name,),
        constraint="complete",
        kahn_category="completeness",
        title=f"{field.title} often missing",
        expected=f"a value in at least {COMPLETENESS_MIN.words} of the rows",
        why="What is often missing is rarely missing at random, and a table of it misleads.",
        action=f"Ask why {field.title} is missing; add it at the source and deliver again.",
        measure=share(f"{field.name} is not null", "true"),
        minimum=ROWS_MIN,
        low=COMPLETENESS_MIN,
    )


def _is_optional(field: DictionaryField) -> bool:
    return not (field.constraints.required or field.identifier or field.sparse)
