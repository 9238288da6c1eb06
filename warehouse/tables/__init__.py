"""Tables and sheets as people read them: made from a release, for pages and exports."""
