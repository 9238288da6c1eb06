"""Names that deliveries give: what of a column, a sheet or a file may be shown."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import Recipe, SiteMapping
from warehouse.landing.plain_words import PlainWords

PLAIN = PlainWords(SiteMapping(site="north_hospital"))


@pytest.mark.parametrize(
    "name",
    [
        "remark", "Ward", "weight (kg)", "Glucose (mg/dL)", "NIHSS_score", "mRS 90d", "scan1_time",
        "\u60a3\u8005\u7f16\u53f7", "\u53d1\u75c5\u524dmRS", "2021", "Sheet 1",
        "admissions_2022-05", "admissions_20220531_140500", "imaging_20220531_140500_2",
        "imaging 2021-05-03 14:05",
        "followups (1)", "north_hospital-b", "imaging_resent", "May 2021", "2021-13",
    ],
)  # fmt: skip
def test_plain_words_and_small_numbers_are_shown(name: str) -> None:
    assert PLAIN.shown(name) == name


def test_width_and_what_is_invisible_do_not_count() -> None:
    assert PLAIN.shown(" \uff57\uff41\uff52\uff44\u200b \uff11\uff12") == "ward 12"
    assert PLAIN.shown("ward " * 20) == "ward " * 8


@pytest.mark.parametrize(
    "name",
    [
        "\u738b\u5c0f\u660e", "\u738b\u4f1f1", "Zhang Wei", "zhang_wei", "remark of Li Na",
        "wardMueller", "M\u00fcller", "\u0418\u0432\u0430\u043d\u043e\u0432", "\u0930\u0935\u093f",
        "13912345678", "139 1234 5678", "139-12-34-56",
        "\uff11\uff13\uff19\uff11\uff12\uff13\uff14",
        "\u0661\u0663\u0669\u0661", "\u0967\u0969\u096f", "\u4e00\u4e09\u4e5d",
        "1234", "1931-12-07", "ward 19311207", "7.12.1931", "07-12-31", "20131234567",
        "REG-7731-K", "2021-03-05 1931-12-07",
        "2021-03-05_1931_12_07", "20210305.1931.12.07", "20210305 19311207",
        "ward\u2014\u00b7\u00b7", "20210503 1405 77 88 99",
        "admissions_27340512", "admissions_2734", "26210113", "2999-05-12",
    ],
)  # fmt: skip
def test_names_of_people_and_their_numbers_are_not(name: str) -> None:
    """In any script, in digits of any script, and inside of plain words."""
    assert PLAIN.shown(name) is None


def test_years_up_to_the_next_are_shown() -> None:
    """Patients' numbers may begin like a year; what is delivered is at most a plan for the next."""
    this_year = date.today().year
    names = [f"ward_{year}0512" for year in (2009, 2010, this_year + 1, this_year + 2)]
    assert [PLAIN.shown(name) for name in names] == [None, *names[1:3], None]


def test_the_sites_own_words_are_shown() -> None:
    mapping = SiteMapping(
        site="site_a",
        files={"Klinikexport": ()},
        headers={"admissions": {"MRN": "patient_id"}},
        columns={"admissions": {"onset_at": Recipe(join=("Tag", "Stunde"))}},
        ignored_columns=("Bemerkung",),
        ignored_sheets=("Erl\u00e4uterung",),
    )
    names = ("klinikexport 2", "mrn", "Stunde", "BEMERKUNG", "Erl\u00e4uterung")
    assert [PlainWords(mapping).shown(name) for name in names] == list(names)
    assert [PLAIN.shown(name) for name in names] == [None] * 5


def test_every_name_that_the_dictionary_knows_is_shown() -> None:
    for extract in dictionary().extracts.values():
        for field in extract.fields:
            for name in (field.name, field.title, *field.aliases):
                assert PLAIN.shown(name) == name


@given(st.text(max_size=30) | st.text("ABab0123456789 _-./\u738b\u0663\uff11", max_size=14))
def test_no_long_number_and_no_other_script_is_shown(name: str) -> None:
    shown = PLAIN.shown(name)
    if shown is not None:
        assert sum(map(str.isdigit, shown)) <= 6 or shown.count("20") > 0
        assert all(digit.isascii() for digit in shown if digit.isdigit())
