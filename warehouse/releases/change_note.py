"""Change note: what is new in a release, in one paragraph without patient values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial

from warehouse.definitions.study import StudyGroup
from warehouse.definitions.study_files import load_study_groups
from warehouse.landing.deliveries import shown
from warehouse.releases.changes import (
    DeliveredFile,
    RegistryNews,
    ReleaseDiff,
)
from warehouse.text import counted, listed, number, sentence, within_sentence

NOTHING_CHANGED = "Nothing changed."
FILES_NAMED = 3

spelled = partial(counted, spell=True)


def change_note(diff: ReleaseDiff) -> str:
    """Return what changed from ``diff.before`` to ``diff.after``, as a paragraph."""
    if diff.is_empty:
        return NOTHING_CHANGED
    parts = [
        *_registry(diff.registry),
        *_cohort(diff),
        *_studies(diff),
        *_tables(diff),
        *_quality(diff),
    ]
    found = list(filter(None, parts)) or ["no number changed"]
    return sentence([*found, *_read_again(diff), *_cause(diff), *_files(diff)])


def first_note(registry: RegistryNews, cohort: Mapping[str, int], why: str) -> str:
    """The note of a release that is compared with none, for the reason ``why``."""
    patients = spelled(registry.patients, "patient")
    return f"{why}: {patients} in the registry, {_of_cohort(cohort)} in the study."


def past_day_note(as_of: date, registry: RegistryNews, cohort: Mapping[str, int]) -> str:
    """Return the note of a release of a day in the past."""
    return first_note(registry, cohort, f"The state of {as_of}, not published")


def _registry(news: RegistryNews) -> list[str]:
    parts = [
        spelled(news.new_patients, "new patient") if news.new_patients else "",
        spelled(news.gone_patients, "patient") + " withdrawn" if news.gone_patients else "",
        _count(news.followups_filled_in, "follow-up") + " filled in"
        if news.followups_filled_in
        else "",
        _count(news.further_procedures, "further procedure"),
        _count(news.further_imaging, "further imaging examination"),
        f"the records of {spelled(news.patients_with_changed_records, 'patient')} changed"
        if news.patients_with_changed_records
        else "",
    ]
    return [", ".join(filter(None, parts))]


def _count(n: int, what: str) -> str:
    return spelled(n, what) if n else ""


def _cohort(diff: ReleaseDiff) -> list[str]:
    before, after = diff.cohort_before, diff.cohort_after
    if (n := sum(before.values())) != sum(after.values()):
        return [f"the cohort went from {n:,} to {_of_cohort(after)}"]
    if not diff.patients:
        return []
    entered = sum(patient.change == "entered" for patient in diff.patients)
    regrouped = sum(patient.change == "changed group" for patient in diff.patients)
    moves = [
        f"{spelled(entered, 'patient')} came and {number(entered)} went" if entered else "",
        f"{spelled(regrouped, 'patient')} changed group" if regrouped else "",
    ]
    return [f"the cohort stays at {_of_cohort(after)}: {', '.join(filter(None, moves))}"]


def of_groups(cohort: Mapping[str, int]) -> str:
    """Return ``127: rescue stenting 41, no rescue stenting 86``, by the default study's labels.

    Groups that the study does not have, as those of an old release, have their own names.
    """
    labels = {group.study_group: group_label(group) for group in load_study_groups()}
    names = labels if cohort.keys() <= labels.keys() else [name for name in cohort if name != "all"]
    groups = [f"{labels.get(name) or shown_name(name)} {cohort.get(name, 0):,}" for name in names]
    return ": ".join(filter(None, [f"{sum(cohort.values()):,}", ", ".join(groups)]))


def group_label(group: StudyGroup) -> str:
    """Return the name of a group for the middle of a sentence."""
    return within_sentence(group.label)


def shown_name(group: str) -> str:
    """Return the name of a group in words."""
    return group.replace("_", " ")


def _of_cohort(cohort: Mapping[str, int]) -> str:
    n, _, groups = of_groups(cohort).partition(": ")
    return f"{n} ({groups})" if groups else n


def _studies(diff: ReleaseDiff) -> list[str]:
    return [f"{each.study} went from {each.before:,} to {each.after:,}" for each in diff.studies]


def _tables(diff: ReleaseDiff) -> list[str]:
    """Return the number of changed lines.

    A p-value that is looked at each night means nothing, so none is named; pages have them.
    """
    return [f"{spelled(len(diff.lines), 'line')} of Tables 1 and 2 changed"] if diff.lines else []


def _quality(diff: ReleaseDiff) -> list[str]:
    opened, closed = diff.violations.n_opened, diff.violations.n_closed
    parts = [
        spelled(opened, "query", "queries") + " opened" if opened else "",
        spelled(closed, "query", "queries") + " closed" if closed else "",
    ]
    return [", ".join(filter(None, parts))]


def _files(diff: ReleaseDiff) -> list[str]:
    held = [file for file in diff.files if file.is_held]
    rejected = [file for file in diff.files if file.status == "rejected" and file.change != "gone"]
    return [
        f"{spelled(len(held), 'file')} {_is(held)} held: {_names(held)}" if held else "",
        f"{spelled(len(rejected), 'file')} {_is(rejected)} rejected: {_names(rejected)}"
        if rejected
        else "",
    ]


def _is(files: list[DeliveredFile]) -> str:
    return "is" if len(files) == 1 else "are"


def _names(files: list[DeliveredFile]) -> str:
    return listed([shown(file.source_file) for file in files], FILES_NAMED)


def read_again_words(diff: ReleaseDiff) -> list[str]:
    """Describe files read again by the cause: ``the mapping of north (two files)``."""
    return [f"{one.what} ({spelled(one.files, 'file')})" for one in diff.read_again]


def _read_again(diff: ReleaseDiff) -> list[str]:
    words = read_again_words(diff)
    return (
        [f"files were read again because of changes in {listed(words, FILES_NAMED)}"]
        if words
        else []
    )


def _cause(diff: ReleaseDiff) -> list[str]:
    """Return the causes of the difference if no delivery was received."""
    if any(file.change in ("new", "gone") for file in diff.files):
        return []
    causes = f" ({', '.join(diff.causes)})" if diff.causes else ""
    return [f"no delivery was received{causes}"]
