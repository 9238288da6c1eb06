"""Rules on sudden loss: a full delivery has the records that were known before it.

What a full delivery lacks is withdrawn, so a cut export would empty the registry in a night. Losses
that are meant are accepted in ``accepted_losses.yaml``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from warehouse.definitions.accepted_losses import AcceptedLoss, accepted_losses
from warehouse.definitions.measures import SHARE, Limit
from warehouse.definitions.thresholds import HOLD_DELIVERY
from warehouse.expectations.delivery import RULE, DeliveryRule, Measure, limited

LOST_RECORDS_MAX = Limit(0.1, SHARE)
LOST_RECORDS_MIN = 20  # fewest records known before for which a delivery is held
# Of fewer, one more or less is chance, and two are more than a tenth.
FEW_LOST_MAX = Limit(1, "records")
# An accepted loss begins a new era of its site: what was known before is forgotten. Files that
# cannot withdraw anything (deltas) are not checked.
RECORDS = """(
    with full_delivery as (
        select site, delivered_on
        from raw.files
        where extract = '{extract}'
        group by all
        having bool_and(mode = 'full' and status in ('landed', 'duplicate'))
    ),
    sighting as (
        select distinct
            landed.site,
            places.delivered_on,
            landed.record_key,
            {era_of_row} as era
        from raw.{extract} as landed
        inner join raw.places using (file_id)
        where
            landed.record_key is not null
            and landed.site in (
                select full_delivery.site
                from full_delivery
                inner join raw.files as earlier
                    on
                        full_delivery.site = earlier.site
                        and full_delivery.delivered_on > earlier.delivered_on
                where earlier.extract = '{extract}'
            )
    ),
    dated as (
        select
            *,
            delivered_on = min(delivered_on) over (partition by site, record_key, era) as is_first
        from sighting
    ),
    per_day as (
        select
            site,
            delivered_on,
            era,
            count(*) filter (is_first) as n_first,
            count(*) filter (not is_first) as n_known
        from dated
        group by all
    )
    select {{
        'known': sum(per_day.n_first) filter (per_day.delivered_on < full_delivery.delivered_on),
        'kept': sum(per_day.n_known) filter (per_day.delivered_on = full_delivery.delivered_on)
    }}
    from full_delivery
    inner join per_day
        on full_delivery.site = per_day.site and per_day.era = {era_of_delivery}
    where
        full_delivery.site = delivered.site
        and full_delivery.delivered_on = delivered.delivered_on
)"""


def loss_rules(
    extract: str, accepted: Sequence[AcceptedLoss] | None = None
) -> tuple[DeliveryRule, DeliveryRule]:
    """The rules on lost records of an extract: of many records, and of few.

    ``accepted`` are other losses than the project's.
    """
    losses = accepted_losses() if accepted is None else accepted
    records = RECORDS.format(
        extract=extract,
        era_of_row=_era("places", losses),
        era_of_delivery=_era("full_delivery", losses),
    )
    known, kept = f"coalesce({RULE}__records.known, 0)", f"coalesce({RULE}__records.kept, 0)"
    many = _rule(
        extract,
        LOST_RECORDS_MAX,
        LOST_RECORDS_MAX.words,
        Measure(f"1 - {kept} / {known}", known, looked_up={"records": records}),
        name="records.kept",
        title=f"Known {extract} records missing in a full delivery",
        minimum=LOST_RECORDS_MIN,
        threshold=HOLD_DELIVERY,  # a cut export would withdraw all that it lacks
    )
    missing = f"case when {known} < {LOST_RECORDS_MIN} then {known} - {kept} end"
    few = _rule(
        extract,
        FEW_LOST_MAX,
        str(FEW_LOST_MAX),
        Measure(missing, known, looked_up={"records": records}),
        name="few_records.kept",
        title=f"Some of few known {extract} records missing in a full delivery",
        minimum=1,
    )
    return many, few


def _rule(
    extract: str, most: Limit, words: str, measure: Measure, **described: Any
) -> DeliveryRule:
    return limited(
        high=most,
        extract=extract,
        fields=(),
        kahn_category="completeness",
        expected=f"at most {words} of the {extract} known before to be missing",
        why="What a full delivery lacks is withdrawn; a cut export would empty the registry.",
        action=(
            "Deliver the whole export again, or mark it as `mode: delta` in delivery.yaml. If the "
            "loss is meant, accept it in config/accepted_losses.yaml."
        ),
        measure=measure,
        **described,
    )


def _era(table: str, accepted: Sequence[AcceptedLoss]) -> str:
    """SQL that counts the accepted losses of the site until the delivery of a row."""
    passed = [
        f"cast({table}.site = '{loss.site}' and {table}.delivered_on >= '{loss.delivered_on}' "
        "as integer)"
        for loss in accepted
    ]
    return f"({' + '.join(passed or ['0'])})"
