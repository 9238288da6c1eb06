"""Rules on what counts twice: a file or a stroke of two sites, a stroke under two numbers of one.

A file in the folder of another site doubles its patients, since a patient number belongs to a site.
"""

from __future__ import annotations

from warehouse.definitions.measures import SHARE, Limit
from warehouse.definitions.thresholds import HOLD_DELIVERY
from warehouse.expectations.current_rows import none_like_it, of_several
from warehouse.expectations.delivery import RULE, DeliveryRule, Measure
from warehouse.expectations.identity import YEAR_OF_BIRTH
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

# Files that two sites delivered have a rule of their own.
OF_ONE_SITE = """
    landed.file_id not in (
        select file_id from raw.files
        where coalesce(content_sha256, file_sha256) in (
            select coalesce(content_sha256, file_sha256) from raw.files
            where extract = 'admissions' and rows_landed > 0
            group by all having count(distinct site) > 1
        )
    )
"""
NEAR = f"""
    ours.onset_at between theirs.onset_at - interval {SAME_STROKE_HOURS} hour
        and theirs.onset_at + interval {SAME_STROKE_HOURS} hour
"""
AT_ANOTHER_SITE = "ours.site <> theirs.site"
UNDER_ANOTHER_NUMBER = "ours.site = theirs.site and ours.record_key <> theirs.record_key"
# Numbers that people confuse, by the keyed hash of their letters and digits.
OTHER_SPELLING = "ours.number = theirs.number and ours.patient_key <> theirs.patient_key"
# Who is the same person beside such numbers; an unknown value says nothing.
PROBABLY_SAME = f"""
    (
        ours.birth_date = theirs.birth_date
        or {NEAR}
        or ours.sex = theirs.sex and abs(ours.born_in - theirs.born_in) <= 1
    )
"""
# Of these asks same_patient_once.
SAME_PATIENT = f"ours.birth_date = theirs.birth_date and ours.sex = theirs.sex and {NEAR}"


def _stroke_once(name: str, other: str, **words: str) -> Rule:
    """The rule that no other row is of the same stroke; ``other`` says in SQL which it may be."""
    return Rule(
        extract="admissions",
        name=name,
        fields=SAME_STROKE,
        when=present_in(*SAME_STROKE),
        source="Kahn 2016 doi:10.13063/2327-9214.1244 (uniqueness plausibility)",
        **words,
        **none_like_it(
            "admissions",
            name,
            ("landed.onset_at", "hash(landed.birth_date, landed.sex) as person"),
            f"{present_in(*SAME_STROKE)} and {OF_ONE_SITE}",
            f"ours.person = theirs.person and {NEAR} and {other}",
        ),
    )


ONE_SPELLING = (
    "deliver it in one spelling, or say which spellings are one: identifiers in the site's mapping "
    "(patient_id, with upper_case, no_leading_zeros or no_separators)."
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
        action=(
            "Find out which number is right and withdraw the other by a full delivery. If both are "
            f"one number, {ONE_SPELLING}"
        ),
    ),
    Rule(
        extract="admissions",
        name="patient_id.one_spelling",
        fields=("patient_id",),
        title="Patient number in two spellings",
        when="patient_alike is not null",
        expected=(
            "no other patient number that differs from it only in case, signs or leading zeros, "
            "with the same birth date (or age and sex), or an onset at most "
            f"{SAME_STROKE_HOURS.words} away"
        ),
        why="One patient in two spellings is two patients, each with a part of the rows.",
        source="docs/decisions/0002-records-and-deliveries.md",
        action=(
            f"If both are one number, {ONE_SPELLING} If they are two patients, nothing is to be "
            "done."
        ),
        **none_like_it(
            "admissions",
            "patient_id__one_spelling",
            (
                "hash(landed.site, landed.patient_alike) as number",
                "landed.patient_key, landed.birth_date, landed.sex, landed.onset_at",
                f"{YEAR_OF_BIRTH.format(table='landed')} as born_in",
            ),
            of_several("admissions", "landed.site, landed.patient_alike", "landed.patient_key"),
            f"{OTHER_SPELLING} and {PROBABLY_SAME} and not coalesce({SAME_PATIENT}, false)",
        ),
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
