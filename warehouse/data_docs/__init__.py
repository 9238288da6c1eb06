"""Great Expectations' own pages, one bounded set a refresh, readable without a network."""
