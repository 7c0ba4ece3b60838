"""What it takes to add something to the house: small examples, each a diff, applied to a copy of the sources.

``<name>.diff`` is the addition, ``<name>.py`` says in tests what must then hold. They run in the copy.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from link_tree import link
from places import ROOT

HERE = Path(__file__).parent
#: Files of code that each addition touches.
ADDITIONS = {
    "boundary_rule": 2,
    "import_format": 2,
    "plasticity_rule": 2,
    "protein": 2,
    "reaction_type": 3,
    "scenario": 2,
    "shape": 2,
}
#: Those whose check compiles the kernels anew.
COMPILED = {"boundary_rule", "reaction_type"}
by_name = pytest.mark.parametrize("name", ADDITIONS)


def git_apply(name: str, *options: str, to: Path = ROOT) -> str:
    """Apply a diff to a folder; returns what git says."""
    words = ["git", "apply", "--whitespace=nowarn", *options, str(HERE / f"{name}.diff")]
    # A copy within a checkout is none of it: git would look for the files there.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(to.parent)}
    done = subprocess.run(words, cwd=to, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{name}.diff does not fit the sources any more; make it anew.\n{done.stderr}"
    return done.stdout


def files_of(name: str) -> list[str]:
    return [line.split("\t")[2] for line in git_apply(name, "--numstat").splitlines()]


def contents(folder: Path, files: list[str]) -> dict[str, bytes]:
    return {file: (folder / file).read_bytes() for file in files if (folder / file).exists()}


def copy_sources(folder: Path) -> Path:
    """Copy the package's folders, and return where it can be imported from."""
    for room in (file.parent for file in ROOT.glob("*/__init__.py")):
        shutil.copytree(room, folder / room.name, ignore=shutil.ignore_patterns("__pycache__"))
    return link(folder)


@by_name
def test_an_addition_touches_few_files_and_leaves_none_behind(name: str, tmp_path: Path) -> None:
    files = files_of(name)
    assert len(files) == ADDITIONS[name]
    assert not {Path(file).parts[0] for file in files} & {"tests", "docs"}
    copy_sources(tmp_path)
    before = contents(tmp_path, files)
    git_apply(name, to=tmp_path)
    after = contents(tmp_path, files)
    assert all(after[file] != before.get(file) for file in files)
    git_apply(name, "--reverse", to=tmp_path)
    assert contents(tmp_path, files) == before


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A copy of the sources, and where it can be imported from: one for all, so that they share what is compiled."""
    folder = tmp_path_factory.mktemp("house")
    return folder, copy_sources(folder)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.verification if name in COMPILED else ()) for name in ADDITIONS]
)
def test_an_addition_works(name: str, copy: tuple[Path, Path]) -> None:
    folder, importable = copy
    words = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider", str(HERE / f"{name}.py")]
    environment = {**os.environ, "PYTHONPATH": str(importable), "PYTHONSAFEPATH": "1", "NUMBA_CACHE_DIR": str(folder)}
    git_apply(name, to=folder)
    try:
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    finally:
        git_apply(name, "--reverse", to=folder)
    assert done.returncode == 0, done.stdout + done.stderr
