"""One refresh: land, check, build, audit, publish, report.

``progress`` holds the lock and keeps the record, ``steps`` are the six steps in their order, and
``errors`` is what a person is told when one of them fails.
"""
