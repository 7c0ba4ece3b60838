"""The shape of ``shape.diff``: a public name, and a mesh like any other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nanospine
from nanospine.geometry import TriangleMesh, self_intersections
from nanospine.model import GeometryError

torus: Any = nanospine.torus  # type: ignore[attr-defined]


def test_it_is_a_public_name() -> None:
    assert "torus" in dir(nanospine)


def test_it_encloses_the_volume_of_a_torus() -> None:
    mesh = torus(0.5, 0.2, 200)
    assert isinstance(mesh, TriangleMesh)
    assert mesh.volume == pytest.approx(2 * np.pi**2 * 0.5 * 0.2**2, rel=2e-3)
    assert mesh.area() == pytest.approx(4 * np.pi**2 * 0.5 * 0.2, rel=2e-3)
    assert len(self_intersections(mesh.vertices, mesh.faces)) == 0
    assert mesh.contains(np.array([[0.5, 0.0, 0.0], [0.0, 0.0, 0.0]])).tolist() == [True, False]


def test_it_is_refused_without_a_hole() -> None:
    with pytest.raises(GeometryError, match=r"tube of a torus has a radius of 0.5 um; give less than 0.5 um"):
        torus(0.5, 0.5)
