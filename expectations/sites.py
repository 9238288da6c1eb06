"""Rules on what counts twice: a file or a stroke of two sites, a stroke under two numbers of one.

A file in the folder of another site doubles its patients, since a patient number belongs to a site.
"""

from __future__ import annotations

from warehouse.definitions.measures import SHARE, Limit
from warehouse.definitions.thresholds import HOLD_DELIVERY
from warehouse.expectations.delivery import RULE, DeliveryRule, Measure
from warehouse.expectations.rule import Rule, present_in

SAME_STROKE = ("birth_date", "sex", "onset_at")
# Two hospitals may record other onsets of one stroke: last known well, found, called. By chance two
# sites with 1,000 patients each in three years have 0.1 such pairs, with 10,000 in five years 4 (in
# seven days 27).
SAME_STROKE_HOURS = Limit(
    24, "h", "Nogueira 2018 doi:10.1056/NEJMoa1706442 (a thrombectomy is done by then); Registry"
)

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
    select
        landed.rowid as landed_row, landed.site, landed.record_key, landed.onset_at,
        hash(landed.birth_date, landed.sex) as person
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
NEAR = f"""
    ours.person = theirs.person
    and ours.onset_at between theirs.onset_at - interval {SAME_STROKE_HOURS} hour
        and theirs.onset_at + interval {SAME_STROKE_HOURS} hour
"""
AT_ANOTHER_SITE = "ours.site <> theirs.site"
UNDER_ANOTHER_NUMBER = "ours.site = theirs.site and ours.record_key <> theirs.record_key"


def _stroke_once(name: str, other: str, **words: str) -> Rule:
    """The rule that no other row is of the same stroke; ``other`` is SQL of which rows it may be.

    File and line of the other rows are looked up for the rows that break the rule alone.
    """
    return Rule(
        extract="admissions",
        name=name,
        fields=SAME_STROKE,
        when=present_in(*SAME_STROKE),
        holds=f"not {name}__found",
        derived={
            f"{name}__found": f"""landed.rowid in (
                with found as ({CURRENT_TEXT})
                select ours.landed_row from found as ours
                semi join found as theirs on {NEAR} and {other}
            )"""
        },
        beside=f"""(
            with found as ({CURRENT_TEXT})
            select
                string_agg(
                    other.source_file || ', line ' || other.source_row, '; '
                    order by other.source_file, other.source_row
                )
            from found as ours
            inner join found as theirs on {NEAR} and {other}
            inner join raw.admissions as other on theirs.landed_row = other.rowid
            where ours.landed_row = broken.landed_row
        )""",
        source="Kahn 2016 doi:10.13063/2327-9214.1244 (uniqueness plausibility)",
        **words,
    )


STROKES_ONCE = (
    _stroke_once(
        "same_stroke_at_two_sites",
        AT_ANOTHER_SITE,
        title="Same stroke at two sites",
        expected=(
            "no row of another site with the same birth date and sex, and an onset at most "
            f"{SAME_STROKE_HOURS.words} away"
        ),
        why="A transferred patient, or rows in the folder of the wrong site, are counted twice.",
        action=(
            "Find out with the other site who treated the patient. If it is a transfer, one of the "
            "two withdraws its admission by a full delivery; if the file is in the wrong folder, "
            "overwrite it with the right one."
        ),
    ),
    _stroke_once(
        "same_patient_once",
        UNDER_ANOTHER_NUMBER,
        title="Same patient registered twice",
        expected=(
            "no second number with the same birth date and sex, and an onset at most "
            f"{SAME_STROKE_HOURS.words} away"
        ),
        why="The same patient under two numbers is counted twice.",
        action="Find out which number is right and withdraw the other by a full delivery.",
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
