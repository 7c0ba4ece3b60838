"""A mesh is accepted only if it encloses a volume, and then measures it rightly."""

from dataclasses import replace

import numpy as np
import pytest

from nanospine.geometry import TriangleMesh, box, cubic_head, self_intersections, sphere
from nanospine.model.errors import GeometryError

CUBE = box((1.0, 1.0, 1.0))


def two_cubes(shift):
    vertices = np.concatenate([CUBE.vertices, CUBE.vertices + shift])
    return vertices, np.concatenate([CUBE.faces, CUBE.faces + 8])


def test_a_box_has_its_volume_area_and_outward_normals():
    mesh = box((1.0, 2.0, 3.0))
    assert mesh.volume == pytest.approx(6.0, rel=1e-14)
    assert mesh.area() == pytest.approx(22.0, rel=1e-14)
    assert (np.einsum("ij,ij->i", mesh.normals, mesh.centroids) > 0.0).all()
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1.0, rtol=1e-15)


def test_volume_does_not_suffer_far_from_the_origin():
    far = TriangleMesh.from_arrays(CUBE.vertices + 1e6, CUBE.faces)
    # Coordinates near 1e6 are rounded to 1.2e-10.
    assert far.volume == pytest.approx(1.0, abs=6 * 1.2e-10)


def test_arrays_are_read_only_copies_of_fixed_type():
    vertices = CUBE.vertices.astype(np.float32)
    mesh = TriangleMesh.from_arrays(vertices, CUBE.faces.astype(np.int32))
    vertices[:] = 0.0
    assert mesh.volume == pytest.approx(1.0)
    assert mesh.vertices.dtype == np.float64
    assert mesh.faces.dtype == np.int64
    assert mesh.vertices.flags.c_contiguous
    with pytest.raises(ValueError, match=r"read-only"):
        mesh.vertices[0] = 1.0


def test_faces_in_no_region_belong_to_the_membrane():
    mesh = TriangleMesh.from_arrays(CUBE.vertices, CUBE.faces, {"door": [3, 4]})
    assert mesh.region_names == ("door", "membrane")
    assert mesh.region_faces("door").tolist() == [3, 4]
    assert mesh.region_faces("membrane", "door").tolist() == list(range(12))
    assert mesh.region_faces().size == 0
    assert mesh.area("door") + mesh.area("membrane") == pytest.approx(6.0)


def test_the_hash_knows_shape_and_regions():
    regions = {"door": [3]}
    one = TriangleMesh.from_arrays(CUBE.vertices, CUBE.faces, regions)
    assert one == TriangleMesh.from_arrays(CUBE.vertices, CUBE.faces, regions, name="other name")
    assert len({one.sha256, CUBE.sha256, box((1.0, 1.0, 1.1)).sha256}) == 3
    assert hash(one) != hash(CUBE)


def test_describe_gives_what_a_check_before_a_run_shows():
    figures = cubic_head(0.05).describe()
    assert figures["triangles"] == 20
    assert figures["area_um2"]["neck"] == pytest.approx(0.15**2)
    assert figures["smallest_edge_um"] == pytest.approx(0.15)
    assert box((1.0, 1.0, 1.0)).describe()["smallest_angle_deg"] == pytest.approx(45.0)


