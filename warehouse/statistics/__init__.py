"""Summaries, tests and effects of the study's tables, all computed here.

Each function takes the counts of the values in a group (``counts``), or the four cells of a 2x2
table, and returns numbers; None if a number is undefined. ``calls`` names the functions, and
``tables`` makes the lines of Tables 1 and 2. Conventions and sources: docs/statistics.md.
"""
