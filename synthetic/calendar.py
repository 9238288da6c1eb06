"""Dates and times of day of synthetic patients."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from warehouse.synthetic.randomness import bounded_gauss

# Paper: thrombectomies from August 2018 to January 2022.
FIRST_DAY = date(2018, 8, 1)
LAST_DAY = date(2022, 1, 31)
# Invented: yearly volume of the last year relative to the first.
GROWTH = 1.8
FOLLOW_UP_DAYS = (85, 100)
DAYTIME_HOURS = (8, 18)
NOON_MINUTES = 12 * 60
DAY_MINUTES = 24 * 60


def puncture_times(rng: Random, daytime: list[bool]) -> list[datetime]:
    """A time of puncture per patient within the period; by day where asked."""
    return [_puncture_time(rng, by_day) for by_day in daytime]


def _puncture_time(rng: Random, by_day: bool) -> datetime:
    days = (LAST_DAY - FIRST_DAY).days
    while True:
        day = rng.randint(0, days)
        if rng.uniform(0, GROWTH) <= 1 + (GROWTH - 1) * day / days:
            break
    if by_day:
        minute = rng.randint(DAYTIME_HOURS[0] * 60, DAYTIME_HOURS[1] * 60)
    else:
        minute = round(bounded_gauss(rng, NOON_MINUTES + 120, 300, 0, DAY_MINUTES - 1))
    return datetime.combine(FIRST_DAY + timedelta(days=day), datetime.min.time()) + timedelta(
        minutes=minute
    )


def birth_date(rng: Random, onset_on: date, age: int) -> date:
    """A date of birth at which the patient has completed ``age`` years on the day of onset."""
    birthday = date(onset_on.year - age, onset_on.month, min(onset_on.day, 28))
    return birthday - timedelta(days=rng.randint(1, 330))


def follow_up_date(rng: Random, puncture_on: date) -> date:
    """The day of a 90-day contact with a survivor or the family."""
    return puncture_on + timedelta(days=round(bounded_gauss(rng, 91, 3, *FOLLOW_UP_DAYS)))
