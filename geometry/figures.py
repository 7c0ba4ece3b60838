"""The figures that describe a mesh."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.mesh import Mesh
from .checks import components


def figures(mesh: Mesh) -> dict[str, Any]:
    """Return the figures that a check before a run shows."""
    edges, angles = edges_and_angles(mesh.vertices[mesh.faces])
    return {
        "name": mesh.name,
        "triangles": len(mesh.faces),
        "closed_parts": len(np.unique(components(mesh.faces, len(mesh.vertices)))),
        "volume_um3": mesh.volume,
        "area_um2": {region: mesh.area(region) for region in mesh.region_names},
        "extent_um": (mesh.bounds[1] - mesh.bounds[0]).tolist(),
        "smallest_edge_um": float(edges.min()),
        "smallest_angle_deg": float(np.degrees(angles.min())),
        "sha256": mesh.sha256,
    }


def as_html(figures: Mapping[str, Any]) -> str:
    """Return what `TriangleMesh.describe` says as a table for notebooks."""
    extent = " x ".join(f"{length:.4g}" for length in figures["extent_um"])
    rows = [
        ("triangles", f"{figures['triangles']}"),
        ("closed parts", f"{figures['closed_parts']}"),
        ("volume", f"{figures['volume_um3']:.6g} um&sup3;"),
        ("extent", f"{extent} um"),
        ("smallest edge", f"{figures['smallest_edge_um']:.3g} um"),
        ("smallest angle", f"{figures['smallest_angle_deg']:.3g}&deg;"),
        *((f"area of {escape(name)}", f"{area:.6g} um&sup2;") for name, area in figures["area_um2"].items()),
    ]
    body = "".join(f"<tr><th>{what}</th><td>{value}</td></tr>" for what, value in rows)
    return f"<table><caption>{escape(figures['name'])}</caption>{body}</table>"


def edges_and_angles(corners: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return lengths (um) of edges and angles (rad) of triangles with corners of shape (faces, 3, 3), likewise."""
    to_next = np.roll(corners, -1, axis=1) - corners
    to_last = np.roll(corners, 1, axis=1) - corners
    crossed = np.linalg.norm(np.cross(to_next, to_last), axis=2)
    angles = np.arctan2(crossed, (to_next * to_last).sum(axis=2))
    return np.linalg.norm(to_next, axis=2), angles
