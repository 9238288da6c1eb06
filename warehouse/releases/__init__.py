"""Releases on disk: list, comparison of two, and rollback to one."""
