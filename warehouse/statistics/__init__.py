"""Every summary, test and effect of the study's tables, computed once and here.

Each function takes how often each value occurs in a group (``counts``), or the four cells of a 2x2
table, and returns numbers; None where a number is undefined. ``catalogue`` names them, ``tables``
lays them out as the lines of Tables 1 and 2. Conventions and sources: docs/statistics.md.
"""
