# Everything a person needs: `make run` answers the flagship question, `make test` proves the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# One worker per processor; a file stays with one worker, which keeps what its tests share.
SPREAD := -n auto --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help run test fast lint format bench scale calibrate docs site lock clean

help:  ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 14

# The lock is installed with hashes first; the project itself then needs nothing from the network.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

run: $(READY)  ## set up and answer the flagship question
	$(BIN)/optimize --model llama-405b --budget 150000

test: $(READY)  ## set up and run every test
	$(BIN)/python -m pytest $(SPREAD)

fast: $(READY)  ## the tests that take under a minute
	$(BIN)/python -m pytest $(SPREAD) -m "not slow" --durations=10 --durations-min=1

lint: $(READY)  ## format check, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(READY)  ## rewrite the sources as ruff wants them
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)  ## time the flagship question, stage by stage
	$(BIN)/python benchmarks/flagship.py

scale: $(READY)  ## time answers over catalogs of growing size (minutes)
	$(BIN)/python benchmarks/scale.py

calibrate: $(READY)  ## refit the speed model: make calibrate MEASUREMENTS=file.csv
	$(BIN)/python tools/calibrate.py $(MEASUREMENTS)

docs: $(READY)  ## regenerate the formulation, the commands, the JSON Schemas and the README
	$(BIN)/python tools/generate.py

site: $(READY)  ## build the documentation site into site/
	$(BIN)/mkdocs build --strict

lock:  ## resolve constraints.txt again (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --output-file constraints.txt

clean:  ## remove what was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
