"""``warehouse check``: judging files before they are delivered, without writing anything."""
