"""Volumes of parts of meshes, up to flat lids where their regions end."""

import numpy as np
import pytest

from nanospine import cylinder, part_volume, revolved_spine, sphere, spine
from nanospine.geometry import Patch, TriangleMesh, box
from nanospine.model.errors import GeometryError


def test_a_cylinder_between_its_flat_ends():
    mesh = cylinder(0.5, 2.0)
    assert part_volume(mesh, "side") == pytest.approx(mesh.volume, rel=1e-12)
    assert part_volume(mesh, "top") == pytest.approx(0.0, abs=1e-15)


def test_a_cap_of_a_ball():
    ball = sphere(1.0, 5)
    high = np.flatnonzero(ball.centroids[:, 2] > 0.5)
    mesh = TriangleMesh.from_arrays(ball.vertices, ball.faces, {"cap": high})
    # A cap of height 1/2; whole triangles belong to it, so that its border is known to half an edge of 0.04.
    assert part_volume(mesh, "cap") == pytest.approx(np.pi * 0.25 * (3.0 - 0.5) / 3.0, abs=0.02 * np.pi * 0.75)
    assert part_volume(mesh, "cap") + part_volume(mesh, "membrane") == pytest.approx(mesh.volume, rel=1e-12)


def test_a_part_far_from_the_origin_has_the_same_volume():
    mesh = revolved_spine("thin")
    assert part_volume(mesh.moved((1e3, 0.0, 0.0)), "head") == pytest.approx(part_volume(mesh, "head"), rel=1e-9)


@pytest.mark.parametrize("kind", ["thin", "mushroom", "filopodial", "stubby"])
def test_head_and_neck_are_the_spine(kind):
    mesh = revolved_spine(kind)
    parts = [part_volume(mesh, part) for part in ("head", "neck")]
    assert sum(parts) == pytest.approx(mesh.volume, rel=1e-12)
    # With or without what lies on them.
    assert part_volume(mesh, "psd", "head") == parts[0]
    assert part_volume(mesh, "neck", "base") == pytest.approx(parts[1], rel=1e-12)


def test_a_ball_on_a_neck_is_nearly_whole():
    # EM of thin spines: head 0.03 +- 0.015 of 0.04 +- 0.02 um^3 (table 1 of Bell et al. 2022, after Harris et al.).
    mesh = revolved_spine("thin")
    assert part_volume(mesh, "head") == pytest.approx(0.03, abs=0.005)
    usual = spine("mushroom", head_volume=0.12)
    cap = part_volume(usual, "head")
    assert 0.95 * 0.12 < cap < 1.05 * 0.12


def test_only_a_density_that_borders_on_nothing_else_comes_along():
    mesh = box((1.0, 1.0, 1.0), {"psd": "z+", "neck": Patch("z-", (0.2, 0.2))})
    assert part_volume(mesh, "neck") == pytest.approx(0.0, abs=1e-15)
    assert part_volume(mesh, "membrane") == pytest.approx(1.0)
    assert part_volume(mesh, "psd") == pytest.approx(0.0, abs=1e-15)


def test_refuses_regions_that_are_not_there():
    with pytest.raises(GeometryError, match="has no region 'head', only membrane"):
        part_volume(sphere(1.0), "head")
    with pytest.raises(GeometryError, match="No region of 'sphere' was given; give one or more of membrane"):
        part_volume(sphere(1.0))
