"""Pictures of meshes show each region in a colour of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from commands import needs_graphics

from nanospine import Assembly, cube, plot_mesh, sphere
from nanospine.geometry.regions import Height
from nanospine.model.errors import ParameterError
from nanospine.viz import display
from nanospine.viz.meshes import region_colours

MESH = sphere(0.5, 2).with_region("psd", Height(low=0.3)).with_region("belt", Height(-0.1, 0.1))


def test_regions_have_colours_of_their_own_and_the_membrane_is_grey() -> None:
    names = ("membrane", "psd", "a", "b", "er.membrane", *(f"r{k}" for k in range(20)))
    colours = region_colours(names)
    assert colours["membrane"] == colours["er.membrane"]
    assert len({colours[name] for name in ("membrane", "psd", "a", "b")}) == 4


@needs_graphics
@pytest.mark.parametrize("edges", [False, True])
def test_every_region_is_seen(tmp_path: Path, edges: bool) -> None:
    import imageio.v3 as iio

    plot_mesh(MESH, tmp_path / "mesh.png", edges=edges)
    pixels = iio.imread(tmp_path / "mesh.png")[..., :3].reshape(-1, 3).astype(int)
    blue = (pixels[:, 2] > pixels[:, 0] + 60).mean()
    sand = (pixels[:, 0] > pixels[:, 2] + 40).mean()
    assert blue > 0.01
    assert sand > 0.01


@needs_graphics
def test_an_assembly_shows_what_is_inside(tmp_path: Path) -> None:
    import imageio.v3 as iio

    for name, parts in {"one": {"a": MESH}, "two": {"a": MESH, "b": sphere(0.2, 2)}}.items():
        plot_mesh(Assembly(parts), tmp_path / f"{name}.png")
    one, two = (iio.imread(tmp_path / f"{name}.png").astype(int) for name in ("one", "two"))
    assert np.abs(one - two)[300:600, 450:750].mean() > 10


def test_a_picture_is_a_png_file_and_a_window_needs_a_display(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ParameterError, match=r"must end in \.png"):
        plot_mesh(cube(1.0), tmp_path / "mesh.jpg")
    monkeypatch.setattr(display, "has_display", lambda: False)
    with pytest.raises(OSError, match="no display"):
        plot_mesh(cube(1.0))
