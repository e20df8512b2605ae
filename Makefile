# make run, make test, make check, make bench: each installs what it needs and may be run again.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export ELUS_INSTANCE ?= instance

.PHONY: run test test-postgresql check format bench clean

run: $(VENV)/.run
	@test -e $(ELUS_INSTANCE)/keys.json || $(BIN)/elus demo create
	@test ! -e $(ELUS_INSTANCE)/demonstration || $(BIN)/elus demo show
	@exec $(BIN)/elus serve

test: $(VENV)/.dev
	@sh tests/chromium.sh
	$(BIN)/python -m pytest -q -n 2 -m "not browser"
	$(BIN)/python -m pytest -q -m browser
	ELUS_TEST_DATABASE=postgresql $(BIN)/python -m pytest -q -n 2 -m "not browser"

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy elus
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --quiet --lint elus/templates

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev
	$(BIN)/python -m bench

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
