# `make help` lists the verbs. Two do everything: `make synth` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONFIG ?= cluster.yaml
# Node.js and npm come from PyPI, so that nothing but Python and make has to be there.
WITH_NODE = PATH="$(CURDIR)/$(BIN):$$PATH"

.DEFAULT_GOAL := help
.PHONY: help install synth test lint format types imports charts schema verify bench clean

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## Make .venv with the project, its tools and Node.js

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[node]' --group dev
	@touch $@

synth: install ## Turn cluster.yaml into the manifests in dist/
	@$(BIN)/python main.py

test: install ## Run the tests
	@$(BIN)/python -m pytest

lint: install ## Check the code's style (ruff)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: install ## Put the code into shape (ruff)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: install ## Check the types (mypy --strict)
	@$(BIN)/mypy

node_modules/.package-lock.json: package-lock.json | install
	@$(WITH_NODE) npm ci --silent --no-audit --no-fund
	@touch $@

imports: node_modules/.package-lock.json ## Generate the typed CRD classes from imports/crds
	@rm -rf imports/cdk8s_eks_gpu_crds
	@$(WITH_NODE) node_modules/.bin/cdk8s import --no-check-upgrade > /dev/null

clean: ## Remove what can be made again
	@rm -rf $(VENV) node_modules build .mypy_cache .pytest_cache .ruff_cache .hypothesis
