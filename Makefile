# Two commands: `make run` for the whole system on this machine, `make test` for every check of it.
.DEFAULT_GOAL := help
.PHONY: help run demo cli test lint format bench chaos docs build setup lock clean reset
.NOTPARALLEL:

PYTHON ?= python3
BIN := .venv/bin
UV ?= .cache/uv/bin/uv
WORKERS ?= 2
SIZE ?= 10
QX_CHAOS ?= 10000
export PYTHONUTF8 := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# A virtual environment whose interpreter is gone (an upgrade, a copied folder) is made anew.
$(shell test ! -d .venv || $(BIN)/python -c '' 2>/dev/null || rm -rf .venv)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.run ## start the whole system: engines, API, workers, WeChat and CHSI stand-ins, clients (Ctrl-C ends it)
	@exec $(BIN)/python -m stack run

demo: .venv/.run ## play one of every kind of filing against the running system, step by step
	@exec $(BIN)/python -m stack with -m app.cli demo play

cli: .venv/.run ## run an operator command in the running system: make cli ARGS="--help"
	@exec $(BIN)/python -m stack with -m app.cli $(ARGS)

test: .venv/.dev ## run every test: unit, property, API, races, real browser
	@$(BIN)/python -m stack prepare
	@$(BIN)/python -m stack npm run test
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

lint: .venv/.dev ## style, types and import directions of Python and web
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m stack npm run typecheck

format: .venv/.dev ## write Python in the house style
	@$(BIN)/python -m ruff check --fix .
	@$(BIN)/python -m ruff format .

bench: .venv/.dev ## measure ours against peer and ceiling, as a table and as JSON
	@$(BIN)/python -m stack prepare
	@$(BIN)/python -m bench $(ARGS)

chaos: .venv/.dev ## break everything while messages flow (QX_CHAOS of them), then races and walks SIZE times as long
	@QX_CHAOS=$(QX_CHAOS) $(BIN)/python -m pytest --timeout 1800 tests/chaos $(ARGS)
	@QX_RACES=$(SIZE) QX_WALKS=200 $(BIN)/python -m pytest --timeout 1200 tests/races tests/properties tests/notify/test_processes.py $(ARGS)

docs: .venv/.dev ## write what is drawn from the code: machines, OpenAPI, the clients' types of it
	@$(BIN)/python -m app.cli docs
	@$(BIN)/python -m stack npm run api

build: .venv/.run ## build the web clients when their sources have changed
	@$(BIN)/python -m stack build

setup: .venv/.dev ## install everything that run, test and bench need, and start nothing
	@$(BIN)/python -m stack prepare

lock: $(UV) ## pin versions and hashes of Python packages anew from pyproject.toml
	@$(UV) pip compile pyproject.toml --group stack --group test --group bench --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements-dev.lock
	@$(UV) pip compile pyproject.toml --group stack --constraints requirements-dev.lock --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock

clean: ## remove everything built or installed; data stay
	rm -rf .venv .cache web/node_modules web/dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './web/*' -prune -exec rm -rf {} +

reset: .venv/.run ## remove the data of this checkout: database, queue, files, development secrets
	@$(BIN)/python -m stack reset

.venv/.run: requirements.lock
	@PYTHON='$(PYTHON)' sh stack/install.sh requirements.lock
	@touch $@

# The locks name the same versions; what tests need includes what runs.
.venv/.dev: requirements-dev.lock
	@PYTHON='$(PYTHON)' sh stack/install.sh requirements-dev.lock
	@touch .venv/.run $@

.cache/uv/bin/uv:
	@$(PYTHON) -m venv .cache/uv
	@.cache/uv/bin/pip install --quiet uv
