"""Rules on whole deliveries that come in families: one line of a table makes one rule.

Digit preference, stable distributions, the unit of a measurement, volume, completeness.
Limits and their sources stand in ``dictionary/deliveries.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from expectations.admissions import AGE
from expectations.delivery import DeliveryRule, median, share, stability, volume
from warehouse.definitions.delivery_limits import delivery_limit
from warehouse.definitions.dictionary import DictionaryField, Extract, dictionary
from warehouse.definitions.measures import limit_in_words

ROWS_MIN = int(delivery_limit("rows_min").value)
STABILITY_ROWS_MIN = int(delivery_limit("stability_rows_min").value)
EARLIER_MIN = int(delivery_limit("earlier_deliveries_min").value)
# A patency needs a stent, an outcome somebody who was found: other rules judge whether they miss.
NOT_IN_EACH_ROW = {"stent_patency", "assessed_on", "mode", "mrs", "death_date"}


class Heaping(NamedTuple):
    """A field whose values should not sit on round numbers, and how many may."""

    extract: str
    field: str
    round_values: str
    of: str
    limit: str


class Distribution(NamedTuple):
    """A field whose distribution should be that of earlier deliveries, and its bins."""

    extract: str
    field: str
    value: str
    edges: tuple[float, ...]
    derived: Mapping[str, str] = {}


class Unit(NamedTuple):
    """A measurement whose median tells its unit, and the limits of that median."""

    field: str
    low: str
    high: str
    mistaken: str


ON_FIVE_MINUTES = "minute({field}) % 5 = 0"
HEAPED = (
    Heaping("admissions", "onset_at", ON_FIVE_MINUTES, "5 minutes", "estimated_times_max_share"),
    Heaping("admissions", "arrived_at", ON_FIVE_MINUTES, "5 minutes", "clock_times_max_share"),
    Heaping("admissions", "systolic_bp_mmhg", "{field} % 10 = 0", "10", "zero_digit_max_share"),
    Heaping("admissions", "baseline_nihss", "{field} % 5 = 0", "5", "fives_max_share"),
    Heaping("procedures", "puncture_at", ON_FIVE_MINUTES, "5 minutes", "clock_times_max_share"),
    Heaping("procedures", "ended_at", ON_FIVE_MINUTES, "5 minutes", "clock_times_max_share"),
    Heaping(
        "procedures",
        "residual_stenosis_pct",
        "{field} % 10 = 0",
        "10",
        "estimated_tens_max_share",
    ),
    Heaping("imaging", "imaged_at", ON_FIVE_MINUTES, "5 minutes", "clock_times_max_share"),
    Heaping("imaging", "nihss_at_imaging", "{field} % 5 = 0", "5", "fives_max_share"),
)
STABLE = (
    Distribution("admissions", "baseline_nihss", "baseline_nihss", (6, 11, 16, 21, 26)),
    Distribution("admissions", "birth_date", "age_at_onset_years", (50, 60, 70, 80), AGE),
    Distribution("admissions", "glucose_mmol_per_l", "glucose_mmol_per_l", (6, 7, 8, 10)),
    Distribution("admissions", "systolic_bp_mmhg", "systolic_bp_mmhg", (130, 150, 170, 190)),
    Distribution("admissions", "aspects", "aspects", (6, 7, 8, 9, 10)),
    Distribution("procedures", "passes", "passes", (2, 3, 4)),
    Distribution("imaging", "nihss_at_imaging", "nihss_at_imaging", (6, 11, 16, 21, 26)),
    Distribution("followups", "mrs", "mrs", (1, 2, 3, 4, 5, 6)),
)
UNITS = (
    Unit(
        "glucose_mmol_per_l",
        "glucose_median_min_mmol_per_l",
        "glucose_median_max_mmol_per_l",
        "mg/dL",
    ),
    Unit(
        "platelets_giga_per_l",
        "platelets_median_min_giga_per_l",
        "platelets_median_max_giga_per_l",
        "cells per uL",
    ),
    Unit("systolic_bp_mmhg", "systolic_bp_median_min_mmhg", "systolic_bp_median_max_mmhg", "kPa"),
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
    field, limit = extract.field(row.field), delivery_limit(row.limit)
    return DeliveryRule(
        extract=row.extract,
        name=f"{row.field}.not_heaped",
        fields=(row.field,),
        constraint="delivery",
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title=f"{field.title} is recorded as it was, not rounded",
        expected=f"at most {limit_in_words(limit)} of the values on a multiple of {row.of}",
        why="Rounded values were guessed or entered later; intervals made of them are blurred.",
        source=limit.source,
        action=f"Ask how {field.title} is entered; take it from the device or the system.",
        measure=share(row.round_values.format(field=row.field), f"{row.field} is not null"),
        unit=limit.unit,
        minimum=ROWS_MIN,
        high=limit.value,
    )


def _stable(extract: Extract, row: Distribution) -> DeliveryRule:
    field, limit = extract.field(row.field), delivery_limit("stability_index_max")
    name = "Age at onset" if row.field == "birth_date" else field.title
    fields = ("birth_date", "onset_at") if row.field == "birth_date" else (row.field,)
    return DeliveryRule(
        extract=row.extract,
        name=f"{'age' if row.field == 'birth_date' else row.field}.stable",
        fields=fields,
        constraint="delivery",
        severity="warn",
        kahn_category="plausibility",
        title=f"{name} is distributed as in earlier deliveries",
        expected=f"a population stability index of at most {limit_in_words(limit)}",
        why="A sudden shift is more often a changed export than changed patients.",
        source=limit.source,
        action=f"Ask what changed in how {name} is recorded or which patients are exported.",
        measure=stability(row.value, row.edges, row.derived),
        unit=limit.unit,
        minimum=STABILITY_ROWS_MIN,
        high=limit.value,
    )


def _in_unit(extract: Extract, row: Unit) -> DeliveryRule:
    field, low, high = extract.field(row.field), delivery_limit(row.low), delivery_limit(row.high)
    return DeliveryRule(
        extract=extract.name,
        name=f"{row.field}.in_unit",
        fields=(row.field,),
        constraint="delivery",
        severity="warn",
        kahn_category="plausibility",
        kahn_context="validation",
        title=f"{field.title} is in {field.unit}",
        expected=f"a median of {low.value} to {limit_in_words(high)}",
        why=f"A median far off means another unit, such as {row.mistaken}, in the whole export.",
        source=high.source,
        action=f"Deliver {field.title} in {field.unit}, or name its unit in the site's mapping.",
        measure=median(row.field),
        unit=high.unit,
        minimum=ROWS_MIN,
        low=low.value,
        high=high.value,
    )


def _steady_volume(extract: Extract) -> DeliveryRule:
    low, high = delivery_limit("volume_min_ratio"), delivery_limit("volume_max_ratio")
    return DeliveryRule(
        extract=extract.name,
        name="volume.steady",
        fields=(),
        constraint="delivery",
        severity="warn",
        kahn_category="completeness",
        title=f"About as many {extract.name} as in earlier deliveries",
        expected=(
            f"{low.value} to {limit_in_words(high)} the median of earlier deliveries of the same "
            "mode (full or delta)"
        ),
        why="Few rows mean that an export was cut, many that it was run twice or unfiltered.",
        source=low.source,
        action="Compare the number of rows with the source; deliver again what is missing.",
        measure=volume(delivery_limit("volume_rows_min").value),
        unit=high.unit,
        minimum=EARLIER_MIN,
        low=low.value,
        high=high.value,
    )


def _complete(extract: Extract, field: DictionaryField) -> DeliveryRule:
    limit = delivery_limit("completeness_min_share")
    return DeliveryRule(
        extract=extract.name,
        name=f"{field.name}.complete",
        fields=(field.name,),
        constraint="complete",
        severity="warn",
        kahn_category="completeness",
        title=f"{field.title} is mostly recorded",
        expected=f"a value in at least {limit_in_words(limit)} of the rows",
        why="What is often missing is rarely missing at random, and a table of it misleads.",
        source=limit.source,
        action=f"Ask why {field.title} is missing; add it at the source and deliver again.",
        measure=share(f"{field.name} is not null", "true"),
        unit=limit.unit,
        minimum=ROWS_MIN,
        low=limit.value,
    )


def _is_optional(field: DictionaryField) -> bool:
    return not (field.constraints.required or field.identifier or field.name in NOT_IN_EACH_ROW)
