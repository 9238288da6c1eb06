"""Prefect flows: thin tasks around the functions of `warehouse`."""
