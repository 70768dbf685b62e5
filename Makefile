# `make setup` does all the set-up alone, into .venv/ (Python) and .asterisk/ (Asterisk and the offline voice).
# Every other target sets up first what it needs; a second time that takes a fraction of a second.
#   PYTHON=python3.12 make setup      another interpreter (3.11 or newer)
#   ARGS='-k busy' make test          more arguments for the program behind a target
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test lint bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## what the robot needs: Python packages, Asterisk, the offline voice
	@PYTHON='$(PYTHON)' tools/setup.sh run

setup-dev: ## setup, and what tests and linters need (torch, PostgreSQL drivers, pytest, mypy, …)
	@PYTHON='$(PYTHON)' tools/setup.sh dev

demo: setup ## a street of simulated patients over real SIP calls, shown live
	@.venv/bin/voicebot demo $(ARGS)

# Calls mostly wait for one another: two files of them at once, whatever the machine, for each needs a processor, or people
# mishear one another; everything else on all processors.
# A call that fails is made once more: a machine that stands still for a second tears words. What fails twice is broken;
# what failed once is listed at the end.
test: setup-dev ## all tests
ifdef ARGS
	@.venv/bin/python -m pytest $(ARGS)
else
	@failed=0; .venv/bin/python -m pytest -n auto tests/unit tests/scenario || failed=1; \
	.venv/bin/python -m pytest -n 2 --dist loadfile --reruns 1 -rR tests/asterisk || failed=1; exit $$failed
endif

lint: setup-dev ## ruff, mypy --strict, the layers of docs/architecture.md
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

bench: setup-dev ## every benchmark of bench/, one after the other
	@for script in bench/*.py; do echo "== $$script"; .venv/bin/python $$script $(ARGS) || exit; done

clean: ## remove what make has made; recordings and databases in var/ stay
	rm -rf .venv .asterisk build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
