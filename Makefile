.DEFAULT_GOAL := help
.PHONY: help run test verify lint clean

help:  ## Show the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

.venv/installed: pyproject.toml scripts/bootstrap.sh
	@./scripts/bootstrap.sh

run: .venv/installed  ## Run the main scenario in its quick version: claims, figures, 3D picture
	.venv/bin/nanospine run odonnell2011.fig7 --quick --jobs 2

test: .venv/installed  ## Run the fast tests
	.venv/bin/python -m pytest

verify: .venv/installed  ## Run the slow statistical checks, those against stored data of other programs included
	.venv/bin/python -m pytest -m verification

lint: .venv/installed  ## Check style, types and the floors of the house
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	rm -rf .lint build && .venv/bin/python -m pip install --quiet --no-deps --target .lint .
	cd .lint && PYTHONPATH=. ../.venv/bin/lint-imports --config ../pyproject.toml
	cd .lint && MYPYPATH=. ../.venv/bin/mypy --config-file ../pyproject.toml -p nanospine

clean:  ## Remove what the other targets made
	rm -rf .venv .lint out build *.egg-info
