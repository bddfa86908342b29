# Needs python3 (3.11 or newer) and make; everything else comes as wheels into .venv.

PYTHON ?= python3
JOBS ?= 2
BIN := .venv/bin
WEB_READY := .venv/.ready-web
DEV_READY := .venv/.ready-dev
WEB_SOURCES := $(shell find web -name node_modules -prune -o -name dist -prune -o -type f -print 2>/dev/null)
WEB_BUILT := $(if $(wildcard web/package.json),web/dist/index.html)
# The node and npm of the wheel, before whatever else is on the path.
WITH_NODE = PATH="$(CURDIR)/.venv/bin:$$PATH"
PYTEST = $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo up test test-full fuzz check format bench web api-types lock clean

help: ## What there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  Variables: VIDEO=file for demo, ARGS='more arguments' for demo, up, test and bench, JOBS=2 for tests"

demo: $(WEB_READY) $(WEB_BUILT) ## The main job once, end to end: upload, encode, watch, verify, stop [VIDEO=file]
	$(BIN)/aula demo $(if $(VIDEO),--video "$(VIDEO)") $(ARGS)

up: $(WEB_READY) $(WEB_BUILT) ## The whole platform in the foreground; Ctrl-C stops it
	$(BIN)/aula up $(ARGS)

test: $(DEV_READY) $(WEB_BUILT) ## All tests in their short forms
	$(PYTEST) -m "not full" $(ARGS)

test-full: $(DEV_READY) $(WEB_BUILT) ## All tests, the long forms too
	$(PYTEST) --timeout 3600 $(ARGS)

check: $(DEV_READY) $(WEB_BUILT) ## Lint, types, import rules, sizes, dead code, known vulnerabilities
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m ops.checks.sizes
	$(BIN)/vulture
	$(BIN)/python -m ops.checks.audit
	$(if $(WEB_BUILT),cd web && $(WITH_NODE) npm run --silent check)

format: $(DEV_READY) ## Format Python
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

fuzz: $(DEV_READY) ## The whole API from its own document, as each role, at length
	$(BIN)/python -m pytest -n $(JOBS) --dist load --timeout 7200 -m full tests/fuzz $(ARGS)

bench: $(DEV_READY) ## Measure, side by side
	$(BIN)/python -m bench $(ARGS)

web: $(WEB_READY) $(WEB_BUILT) ## Build the web app

api-types: $(DEV_READY) ## Write the page's API types anew, after a change of the API
	$(WITH_NODE) $(BIN)/python -m ops.checks.api_types

lock: $(DEV_READY) ## Pin all packages anew, with hashes
	$(call pin,run,)
	$(call pin,embedded,--extra embedded -c requirements/run.txt)
	$(call pin,web,--extra embedded --extra web -c requirements/embedded.txt)
	$(call pin,dev,--all-extras -c requirements/web.txt)

clean: ## Remove everything that make has made, but no data
	rm -rf .venv web/node_modules web/dist build aula.egg-info .mypy_cache .ruff_cache .import_linter_cache

# No addresses in what is committed: whoever installs decides from where.
define pin
$(BIN)/uv pip compile pyproject.toml $(2) --quiet --upgrade --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate --output-file requirements/$(1).txt
endef

# Hashed pins first; then this checkout itself, with the build backend that the pins brought (isolation would fetch another).
define install
$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Aula needs Python 3.11 or newer.")'
test -x $(BIN)/python || $(PYTHON) -m venv .venv
$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$(1).txt
$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endef

$(WEB_READY): requirements/web.txt pyproject.toml
	$(call install,web)
	@touch $@

$(DEV_READY): requirements/dev.txt pyproject.toml
	$(call install,dev)
	@touch $@ $(WEB_READY)

web/node_modules/.package-lock.json: web/package.json web/package-lock.json | $(WEB_READY)
	cd web && $(WITH_NODE) npm ci --no-audit --no-fund --no-update-notifier
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && $(WITH_NODE) npm run --silent build
	@touch $@
