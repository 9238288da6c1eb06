"""The registry as tables of the OMOP Common Data Model 5.4."""
