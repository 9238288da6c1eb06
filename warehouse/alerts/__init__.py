"""Alerts by mail and webhook: each is sent once, and never holds a patient's value."""
