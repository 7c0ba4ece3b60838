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
    with pytest.raises(GeometryError, match=r"passes through itself: .* pairs of triangles meet, \d+ and \d+ near"):
        load_mesh(write(tmp_path / "two.ply", vertices, faces), scale_to_um=1.0)


def test_parts_that_overlap_are_united_where_asked(tmp_path):
    edge = 0.05 ** (1 / 3)
    one = box((edge, edge, edge))
    vertices = np.concatenate([one.vertices, one.vertices + np.array([0.15, 0.1, 0.1])])
    path = write(tmp_path / "two.stl", vertices, np.concatenate([one.faces, one.faces + 8]))
    assert load_mesh(path, scale_to_um=1.0, unite=True).volume == pytest.approx(0.0842662, rel=1e-5)


class TestOrderOfTriangles:
    """Regions are given by numbers, so that the triangles of a file must keep their order."""

    TOP = (4, 5)

    @staticmethod
    def obj(path, face_lines):
        corners = "".join("v {} {} {}\n".format(*corner) for corner in CORNERS)
        path.write_text(corners + "\n".join(face_lines) + "\n")
        return path

    @pytest.mark.parametrize("keyword", ["usemtl {}", "g {}", "o {}", "s 1", "# {}"])
    def test_materials_and_groups_of_obj_files_leave_it(self, tmp_path, keyword):
        lines = [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in TRIANGLES]
        for k, name in ((10, "m"), (6, "m"), (4, "psd"), (2, "other"), (0, "m")):
            lines.insert(k, keyword.format(name))
        mesh = load_mesh(self.obj(tmp_path / "box.obj", lines), scale_to_um=1.0, regions={"psd": self.TOP})
        assert mesh.centroids[mesh.region_faces("psd")][:, 2].tolist() == [0.5, 0.5]

    def test_polygons_of_obj_files_count_as_the_triangles_from_their_first_corner(self, tmp_path):
        lines = ["f 1/1/1 4//2 3/2 2", "f 1 2 6", "f 1 6 5", "f -4 -3 -2 -1", *QUADS_AROUND]
        mesh = load_mesh(self.obj(tmp_path / "box.obj", lines), scale_to_um=1.0, regions={"psd": self.TOP})
        assert mesh.volume == 1.0
        assert mesh.centroids[mesh.region_faces("psd")][:, 2].tolist() == [0.5, 0.5]

    def test_solids_of_stl_files_leave_it(self, tmp_path):
        """Twelve boxes along x, each a solid with a name out of order."""
        text = ""
        for k, name in enumerate("zyxwmmba109q"):
            text += f"solid {name}\n"
            for face in TRIANGLES:
                rows = [f"vertex {CORNERS[v][0] + 2 * k} {CORNERS[v][1]} {CORNERS[v][2]}" for v in face]
                text += "facet normal 0 0 0\nouter loop\n" + "\n".join(rows) + "\nendloop\nendfacet\n"
            text += f"endsolid {name}\n"
        (tmp_path / "boxes.stl").write_text(text)
        for k in range(12):
            mesh = load_mesh(tmp_path / "boxes.stl", scale_to_um=1.0, regions={"psd": [12 * k + 4, 12 * k + 5]})
            assert mesh.centroids[mesh.region_faces("psd")].mean(axis=0) == pytest.approx([2 * k, 0.0, 0.5])

    def test_ply_files_with_other_polygons_have_no_numbers(self, tmp_path):
        faces = [(0, 3, 2, 1), (4, 5, 6, 7), *TRIANGLES[2:4], *TRIANGLES[6:]]
        header = (
            f"ply\nformat ascii 1.0\nelement vertex 8\nproperty float x\nproperty float y\nproperty float z\n"
            f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
        )
        rows = [" ".join(map(str, corner)) for corner in CORNERS]
        rows += [" ".join(map(str, (len(face), *face))) for face in faces]
        (tmp_path / "box.ply").write_text(header + "\n".join(rows) + "\n")
        assert load_mesh(tmp_path / "box.ply", scale_to_um=1.0).volume == 1.0
        with pytest.raises(GeometryError, match=r"'box.ply' has polygons .* cut them into triangles"):
            load_mesh(tmp_path / "box.ply", scale_to_um=1.0, regions={"psd": [1]})


#: Corners of a cube, its triangles (those of the top are 4 and 5), and four sides as OBJ's quadrangles.
CORNERS = [(x, y, z) for z in (-0.5, 0.5) for x, y in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))]
TRIANGLES = [(0, 2, 1), (0, 3, 2), (0, 1, 5), (0, 5, 4), (4, 5, 6), (4, 6, 7), (1, 2, 6), (1, 6, 5), (2, 3, 7),
             (2, 7, 6), (3, 0, 4), (3, 4, 7)]  # fmt: skip
