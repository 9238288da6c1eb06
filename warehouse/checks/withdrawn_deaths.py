"""Deaths that a full delivery no longer has: the query stays until the row returns or is answered.

The withdrawal counts (docs/decisions/0020-the-90-day-outcome.md), and the patient would be alive or
lost without a word.
"""

from __future__ import annotations

import duckdb

from warehouse.checks.held_versions import AcceptedCorrections
from warehouse.expectations.followups import IS_DEATH
from warehouse.expectations.known_outcomes import WITHDRAWN_DEATH

# Of patients who are in the registry, and whose death no other row records: who is withdrawn from
# the admissions is not there. Asked of the site's newest delivery, as long as it has not answered.
WITHDRAWN = f"""
    select
        landed.site, places.source_file, landed.source_row, states.withdrawn_file,
        (
            select max(files.delivered_on) from raw.files as files
            where
                files.site = landed.site and files.extract = 'followups'
                and files.status in ('landed', 'duplicate')
        ) as asked_on
    from raw.followups as landed
    inner join checks.followups_states as states on landed.rowid = states.landed_row
    inner join raw.places using (position)
    anti join raw.withdrawn_patients as patient
        on landed.site = patient.site and landed.admission_key = patient.admission_key
    anti join raw.accepted_losses as accepted
        on landed.site = accepted.site and states.withdrawn_on = accepted.delivered_on
    anti join (
        select still.site, still.admission_key
        from raw.followups as still
        inner join checks.followups_states as states on still.rowid = states.landed_row
        where states.version_status = 'current' and still.death_date is not null
    ) as still
        on landed.site = still.site and landed.admission_key = still.admission_key
    where
        states.version_status = 'withdrawn'
        and (landed.death_date is not null or coalesce({IS_DEATH}, false))
    order by all
"""
STORE = """
    insert into raw.landing_violations by name
    select
        rules.rule, rules.extract, $site as site, $asked_on as delivered_on,
        $withdrawn_file as source_file, rules.severity, $found as found, rules.expected,
        rules.action
    from raw.rules as rules
    where rules.rule = $rule
"""


def store_withdrawn_deaths(
    connection: duckdb.DuckDBPyConnection, corrections: AcceptedCorrections
) -> None:
    """Ask about each withdrawn death that neither the mapping nor an accepted loss answers.

    The states of the follow-ups must be stored.
    """
    for site, file, line, withdrawn_file, asked_on in connection.execute(WITHDRAWN).fetchall():
        if not corrections.accept((site, file, line)):
            connection.execute(
                STORE,
                {
                    "rule": WITHDRAWN_DEATH.id,
                    "site": site,
                    "asked_on": asked_on,
                    "withdrawn_file": withdrawn_file,
                    "found": f"without the death in {file}, line {line}",
                },
            )
