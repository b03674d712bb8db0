# make demo | test | lint | ui | bench | docs | lock | clean. Each sets up what it needs once: .venv from requirements.lock.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
.PHONY: demo test lint ui bench docs lock clean
.DEFAULT_GOAL := demo

.venv/.ready: requirements.lock requirements-dev.lock requirements-cuda.lock pyproject.toml infra/install.sh
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' \
	  || { echo "Python 3.11 or 3.12 is needed; say which with: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 2; }
	@echo "setting up .venv from requirements.lock (a few minutes, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@infra/install.sh $(BIN)/python requirements-dev.lock
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

demo: .venv/.ready
	@$(BIN)/perdure demo

# Two workers, each with one thread; make test WORKERS=0 runs all of it in one process.
WORKERS ?= 2

test: .venv/.ready
	$(BIN)/python -m pytest -q -m unit -n $(WORKERS)
	$(BIN)/python -m pytest -q -m "integration or end_to_end" -n $(WORKERS) --durations=15

lint: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

ui: .venv/.ready
	@$(BIN)/perdure ui

bench: .venv/.ready
	@$(BIN)/python -m benchmarks

# The pages that are generated from the code: docs/reference.md, docs/licences.md.
docs: .venv/.ready
	@$(BIN)/python docs/reference.py
	@$(BIN)/python infra/licences.py

# Keeps the pins; make lock UPGRADE=1 takes the newest versions that pyproject.toml allows.
lock:
	@$(PYTHON) infra/lock.py $(if $(UPGRADE),--upgrade)
	@$(MAKE) --no-print-directory docs

# Keeps workspace/ (the history of what was learned) and the cache of models and data.
clean:
	rm -rf .venv *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis data
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