QUADS_AROUND = ["f 2 3 7 6", "f 3 4 8 7", "f 4 1 5 8"]


class TestRounding:
    """Corners that are one in the program that made the file differ in the last digits after some conversions."""

    @staticmethod
    def soup(path, mesh, noise):
        """Write a mesh whose triangles have corners of their own, off by some noise (um)."""
        corners = mesh.vertices[mesh.faces]
        moved = corners + np.random.default_rng(1).uniform(-noise, noise, corners.shape)
        lines = ["v {:.17g} {:.17g} {:.17g}".format(*row) for row in moved.reshape(-1, 3)]
        lines += [f"f {3 * k + 1} {3 * k + 2} {3 * k + 3}" for k in range(len(corners))]
        path.write_text("\n".join(lines) + "\n")
        return path

    @pytest.mark.parametrize("noise", [1e-12, 3e-8, 1e-7])
    def test_corners_that_differ_by_rounding_are_one(self, tmp_path, noise):
        path = self.soup(tmp_path / "ball.obj", MESH, noise)
        loaded = load_mesh(path, scale_to_um=1.0, regions={"some": [3, 4]})
        assert len(loaded.vertices) == len(MESH.vertices)
        assert loaded.volume == pytest.approx(MESH.volume, rel=1e-5)
        assert loaded.centroids[loaded.region_faces("some")] == pytest.approx(MESH.centroids[3:5], abs=1e-6)

    def test_larger_differences_are_merged_where_asked(self, tmp_path):
        path = self.soup(tmp_path / "ball.obj", MESH, 1e-5)
        with pytest.raises(GeometryError, match="not watertight"):
            load_mesh(path, scale_to_um=1.0)
        assert len(load_mesh(path, scale_to_um=1.0, merge_um=1e-4).vertices) == len(MESH.vertices)

    def test_a_gap_of_a_nanometre_is_none(self, tmp_path):
        two = np.concatenate([MESH.vertices, MESH.vertices + np.array([1.001, 0.0, 0.0])])
        path = write(tmp_path / "two.ply", two, np.concatenate([MESH.faces, MESH.faces + len(MESH.vertices)]))
        assert load_mesh(path, scale_to_um=1.0).describe()["closed_parts"] == 2

    def test_triangles_that_lose_their_area_are_dropped_and_regions_keep_theirs(self, tmp_path):
        """An edge that is split by a corner 1e-8 um beside one end."""
        path = tmp_path / "box.obj"
        corners = [*CORNERS, (0.5, 0.5 - 1e-8, 0.5)]
        faces = [face for face in TRIANGLES if face not in ((4, 5, 6), (1, 6, 5))]
        faces[4:4] = [(4, 5, 8), (4, 8, 6), (1, 8, 5), (1, 6, 8)]
        lines = ["v {} {} {}".format(*corner) for corner in corners]
        lines += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in faces]
        path.write_text("\n".join(lines) + "\n")
        mesh = load_mesh(path, scale_to_um=1.0, regions={"top": [4, 5, 8]})
        assert len(mesh.faces) == 12
        assert mesh.area("top") == pytest.approx(1.0, rel=1e-7)
        with pytest.raises(GeometryError, match="names triangle 14"):
            load_mesh(path, scale_to_um=1.0, regions={"top": [14]})

    @pytest.mark.parametrize("length", [0.0, -1.0, np.nan, np.inf])
    def test_the_distance_is_a_length(self, tmp_path, length):
        with pytest.raises(GeometryError, match=r"merge_um is .*; give a (length in um, above 0|finite number)"):
            load_mesh(self.soup(tmp_path / "ball.obj", MESH, 0.0), scale_to_um=1.0, merge_um=length)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("v 0 0\nf 1 1 1\n", "at line 1 .*; save it again"),
        ("v 0 0 x\n", "at line 1"),
        ("v 0 0 0\nf 1 1\n", r"at line 2 \(a face has at least three corners\)"),
        ("v 0 0 0\nf 0 1 1\n", r"at line 2 \(there is no vertex 0\)"),
        ("v 0 0 0\nf -2 1 1\n", r"there is no vertex -2"),
        ("v 0 0 0\nf 1 2 3\n", "a face of vertex 3, but 1 vertices"),
        ("v 0 0 0\nf a b c\n", "at line 2"),
        ("v 0 0 nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "not finite"),
        ("v 0 0 0\n", "no triangles"),
        ("\x00\xff", "no triangles"),
    ],
)
def test_obj_files_that_are_none(tmp_path, text, message):
    (tmp_path / "bad.obj").write_text(text, encoding="latin-1")
    with pytest.raises(GeometryError, match=message):
        load_mesh(tmp_path / "bad.obj", scale_to_um=1.0)


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
