"""Damaged meshes are mended step by step, each of which is said, or refused with the place."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from nanospine import Ball, TriangleMesh, box, load_mesh, repair_mesh, save_mesh, sphere
from nanospine.geometry.faults import find_faults
from nanospine.geometry.surface import Surface
from nanospine.model.errors import GeometryError, NanospineWarning

MESH = sphere(0.5, 3)
Arrays = tuple[NDArray[np.float64], NDArray[np.int64]]


def write(path: Path, vertices: NDArray[np.float64], faces: NDArray[np.int64]) -> Path:
    trimesh.Trimesh(vertices, faces, process=False).export(path)
    return path


def soup(noise_um: float) -> Arrays:
    """Give each triangle corners of its own, off by some noise."""
    corners = MESH.vertices[MESH.faces].reshape(-1, 3)
    moved = corners + np.random.default_rng(1).uniform(-noise_um, noise_um, corners.shape)
    return moved, np.arange(len(corners)).reshape(-1, 3)


def two_bodies() -> Arrays:
    small = sphere(0.1, 2).moved((2.0, 0.0, 0.0))
    return np.concatenate([small.vertices, MESH.vertices]), np.concatenate(
        [small.faces, MESH.faces + len(small.vertices)]
    )


HOLES = [5, 6, 700]
#: Damages, and what the step says that mends each.
DAMAGED: dict[str, tuple[Callable[[], Arrays], str]] = {
    "holes": (lambda: (MESH.vertices, np.delete(MESH.faces, HOLES, axis=0)), r"closed a hole of [34] edges"),
    "inside out": (lambda: (MESH.vertices, MESH.faces[:, ::-1]), "turned 1280 triangles of parts that were"),
    "some wind the other way": (
        lambda: (MESH.vertices, np.concatenate([MESH.faces[:50, ::-1], MESH.faces[50:]])),
        r"turned 50 triangles round that wound the other way",
    ),
    "noise of 1e-3 nm in corners": (lambda: soup(1e-6), r"merged \d+ vertices with others within"),
    "doubled triangles": (
        lambda: (MESH.vertices, np.concatenate([MESH.faces, MESH.faces[3:5], MESH.faces[9:10, ::-1]])),
        r"left out 3 triangles that were given twice",
    ),
    "two bodies": (two_bodies, r"left out a stray part of 320 triangles and 0.00405 um\^3, near \[2.0, .*\] um"),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGED)
class TestDamage:
    def test_it_is_mended_and_said(self, case: str, tmp_path: Path) -> None:
        arrays, says = DAMAGED[case]
        with pytest.warns(NanospineWarning) as given:
            mesh = load_mesh(write(tmp_path / "ball.ply", *arrays()), scale_to_um=1.0, repair=True)
        assert any(w.filename == __file__ for w in given), "the warning names the line of the caller"
        assert mesh.describe()["closed_parts"] == 1
        assert mesh.volume == pytest.approx(MESH.volume, rel=1e-4 if case == "noise of 1e-3 nm in corners" else 1e-2)
        messages = "\n".join(str(w.message) for w in given)
        assert "'ball.ply' was repaired: " in messages
        assert "Repair of 'ball.ply': volume " in messages
        repaired = repair_mesh(tmp_path / "ball.ply", scale_to_um=1.0)
        assert re.search(says, "\n".join(map(str, repaired.steps)))
        assert len(repaired.rows()) == len(repaired.steps) + 2

    def test_without_repair_it_is_refused_or_left_as_it_is(self, case: str, tmp_path: Path) -> None:
        path = write(tmp_path / "ball.ply", *DAMAGED[case][0]())
        if case == "two bodies":
            with pytest.warns(NanospineWarning, match=r"has 2 bodies, the smallest of 0.00405 um\^3 near \[2.0, .*"):
                assert load_mesh(path, scale_to_um=1.0).describe()["closed_parts"] == 2
        else:
            with pytest.raises(GeometryError):
                load_mesh(path, scale_to_um=1.0)


def test_a_sound_mesh_is_not_touched(tmp_path: Path) -> None:
    path = write(tmp_path / "ball.ply", MESH.vertices, MESH.faces)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_mesh(path, scale_to_um=1.0, repair=True) == load_mesh(path, scale_to_um=1.0)
    done = repair_mesh(path, scale_to_um=1.0)
    assert done.steps == done.faults == ()


def test_regions_stay_and_a_lid_has_that_of_its_neighbours(tmp_path: Path) -> None:
    mesh = MESH.with_region("psd", Ball((0.0, 0.0, 0.5), 0.3))
    save_mesh(mesh, tmp_path / "whole.ply")
    middle = int(mesh.centroids[:, 2].argmax())
    kept = np.delete(np.arange(len(mesh.faces)), [middle, 5])
    names = [mesh.region_names[k] for k in mesh.face_region[kept].tolist()]
    write(tmp_path / "open.ply", mesh.vertices, mesh.faces[kept])
    psd = [number for number, name in enumerate(names) if name == "psd"]
    done = repair_mesh(tmp_path / "open.ply", scale_to_um=1.0, regions={"psd": psd})
    assert done.mesh().area("psd") == pytest.approx(mesh.area("psd"), rel=1e-5)
    assert sum("as 'psd'" in str(step) for step in done.steps) == 1


def test_a_region_that_is_lost_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "two.ply", *two_bodies())
    done = repair_mesh(path, scale_to_um=1.0, regions={"small": range(320)})
    assert "the regions 'small', of which no triangle is left" in str(done.steps[-1])
    assert done.mesh().region_names == ("membrane",)


def test_a_triangle_without_area_is_flipped_into_its_neighbour(tmp_path: Path) -> None:
    """The third corner of a flat triangle lies on an edge of the next one."""
    cube = box((1.0, 1.0, 1.0))
    a, b, c = cube.faces[0]
    vertices = np.concatenate([cube.vertices, cube.vertices[[a, b]].mean(axis=0, keepdims=True)])
    new = len(cube.vertices)
    # The face has a corner in the middle of an edge; a flat triangle fills the slit.
    faces = np.concatenate([[[a, new, c], [new, b, c], [a, b, new]], cube.faces[1:]])
    done = repair_mesh(write(tmp_path / "box.ply", vertices, faces), scale_to_um=1.0)
    assert "flipped an edge of 1 triangles without area" in str(done.steps[0])
    assert done.mesh().volume == pytest.approx(1.0)
    assert len(done.mesh().faces) == len(cube.faces) + 2


def test_a_large_hole_is_refused_with_its_place(tmp_path: Path) -> None:
    open_below = MESH.faces[MESH.centroids[:, 2] > -0.3]
    path = write(tmp_path / "open.ply", MESH.vertices, open_below)
    with pytest.raises(
        GeometryError,
        match=r"'open.ply' cannot be repaired, 1 faults remain: a hole of \d+ edges, "
        r".* um around near \[.*, -0.\d+\] um\. See all with `nanospine mesh repair`",
    ):
        load_mesh(path, scale_to_um=1.0, repair=True)


def test_a_surface_that_passes_through_itself_is_refused_with_its_place(tmp_path: Path) -> None:
    vertices = MESH.vertices.copy()
    vertices[vertices[:, 2].argmax(), 2] = -0.7
    done = repair_mesh(write(tmp_path / "thorn.ply", vertices, MESH.faces), scale_to_um=1.0)
    assert {fault.kind for fault in done.faults} == {"crossing"}
    assert all(np.linalg.norm(np.array(fault.place)[:2]) < 0.1 for fault in done.faults)


def test_parts_that_overlap_are_united_where_asked(tmp_path: Path) -> None:
    one = box((1.0, 1.0, 1.0))
    vertices = np.concatenate([one.vertices, one.vertices + 0.5])
    faces = np.concatenate([one.faces, one.faces[:, ::-1] + 8])
    path = write(tmp_path / "two.ply", vertices, faces)
    done = repair_mesh(path, scale_to_um=1.0, unite=True)
    assert done.mesh().volume == pytest.approx(2 - 0.125)
    assert "united 2 closed parts" in str(done.steps[-1])
    assert repair_mesh(path, scale_to_um=1.0).mesh().volume == pytest.approx(1.0)


def test_lengths_at_which_nothing_is_left(tmp_path: Path) -> None:
    path = write(tmp_path / "ball.ply", MESH.vertices, MESH.faces)
    with (
        pytest.warns(NanospineWarning, match="merged 642 vertices"),
        pytest.raises(GeometryError, match="cannot be repaired, 1 faults remain: no triangles are left"),
    ):
        load_mesh(path, scale_to_um=1.0, merge_um=10.0, repair=True)
    with pytest.raises(GeometryError, match=r"All triangles of .*ball.ply' are within 10 um; check the file"):
        load_mesh(path, scale_to_um=1.0, merge_um=10.0)


def test_many_stray_parts_are_counted(tmp_path: Path) -> None:
    parts: list[TriangleMesh] = [MESH, *(sphere(0.01, 1).moved((1.0 + k, 0.0, 0.0)) for k in range(9))]
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    faces = np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=False)])
    path = write(tmp_path / "many.ply", np.concatenate([part.vertices for part in parts]), faces)
    assert "left out 4 smaller stray parts" in str(repair_mesh(path, scale_to_um=1.0).steps[-1])


def test_faults_are_found_one_by_one() -> None:
    def kinds(faces: NDArray[np.int64], vertices: NDArray[np.float64] = MESH.vertices) -> set[str]:
        surface = Surface(vertices, faces, np.zeros(len(faces), dtype=np.int64), ("membrane",), "ball")
        return {fault.kind for fault in find_faults(surface)}

    assert kinds(MESH.faces) == set()
    assert kinds(MESH.faces[1:]) == {"hole"}
    assert kinds(MESH.faces[:, ::-1]) == {"inside out"}
    assert kinds(np.concatenate([MESH.faces[:1, ::-1], MESH.faces[1:]])) == {"winding"}
    assert kinds(np.concatenate([MESH.faces, MESH.faces[:1]])) == {"doubled", "branch"}
    inner = np.concatenate([MESH.vertices, MESH.vertices / 2])
    assert kinds(np.concatenate([MESH.faces, MESH.faces + len(MESH.vertices)]), inner) == {"nested"}


def test_regions_that_overlap_are_refused_with_the_triangle(tmp_path: Path) -> None:
    path = write(tmp_path / "ball.ply", MESH.vertices, MESH.faces)
    with pytest.raises(GeometryError, match=r"Triangle 7 of 'ball.ply' is in both 'psd' and 'neck'"):
        load_mesh(path, scale_to_um=1.0, regions={"psd": [3, 7], "neck": [7, 9]}, repair=True)


def test_a_spine_of_300_um_is_doubted_with_the_remedy(tmp_path: Path) -> None:
    save_mesh(replace(MESH, vertices=MESH.vertices * 300), tmp_path / "nm.stl")
    with pytest.warns(
        NanospineWarning,
        match=r"'nm.stl' is 300 um long with scale_to_um = 1; .* check the file's unit; if it is in nm, give "
        r"scale_to_um=0.001, for 0.3 um\.",
    ):
        load_mesh(tmp_path / "nm.stl", scale_to_um=1.0)
