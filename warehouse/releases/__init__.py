"""Releases side by side: which there are, how two of them differ, and going back to one."""
