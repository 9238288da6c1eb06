"""Rows of the study's tables as people read them."""

from __future__ import annotations

import duckdb

from warehouse.tables.study_rows import REASONS


def test_the_reason_of_an_etiology_is_its_label_and_not_its_code() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            """
            create schema study;
            create schema codes;
            create table codes.toast as select 'other_determined' as code, 'Label' as label;
            create table study.eligibility as
            from (values
                ('excluded', 4, 'Step', 'etiology other_determined'),
                ('excluded', 4, 'Step', 'etiology other_determined'),
                ('excluded', 4, 'Step', 'etiology not recorded'),
                ('excluded', 5, 'Next', '17 years'),
                ('included', 9, 'Last', null)
            ) as eligibility (status, step_order, label, reason)
            """
        )
        assert connection.execute(REASONS).fetchall() == [
            ("Step", "Label", 2),
            ("Step", "etiology not recorded", 1),
            ("Next", "17 years", 1),
        ]
