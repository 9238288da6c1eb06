"""Order of queries in every list: the most blocking first."""

from __future__ import annotations

# Rejected rows before flagged ones; whole files before rows; causes before queries caused by a
# rejected admission; keys and required cells before other cells; then the oldest. The remaining
# columns make the order unique.
BLOCKS_MOST = """
severity = 'warn', source_row is not null, caused_by_file is not null,
split_part(rule, '.', -1) not in ('required', 'unique', 'reference'),
first_seen_on, source_file, source_row, field, rule, violation_id
"""
# The same for groups of queries by rule and file: a held delivery counts as a whole file, and a
# group with a caused query comes after the causes.
FILES_BLOCK_MOST = """
severity = 'warn', min(source_row) is not null and not ends_with(rule, '.delivery.held'),
count(caused_by_file) > 0,
split_part(rule, '.', -1) not in ('required', 'unique', 'reference'),
min(first_seen_on), source_file, rule
"""
