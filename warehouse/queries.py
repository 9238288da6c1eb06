"""Queries, and which are new or closed: one definition for every place that counts them.

A query is an open violation: a line of a workbook, which a site must answer. The page, the
workbooks, the change note, ``warehouse diff`` and the alerts count rows of ``quality.violations``
by these conditions, so that they agree where they look at the same two releases. A problem that is
delivered again goes on in the later file (``problem_id``): that neither opens nor closes a query.
"""

from __future__ import annotations

IS_OPEN = "status = 'open'"
# Open, and not open in the last release of an earlier day.
IS_NEW = f"{IS_OPEN} and is_new"
# What was closed before a release had it open has no age.
IS_CLOSED = (
    "status = 'closed' and age_days is not null and closed_how is distinct from 'delivered again'"
)
# Closed, and open in the last release of an earlier day, which was that of $day_before.
IS_NEWLY_CLOSED = f"{IS_CLOSED} and first_seen_on <= $day_before and last_seen_on >= $day_before"
# The same between two releases, the databases ``before`` and ``after``.
CHANGED = f"""
with old as (select problem_id, title from before.quality.violations where {IS_OPEN}),
new as (select problem_id, title from after.quality.violations where {IS_OPEN})
select title, true as is_opened from new anti join old using (problem_id)
union all
select title, false as is_opened from old anti join new using (problem_id)
"""
