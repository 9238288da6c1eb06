"""What blocks most stands first, in every list of queries."""

from __future__ import annotations

# Rows kept out before flags; whole files before rows; what has a cause of its own before what a
# rejected admission causes; keys and required cells, without which a row has no place, before other
# cells; then the oldest. The rest makes the order the same every time.
BLOCKS_MOST = """
severity = 'warn', source_row is not null, caused_by_file is not null,
split_part(rule, '.', -1) not in ('required', 'unique', 'reference'),
first_seen_on, source_file, source_row, field, rule, violation_id
"""
# The same where a row stands for all queries of a rule in a file: a held delivery is a whole one,
# and one caused query is enough to come after the causes.
FILES_BLOCK_MOST = """
severity = 'warn', min(source_row) is not null and not ends_with(rule, '.delivery.held'),
count(caused_by_file) > 0,
split_part(rule, '.', -1) not in ('required', 'unique', 'reference'),
min(first_seen_on), source_file, rule
"""
