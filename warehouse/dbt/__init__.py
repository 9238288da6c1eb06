"""dbt: building the models, its errors and docs, and what the project declares of a table."""
