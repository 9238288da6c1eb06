"""One refresh: land, check, build, release gate, publish, report.

``context`` holds the lock and keeps the record, ``steps`` has the six steps in their order, and
``errors`` the messages for people when one of them fails.
"""
