# Kinetic-Wise: `make` alone lists the targets.
# Whatever fails, make itself exits with 2; its last line, "Error n", carries the program's own exit code.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup run test check faults faults-mutants bench sam-local lock clean
MAKEFLAGS += --no-print-directory

python := .venv/bin/python

# KEEP=1 and its like need no mention below: make hands variables of its command line on to what it runs.

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "make run takes KEEP=1 (leave it running), INVOICES=n, SEED=s, SETTLE_SECONDS=n, LOST=p (percent of answers),"
	@echo "EVENTS=n (webhook events that rain on the finished day),"
	@echo "EPICOR_BASE_URL=, WISE_BASE_URL= and CREDENTIALS=file.json (systems that are there already)."
	@echo "All take PYTHON=python3.x, the interpreter that the environments are made with."

setup: ## make the environments of all targets; each target makes those that it needs by itself
	@scripts/setup sam checkov

run: ## the whole connector on this machine, working off a sample day; writes .local/report.json
	@scripts/setup sam
	@exec $(python) -m local.run

test: ## all tests
	@scripts/setup sam
	@exec $(python) -m pytest -n 2 tests

check: ## lint, types, template, state machine, secrets, locks
	@scripts/setup sam checkov
	@exec $(python) -m scripts.check

faults: ## every outside effect met by every fault, then random histories; SEEDS=n FIRST_SEED=s, SEED=s tells one, FULL=1
	@scripts/setup
	@PYTHONPATH=.:layers/kinetic_wise exec $(python) -m tests.faults

faults-mutants: ## deliberate defects, one at a time: each must be caught
	@scripts/setup
	@PYTHONPATH=.:layers/kinetic_wise exec $(python) -m tests.faults.mutants

bench: ## what polling many invoices costs (time, memory, requests), a payment in requests, a webhook event in CPU
	@scripts/setup
	@PYTHONPATH=.:layers/kinetic_wise exec $(python) -m benchmarks.poll
	@PYTHONPATH=.:layers/kinetic_wise exec $(python) -m benchmarks.payments
	@PYTHONPATH=.:layers/kinetic_wise exec $(python) -m benchmarks.vendors
	@PYTHONPATH=.:layers/kinetic_wise exec $(python) -m benchmarks.events
	@PYTHONPATH=.:layers/kinetic_wise exec $(python) -m benchmarks.reconcile
	@PYTHONPATH=.:layers/kinetic_wise exec $(python) -m benchmarks.audit

sam-local: ## one function in Lambda's own image against `make run KEEP=1`; FUNCTION=name, with its events/name.json
	@scripts/setup sam
	@exec $(python) -m scripts.sam_local

lock: ## resolve again what requirements/*.in ask for; pins that still fit stay
	@scripts/setup
	@exec $(python) -m scripts.lock

clean: ## remove everything that the other targets made
	rm -rf .venv .local .aws-sam .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
