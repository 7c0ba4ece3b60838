"""The command ``compare``, and ``view`` of MCell's visualisation data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import places
import pytest
from binding_box import binding_box
from commands import call, needs_graphics

from nanospine.interop import write_counts

DATA = places.DATA / "mcell"


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write three sets of 20 seeds: two of the same process, and one with a rate 10 % larger."""
    home = tmp_path_factory.mktemp("sets")
    rng = np.random.default_rng(1)
    for name, on in (("a", 100.0), ("same", 100.0), ("other", 110.0)):
        counts = binding_box(20, rng, on)
        for seed in counts["seed"].values:
            write_counts(home / name / f"seed_{seed:05d}" / "counts.dat", counts.sel(seed=seed))
    return home


def test_compare_of_the_same_process_ends_with_0(sets: Path, tmp_path: Path) -> None:
    result = call("compare", sets / "a", sets / "same", "--json", tmp_path / "c.json", "--figure", tmp_path / "c.png")
    assert result.exit_code == 0
    assert "No column differs at a false discovery rate of 0.02" in result.output
    summary = json.loads((tmp_path / "c.json").read_text())
    assert summary["different"] is False
    assert [column["name"] for column in summary["columns"]] == ["Ca", "B", "CaB"]
    assert (tmp_path / "c.png").stat().st_size > 10_000


def test_compare_of_different_processes_ends_with_1(sets: Path) -> None:
    result = call("compare", sets / "a", sets / "other")
    assert result.exit_code == 1
    assert "3 of 3 columns differ" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a", "missing"), "holds no seed_00001"),
        (("a", "same", "--select-a", "no.dat"), "Cannot read"),
        (("a", "same", "--alpha", "0"), "false discovery rate is 0"),
        (("a", "same", "--figure", "c.jpg"), "use .png, .svg or .pdf"),
        (("a", "same", "--map", "missing.toml"), "Cannot read the mapping"),
    ],
)
def test_compare_of_bad_input_ends_with_2(sets: Path, arguments: tuple[str, ...], message: str) -> None:
    a, b, *options = arguments
    result = call("compare", sets / a, sets / b, *options)
    assert result.exit_code == 2
    assert message in result.output


@needs_graphics
def test_view_shows_visualisation_data_of_mcell(tmp_path: Path) -> None:
    for kind in ("ascii", "cellbin"):
        picture = tmp_path / f"{kind}.png"
        options = ("--screenshot", picture, "--size", "320x240", "--mdl", DATA / "viz" / "model.mdl")
        assert call("view", DATA / "viz" / kind, *options).exit_code == 0
        assert picture.is_file()


def test_view_with_mdl_of_something_else_ends_with_2(tmp_path: Path) -> None:
    result = call("view", tmp_path, "--mdl", DATA / "viz" / "model.mdl", "--screenshot", tmp_path / "x.png")
    assert result.exit_code == 2
    assert "--mdl belongs to MCell's visualisation data" in result.output
