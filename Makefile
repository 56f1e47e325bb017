# Two commands on a fresh machine: `make briefs` and `make test`. Only Python 3.11 or later, make and pip are assumed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORKSPACE ?= workspace
FAMILIES ?= 1600
SEED ?= 1

.PHONY: help briefs test lint types studies accessibility accessibility-tools bench clean
.DEFAULT_GOAL := help

help:  ## say what there is
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

# Reinstalls only when what is to be installed has changed.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed; set PYTHON=python3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

briefs: $(STAMP)  ## a week of briefs for a synthetic authority, from nothing
	@$(BIN)/fi-workbench demo $(WORKSPACE) --families $(FAMILIES) --seed $(SEED) --if-absent
	@$(BIN)/fi-workbench weekly --workspace $(WORKSPACE) || test $$? -eq 3  # 3: done, and something waits for a person
	@$(BIN)/fi-workbench release --workspace $(WORKSPACE) --by "Synthetic analyst (not a person)"

test: $(STAMP) lint types  ## every check that must pass before work lands
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

studies: $(STAMP)  ## the slow studies, whose results are recorded in tests/studies
	$(BIN)/python -m pytest -m study

accessibility: $(STAMP) accessibility-tools  ## axe-core and pa11y over every kind of page; needs Chromium and Node.js
	$(BIN)/python -m pytest -m study tests/studies/test_accessibility.py

accessibility-tools:
	PUPPETEER_SKIP_DOWNLOAD=1 npm install --prefix tests/studies/accessibility --no-package-lock --no-audit --no-fund

bench: $(STAMP)  ## what it costs, beside peers and the floor; results go into benchmarks/
	$(BIN)/python -m benchmarks.load_cin_census 100000 1000000
	$(BIN)/python -m benchmarks.load_ssda903
	$(BIN)/python -m benchmarks.load_year
	$(BIN)/python -m benchmarks.segmentation
	$(BIN)/python -m benchmarks.briefs
	$(BIN)/python -m benchmarks.matching

clean:
	rm -rf $(VENV) .peers $(WORKSPACE) .mypy_cache .ruff_cache .pytest_cache
