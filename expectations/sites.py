"""Rules across sites: no file and no stroke is delivered by two of them.

A file in the folder of another site doubles its patients, since a patient number belongs to a site.
"""

from __future__ import annotations

from warehouse.definitions.measures import SHARE
from warehouse.definitions.thresholds import HOLD_DELIVERY
from warehouse.expectations.delivery import RULE, DeliveryRule, Measure
from warehouse.expectations.rule import Rule, present_in

SAME_STROKE = ("birth_date", "sex", "onset_at")
STROKE = f"hash({', '.join(f'landed.{name}' for name in SAME_STROKE)})"
OUR_STROKE = STROKE.replace("landed.", "ours.")

# A file with the content of one that another site had delivered before; of two of the same day,
# the site that comes first by name keeps it. A file without rows (a header alone) doubles nobody.
SHARED_FILES = """
    from raw.files as ours
    inner join raw.files as theirs
        on
            coalesce(ours.content_sha256, ours.file_sha256)
            = coalesce(theirs.content_sha256, theirs.file_sha256)
            and ours.extract = theirs.extract
    where
        ours.extract = '{extract}'
        and ours.rows_landed > 0
        and theirs.rows_landed > 0
        and (theirs.delivered_on, theirs.site) < (ours.delivered_on, ours.site)
        and theirs.site <> ours.site
"""
OF_DELIVERY = "and ours.site = {table}.site and ours.delivered_on = {table}.delivered_on"

# The rows that show what a site says today: the newest version of each record, as its file was last
# delivered, unless a later full delivery of the site no longer has it. Files that two sites
# delivered have a rule of their own.
CURRENT_TEXT = f"""
    select landed.rowid as landed_row, landed.site, {STROKE} as stroke
    from raw.admissions as landed
    inner join (
        select file_id, max(delivered_on) as delivered_on from raw.places group by all
    ) as last_places using (file_id)
    left join (
        select site, max(delivered_on) as full_on
        from (
            select site, delivered_on from raw.files where extract = 'admissions'
            group by all having bool_and(mode = 'full' and status in ('landed', 'duplicate'))
        )
        group by site
    ) as full_deliveries on landed.site = full_deliveries.site
    where
        landed.record_key is not null
        and {present_in(*SAME_STROKE)}
        and coalesce(last_places.delivered_on >= full_deliveries.full_on, true)
        and landed.rowid not in (
            select landed_row
            from checks.admissions_versions
            inner join (
                select file_id, max(position) as position from raw.places group by all
            ) using (file_id)
            qualify row_number() over (
                partition by record order by position desc, source_row desc
            ) > 1
        )
        and landed.file_id not in (
            select file_id from raw.files
            where coalesce(content_sha256, file_sha256) in (
                select coalesce(content_sha256, file_sha256) from raw.files
                where extract = 'admissions' and rows_landed > 0
                group by all having count(distinct site) > 1
            )
        )
"""
AT_TWO_SITES = f"""landed.rowid in (
    with found as ({CURRENT_TEXT})
    select landed_row from found
    semi join (select stroke from found group by all having count(distinct site) > 1) using (stroke)
)"""
# Only of the rows that break the rule.
OTHER_LINES = f"""(
    select
        string_agg(
            other.source_file || ', line ' || other.source_row, '; '
            order by other.source_file, other.source_row
        )
    from raw.admissions as ours
    inner join ({CURRENT_TEXT}) as found on {OUR_STROKE} = found.stroke and ours.site <> found.site
    inner join raw.admissions as other on found.landed_row = other.rowid
    where ours.rowid = broken.landed_row
)"""

STROKE_AT_ONE_SITE = Rule(
    extract="admissions",
    name="same_stroke_at_two_sites",
    fields=SAME_STROKE,
    title="Same stroke at two sites",
    when=present_in(*SAME_STROKE),
    holds="not is_at_two_sites",
    derived={"is_at_two_sites": AT_TWO_SITES},
    beside=OTHER_LINES,
    expected="no row of another site with the same birth date, sex and time of onset",
    why="A transferred patient, or rows in the folder of the wrong site, are counted twice.",
    source="Kahn 2016 doi:10.13063/2327-9214.1244 (uniqueness plausibility)",
    action=(
        "Find out with the other site who treated the patient. If it is a transfer, one of the two "
        "withdraws its admission by a full delivery; if the file is in the wrong folder, overwrite "
        "it with the right one."
    ),
)


def content_rule(extract: str) -> DeliveryRule:
    """The rule on files that another site has delivered, too."""
    shared, of_this = SHARED_FILES.format(extract=extract), OF_DELIVERY.format(table="delivered")
    return DeliveryRule(
        extract=extract,
        name="content.of_one_site",
        fields=(),
        constraint="delivery",
        title="File that another site has delivered",
        expected="no file with the content of a file of another site",
        why="One of the two folders is wrong; read twice, all of its patients count twice.",
        source="Kahn 2016 doi:10.13063/2327-9214.1244 (uniqueness plausibility)",
        action=(
            "Find out whose file it is. Replace the other one with the right file of its site, or "
            "with its header alone: in a delta that changes nothing and closes no follow-up "
            "window, in a full delivery it withdraws all records. Until then nothing of this "
            "delivery is used."
        ),
        measure=Measure(
            value=f"{RULE}__shared / nullif({RULE}__files, 0)",
            size=f"{RULE}__files",
            looked_up={
                "shared": f"(select count(distinct ours.source_file) {shared} {of_this})",
                "files": (
                    f"(select count(*) from raw.files as ours where ours.extract = '{extract}' "
                    f"and ours.rows_landed > 0 "
                    f"{of_this})"
                ),
            },
        ),
        beside=(
            "(select string_agg(distinct ours.source_file || ' is ' || theirs.source_file, '; ' "
            f"order by ours.source_file || ' is ' || theirs.source_file) {shared} "
            f"{OF_DELIVERY.format(table='broken')})"
        ),
        unit=SHARE,
        minimum=1,
        high=0,
        threshold=HOLD_DELIVERY,
    )
