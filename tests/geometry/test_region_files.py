"""Regions survive files: in PLY and OBJ, and beside formats that hold none."""

from __future__ import annotations

import json

import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from places import REFERENCE

from nanospine import Ball, box, load_mesh, save_mesh, sphere
from nanospine.geometry.regions import Height, Triangles
from nanospine.model.errors import GeometryError, NanospineWarning

MESHES = REFERENCE / "lee2024" / "meshes"
SPINE = (
    sphere(0.5, 2).with_region("psd", Ball((0.0, 0.0, 0.5), 0.2), exact=True).with_region("the neck", Height(high=-0.3))
)
FORMATS = [".ply", ".obj", ".vtp", ".msh", ".stl", ".off", ".glb"]
#: Largest relative error of an area: seven digits of coordinates, or ten in OFF.
DIGITS = {".ply": 1e-12, ".obj": 1e-12, ".vtp": 1e-12, ".msh": 1e-12, ".stl": 1e-5, ".off": 1e-7, ".glb": 1e-5}


def areas(mesh):
    return {name: mesh.area(name) for name in mesh.region_names}


@pytest.mark.parametrize("ending", FORMATS)
class TestRoundTrip:
    def test_regions_come_back_with_their_areas(self, tmp_path, ending):
        save_mesh(SPINE, tmp_path / f"spine{ending}")
        back = load_mesh(tmp_path / f"spine{ending}", scale_to_um=1.0)
        assert areas(back) == pytest.approx(areas(SPINE), rel=DIGITS[ending])
        assert len(back.faces) == len(SPINE.faces)

    def test_triangles_keep_their_order(self, tmp_path, ending):
        save_mesh(SPINE, tmp_path / f"spine{ending}")
        back = load_mesh(tmp_path / f"spine{ending}", scale_to_um=1.0)
        assert back.centroids == pytest.approx(SPINE.centroids, abs=1e-6)

    def test_an_empty_mapping_reads_none(self, tmp_path, ending):
        save_mesh(SPINE, tmp_path / f"spine{ending}")
        assert load_mesh(tmp_path / f"spine{ending}", scale_to_um=1.0, regions={}).region_names == ("membrane",)

    def test_regions_that_are_given_count(self, tmp_path, ending):
        save_mesh(SPINE, tmp_path / f"spine{ending}")
        back = load_mesh(tmp_path / f"spine{ending}", scale_to_um=1.0, regions={"mine": [0]})
        assert back.region_names == ("mine", "membrane")

    def test_a_mesh_saved_over_another_takes_none_of_its_regions(self, tmp_path, ending):
        save_mesh(SPINE, tmp_path / f"spine{ending}")
        save_mesh(sphere(0.5, 2), tmp_path / f"spine{ending}")
        assert load_mesh(tmp_path / f"spine{ending}", scale_to_um=1.0).region_names == ("membrane",)

    @settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(name=st.text(min_size=1).filter(str.strip).filter(lambda text: text.isprintable()))
    def test_any_name_survives(self, tmp_path, ending, name):
        mesh = box((1.0, 1.0, 1.0)).with_region(name, Triangles([0, 5]))
        save_mesh(mesh, tmp_path / f"box{ending}")
        assert areas(load_mesh(tmp_path / f"box{ending}", scale_to_um=1.0)) == areas(mesh)


def test_ply_holds_every_digit(tmp_path):
    save_mesh(SPINE, tmp_path / "spine.ply")
    other = trimesh.load_mesh(tmp_path / "spine.ply", process=False)
    assert np.array_equal(other.vertices, SPINE.vertices)
    assert np.array_equal(other.faces, SPINE.faces)


def test_a_mesh_of_one_membrane_is_one_file(tmp_path):
    save_mesh(sphere(0.5, 1), tmp_path / "ball.stl")
    assert [path.name for path in tmp_path.iterdir()] == ["ball.stl"]


