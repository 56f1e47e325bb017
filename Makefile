# Two commands on a fresh machine: `make briefs` and `make test`. Only Python 3.11 or later, make and pip are assumed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORKSPACE ?= workspace
FAMILIES ?= 1600
SEED ?= 1

.PHONY: help briefs test lint types bench studies clean
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
	@$(BIN)/fi-workbench briefs-for-demo $(WORKSPACE) --families $(FAMILIES) --seed $(SEED)

test: $(STAMP) lint types  ## every check that must pass before work lands
	$(BIN)/python -m pytest -n 2

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

studies: $(STAMP)  ## the slow studies, whose results are recorded in tests/studies
	$(BIN)/python -m pytest -m study

bench: $(STAMP)  ## measure against peers in the same run
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) $(WORKSPACE) .mypy_cache .ruff_cache .pytest_cache
