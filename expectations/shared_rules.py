"""Rules of one shape that several extracts have."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from warehouse.definitions.dictionary import dictionary
from warehouse.expectations.current_rows import none_like_it, of_several
from warehouse.expectations.derived_values import STROKE_AT
from warehouse.expectations.rule import (
    CLOCK,
    Limit,
    Rule,
    in_order,
    in_range,
    is_named,
    present_in,
    read_twice,
    rules_of,
)

UNIQUENESS = "Kahn 2016 doi:10.13063/2327-9214.1244 (uniqueness plausibility)"


def not_after_delivery(extract: str, name: str, field: str, event: str) -> Rule:
    """The rule that an event was over when it was delivered; ``field`` is its time or day."""
    article = "an" if event[0] in "aeiou" else "a"
    return rules_of(extract)(
        name=f"{name}_before_delivery",
        fields=(field,),
        severity="reject",
        title=f"{event.capitalize()} after the day of delivery",
        holds=f"cast({field} as date) <= delivered_on",
        shown=(field, "delivered_on"),
        expected=f"{article} {event} on or before the day on which the file was delivered",
        why="What has not happened yet cannot have been recorded.",
        source="Arithmetic",
    )


def times_in_order(extract: str, earlier: str, later: str, of_admission: str = "") -> Rule:
    """The rule that two times that sites need not record are in order.

    ``of_admission`` is the earlier one where it is a field of the row's admission. A time out of
    range is reported as that.
    """
    others = {of_admission: f"admission.{of_admission}"} if of_admission else {}
    own = [name for name in (earlier, later) if name not in others]
    source = dictionary().extracts["admissions" if of_admission else extract]
    titles = source.field(earlier).title, dictionary().extracts[extract].field(later).title
    return rules_of(extract)(
        name=f"{later}_after_{earlier}",
        fields=tuple(own),
        title=f"{titles[1]} before {titles[0]}",
        when=" and ".join(in_range(extract, name) for name in own),
        holds=in_order(earlier, later),
        derived=CLOCK | others,
        shown=(earlier, later),
        expected=f"{titles[1]} at or after {titles[0]}",
        why="An interval between them would be negative; one of the two is mistyped.",
        source="Clinical sequence of the stroke pathway",
        action=f"Check {titles[0]} and {titles[1]} at the source.",
    )


def hour_came_twice(
    extract: str, fields: tuple[str, ...], shown: tuple[str, ...], derived: Mapping[str, str]
) -> Rule:
    """The rule that the order of the times ``shown``, as they come, needs no hour read twice."""
    pairs = [read_twice(earlier, later) for earlier, later in pairwise(shown)]
    return rules_of(extract)(
        name="hour_came_twice",
        fields=fields,
        title="Order of times read from an hour that came twice",
        when=" or ".join(pairs),
        holds="false",
        derived=CLOCK | derived,
        shown=shown,
        expected="times in order, in a night in which clocks went back",
        why="The earlier time is taken for one of the first of the two hours; it may be mistyped.",
        source="docs/decisions/0022-what-is-not-believed.md",
        action="Check the times at the source; if they are right, nothing is to be done.",
    )


def registered_once(extract: str, who: str, same: tuple[str, ...], expected: str) -> Rule:
    """The rule that no two records agree in the columns ``same``; ``who`` is counted twice else."""
    agrees = " and ".join(f"ours.{name} = theirs.{name}" for name in ("site", *same))
    columns = [f"landed.{name}" for name in same]
    name = f"same_{who}_once"
    return rules_of(extract)(
        name=name,
        fields=tuple(name for name in same if name != "patient_key"),
        title=f"Same {who} registered twice",
        when=present_in(*same),
        expected=expected,
        why=f"The same {who} under two numbers is counted twice.",
        source=UNIQUENESS,
        action="Find out which number is right and withdraw the other by a full delivery.",
        **none_like_it(
            extract,
            name,
            columns,
            of_several(extract, ", ".join(("landed.site", *columns))),
            f"{agrees} and ours.record_key <> theirs.record_key",
        ),
    )


def of_this_stroke(extract: str, event: str, field: str, latest: Limit, when: str = "true") -> Rule:
    """The rule that an event of a stroke is not so late that it must be of another.

    ``field`` is its time; ``when`` says where no other query is about it. What names its admission
    is believed: other rules flag its time.
    """
    return rules_of(extract)(
        name=f"{event}_of_this_stroke",
        fields=(field,),
        severity="reject",
        kahn_context="validation",
        title=f"{event.capitalize()} too late to be of this stroke",
        when=f"not is_named and cast({field} as date) <= delivered_on and {when}",
        holds=f"days_after_onset <= {latest}",
        derived={
            "days_after_onset": f"date_diff('day', {STROKE_AT}, {field})",
            "is_named": is_named(extract),
        },
        shown=("days_after_onset",),
        expected=(
            f"a {event} at most {latest} days after the onset of the patient's stroke, or "
            "the number of its admission"
        ),
        why="It is of a stroke that was not delivered, and would be counted for another.",
        source=latest.source,
        action=(
            "Deliver the admission that it belongs to, with an admission number (admission_id). "
            "If the time is wrong, correct it; if it is of this stroke, deliver the row with the "
            "number of its admission."
        ),
    )
