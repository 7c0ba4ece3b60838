"""Points and triangles."""

from __future__ import annotations

import numpy as np
import pytest
from trimesh.triangles import closest_point

from nanospine import Assembly, cube, sphere, spine
from nanospine.geometry.triangles import nearest_on_surface
from nanospine.model import Mesh

MESHES = {"cube": cube(0.05), "spine": spine(), "large and small": Assembly({"a": cube(1.0), "b": sphere(0.1)})}


@pytest.mark.parametrize("mesh", MESHES.values(), ids=MESHES)
def test_the_nearest_point_of_a_surface_is_the_nearest_of_all_triangles(mesh: Mesh) -> None:
    corners = mesh.vertices[mesh.faces]
    low, high = mesh.bounds
    around = np.random.default_rng(1).uniform(low - 0.1, high + 0.1, size=(30, 3))
    points = np.concatenate([around, mesh.vertices[:3], corners[:3].mean(axis=1)])
    position, face = nearest_on_surface(corners, points)
    for point, at, triangle in zip(points, position, face, strict=True):
        candidates = closest_point(corners, np.broadcast_to(point, (len(corners), 3)))
        best = np.linalg.norm(candidates - point, axis=1).argmin()
        assert triangle == best
        np.testing.assert_array_equal(at, candidates[best])
