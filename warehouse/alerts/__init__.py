"""Telling people what needs them: by mail and webhook, once, and never a patient's value."""
