"""Time points of follow-ups in the SQL of rules: the day that each is about, and its window.

Those of 90 days, to which a row without a time point belongs, are the study's.
"""

from __future__ import annotations

from warehouse.definitions.dictionary import KEY_SEPARATOR, dictionary
from warehouse.definitions.outcomes import load_outcomes

EXTRACT = "followups"
CODES = dictionary().code_lists["time_point"].codes
WINDOW = load_outcomes().followup_window_days
MORTALITY_DAYS = load_outcomes().mortality_window_days
FOLLOWUP_DAY = 90
_REPEATED = dictionary().extracts[EXTRACT].repeated_by
_DAY_90 = _REPEATED.unless if _REPEATED else ""
IS_AT_90_DAYS = f"coalesce(time_point = '{_DAY_90}', true)"
AT_90_DAYS = {"is_at_90_days": IS_AT_90_DAYS}
# What a record's key has after that of its admission.
KEY_END = f"coalesce('{KEY_SEPARATOR}' || nullif(time_point, '{_DAY_90}'), '')"
LABELS = {code.code: code.label.lower() for code in CODES}


def label_of(time_point: str | None) -> str:
    """Return the label of a row's time point, for the middle of a sentence: ``90 days``."""
    return LABELS[time_point or _DAY_90]


def of_time_point(attribute: str, at_90_days: int) -> str:
    """SQL of a number of the row's time point, as its code list has it; null where that has none.

    The code list has none of 90 days.
    """
    known = [(code.code, code.attributes[attribute]) for code in CODES]
    cases = " ".join(f"when '{code}' then {value}" for code, value in known if value)
    return f"case when {IS_AT_90_DAYS} then {at_90_days} else case time_point {cases} end end"


FIRST_DAY = of_time_point("day_min", WINDOW.min)
LAST_DAY = of_time_point("day_max", WINDOW.max)
# Who died by then has the outcome, assessed or not.
DEATH_DAY = f"coalesce({of_time_point('day', MORTALITY_DAYS)}, {LAST_DAY})"
# The day to which an assessment is near; of a discharge, the day of the stroke.
NEAR_DAY = f"coalesce({of_time_point('day', FOLLOWUP_DAY)}, 0)"