class TestContains:
    def test_agrees_with_the_sphere_but_for_its_facets(self):
        mesh = sphere(1.0)
        points = np.random.default_rng(1).uniform(-1.1, 1.1, (20_000, 3))
        radius = np.linalg.norm(points, axis=1)
        inradius = np.einsum("ij,ij->i", mesh.normals, mesh.centroids).min()
        inside = mesh.contains(points)
        assert inside[radius < inradius].all()
        assert not inside[radius > 1.0].any()

    def test_agrees_with_solid_angles_on_a_shape_with_hollows(self):
        vertices, faces = two_cubes([1.5, 0.3, 0.2])
        mesh = TriangleMesh.from_arrays(vertices, faces)
        points = np.random.default_rng(2).uniform(-1.0, 2.5, (2000, 3))
        corners = mesh.vertices[mesh.faces][None] - points[:, None, None]
        a, b, c = np.moveaxis(corners, 2, 0)
        la, lb, lc = (np.linalg.norm(v, axis=2) for v in (a, b, c))
        # van Oosterom & Strackee (1983), IEEE Trans. Biomed. Eng. 30, 125, eq. 8.
        numerator = np.einsum("ptk,ptk->pt", a, np.cross(b, c))
        denominator = la * lb * lc + (a * b).sum(2) * lc + (a * c).sum(2) * lb + (b * c).sum(2) * la
        winding = 2.0 * np.arctan2(numerator, denominator).sum(axis=1) / (4.0 * np.pi)
        np.testing.assert_array_equal(mesh.contains(points), winding > 0.5)

    def test_lines_through_vertices_edges_and_walls_do_no_harm(self):
        mesh = cubic_head(1.0, 0.5)
        ticks = np.array([-0.75, -0.25, -0.1, 0.0, 0.1, 0.25, 0.75])
        points = np.stack(np.meshgrid(ticks, ticks, ticks), axis=-1).reshape(-1, 3)
        np.testing.assert_array_equal(mesh.contains(points), (np.abs(points) < 0.5).all(axis=1))
        icosahedron = sphere(1.0, 1)
        np.testing.assert_array_equal(icosahedron.contains(0.9 * icosahedron.vertices), True)
        np.testing.assert_array_equal(icosahedron.contains(1.1 * icosahedron.vertices), False)

    def test_refuses_points_that_are_none(self):
        with pytest.raises(GeometryError, match=r"shape \(3,\); give \(points, 3\)"):
            CUBE.contains([0.0, 0.0, 0.0])
        with pytest.raises(GeometryError, match=r"Point 1 is .*nan.*; give finite"):
            CUBE.contains([[0.0, 0.0, 0.0], [np.nan, 0.0, 0.0]])


class TestRefusals:
    @pytest.mark.parametrize(
        ("vertices", "faces", "message"),
        [
            (CUBE.vertices[:, :2], CUBE.faces, r"shape \(8, 2\); give \(vertices, 3\)"),
            (CUBE.vertices, CUBE.faces[:, :2], r"shape \(12, 2\); give \(triangles, 3\)"),
            (CUBE.vertices, CUBE.faces[:0], r"shape \(0, 3\)"),
            (CUBE.vertices, CUBE.faces + 0.5, "float64; give whole numbers"),
            (CUBE.vertices * np.nan, CUBE.faces, "Vertex 0 .* finite"),
            (CUBE.vertices, CUBE.faces + 1, "only 8; use indices from 0 to 7"),
            (np.vstack([CUBE.vertices, [9, 9, 9]]), CUBE.faces, "Vertex 8 .* no triangle .* remove"),
            (CUBE.vertices, CUBE.faces[1:], "not watertight: 3 open edges, .* close the holes"),
            (CUBE.vertices, np.vstack([CUBE.faces, CUBE.faces[:1]]), "Triangle 0 .* given 2 times; keep one"),
            (CUBE.vertices, np.vstack([CUBE.faces, [[0, 1, 1]]]), "Triangle 12 .* no area"),
            (CUBE.vertices, np.vstack([CUBE.faces[:1, ::-1], CUBE.faces[1:]]), "opposite senses"),
            (CUBE.vertices, CUBE.faces[:, ::-1], r"inside out \(volume -1 um\^3\); flip its faces"),
        ],
    )
    def test_what_is_no_closed_surface(self, vertices, faces, message):
        with pytest.raises(GeometryError, match=message):
            TriangleMesh.from_arrays(vertices, faces)

    def test_an_edge_with_four_triangles(self):
        vertices, faces = two_cubes([1.0, 1.0, 0.0])
        vertices, index = np.unique(vertices, axis=0, return_inverse=True)
        with pytest.raises(GeometryError, match=r"has 4 triangles; .* separate the parts"):
            TriangleMesh.from_arrays(vertices, index.reshape(-1)[faces])

    def test_one_of_two_parts_inside_out(self):
        vertices, faces = two_cubes([2.0, 0.0, 0.0])
        assert TriangleMesh.from_arrays(vertices, faces).volume == pytest.approx(2.0)
        faces[12:] = faces[12:, ::-1]
        with pytest.raises(GeometryError, match=r"inside out in its closed part 1 of 2"):
            TriangleMesh.from_arrays(vertices, faces)

    def test_a_part_inside_another(self):
        vertices, faces = two_cubes([0.0, 0.0, 0.0])
        vertices[8:] *= 0.5
        with pytest.raises(GeometryError, match=r"Closed part 1 .* lies inside another"):
            TriangleMesh.from_arrays(vertices, faces)

    @pytest.mark.parametrize(
        ("regions", "message"),
        [
            ({"a": [0, 1], "b": [1]}, "Triangle 1 .* both 'a' and 'b'; give each triangle to one"),
            ({"a": [12]}, "names triangle 12; use numbers from 0 to 11"),
            ({"a": [-1]}, "names triangle -1"),
            ({"a": []}, "'a' .* no triangles"),
            ({"a": [0.5]}, "whole number"),
            ({" ": [0]}, "not blank"),
        ],
    )
    def test_regions_that_cannot_be(self, regions, message):
        with pytest.raises(GeometryError, match=message):
            TriangleMesh.from_arrays(CUBE.vertices, CUBE.faces, regions)

    @pytest.mark.parametrize(
        ("face_region", "names", "message"),
        [
            ([0] * 11, ("a",), r"shape \(11,\); give one number for each of the 12"),
            ([0] * 12, ("a", "b"), "Region 'b' .* no triangles"),
            ([1] * 12, ("a",), "runs from 1 to 1, but there are 1"),
            ([0] * 12, ("a", "a"), "a name of its own"),
        ],
    )
    def test_region_numbers_that_do_not_fit_the_names(self, face_region, names, message):
        with pytest.raises(GeometryError, match=message):
            TriangleMesh(CUBE.vertices, CUBE.faces, np.array(face_region), names)

    def test_an_unknown_region_names_those_there_are(self):
        with pytest.raises(GeometryError, match=r"no region 'nek', only psd, neck, membrane; did you mean 'neck'"):
            cubic_head(0.05).area("nek")


