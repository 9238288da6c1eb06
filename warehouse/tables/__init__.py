"""Tables and sheets of a release, for pages and exports."""
