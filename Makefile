# Everything that has to be installed is installed by envs/setup.sh; see docs/install.md.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
.PHONY: help setup setup-umi demo test test-kills lint clean

help:
	@echo 'make demo    set up, then take the embedded demo from FASTQ to reports and dashboard'
	@echo 'make test    set up, then run the tests'
	@echo 'make test-kills  fifty runs of the demo, each killed at a random moment and started again (an hour or two)'
	@echo 'make setup   only set up: Python packages into .venv, tools from conda or Debian'
	@echo 'make setup-umi   set up with fgumi, for assays with UMIs (docs/umi.md)'
	@echo 'make lint    set up, then ruff, mypy, snakefmt and snakemake --lint'
	@echo 'make clean   remove what these commands made here: .venv, .conda, caches, the demo (never results/)'

setup:
	@envs/setup.sh

setup-umi:
	@envs/setup.sh umi

demo: setup
	@tierline demo

test: setup
	@pytest -q

test-kills: setup
	@TIERLINE_KILLS=1-50 pytest -m slow -rP tests/workflow/test_interruptions.py -k kill_9

lint: setup
	ruff check
	ruff format --check
	mypy
	snakefmt --check Snakefile workflow
	python .ci/lint_workflow.py

clean:
	rm -rf .venv .conda .pytest_cache .mypy_cache .ruff_cache .hypothesis demo
