"""``warehouse check``: check of files before they are delivered, without writing anything."""
