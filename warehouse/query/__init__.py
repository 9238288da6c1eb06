"""SQL on a release, for people and scripts: always read-only, never in the way of a refresh."""
