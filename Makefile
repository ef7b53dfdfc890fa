# Two commands do everything: `make run` and `make test`. Each installs what it needs.
# `make check` is the quick part of the tests: format, lint, types, import contracts, unit tests.

BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -q

.PHONY: run test check lint unit integration live scenarios fold soak chaos survival browser bench screenshots messages pins clean

run: .venv/base
	@exec $(BIN)/rolodial run $(ARGS)

test: check integration live browser

check: lint unit

lint: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python tools/texts.py check

unit: .venv/dev
	$(PYTEST) -n auto tests/unit tests/scenarios tests/architecture

integration: .venv/system
	$(PYTEST) -n auto tests/integration

live: .venv/system
	$(PYTEST) tests/live

# What people do, on a real Asterisk, recorded afresh into tests/scenarios (ARGS: only these names).
scenarios: .venv/system
	$(BIN)/python tools/record_scenarios.py $(ARGS)

# How far the call tracker stands damage: the table of docs/reliability.md.
fold: .venv/dev
	$(BIN)/python tools/measure_fold.py

# Thousands of real calls of mixed kinds, held against Asterisk's own CDR (ARGS: --calls 5000 --rate 60).
soak: .venv/system
	$(BIN)/python tools/soak.py $(ARGS)

browser: .venv/system
	$(PYTEST) tests/browser

bench: .venv/system
	$(BIN)/rolodial bench $(ARGS)

# Faults, one after another, on a real Asterisk with calls going on: the table of docs/reliability.md (ARGS: numbers).
# About half an hour; as root it can also fill and break disks.
chaos: .venv/system
	$(BIN)/python tools/install_system.py chaos
	$(BIN)/python -m tests.chaos $(ARGS)

# What callers notice when the CRM is dead, stopped, cut off, without database or disk (ARGS: --calls 1000, names).
survival: .venv/system
	$(BIN)/python tools/install_system.py chaos
	$(BIN)/python -m tests.survival $(ARGS)

screenshots: .venv/system
	$(BIN)/python tools/screenshots.py $(or $(TO),var/screenshots)

# The pins: names in requirements/*.in, versions and hashes in requirements/*.txt, no addresses.
pins: .venv/dev
	cd requirements && for set in base dev; do ../$(BIN)/uv pip compile -q --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header $$set.in -o $$set.txt; done

clean:
	rm -rf .venv .cache var

.venv/base: requirements/base.txt pyproject.toml
	tools/make_venv.sh .venv requirements/base.txt
	@touch $@

.venv/dev: .venv/base requirements/dev.txt
	tools/make_venv.sh .venv requirements/base.txt requirements/dev.txt
	@touch $@

.venv/system: .venv/dev tools/install_system.py
	$(BIN)/python tools/install_system.py test
	@touch $@
