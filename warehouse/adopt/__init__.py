"""``warehouse adopt``: a proposed mapping of files that nobody has described yet."""
