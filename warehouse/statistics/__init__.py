"""Summaries, tests and effects of studies with any number of groups, all computed here.

Each function takes the counts of the values in a group (``counts``), or the cells of a table, and
returns numbers; None if a number is undefined. ``calls`` names the functions. ``cohort`` holds the
counts of a study, from which ``cells`` and ``comparisons`` make its long tables; ``tables`` makes
the wide ones of these. Conventions and sources: docs/statistics.md.
"""
