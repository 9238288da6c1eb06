"""Data Docs of Great Expectations: pages of each refresh, readable without a network."""
