# Two commands: `make up` starts the whole mesh on this machine, `make test` proves it.  `make help` lists the rest.
# Options of the program go in ARGS:  make up ARGS="--port 9400 --data /tmp/mesh"

PYTHON ?= python3
ARGS ?=
PYTEST_ARGS ?=
BENCH_ARGS ?= --seconds 20
SECONDS ?= 20
KEEP ?=
BIN := .venv/bin
SHELL := /bin/sh
# Some machines tell Python to keep no compiled modules; then each of the mesh's processes would compile the whole program anew.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help up install test check compiled bench fuzz faults pictures lock clean system

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

up: .venv/.installed  ## set everything up where it is missing, then start the whole mesh
	@exec $(BIN)/enishi up $(ARGS)

install: .venv/.installed  ## set everything up, start nothing

test: system .venv/.installed-dev .cache/browser/.installed  ## install what tests need, then run every check and every test
	@$(MAKE) --no-print-directory -j 2 check compiled
	@scratch=$$(tools/scratch.sh) && trap 'rm -rf "$$scratch"' EXIT && trap 'exit 130' INT TERM && \
	  TMPDIR="$$scratch" $(BIN)/pytest -n 2 --dist loadgroup $(PYTEST_ARGS)

check: .venv/.installed-dev  ## ruff, mypy --strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict src
	$(BIN)/lint-imports --no-logo

# Each worker of the tests would compile every one of them for itself. What is wrong here, the tests say.
compiled: .venv/.installed-dev
	-@$(BIN)/pytest --collect-only -qq >/dev/null 2>&1

bench: .venv/.installed  ## measure inquiries on this machine
	$(BIN)/enishi bench inquiry $(BENCH_ARGS)

fuzz: .venv/.installed-dev  ## look for bytes and orders of events that break a reader or a role (SECONDS for each target, KEEP=1 keeps new inputs)
	SECONDS=$(SECONDS) KEEP=$(KEEP) $(BIN)/python fuzz/run.py
	ENISHI_MACHINE_EXAMPLES=$(SECONDS) $(BIN)/pytest -q --show-capture=no tests/stories/test_stories_machine.py tests/gateway/test_gateway_lifecycle.py

faults: .venv/.installed-dev  ## kill every role at every point that inquiries come by, each with two hundred of them in flight
	PYTHONPATH=src:tests $(BIN)/python -m faults.every

pictures: system .venv/.installed-dev  ## take the pictures of the running pages for the README
	$(BIN)/python tools/pictures.py

lock: .venv/.installed-dev  ## resolve the requirement locks again (needs uv)
	tools/lock.sh

clean:  ## remove what make made; a data folder stays
	rm -rf .venv .cache dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: a second start does none of this again. An environment knows its own place, so in a folder that was moved or copied it is made anew.
ifneq ($(shell cat .venv/.place 2>/dev/null),$(CURDIR))
.PHONY: .venv/.installed .venv/.installed-dev
endif

.venv/.installed: requirements.lock pyproject.toml tools/install.sh tools/install_system.sh
	@PYTHON="$(PYTHON)" tools/install.sh run
	@touch $@

.venv/.installed-dev: requirements-dev.lock pyproject.toml tools/install.sh tools/install_system.sh
	@PYTHON="$(PYTHON)" tools/install.sh develop
	@touch .venv/.installed $@

# What tests take from Debian is looked for each time: that is quick, and a package may have gone.
system:
	@PYTHON="$(PYTHON)" tools/install_system.sh test

.cache/browser/.installed: tests/browser/package.json .venv/.installed-dev
	@mkdir -p .cache/browser
	@cp tests/browser/package.json .cache/browser/package.json
	npm install --prefix .cache/browser --no-package-lock --no-audit --no-fund --loglevel=error
	@touch $@