class TestSelfIntersections:
    @pytest.mark.parametrize("mesh", [CUBE, cubic_head(0.05), sphere(1.0)])
    def test_a_sound_mesh_has_none(self, mesh):
        assert self_intersections(mesh.vertices, mesh.faces).shape == (0, 2)

    def test_two_boxes_that_cross(self):
        pairs = self_intersections(*two_cubes([0.7, 0.6, 0.55]))
        assert len(pairs) > 0
        assert ((pairs[:, 0] < 12) & (pairs[:, 1] >= 12)).all()

    def test_two_boxes_that_touch_with_a_face(self):
        assert len(self_intersections(*two_cubes([1.0, 0.2, 0.0]))) > 0

    def test_two_boxes_a_nanometre_apart_do_not(self):
        assert len(self_intersections(*two_cubes([1.001, 0.2, 0.0]))) == 0

    def test_a_vertex_pushed_through_the_opposite_wall(self):
        mesh = sphere(1.0, 1)
        vertices = mesh.vertices.copy()
        top = int(np.argmax(vertices[:, 2]))
        vertices[top, 2] = -1.5
        pairs = self_intersections(vertices, mesh.faces)
        assert len(pairs) > 0
        assert (mesh.faces[pairs] == top).any()

    def test_pairs_of_triangles_are_those_that_all_pairs_give(self):
        """Random triangles of many sizes, each pair tried for an edge of one that passes the other."""
        rng = np.random.default_rng(5)
        middle, size = rng.uniform(-1, 1, (120, 1, 3)), 10 ** rng.uniform(-1.5, 0.5, (120, 1, 1))
        corners = middle + size * rng.uniform(-1, 1, (120, 3, 3))
        pairs = self_intersections(corners.reshape(-1, 3), np.arange(360).reshape(-1, 3))
        expected = [(s, t) for s in range(120) for t in range(s + 1, 120) if cross(corners[s], corners[t])]
        assert len(expected) > 100
        assert [tuple(pair) for pair in pairs.tolist()] == expected

    def test_every_way_to_a_mesh_refuses_one_that_passes_through_itself_and_says_where(self):
        """A molecule in the overlap would belong to both cubes: 0.1 um^3 would hold what is 0.0843 um^3."""
        vertices, faces = overlapping_cubes()
        message = (
            r"'cubes' passes through itself: \d+ pairs of triangles meet, \d+ and \d+ near \[.*\], .* um, \.\.\.; "
            "unite closed parts that overlap with unite=True, or repair"
        )
        with pytest.raises(GeometryError, match=message):
            TriangleMesh.from_arrays(vertices, faces, name="cubes")
        with pytest.raises(GeometryError, match=message):
            TriangleMesh(vertices, faces, np.zeros(24, dtype=int), ("all",), "cubes")
        apart = TriangleMesh.from_arrays(*two_cubes([2.0, 0.0, 0.0]), name="cubes")
        with pytest.raises(GeometryError, match=message):
            replace(apart, vertices=vertices)


