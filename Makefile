# The only place where a command is spelled: people, CI and workflows call these targets.
# Every target sets itself up: Python 3.11 or newer, git and make are all it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes

# Nothing phones home; DVC's site cache stays inside the checkout.
export DVC_NO_ANALYTICS := 1

.DEFAULT_GOAL := help
.PHONY: help run serve site serve-site test test-slow check lint format bench demo shots samples schemas vendor \
	lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.pipeline ## retrain and gate every model on the tables in data/
	$(BIN)/modelpress run --force $(MODELS)

serve: $(VENV)/.service ## the models in the checkout over HTTP; HOST and PORT say where
	$(BIN)/python -m service

# What is damaged is told on its page, and is the exit code; only without any page there is no site.
site: $(VENV)/.site ## the dashboard as static pages in build/public; SITE_URL says where they will be
	@$(BIN)/modelpress report; code=$$?; test -f build/docs/index.md || exit $$code; \
	$(BIN)/python site/vendor.py build/docs 2>build/vendor.log && npm=there || { tail -n 3 build/vendor.log; \
		echo "note: npm fetched nothing: models run without onnxruntime-web, and their runtime is not packed"; }; \
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --clean --quiet && \
	{ test -z "$$npm" || $(BIN)/python site/vendor.py --pack build/public; } && \
	$(BIN)/python -m pipeline.report.finish build/public && exit $$code

serve-site: ## the built site at 127.0.0.1:8001; HOST and PORT say elsewhere
	@test -d build/public || { echo "error: there is no build/public; \`make site\` makes it"; exit 2; }
	$(PYTHON) -m http.server --bind $(or $(HOST),127.0.0.1) --directory build/public $(or $(PORT),8001)

test: $(VENV)/.dev ## the tests, but for the slow ones
	$(BIN)/pytest -n auto -m "not slow"

test-slow: $(VENV)/.dev ## the slow tests: statistics over many seeds, races
	$(BIN)/pytest -n auto -m slow

check: lint test ## what must be green before a commit

lint: $(VENV)/.dev ## style, types, floors
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## let ruff put the sources in order
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

bench: $(VENV)/.dev ## the figures of the README; needs MODELPRESS_DATA
	$(BIN)/python benchmarks/pipeline.py
	$(BIN)/python benchmarks/quality.py
	$(BIN)/python -P benchmarks/growth.py --days 60
	$(BIN)/python -P benchmarks/score.py
	$(BIN)/python benchmarks/monitor.py
	$(BIN)/python -P benchmarks/snapshots.py
	$(BIN)/python benchmarks/site.py

demo: $(VENV)/.pipeline ## a seeded history in build/demo: 120 days, with the real verbs and a frozen clock
	$(BIN)/python demo/history.py

shots: $(VENV)/.dev ## pictures of every page of the demo's site, both themes, desk and phone, in build/shots
	@test -d build/demo || $(BIN)/python demo/history.py
	$(BIN)/python demo/shots.py

# All that a page needs of onnxruntime-web; never committed.
VENDOR := build/docs/assets/vendor/onnxruntime-web/ort-wasm-simd-threaded.wasm

vendor: $(VENDOR) ## onnxruntime-web into build/docs, as site/package-lock.json pins it

$(VENDOR): site/package-lock.json site/vendor.py | $(VENV)/.dev
	$(BIN)/python site/vendor.py build/docs
	@touch $@

samples: $(VENV)/.pipeline ## write the sample tables anew
	for script in data/*/sample.py data/arrivals.py; do $(BIN)/python $$script || exit 1; done

schemas: $(VENV)/.pipeline ## write the JSON Schemas anew
	$(BIN)/modelpress schemas
	$(BIN)/python -m pipeline.report.schemas

lock: $(VENV)/.dev ## resolve the dependencies anew
	$(BIN)/python requirements/lock.py

clean: ## remove what can be made again
	rm -rf $(VENV) build .dvc/cache .dvc/tmp .mypy_cache .pytest_cache .ruff_cache *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "error: Modelpress needs Python 3.11 or newer; say which: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements/build.lock

$(VENV)/.pipeline: requirements/pipeline.lock requirements/build.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) --no-build-isolation -r requirements/pipeline.lock
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-index --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.site: requirements/site.lock $(VENV)/.pipeline
	$(PIP) --no-build-isolation -r requirements/site.lock
	@touch $@

$(VENV)/.service: requirements/service.lock requirements/build.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) --no-build-isolation -r requirements/service.lock
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-index --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.pipeline
	$(PIP) --no-build-isolation -r requirements/dev.lock
	@touch $@
