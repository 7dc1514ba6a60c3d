# Two commands are enough: `make demo` and `make test`. Everything else is for maintainers.
# Needs Python 3.11 or later with venv, make and git. Nothing is written outside this folder,
# except the Debian packages of requirements/debian.txt (`make test`, as root or by sudo).

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_ARGS ?=
PYTEST_ARGS ?=
MUTATION_ARGS ?=
WORKERS ?= 4
# Two more than there are cores: tests of the command and of servers wait for their children.
AT_ONCE = $$($(BIN)/python -c 'import os; print(len(os.sched_getaffinity(0)) + 2)')

# Wheels only: building from source fetches what it builds with, and no hash covers that. The one
# package without a wheel (SDISTS) is built with what requirements/build.txt has put there before.
SDISTS := cpe,pyspark
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
PIP_INSTALL = $(PIP) install --quiet --require-hashes --only-binary :all:
INSTALL_TOCSIN = $(PIP) install --quiet --no-deps --no-build-isolation --editable .

DEV := $(VENV)/.installed-dev
RUNTIME := $(VENV)/.installed-runtime
BENCH := $(VENV)/.installed-bench
# A venv that has the tools has all that running needs: do not install twice.
FOR_DEMO := $(if $(wildcard $(DEV)),$(DEV),$(RUNTIME))

CODE := $(wildcard src tests benchmarks tools)

# The lock holds what the public index serves for every platform. A find-links folder or a second
# index of this machine would put its own builds there instead, so neither is read.
LOCK_ENV := env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL -u PIP_NO_INDEX PIP_CONFIG_FILE=/dev/null \
	CUSTOM_COMPILE_COMMAND="make lock"
UPGRADE ?=
PIP_COMPILE = $(LOCK_ENV) $(BIN)/pip-compile --quiet --generate-hashes --strip-extras \
	--allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	--no-emit-options --annotation-style=line --resolver=backtracking \
	$(if $(UPGRADE),--upgrade)

.PHONY: help
help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

.PHONY: demo
demo: $(FOR_DEMO) ## set up what running needs (PyPI alone) and tell the story; DEMO_ARGS="--real"
	$(BIN)/tocsin demo $(DEMO_ARGS)

.PHONY: test
test: system-packages lint pytest ## set up everything, then run every check

.PHONY: test-long
test-long: system-packages $(DEV) ## full counts; run it again to go on with what failed
	TOCSIN_LONG=1 $(BIN)/pytest --last-failed --last-failed-no-failures all $(PYTEST_ARGS)

.PHONY: lint
lint: $(DEV) ## style, types, import contracts, licences
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports
	$(BIN)/python tools/licences.py --check

.PHONY: pytest
pytest: $(DEV) ## the tests alone; PYTEST_ARGS="tests/unit/trust -k seal"
	$(BIN)/pytest --numprocesses $(AT_ONCE) --maxprocesses $(WORKERS) --dist worksteal $(PYTEST_ARGS)

.PHONY: mutation
mutation: $(DEV) ## change policy, signatures and log a little; docs/reference/mutation.md
	$(BIN)/python tools/mutation.py $(MUTATION_ARGS)

.PHONY: bench
bench: $(BENCH) ## every benchmarks/bench_*.py; tables into benchmarks/results/
	PYTHON=$(BIN)/python tools/run_benchmarks.sh

.PHONY: wheel
wheel: $(DEV) ## dist/tocsin-*.whl
	$(PIP) wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

.PHONY: licences
licences: $(DEV) ## write docs/reference/licences.md anew
	$(BIN)/python tools/licences.py

.PHONY: lock
lock: $(DEV) ## pin and hash every requirement anew from pyproject.toml; UPGRADE=1 for new versions
	$(PIP_COMPILE) --extra dev -o requirements/dev.txt pyproject.toml requirements/build.in
	$(PIP_COMPILE) -c requirements/dev.txt -o requirements/build.txt requirements/build.in
	$(PIP_COMPILE) --extra postgres -c requirements/dev.txt -o requirements/runtime.txt pyproject.toml
	$(PIP_COMPILE) --extra bench -c requirements/dev.txt -o requirements/bench.txt pyproject.toml

.PHONY: system-packages
system-packages:
	@tools/system_packages.sh requirements/debian.txt

.PHONY: venv
venv: $(DEV) ## .venv with every tool, installed from hashes

# A venv whose pip does not run was left half made: begin it anew.
$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Tocsin needs Python 3.11 or later: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		{ echo "Python's venv module is missing: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)

$(DEV): requirements/dev.txt requirements/build.txt pyproject.toml | $(VENV)/pyvenv.cfg
	$(PIP_INSTALL) -r requirements/build.txt
	$(PIP_INSTALL) --use-pep517 --no-build-isolation --no-binary $(SDISTS) -r requirements/dev.txt
	$(INSTALL_TOCSIN)
	@touch $@ $(RUNTIME)

$(RUNTIME): requirements/runtime.txt requirements/build.txt pyproject.toml | $(VENV)/pyvenv.cfg
	$(PIP_INSTALL) -r requirements/build.txt -r requirements/runtime.txt
	$(INSTALL_TOCSIN)
	@touch $@

$(BENCH): requirements/bench.txt $(DEV)
	$(PIP_INSTALL) -r requirements/bench.txt
	@touch $@

.PHONY: clean
clean: ## remove the venv, caches and builds
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