def overlapping_cubes():
    """Two cubes of 0.05 um^3, the second moved by (0.15, 0.1, 0.1) um."""
    edge = 0.05 ** (1 / 3)
    vertices, faces = two_cubes(np.array([0.15, 0.1, 0.1]) / edge)
    return edge * vertices, faces


def cross(first, second):
    """Say whether an edge of one triangle passes the other (Moller & Trumbore 1997)."""
    for one, other in ((first, second), (second, first)):
        u, v = one[1] - one[0], one[2] - one[0]
        for k in range(3):
            start, along = other[k], other[(k + 1) % 3] - other[k]
            shares = np.linalg.solve(np.column_stack([u, v, -along]), start - one[0])
            if shares.min() >= 0 and shares[0] + shares[1] <= 1 and shares[2] <= 1:
                return True
    return False


class TestUnion:
    def test_parts_that_overlap_become_one_of_their_joint_volume(self):
        edge = 0.05 ** (1 / 3)
        overlap = (edge - 0.15) * (edge - 0.1) ** 2
        mesh = TriangleMesh.from_arrays(*overlapping_cubes(), unite=True)
        assert mesh.volume == pytest.approx(0.1 - overlap, rel=1e-12)
        assert mesh.volume == pytest.approx(0.0843, abs=5e-5)

    def test_triangles_stay_in_their_regions(self):
        vertices, faces = overlapping_cubes()
        left = np.flatnonzero((np.abs(vertices[faces][:, :, 0] - vertices[:, 0].min()) < 1e-9).all(axis=1))
        mesh = TriangleMesh.from_arrays(vertices, faces, {"left": left}, unite=True)
        assert mesh.area("left") == pytest.approx(0.05 ** (2 / 3), rel=1e-12)
        assert mesh.centroids[mesh.region_faces("left")][:, 0] == pytest.approx(vertices[:, 0].min())

    def test_a_part_inside_another_vanishes(self):
        vertices, faces = two_cubes([0.0, 0.0, 0.0])
        vertices[8:] *= 0.5
        assert TriangleMesh.from_arrays(vertices, faces, unite=True).volume == pytest.approx(1.0)

    def test_parts_apart_stay_as_they_are(self):
        assert TriangleMesh.from_arrays(*two_cubes([2.0, 0.0, 0.0]), unite=True).volume == pytest.approx(2.0)

    def test_what_is_not_closed_is_refused_as_ever(self):
        with pytest.raises(GeometryError, match="not watertight"):
            TriangleMesh.from_arrays(CUBE.vertices, CUBE.faces[1:], unite=True)

    def test_a_part_that_passes_through_itself_is_refused_still(self):
        mesh = sphere(1.0, 1)
        vertices = mesh.vertices.copy()
        vertices[int(np.argmax(vertices[:, 2])), 2] = -1.5
        with pytest.raises(GeometryError, match="passes through itself"):
            TriangleMesh.from_arrays(vertices, mesh.faces, unite=True)