class TestFilesOfOtherPrograms:
    TRIANGLES = "f 1 3 2,f 1 4 3,f 1 2 6,f 1 6 5,f 5 6 7,f 5 7 8,f 2 3 7,f 2 7 6,f 3 4 8,f 3 8 7,f 4 1 5,f 4 5 8"

    def obj(self, tmp_path, lines):
        corners = [(x, y, z) for z in (0, 1) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
        text = ["v {} {} {}".format(*corner) for corner in corners] + self.TRIANGLES.split(",")
        for row, line in sorted(lines.items(), reverse=True):
            text.insert(8 + row, line)
        (tmp_path / "box.obj").write_text("\n".join(text))
        return tmp_path / "box.obj"

    def test_an_obj_file_is_one_membrane_unless_asked(self, tmp_path):
        path = self.obj(tmp_path, {0: "usemtl grey", 4: "usemtl red"})
        assert load_mesh(path, scale_to_um=1.0).region_names == ("membrane",)

    @pytest.mark.parametrize(("word", "kind"), [("g", "groups"), ("o", "objects"), ("usemtl", "materials")])
    def test_names_of_parts_become_regions(self, tmp_path, word, kind):
        path = self.obj(tmp_path, {4: f"{word} the top", 6: f"{word} side", 8: f"{word} the top"})
        mesh = load_mesh(path, scale_to_um=1.0, regions=kind)
        assert areas(mesh) == pytest.approx({"membrane": 2.0, "the top": 3.0, "side": 1.0})

    def test_a_kind_of_part_that_the_file_lacks(self, tmp_path):
        path = self.obj(tmp_path, {4: "usemtl red"})
        with pytest.raises(GeometryError, match=r"'box.obj' has no groups, but materials; give regions='materials'"):
            load_mesh(path, scale_to_um=1.0, regions="groups")
        with pytest.raises(GeometryError, match="regions 'group' is unknown; did you mean 'groups'"):
            load_mesh(path, scale_to_um=1.0, regions="group")

    @pytest.mark.parametrize("on", ["face", "vertex"])
    def test_colours_of_ply_files(self, tmp_path, on):
        mesh = box((1.0, 1.0, 1.0))
        of_faces = np.tile([10, 20, 30, 255], (12, 1))
        of_faces[mesh.normals[:, 2] > 0.5] = [255, 0, 0, 255]
        of_vertices = np.tile([10, 20, 30, 255], (8, 1))
        of_vertices[mesh.vertices[:, 2] > 0.0] = [255, 0, 0, 255]
        colours = {"face_colors": of_faces} if on == "face" else {"vertex_colors": of_vertices}
        trimesh.Trimesh(mesh.vertices, mesh.faces, process=False, **colours).export(tmp_path / "box.ply")
        assert load_mesh(tmp_path / "box.ply", scale_to_um=1.0).region_names == ("membrane",)
        found = areas(load_mesh(tmp_path / "box.ply", scale_to_um=1.0, regions="colours"))
        assert found == pytest.approx(
            {"#ff0000": 1.0, "#0a141e": 5.0} if on == "face" else {"#ff0000": 3.0, "#0a141e": 3.0}
        )

    @pytest.mark.parametrize("kind", ["ascii", "binary"])
    def test_a_whole_number_on_faces_of_ply_files(self, tmp_path, kind):
        mesh = box((1.0, 1.0, 1.0))
        lines = [f"ply\nformat {'ascii' if kind == 'ascii' else 'binary_little_endian'} 1.0\nelement vertex 8"]
        lines += [f"property double {axis}" for axis in "xyz"]
        lines += ["element face 12", "property list uchar int vertex_indices", "property uchar label", "end_header", ""]
        label = (mesh.normals[:, 2] > 0.5).astype(np.uint8)
        rows = np.empty(12, dtype=[("n", "u1"), ("v", "<i4", 3), ("label", "u1")])
        rows["n"], rows["v"], rows["label"] = 3, mesh.faces, label
        body = mesh.vertices.astype("<f8").tobytes() + rows.tobytes()
        if kind == "ascii":
            text = [" ".join(map(str, vertex)) for vertex in mesh.vertices.tolist()]
            text += [f"3 {a} {b} {c} {k}" for (a, b, c), k in zip(mesh.faces, label, strict=True)]
            body = "\n".join([*text, ""]).encode()
        (tmp_path / "box.ply").write_bytes("\n".join(lines).encode() + body)
        assert load_mesh(tmp_path / "box.ply", scale_to_um=1.0).region_names == ("membrane",)
        found = areas(load_mesh(tmp_path / "box.ply", scale_to_um=1.0, regions="groups"))
        assert found == pytest.approx({"label 1": 1.0, "label 0": 5.0})

    def test_parts_of_glb_files(self, tmp_path):
        scene = trimesh.Scene()
        for number, name in enumerate(("head", "dendrite")):
            part = sphere(0.1, 1)
            turn = np.eye(4)
            turn[:3, 3] = [number, 0.0, 0.0]
            scene.add_geometry(
                trimesh.Trimesh(part.vertices, part.faces, process=False), node_name=name, transform=turn
            )
        scene.export(tmp_path / "two.glb")
        with pytest.warns(NanospineWarning, match="'two.glb' has 2 bodies"):
            mesh = load_mesh(tmp_path / "two.glb", scale_to_um=1.0, regions="groups")
        assert mesh.center("dendrite") == pytest.approx([1.0, 0.0, 0.0], abs=1e-6)
        assert mesh.center("head") == pytest.approx([0.0, 0.0, 0.0], abs=1e-6)


class TestRegionsBeside:
    def write(self, tmp_path, text):
        save_mesh(box((1.0, 1.0, 1.0)), tmp_path / "box.stl")
        (tmp_path / "box.regions.json").write_text(text)
        return tmp_path / "box.stl"

    def test_of_another_mesh(self, tmp_path):
        path = self.write(tmp_path, json.dumps({"triangles": 10, "regions": {"psd": [1]}}))
        with pytest.raises(GeometryError, match=r"are of a mesh of 10 triangles, but there are 12; .* regions={}"):
            load_mesh(path, scale_to_um=1.0)
        assert load_mesh(path, scale_to_um=1.0, regions={}).region_names == ("membrane",)

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"triangles": 12, "regions": [1]}', '{"regions": {"a": 1}}'])
    def test_that_are_none(self, tmp_path, text):
        with pytest.raises(GeometryError, match=r"regions in .*box.regions.json' cannot be read"):
            load_mesh(self.write(tmp_path, text), scale_to_um=1.0)

    def test_of_triangles_that_are_not_there(self, tmp_path):
        path = self.write(tmp_path, json.dumps({"triangles": 12, "regions": {"psd": [12]}}))
        with pytest.raises(GeometryError, match="names triangle 12"):
            load_mesh(path, scale_to_um=1.0)


def test_numbers_of_a_ply_file_that_its_comments_do_not_name(tmp_path):
    save_mesh(SPINE, tmp_path / "spine.ply")
    content = (
        (tmp_path / "spine.ply").read_bytes().replace(b"comment nanospine region 1", b"comment nanospine region 7")
    )
    (tmp_path / "spine.ply").write_bytes(content)
    with pytest.raises(GeometryError, match=r"has regions that its comments do not name; .* regions={}"):
        load_mesh(tmp_path / "spine.ply", scale_to_um=1.0)


@pytest.mark.skipif(not MESHES.is_dir(), reason="the published meshes are not there")
@pytest.mark.parametrize("path", sorted(MESHES.glob("*.ply")), ids=lambda path: path.stem)
def test_published_spines_come_with_their_regions(path):
    stated = json.loads(path.with_suffix(".regions.json").read_text())["region_area_um2"]
    found = areas(load_mesh(path, scale_to_um=1.0))
    assert {name: found[name] for name in stated} == pytest.approx(stated, abs=1e-5)
