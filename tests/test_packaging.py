"""What users get: a package of one name, types for checkers, and a README whose example runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from link_tree import link
from matplotlib.image import imread
from places import ROOT

#: Top-level folders that are sub-packages.
HOUSE = tuple({file.parent.name for file in ROOT.glob("*/__init__.py")} - {"nanospine"})
README = (ROOT / "README.md").read_text()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the package from a copy of its sources into an empty folder."""
    home = tmp_path_factory.mktemp("package")
    source, target = home / "source", home / "target"
    for name in ("nanospine", *HOUSE):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
         "--disable-pip-version-check", "--target", target, source],
        check=True,
    )  # fmt: skip
    return target


class TestInstalledPackage:
    def test_installs_nothing_under_a_name_but_its_own(self, installed: Path) -> None:
        [information] = installed.glob("*.dist-info")
        assert {path.name for path in installed.iterdir()} == {"nanospine", information.name, "bin"}
        assert information.name.startswith("nanospine-")
        assert [path.name for path in (installed / "bin").iterdir()] == ["nanospine"]

    def test_brings_its_types_its_grammar_and_every_module(self, installed: Path) -> None:
        package = installed / "nanospine"
        assert {"model", "geometry", "particles", "scenarios"} < set(HOUSE)
        assert (package / "py.typed").is_file()
        assert (package / "__init__.pyi").is_file()
        assert (package / "model" / "reaction.lark").is_file()
        assert (package / "model" / "data" / "potential_bell2022.csv").is_file()
        for name in HOUSE:
            sources = {path.relative_to(ROOT / name) for path in (ROOT / name).rglob("*.py")}
            assert {path.relative_to(package / name) for path in (package / name).rglob("*.py")} == sources, name

    def test_is_what_the_tree_of_links_shows_to_tools(self, installed: Path) -> None:
        source = installed.parent / "source"
        links = link(source) / "nanospine"
        shown, there = ({path.name for path in folder.iterdir()} for folder in (links, installed / "nanospine"))
        assert shown - {"__pycache__"} == there - {"__pycache__"}
        assert all((links / name).samefile(source / name) for name in HOUSE)

    def test_works_from_where_it_is(self, installed: Path, tmp_path: Path) -> None:
        program = "import nanospine; print(nanospine.__file__); nanospine.Reaction('Ca + B <-> CaB', 1.0, 1.0)"
        found = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": str(installed)}, capture_output=True,
            text=True, check=True,
        )  # fmt: skip
        assert Path(found.stdout.strip()) == installed / "nanospine" / "__init__.py"


def test_the_package_under_test_takes_no_bare_name_either() -> None:
    """Also when it is installed with ``pip install -e``, from the middle of the house."""
    top = (distribution("nanospine").read_text("top_level.txt") or "").split()
    assert top == ["nanospine"]
    program = f"import importlib.util as u; print([n for n in {HOUSE} if u.find_spec(n)])"
    found = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_examples_of_the_guide_to_results_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "results.md").read_text(), re.DOTALL)
    assert len(examples) == 2
    exec(compile("".join(examples), "docs/results.md", "exec"), {})
    assert (tmp_path / "out" / "results.zarr").is_dir()


class TestReadme:
    def test_opens_with_the_two_commands_and_a_picture(self) -> None:
        commands = re.findall(r"^    (make \w+)", README, re.MULTILINE)
        assert commands[:2] == ["make run", "make test"]
        [picture] = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
        assert (ROOT / picture).is_file()

    def test_the_example_of_some_30_lines_runs_and_plots(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A sphere with one buffer and a pump: calcium is bound and carried out."""
        [example] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
        assert len(example.splitlines()) <= 30
        monkeypatch.chdir(tmp_path)
        names: dict[str, Any] = {}
        exec(compile(example.replace("duration=20e-3", "duration=2e-3"), "README.md", "exec"), names)
        calcium = names["result"].concentration("Ca")
        assert calcium[-1] < 0.5 * calcium[0]
        assert imread("decay.png").std() > 0
