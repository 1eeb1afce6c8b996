# Everything from a fresh clone, with Python 3.11+, pip, venv and make. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run-installed
DEV := $(VENV)/.dev-installed
# How many test processes; `make test WORKERS=0` runs them in one, which is easier to debug.
WORKERS ?= auto
# Two more than there are cores where tests also wait: for processes to start, to stop, to be missed. Who has run out of
# tests takes half of another's: those that wait stand side by side in their files.
CORES = $(shell $(PYTHON) -c 'import os; print(os.cpu_count() or 1)')
WAITING = $(if $(filter auto,$(WORKERS)),$(shell expr $(CORES) + 2),$(WORKERS))
# One of them less where servers and installations compute as well.
SERVED = $(if $(filter auto,$(WORKERS)),$(shell expr $(CORES) + 1),$(WORKERS))
# What shares an installation runs in one process: tests/sharing.py.
INSTALLATIONS = $(SERVED) --dist loadgroup
# Everything else needs no installation, or one for a moment.
UNITS = $(addprefix --ignore=tests/,journeys browser faults)
# A secret for checks that need one, and for nothing else: a new one each time.
A_SECRET = $$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))')

# What Python has compiled is kept, also where a container's image says otherwise: else each of a dozen test processes
# compiles four hundred files of tests by itself, which takes it fifteen seconds of processor.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run seed reset check test-quick test install test-sqlite test-postgres test-whole test-journeys test-faults soak lint lint-types lint-rest fmt types messages bench shots

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(RUN): requirements/run.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@touch $@

$(DEV): requirements/dev.txt $(RUN)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

run: $(RUN) ## start Iria with its demo institute
	@exec $(BIN)/python manage.py up

seed: $(RUN) ## fill an empty database with the demo institute (SUBSCRIBERS=1000 for more readers)
	$(BIN)/python manage.py migrate --verbosity 0
	$(BIN)/python manage.py seed $(if $(SUBSCRIBERS),--subscribers $(SUBSCRIBERS))

reset: ## delete the database, uploads and inbox of IRIA_DATA (var/), and nothing else
	@$(PYTHON) deploy/reset.py

check: lint test-quick ## for daily work, in three minutes: lint, and what needs no process, server or clock, on SQLite

test-quick: $(DEV)
	$(BIN)/pytest -n $(WAITING) --dist worksteal $(UNITS) -m "not slow"

test: ## every test, on SQLite, on PostgreSQL and on whole installations; and how long each part took
	@$(PYTHON) tests/parts.py $(MAKE) install=installed test-sqlite=SQLite test-postgres=PostgreSQL \
	  test-whole="journeys, browser and faults"

install: $(DEV)

test-sqlite: $(DEV) ## the tests on SQLite
	$(BIN)/pytest -n $(WAITING) --dist worksteal $(UNITS)

test-postgres: $(DEV) ## the tests on PostgreSQL and Redis (started for this, or TEST_DATABASE_URL, TEST_REDIS_URL)
	$(BIN)/python -m tests.servers -- $(BIN)/pytest -n $(SERVED) --dist worksteal $(UNITS)

test-whole: $(DEV) ## journeys, browser and faults at once: they wait more than they compute
	$(BIN)/pytest -n $(INSTALLATIONS) -rP tests/journeys tests/browser tests/faults

test-journeys: $(DEV) ## whole stories through separate processes, and the pages in Chromium
	$(BIN)/pytest -n $(INSTALLATIONS) tests/journeys tests/browser

test-faults: $(DEV) ## processes killed, servers taken away, readers who leave meanwhile: who got what
	$(BIN)/pytest -n $(INSTALLATIONS) -rP tests/faults

soak: $(DEV) ## the same with 100,000 recipients and 50 kills; a report in var/soak/ (SIZE=issue or quick for less)
	$(BIN)/python -m tests.faults.soak --size $(if $(SIZE),$(SIZE),soak)

lint: $(DEV) ## ruff, mypy, import-linter, migrations, deploy checks, templates, JavaScript, shell
	@$(MAKE) --no-print-directory -j2 lint-types lint-rest  # mypy takes as long as all others together

lint-types: $(DEV)
	$(BIN)/mypy .

lint-rest: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	@# The example of an operator's environment must be one that passes Django's own deployment checks.
	set -a; . ./deploy/iria.env.example; SECRET_KEY=$(A_SECRET); IRIA_DATA=$$(mktemp -d); set +a; \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING; status=$$?; rm -rf "$$IRIA_DATA"; exit $$status
	git ls-files -co --exclude-standard 'templates/*.html' '*/templates/*.html' 'newsletters/blocks/*.html' \
	  | xargs -r $(BIN)/djade --check --target-version 5.2
	$(BIN)/oxlint .
	$(BIN)/oxfmt --check '**/*.js'
	git ls-files -co --exclude-standard '*.sh' .ci/run | xargs -r -n 1 bash -n

fmt: $(DEV) ## format Python, templates and JavaScript
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .
	git ls-files -co --exclude-standard 'templates/*.html' '*/templates/*.html' 'newsletters/blocks/*.html' \
	  | xargs -r $(BIN)/djade --target-version 5.2 || true
	$(BIN)/oxlint --fix --quiet . || true
	$(BIN)/oxfmt '**/*.js'

types: $(DEV) ## mypy alone
	$(BIN)/mypy .

messages: $(DEV) ## bring locale/ up to date: new strings of pages and mails into the .po, and the .mo after translating
	@$(BIN)/python -m tests.messages

bench: $(DEV) ## measure on this machine (BENCH=site,signup,send for some; QUICK=1 for a small trial)
	$(BIN)/python -m bench $(BENCH) $(if $(QUICK),--quick) $(if $(ARTICLES),--articles $(ARTICLES))

shots: $(DEV) ## screenshots of the main pages and of the mails into var/shots/ (needs Chromium)
	$(BIN)/python -m tests.browser.shots var/shots
	$(BIN)/python -m tests.browser.mails var/shots/mails
