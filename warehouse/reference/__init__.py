"""Generators of documentation pages from the definitions and the rules (``make docs``)."""
