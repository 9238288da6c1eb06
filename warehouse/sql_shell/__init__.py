"""Read-only SQL on a release, for people and scripts; it never blocks a refresh."""
