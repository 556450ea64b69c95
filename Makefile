# NMS. Needs Python 3.11 or newer, make and a package index; everything else is set up in .venv.

VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# Twice as many workers as cores: a test of a running system waits more than it works.
WORKERS ?= $(shell expr 2 \* $(CORES))
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder
QUICK := not slow and not docker and not browser and not soak
UV := uv==0.13.9
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock" $(UPGRADE)

.DEFAULT_GOAL := help
.PHONY: help setup up test test-all check soak scorecard chaos bench docs screenshots lock clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.tools ## Set up .venv with everything to run and to work on NMS

up: $(VENV)/.product ## Start the whole system; ARGS="--port 5001 --fresh" are passed on
	@exec $(BIN)/nms up $(ARGS)

test: $(VENV)/.tools ## Run the quick tests, none of which needs a browser or Docker, in some minutes
	$(PYTEST) -m "$(QUICK)" $(ARGS)

test-all: $(VENV)/.tools check ## Run the checks and every test but the soak: what has to pass before a change is taken
	$(PYTEST) -m "not soak" $(ARGS)

soak: $(VENV)/.tools ## Run what takes hours by nature, and store its results with their commit
	@status=0; for name in soak scorecard chaos; do $(BIN)/python -m benchmarks.$$name || status=1; done; exit $$status

check: $(VENV)/.tools ## Lint, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

scorecard: $(VENV)/.tools ## Measure the loop: 400 faults through the real processes, under an hour
	$(BIN)/python -m benchmarks.scorecard $(ARGS)

chaos: $(VENV)/.tools ## Kill and stop processes at random while 100 faults are live; some 20 minutes
	$(BIN)/python -m benchmarks.chaos $(ARGS)

BENCHMARKS := detector_throughput detector_stream simulator idle cascade clients recording

bench: $(VENV)/.tools ## Print the other rows of figures, each with its limit or a peer; some minutes
	@status=0; for name in $(BENCHMARKS); do $(BIN)/python -m benchmarks.$$name || status=1; done; exit $$status

docs: $(VENV)/.tools ## Write the reference of messages; check links and commands that documents name
	$(BIN)/python -m nms.extras.documents
	$(BIN)/python -m pytest -q tests/architecture/test_documents.py tests/nms/test_documents.py

screenshots: $(VENV)/.tools ## Take the pictures in docs/images again; needs Chromium
	$(BIN)/python -m tests.browser.screenshots docs/images

lock: $(VENV)/.product ## Rewrite the lock files; UPGRADE=--upgrade takes the newest versions
	$(BIN)/python -m pip install --quiet $(UV)
	$(LOCK) pyproject.toml --output-file requirements.lock
	$(LOCK) pyproject.toml --group dev --output-file requirements-dev.lock

clean: ## Remove .venv and what tools left; the state of a running system is not here
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- .venv: made once, again when a lock file changes -------------------------------------------------------------

$(VENV)/.made: deploy/venv.sh
	@bash deploy/venv.sh $(VENV)
	@touch $@

$(VENV)/.product: $(VENV)/.made pyproject.toml requirements.lock
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.tools: $(VENV)/.product requirements-dev.lock
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.lock
	@touch $@
