# Everything that people and CI run. Nothing is written outside this folder.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3.11
WORKERS ?= 2
export PIP_CACHE_DIR ?= $(CURDIR)/.cache/pip
export HYPOTHESIS_STORAGE_DIRECTORY = $(CURDIR)/.cache/hypothesis
# pip asks rustc for its version, and rustup would note that in the home folder.
export RUSTUP_HOME ?= $(CURDIR)/.cache/rustup
# Containers often set it; each command would then compile all of our modules again.
export PYTHONDONTWRITEBYTECODE =
BIN := .venv/bin
READY := .venv/.ready
DEV := .venv/.dev
PIP_LOCKED = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps
OLDEST_CLIENT := .cache/oldest_client

.PHONY: help setup refresh browser test test-rest test-all test-faults test-clients lint format docs images benchmark server schedule clean lock

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(READY)  ## Make .venv with the locked packages and prepare Prefect's database

$(READY): requirements.lock pyproject.toml setup.py
	@echo "Installing the locked packages into .venv (a few minutes the first time) ..."
	@test -x $(BIN)/python || $$(command -v $(PYTHON) || echo python3) -m venv .venv
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "This project needs Python 3.11, the version its lock file is made for; found " + sys.version.split()[0] + ". Install it, delete .venv and say: make setup PYTHON=/path/to/python3.11")'
	@$(PIP_LOCKED) -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/warehouse prepare
	@touch $@

# What tests, style checks and pictures need besides.
$(DEV): requirements-dev.lock $(READY)
	@$(PIP_LOCKED) -r requirements-dev.lock
	@touch $@

refresh: setup  ## Land, check, build, pass the release gate, publish and report
	@$(BIN)/warehouse refresh

browser:  ## Install Chromium, which the tests of pages need (Debian or Ubuntu, as root)
	@if command -v chromium chromium-browser google-chrome >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Chromium for the tests of pages ..." && apt-get -qq update && \
	    DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends chromium >/dev/null; \
	else \
	    echo "The tests of pages need Chromium (Debian: apt-get install chromium, as root). Install it, then say make test-rest again." >&2; exit 1; \
	fi

# The oldest DuckDB that must read a release, in a folder of its own beside the locked one.
$(OLDEST_CLIENT)/.ready: tests/oldest_client.lock $(READY)
	@rm -rf $(OLDEST_CLIENT)
	@$(PIP_LOCKED) --target $(OLDEST_CLIENT) -r tests/oldest_client.lock
	@touch $@

# Those that wait longest come first. The marker `rest` is set by fixtures (tests/conftest.py) and by hand.
PYTEST = mkdir -p .cache && $(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder \
    --basetemp=.cache/$@ tests/integration tests/unit

test: $(DEV)  ## Run the tests of every area (some minutes; WORKERS=2 at a time)
	@$(PYTEST) -m "not rest"

# Most of these wait: for a schedule, a browser, a server.
test-rest: WORKERS = 3
test-rest: $(DEV) browser $(OLDEST_CLIENT)/.ready  ## Run the tests that wait, count in full or need a browser
	@$(PYTEST) -m rest

test-all: test test-rest test-faults  ## Run all tests

test-faults: $(DEV)  ## Kill refreshes, damage inputs, fill disks (FULL=1: all counts, as root)
	@mkdir -p .cache
	@FULL=$(FULL) $(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder \
	    --basetemp=.cache/pytest-faults tests/faults

test-clients: $(DEV)  ## Try R, JDBC and ODBC clients (JDBC_DRIVER=jar ODBC_DRIVER=library; needs java, isql, Rscript)
	@mkdir -p .cache
	@JDBC_DRIVER=$(JDBC_DRIVER) ODBC_DRIVER=$(ODBC_DRIVER) $(BIN)/python -m pytest --basetemp=.cache/pytest-clients tests/clients

lint: $(DEV)  ## Check Python and SQL style and that generated files are up to date
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/sqlfluff lint --quiet dbt_project warehouse/exports/omop/sql
	@$(BIN)/python -m warehouse.reference.codebook --check
	@$(BIN)/python -m warehouse.reference.rule_pages --check

format: $(DEV)  ## Rewrite Python and SQL in the project's style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix --quiet dbt_project warehouse/exports/omop/sql

docs: setup  ## Write what is generated from the dictionary (codebook, dbt sources, rules)
	@$(BIN)/python -m warehouse.reference.codebook
	@$(BIN)/python -m warehouse.reference.rule_pages

images: $(DEV) browser  ## Draw the pictures of README and docs again
	@$(BIN)/python -m docs.images.draw

benchmark: setup  ## Measure a refresh, the row checks and the queries against what each may cost
	@$(BIN)/python -m benchmarks.refresh
	@$(BIN)/python -m benchmarks.row_checks
	@$(BIN)/python -m benchmarks.queries

server: setup  ## Run the Prefect server with its pages on this machine's loopback address
	@$(BIN)/warehouse server

schedule: setup  ## Run the refresh at its hour (02:00 unless set otherwise), until stopped
	@$(BIN)/warehouse schedule

clean:  ## Delete what a refresh builds; keeps deliveries, history and the pseudonym key
	@rm -rf data/landed data/warehouse data/reports data/state/work data/state/dbt data/state/logs

# The lock files carry versions and hashes, no addresses. The one for development has what the other lacks.
COMPILE = $(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url \
    --no-emit-find-links --python-version 3.11 pyproject.toml requirements.in

lock:  ## Resolve the two lock files from pyproject.toml (needs a package index)
	@$(BIN)/python -m pip install --quiet uv
	@$(COMPILE) -o requirements.lock
	@$(COMPILE) -o requirements-dev.lock --extra dev --constraint requirements.lock \
	    $$(sed -n 's/^\([^= ]*\)==.*/--no-emit-package \1/p' requirements.lock)
