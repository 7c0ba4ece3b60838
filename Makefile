.DEFAULT_GOAL := help
.PHONY: help run test verify lint clean

help:  ## Show the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

.venv/installed: pyproject.toml scripts/bootstrap.sh
	@./scripts/bootstrap.sh

run: .venv/installed  ## Run the main scenario in its quick version: claims, figures, 3D picture
	.venv/bin/nanospine run odonnell2011.fig7 --quick --jobs 2

test: .venv/installed  ## Run the fast tests
	.venv/bin/python -m pytest -n 2 --dist worksteal

verify: .venv/installed  ## Run the slow statistical checks, those against stored data of other programs included
	.venv/bin/python -m pytest -m verification

lint: .venv/installed  ## Check style, types and which folder imports which
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/python scripts/link_tree.py
	cd .typed && PYTHONPATH=. ../.venv/bin/lint-imports
	.venv/bin/mypy
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 .venv/bin/pyright

clean:  ## Remove what the other targets made
	rm -rf .venv .typed out build *.egg-info .*_cache .hypothesis
