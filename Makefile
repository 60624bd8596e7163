# One line a task. `make demo` and `make test` need Python 3.11 or newer and make, nothing else.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2

.PHONY: help demo setup test check bench docs serve clean

help: ## show the tasks
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

demo: .venv/.run ## set up and run the main job on the small city
	$(BIN)/double-random run scenarios/presets/small --out out/small

setup: .venv/.dev ## set up everything in .venv/ from pinned versions

test: .venv/.dev ## set up and run all tests
	$(BIN)/python -m pytest -n $(WORKERS) -q

check: .venv/.dev ## lint, format, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: .venv/.dev ## the benchmarks, as tables
	$(BIN)/double-random bench draw
	$(BIN)/double-random bench flow
	$(BIN)/double-random bench plan

docs: .venv/.dev ## rewrite the generated parts of the documents
	$(BIN)/python tests/house/generate_docs.py

serve: .venv/.run ## the API on an SQLite file
	$(BIN)/double-random serve

clean: ## remove the environment and outputs
	rm -rf .venv out build .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; say which with: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.run: .venv/bin/python pyproject.toml constraints.txt
	@test -e .venv/.dev && test .venv/.dev -nt pyproject.toml && test .venv/.dev -nt constraints.txt || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fast]'
	@touch $@

.venv/.dev: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,fast,bench]'
	@touch $@
