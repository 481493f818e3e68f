# `make` alone lists the targets.
PYTHON ?= python3
PIP_INSTALL := .venv/bin/pip install --quiet --quiet --disable-pip-version-check

.PHONY: help demo test pretrained torture coverage golden bench page readme pictures lint format clean

help:  ## Show what each target does
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# torch goes first, in the version that has a small CPU build; a plain `torch` would fetch the CUDA packages.
.venv/installed: pyproject.toml
	@echo "Setting up .venv (a minute or two the first time)"
	@test -x .venv/bin/pip || $(PYTHON) -m venv .venv
	@$(PIP_INSTALL) torch==2.13.0
	@$(PIP_INSTALL) --editable '.[dev,plot,export]'
	@touch $@

demo: .venv/installed  ## Train on the bundled names and print losses and 20 new names
	@mkdir -p demo
	.venv/bin/namegen train names --out demo/names.safetensors --force
	.venv/bin/namegen sample demo/names.safetensors -n 20 --seed 42

test: .venv/installed  ## Run all tests
	.venv/bin/pytest -n 2 --dist loadfile

torture: .venv/installed  ## Run the long campaigns (strange files, kills, full disks), narrowed by NUMBER=, SEED=, CAMPAIGNS=
	PYTHONPATH=tests .venv/bin/python -W ignore -m torture $(CAMPAIGNS) $(if $(NUMBER),--number $(NUMBER)) --seed $(or $(SEED),0)

coverage: .venv/installed  ## Run all tests and show which branches none of them took
	.venv/bin/coverage erase
	.venv/bin/coverage run -m pytest -n 2 --dist loadfile
	.venv/bin/coverage combine --quiet
	rm -f .coverage.*  # left by processes that were killed
	.venv/bin/coverage report

golden: .venv/installed  ## Write the sample model files of the current format again
	GOLDEN=1 .venv/bin/pytest tests/test_golden.py

pretrained: .venv/installed  ## Train the network that comes with the program; two minutes
	.venv/bin/python -m namegen.training.pretraining

bench: .venv/installed  ## Measure losses, names, speeds and memory, and print a table, narrowed by GROUPS=
	.venv/bin/python -W ignore tests/benchmarks/bench.py $(GROUPS)

page: .venv/installed  ## Write names.html, the page that learns from any list, for any browser
	.venv/bin/namegen page --out names.html --force

readme: .venv/installed  ## Write the true output of their commands into the documents
	UPDATE_README=1 .venv/bin/pytest tests/test_readme.py

pictures: .venv/installed  ## Draw the pictures of the documents again
	@mkdir -p demo .pictures
	.venv/bin/namegen train surnames --preset lecture --embedding-size 2 --out demo/lecture.safetensors --force
	.venv/bin/namegen plot counts irish --out .pictures/counts.png --force
	.venv/bin/namegen plot embedding demo/lecture.safetensors --out .pictures/embedding.svg --force
	.venv/bin/namegen plot loss demo/lecture.safetensors --out .pictures/loss.svg --force

lint: .venv/installed  ## Check style, format and types
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

format: .venv/installed  ## Rewrite the code in the agreed format
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

clean:  ## Remove everything that the other targets made
	rm -rf .venv demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
