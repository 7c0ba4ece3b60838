"""The public names: one list, which editors, type checkers and programs read."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from places import ROOT

import nanospine


def test_every_public_name_is_listed_and_loaded_on_first_use() -> None:
    assert "simulate" in dir(nanospine)
    for name in dir(nanospine):
        assert getattr(nanospine, name) is not None, name


@pytest.mark.parametrize("name", ["Model", "cube", "simulate", "read_sbml"])
def test_a_public_name_is_what_its_home_has(name: str) -> None:
    thing = getattr(nanospine, name)
    assert thing is getattr(import_module(thing.__module__), thing.__name__)
    assert thing.__module__.startswith("nanospine.")


def test_a_public_name_may_be_a_module() -> None:
    assert nanospine.proteins is import_module("nanospine.model.proteins")


def test_all_names_can_be_imported_at_once() -> None:
    names: dict[str, object] = {}
    exec("from nanospine import *", names)
    assert set(dir(nanospine)) < set(names)


def test_a_name_that_is_not_there_is_refused() -> None:
    with pytest.raises(AttributeError, match="module 'nanospine' has no attribute 'Modell'"):
        exec("nanospine.Modell")
    with pytest.raises(ImportError, match="cannot import name 'Modell'"):
        exec("from nanospine import Modell")


def test_the_list_is_found_in_a_package_that_is_one_archive(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    shutil.copytree(ROOT / "nanospine", tmp_path / "sources" / "nanospine")
    archive = shutil.make_archive(str(tmp_path / "package"), "zip", tmp_path / "sources")
    program = "import sys; sys.path[:0] = sys.argv[1:]; import nanospine; print(nanospine.__file__, *dir(nanospine))"
    found = subprocess.run([sys.executable, "-I", "-c", program, archive], capture_output=True, text=True, check=True)
    file, *names = found.stdout.split()
    assert file.startswith(archive)
    assert names == dir(nanospine)
