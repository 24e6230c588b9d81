# Everything one does here, from a fresh clone. Python lives in .venv, which is made when it is needed.
PYTHON ?= python3
VENV ?= .venv
# One more than this machine is likely to have processors: who asks a server waits for it.
JOBS ?= 3
.DELETE_ON_ERROR:

# The file of which `make demo` shows a part.
SHOWN := shop-prod/manifests/namespaces/payments/network.yaml

# What the tests run beside Python and Go, each with the Debian package that has it.
PROGRAMS := git:git openssl:openssl setpriv:util-linux nft:nftables ip:iproute2 apparmor_parser:apparmor

.PHONY: help demo test lint components programs coverage fuzz mutate bench test-all clean

help: ## say what there is (the default)
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18

demo: $(VENV)/runtime ## render profiles/shop-prod.yaml to build/demo and show what came out
	@rm -rf build/demo
	$(VENV)/bin/hardener render profiles/shop-prod.yaml -o build/demo
	@cd build/demo/shop-prod; echo; echo "$$(find . -type f | wc -l) files in build/demo/shop-prod:"; \
	find . -mindepth 1 -maxdepth 2 | sort | sed 's|^\./|  |'
	@echo; echo "$(SHOWN) has, for one of the profile's flows:"
	@awk -v RS='---\n' '/kind: NetworkPolicy\n/ && /app: gateway\n/ {print; found = 1} END {exit !found}' build/demo/$(SHOWN)

test: lint components ## every check that a change must pass; needs Go and git as well
	$(VENV)/bin/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

lint: $(VENV)/tests ## style, types and who imports whom
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy --exclude '/test_' hardener tests/components
	$(VENV)/bin/lint-imports

components: $(VENV)/tests programs ## build the Kubernetes components that judge us, unless the cache has them
	$(VENV)/bin/python -m tests.components

coverage: components ## the tests again, and which lines none of them reaches: twice as slow, so not for each change
	$(VENV)/bin/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --cov=hardener --cov-branch --cov-fail-under=95 --cov-report=term-missing:skip-covered

fuzz: $(VENV)/tests ## render hundreds of thousands of broken profiles
	$(VENV)/bin/python -m tests.fuzz

mutate: $(VENV)/tests ## break the code in small ways, and count how many the tests notice
	$(VENV)/bin/mutmut run
	$(VENV)/bin/mutmut export-cicd-stats
	$(VENV)/bin/python -m tests.mutation

bench: $(VENV)/tests programs ## time and memory: rendering beside helm and kustomize, proving and comparing beside rendering
	$(VENV)/bin/python -m tests.bench

test-all: export HARDENER_RELEASES = all
test-all: test coverage fuzz mutate bench ## all of it, and four releases of Kubernetes instead of two; takes hours

clean: ## remove what was made here, but for the cache of components
	rm -rf $(VENV) build dist mutants *.egg-info .cache .coverage .coverage.* .hypothesis .*_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

programs:
	@missing=; for pair in $(PROGRAMS); do \
		command -v $${pair%%:*} > /dev/null || missing="$$missing $${pair##*:}"; \
	done; \
	test -z "$$missing" || if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		apt-get update -q && apt-get install -q -y --no-install-recommends $$missing; \
	else \
		echo "The tests need these Debian packages:$$missing" >&2; exit 1; \
	fi
	@command -v go > /dev/null || { echo "The tests build Kubernetes from source: install Go 1.26 or newer" >&2; exit 1; }

# Two files that say what the environment holds. The code itself is used where it lies.
$(VENV)/runtime: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install -q --disable-pip-version-check -e .
	@touch $@

$(VENV)/tests: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install -q --disable-pip-version-check -e '.[tests]'
	@touch $@ $(VENV)/runtime

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "hardener needs Python 3.11 or newer: name one, as in make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { \
		echo "hardener needs Python's venv module: on Debian, apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
