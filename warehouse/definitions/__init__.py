"""Definitions in ``dictionary/`` and the code-list seeds, as Python objects."""
