# `make` alone lists the targets. Needs Python 3.11 or newer and make, nothing else.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help venv demo pictures test lint check soak bench bench-emulator lock clean

# The newest Python from 3.11 on that runs here; PYTHON=… chooses another.
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3 python; do \
  command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  && { echo $$p; break; }; done)
BIN := .venv/bin
STAMP := .venv/installed

help: ## this list
	@echo "make demo             a living company with a tour of five minutes; stays up until Ctrl-C (ONCE=1: one client to the end)"
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | grep -v '^help' | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 22

venv: $(STAMP) ## .venv with everything that development needs, pinned with hashes

$(STAMP): requirements-dev.txt Makefile
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer was found. Install one, or say PYTHON=/path/to/python." >&2; exit 1; }
	@test -x $(BIN)/python || { echo "· .venv ($(PYTHON))"; $(PYTHON) -m venv .venv; }
	@echo "· installing the pinned packages (first time: one or two minutes)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@printf '#!%s/.venv/bin/python\nimport sys\n\nsys.path.insert(0, "%s/functions")\n\nfrom expediente.__main__ import main\n\nsys.exit(main())\n' \
	  "$(CURDIR)" "$(CURDIR)" > $(BIN)/expediente
	@chmod +x $(BIN)/expediente
	@touch $@

demo: $(STAMP)
	@$(BIN)/python -m local demo $(if $(ONCE),--once)

pictures: $(STAMP) ## what people see, as pictures (needs Chromium): build/pictures and docs/pictures
	@$(BIN)/python -m local.pictures

test: lint check ## ruff, mypy, the process tables, and every test that needs no cloud
	$(BIN)/python -m pytest -n auto --dist loadgroup -m "not soak" $(ARGS)

lint: $(STAMP) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/mypy

check: $(STAMP) ## the tables of process/, forms/ and sheets_templates/
	$(BIN)/expediente check

soak: $(STAMP) ## the tests that take long
	$(BIN)/python -m pytest -n auto --dist loadgroup -m soak $(ARGS)

bench: $(STAMP) ## calls, serial steps and commits of every stage, beside the naive script
	$(BIN)/python tests/bench/bench.py $(ARGS)

bench-emulator: $(STAMP) ## speed and memory of the local Workspace (minutes; ARGS="--requests 2000 --dossiers 50" for less)
	$(BIN)/python tests/bench/bench_emulator.py $(ARGS)

lock: $(STAMP) ## requirements*.txt anew from requirements*.in, with hashes, for Python 3.11 to 3.14
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet uv
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links requirements.in -o requirements.txt
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links -c requirements.txt requirements-dev.in -o requirements-dev.txt

clean: ## what was built and remembered
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis
