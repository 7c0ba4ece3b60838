"""Meshes written to files with their regions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from .gmsh import msh_text
from .mesh import TriangleMesh
from .naming import MEMBRANE
from .raw import OWN_REGION
from .vtp import vtp_text

#: A triangle of a PLY file: the number of its corners, these, and its region.
PLY_FACE = np.dtype([("corners", "u1"), ("vertices", "<i4", (3,)), ("region", "<i4")])


def write(mesh: TriangleMesh, path: Path) -> None:
    """Write a mesh (um) in the format of the path's ending."""
    ending = path.suffix.lower()
    if ending == ".ply":
        path.write_bytes(ply_bytes(mesh))
    elif ending in TEXTS:
        path.write_text(TEXTS[ending](mesh), encoding="utf-8")
    else:
        from trimesh import Trimesh

        Trimesh(mesh.vertices, mesh.faces, process=False).export(path)
        beside = regions_beside(path)
        if mesh.region_names != (MEMBRANE,) or beside.exists():
            beside.write_text(_json(mesh), encoding="utf-8")


def regions_beside(path: Path) -> Path:
    """Return the file of the regions of a mesh file that cannot hold them: ``NAME.regions.json``."""
    return path.with_suffix(".regions.json")


def ply_bytes(mesh: TriangleMesh) -> bytes:
    """Return a binary PLY file of double coordinates, with a whole number ``region`` on each face."""
    lines = [
        "ply",
        "format binary_little_endian 1.0",
        "comment lengths in um",
        *(f"comment {OWN_REGION} {number} {json.dumps(name)}" for number, name in enumerate(mesh.region_names)),
        f"element vertex {len(mesh.vertices)}",
        *(f"property double {axis}" for axis in "xyz"),
        f"element face {len(mesh.faces)}",
        "property list uchar int vertex_indices",
        "property int region",
        "end_header",
        "",
    ]
    faces = np.empty(len(mesh.faces), dtype=PLY_FACE)
    faces["corners"], faces["vertices"], faces["region"] = 3, mesh.faces, mesh.face_region
    return "\n".join(lines).encode() + mesh.vertices.astype("<f8").tobytes() + faces.tobytes()


def obj_text(mesh: TriangleMesh) -> str:
    """Return an OBJ file with a group wherever, in the order of the triangles, another region begins."""
    lines = ["# lengths in um", *("v {!r} {!r} {!r}".format(*vertex) for vertex in mesh.vertices.tolist())]
    before = -1
    for region, face in zip(mesh.face_region.tolist(), (mesh.faces + 1).tolist(), strict=True):
        if region != before:
            name = mesh.region_names[region]
            lines += [f"# {OWN_REGION} {json.dumps(name)}", f"g {'_'.join(name.split())}"]
            before = region
        lines.append("f {} {} {}".format(*face))
    return "\n".join(lines) + "\n"


def _json(mesh: TriangleMesh) -> str:
    """Return the regions with the figures of the mesh to which they belong."""
    areas = {name: mesh.area(name) for name in mesh.region_names}
    document = {
        "unit": "um",
        "triangles": len(mesh.faces),
        "vertices": len(mesh.vertices),
        "volume_um3": mesh.volume,
        "area_um2": mesh.area(),
        "region_area_um2": areas,
        "regions": {name: mesh.region_faces(name).tolist() for name in mesh.region_names},
    }
    return json.dumps(document) + "\n"


TEXTS = {".obj": obj_text, ".vtp": vtp_text, ".msh": msh_text}
