"""Locks of studies: a study as it was on a day, kept beside the releases."""
