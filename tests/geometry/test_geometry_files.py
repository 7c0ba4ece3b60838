"""Meshes come from files with their unit stated, and only if they are sound."""

import warnings

import numpy as np
import pytest
import trimesh

from nanospine.geometry import box, load_mesh, save_mesh, sphere
from nanospine.model.errors import GeometryError, NanospineWarning

MESH = sphere(0.5, 2)


def write(path, vertices, faces):
    trimesh.Trimesh(vertices, faces, process=False).export(path)
    return path


@pytest.mark.parametrize("ending", [".stl", ".obj", ".ply"])
def test_a_mesh_survives_a_round_trip(tmp_path, ending):
    save_mesh(MESH, tmp_path / f"ball{ending}")
    loaded = load_mesh(tmp_path / f"ball{ending}", scale_to_um=1.0)
    assert len(loaded.faces) == len(MESH.faces)
    assert len(loaded.vertices) == len(MESH.vertices)
    # STL and PLY hold 32-bit numbers, OBJ eight decimals.
    assert loaded.volume == pytest.approx(MESH.volume, rel=float(10 * np.finfo(np.float32).eps))


def test_the_unit_is_stated(tmp_path):
    save_mesh(MESH, tmp_path / "ball.stl")
    with pytest.raises(TypeError, match=r"scale_to_um"):
        load_mesh(tmp_path / "ball.stl")
    smaller = load_mesh(tmp_path / "ball.stl", scale_to_um=0.5)
    assert smaller.volume == pytest.approx(MESH.volume / 8.0, rel=1e-6)


def test_regions_are_given_by_triangle_number(tmp_path):
    save_mesh(box((1.0, 1.0, 1.0)), tmp_path / "box.stl")
    assert load_mesh(tmp_path / "box.stl", scale_to_um=1.0, regions={"door": [0, 1]}).area("door") == 1.0


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_an_unlikely_size_is_a_warning(tmp_path, scale):
    save_mesh(box((1.0, 1.0, 1.0)), tmp_path / "box.stl")
    with pytest.warns(NanospineWarning, match=rf"with scale_to_um = {scale:g}; .* check the file's unit"):
        load_mesh(tmp_path / "box.stl", scale_to_um=scale)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_mesh(tmp_path / "box.stl", scale_to_um=1.0)


def test_a_mesh_that_is_inside_out_names_the_remedy(tmp_path):
    path = write(tmp_path / "out.stl", MESH.vertices, MESH.faces[:, ::-1])
    with pytest.raises(GeometryError, match=r"'out.stl' is inside out .* flip=True"):
        load_mesh(path, scale_to_um=1.0)
    assert load_mesh(path, scale_to_um=1.0, flip=True).volume == pytest.approx(MESH.volume, rel=1e-6)


def test_an_open_mesh(tmp_path):
    path = write(tmp_path / "open.ply", MESH.vertices, MESH.faces[1:])
    with pytest.raises(GeometryError, match=r"'open.ply' is not watertight: 3 open edges"):
        load_mesh(path, scale_to_um=1.0)


def test_a_mesh_that_passes_through_itself(tmp_path):
    vertices = np.concatenate([MESH.vertices, MESH.vertices + np.array([0.6, 0.0, 0.0])])
    faces = np.concatenate([MESH.faces, MESH.faces + len(MESH.vertices)])
    with pytest.raises(GeometryError, match=r"passes through itself: .* pairs of triangles meet, the first"):
        load_mesh(write(tmp_path / "two.ply", vertices, faces), scale_to_um=1.0)


def test_files_that_are_no_meshes(tmp_path):
    (tmp_path / "bad.stl").write_bytes(b"not a mesh")
    with pytest.raises(GeometryError, match=r"bad.stl' (cannot be read|has no triangles)"):
        load_mesh(tmp_path / "bad.stl", scale_to_um=1.0)
    with pytest.raises(GeometryError, match=r"no mesh file .*absent.stl"):
        load_mesh(tmp_path / "absent.stl", scale_to_um=1.0)
    with pytest.raises(GeometryError, match=r"'ball.xyz' is of no known kind; use one of .stl, .obj, .ply"):
        save_mesh(MESH, tmp_path / "ball.xyz")
    save_mesh(MESH, tmp_path / "ball.stl")
    with pytest.raises(GeometryError, match=r"scale_to_um is 0.0"):
        load_mesh(tmp_path / "ball.stl", scale_to_um=0.0)
