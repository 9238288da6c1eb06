"""The thrombectomy warehouse: landing, checks, build, publication. Never imports Prefect."""
