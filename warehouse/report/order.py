"""What blocks most stands first, in every list of queries."""

from __future__ import annotations

# Rows kept out before flags; whole files before rows; keys and required cells, without which a row
# has no place, before other cells; then the oldest. The rest makes the order the same every time.
BLOCKS_MOST = """
severity = 'warn', source_row is not null,
split_part(rule, '.', -1) not in ('required', 'unique', 'reference'),
first_seen_on, source_file, source_row, field, rule, violation_id
"""
# The same where a row stands for all queries of a rule in a file: a held delivery is a whole one.
FILES_BLOCK_MOST = """
severity = 'warn', min(source_row) is not null and not ends_with(rule, '.delivery.held'),
split_part(rule, '.', -1) not in ('required', 'unique', 'reference'),
min(first_seen_on), source_file, rule
"""
