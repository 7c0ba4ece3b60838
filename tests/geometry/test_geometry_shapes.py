"""Shapes have the sizes, regions and well-shaped triangles that they promise."""

import numpy as np
import pytest

from nanospine import box, capsule, cube, cubic_head, cylinder, ellipsoid, sphere, spine
from nanospine.geometry import Patch, self_intersections
from nanospine.geometry.shapes.spine import SPINES
from nanospine.model.errors import GeometryError

FACES = ("x-", "x+", "y-", "y+", "z-", "z+")


class TestBoxes:
    def test_each_face_can_be_a_region(self):
        mesh = box((1.0, 2.0, 3.0), {face: face for face in FACES})
        assert mesh.region_names == FACES
        for face in FACES:
            outward = np.zeros(3)
            outward["xyz".index(face[0])] = 1.0 if face[1] == "+" else -1.0
            np.testing.assert_array_equal(mesh.normals[mesh.region_faces(face)], [outward, outward])

    @pytest.mark.parametrize("face", FACES)
    def test_a_patch_lies_where_it_is_put(self, face):
        mesh = box((1.0, 2.0, 3.0), {"pore": Patch(face, (0.2, 0.3), (0.1, -0.2))})
        corners = mesh.vertices[mesh.faces[mesh.region_faces("pore")]].reshape(-1, 3)
        plane = [axis for axis in range(3) if "xyz"[axis] != face[0]]
        np.testing.assert_allclose(corners.min(axis=0)[plane], [0.0, -0.35], atol=1e-15)
        np.testing.assert_allclose(corners.max(axis=0)[plane], [0.2, -0.05], atol=1e-15)
        assert mesh.volume == pytest.approx(6.0)
        assert mesh.area("pore") == pytest.approx(0.06)
        assert len(self_intersections(mesh.vertices, mesh.faces)) == 0

    def test_the_cubic_head_of_odonnell(self):
        mesh = cubic_head(0.05)
        assert len(mesh.faces) == 20
        assert mesh.volume == pytest.approx(0.05, rel=1e-14)
        edge = 0.05 ** (1 / 3)
        assert mesh.area("psd") == pytest.approx(edge**2)
        assert mesh.area("neck") == pytest.approx(0.0225)
        assert mesh.area() == pytest.approx(6 * edge**2)
        np.testing.assert_array_equal(mesh.normals[mesh.region_faces("neck")], [[0, 0, -1]] * 2)
        np.testing.assert_array_equal(mesh.normals[mesh.region_faces("psd")], [[0, 0, 1]] * 2)

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: cube(0.0), r"volume of a cube is 0.0 um\^3; give a positive"),
            (lambda: cubic_head(-1.0), "volume of a cube is -1.0"),
            (lambda: cubic_head(0.001, 0.1), "'neck' of 0.1 x 0.1 um .* does not fit inside face 'z-'"),
            (lambda: box((1.0, np.nan, 1.0)), r"box: edges\[1\] is nan"),
            (lambda: box((1.0, 1.0)), "given 2 edges; give three"),
            (lambda: box((1.0, 1.0, 1.0), {"top": "w+"}), "face 'w\\+' of a box; use one of x-"),
            (lambda: box((1.0, 1.0, 1.0), {"a": "z+", "b": "z+"}), "'a' and 'b' both lie on face 'z\\+'"),
            (lambda: box((1.0, 1.0, 1.0), {"a": Patch("z+", (0.1, 0.1), (0.5, 0.0))}), "does not fit"),
            (lambda: box((1.0, 1.0, 1.0), {"a": Patch("z+", (0.1, 0.0))}), "edge of patch 'a' is 0.0"),
        ],
    )
    def test_refuses_boxes_that_cannot_be(self, make, message):
        with pytest.raises(GeometryError, match=message):
            make()


class TestRoundShapes:
    def test_spheres_converge_with_the_square_of_the_edge(self):
        exact = 4.0 / 3.0 * np.pi
        errors = [exact - sphere(1.0, n).volume for n in (2, 3, 4)]
        orders = np.log2(np.divide(errors[:-1], errors[1:]))
        # The next term of the error is of fourth order: (edge / radius)^2 = 0.08 of the first at n = 2.
        np.testing.assert_allclose(orders, 2.0, atol=0.08)

    def test_a_sphere_can_enclose_a_volume_exactly(self):
        assert sphere(volume=0.3, subdivisions=1).volume == pytest.approx(0.3, rel=1e-13)

    def test_an_ellipsoid_is_a_stretched_sphere(self):
        mesh = ellipsoid((1.0, 2.0, 3.0))
        assert mesh.volume == pytest.approx(6.0 * sphere(1.0).volume, rel=1e-13)
        np.testing.assert_allclose(mesh.bounds[1], [1.0, 2.0, 3.0], rtol=0.01)

    @pytest.mark.parametrize("length", [0.05, 1.0, 2.0])
    def test_a_cylinder_has_the_volume_of_its_polygon(self, length):
        mesh = cylinder(0.5, length, rings=5)
        end = 30 / 2 * np.sin(2 * np.pi / 30) * 0.25
        assert mesh.volume == pytest.approx(end * length, rel=1e-13)
        assert mesh.area("top") == pytest.approx(end, rel=1e-13)
        assert mesh.area("bottom") == pytest.approx(end, rel=1e-13)
        assert mesh.area("side") == pytest.approx(30 * 2 * 0.5 * np.sin(np.pi / 30) * length, rel=1e-13)
        assert (mesh.normals[mesh.region_faces("top"), 2] > 0.999).all()

    def test_capsules_converge_with_the_square_of_the_edge(self):
        exact = np.pi * 0.25 * 2.0 + 4.0 / 3.0 * np.pi * 0.125
        errors = [exact - capsule(0.5, 2.0, rings).volume for rings in (8, 16)]
        assert np.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.02)
        assert capsule(0.5, 2.0).bounds[1, 2] == pytest.approx(1.5)

    @pytest.mark.parametrize(
        ("mesh", "least"), [(cylinder(0.5, 2.0), 40.0), (capsule(0.5, 2.0), 30.0), (sphere(1.0), 50.0)]
    )
    def test_triangles_are_well_shaped(self, mesh, least):
        assert mesh.describe()["smallest_angle_deg"] > least
        assert len(self_intersections(mesh.vertices, mesh.faces)) == 0

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: sphere(), "exactly one of them"),
            (lambda: sphere(1.0, volume=1.0), "exactly one of them"),
            (lambda: sphere(0.0), "radius of a sphere is 0.0 um"),
            (lambda: sphere(volume=-1.0), r"volume of a sphere is -1.0 um\^3"),
            (lambda: sphere(1.0, 9), "subdivisions of the sphere are 9; give a whole number from 0 to 7"),
            (lambda: ellipsoid((1.0, 1.0)), "given 2 radii"),
            (lambda: cylinder(1.0, 0.0), "length of a cylinder is 0.0"),
            (lambda: capsule(1.0, 1.0, 0), "rings of a shape are 0"),
        ],
    )
    def test_refuses_shapes_that_cannot_be(self, make, message):
        with pytest.raises(GeometryError, match=message):
            make()


@pytest.fixture(scope="module")
def mushroom():
    return spine("mushroom")


class TestSpines:
    def test_it_is_closed_smooth_and_of_good_triangles(self, mushroom):
        assert mushroom.region_names == ("psd", "head", "neck", "dendrite")
        assert mushroom.describe()["closed_parts"] == 1
        assert mushroom.describe()["smallest_angle_deg"] > 20.0
        assert len(self_intersections(mushroom.vertices, mushroom.faces)) == 0

    def test_its_volume_is_that_of_its_parts(self, mushroom):
        sizes = SPINES["mushroom"]
        rng = np.random.default_rng(3)
        low, high = mushroom.bounds
        n = 200_000
        points = rng.uniform(low, high, (n, 3))
        x, y, z = points.T
        middle = sizes.dendrite_radius + sizes.neck_length + sizes.head_radius
        beyond = np.abs(x) - np.minimum(np.abs(x), sizes.dendrite_length / 2)
        sharp = (x**2 + y**2 + (z - middle) ** 2 < sizes.head_radius**2) | (
            (x**2 + y**2 < sizes.neck_radius**2) & (z > 0) & (z < middle)
        )
        sharp |= beyond**2 + y**2 + z**2 < sizes.dendrite_radius**2
        box_volume = np.prod(high - low)
        share = sharp.mean()
        se = box_volume * np.sqrt(share * (1 - share) / n)
        # The fillets at the two ends of the neck add less than a ring of this square cross-section each.
        width = 0.5 * sizes.neck_radius
        fillets = 2 * 2 * np.pi * (sizes.neck_radius + width) * width**2
        excess = mushroom.volume - share * box_volume
        assert -3.0 * se < excess < fillets + 3.0 * se
        # A head of 1.1 times the radius would be seen.
        assert 0.33 * 4 / 3 * np.pi * sizes.head_radius**3 > fillets + 6.0 * se

    def test_volume_converges_with_the_square_of_the_edge(self):
        volumes = [spine("stubby", edge_um=edge).volume for edge in (0.16, 0.08, 0.04)]
        order = np.log2((volumes[1] - volumes[0]) / (volumes[2] - volumes[1]))
        assert order == pytest.approx(2.0, abs=0.35)

    def test_regions_have_their_areas(self, mushroom):
        sizes = SPINES["mushroom"]
        rim = 2 * np.pi * np.sqrt(sizes.psd_area / np.pi)
        # Triangles belong to a region as a whole: the border is known to half a triangle's edge.
        edge = 0.05
        assert mushroom.area("psd") == pytest.approx(sizes.psd_area, abs=rim * edge / 2)
        head = 4 * np.pi * sizes.head_radius**2 - sizes.psd_area - np.pi * sizes.neck_radius**2
        assert mushroom.area("head") == pytest.approx(head, abs=(rim + 2 * np.pi * sizes.neck_radius) * edge)
        assert mushroom.normals[mushroom.region_faces("psd"), 2].min() > 0.5
        assert mushroom.bounds[1, 2] == pytest.approx(0.3 + 0.4 + 0.6, abs=1e-3)

    def test_a_size_can_be_changed(self, mushroom):
        longer = spine("mushroom", neck_length=0.6)
        assert longer.bounds[1, 2] - mushroom.bounds[1, 2] == pytest.approx(0.2, abs=1e-3)

    def test_sizes_follow_the_volume_of_the_head(self):
        mesh = spine("mushroom", head_volume=0.05)
        radius = (0.05 / (4.0 / 3.0 * np.pi)) ** (1.0 / 3.0)
        factor = radius / SPINES["mushroom"].head_radius
        assert mesh.bounds[1, 2] == pytest.approx(0.3 + 0.4 + 2.0 * radius, abs=1e-3)
        same = spine(
            "mushroom",
            head_radius=radius,
            neck_radius=factor * SPINES["mushroom"].neck_radius,
            psd_area=factor**2 * SPINES["mushroom"].psd_area,
        )
        assert (mesh.volume, mesh.area("psd")) == pytest.approx((same.volume, same.area("psd")), rel=1e-9)

    @pytest.mark.parametrize("kind", ["thin", "stubby"])
    def test_the_other_kinds(self, kind):
        mesh = spine(kind, edge_um=0.05)
        assert mesh.region_names == ("psd", "head", "neck", "dendrite")

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: spine("fat"), "no kind of spine 'fat'; use one of mushroom, thin, stubby"),
            (lambda: spine(neck_lenght=1.0), "no size 'neck_lenght'; did you mean 'neck_length'"),
            (lambda: spine(neck_length=0.0), "neck_length of a spine is 0.0 um"),
            (lambda: spine(neck_radius=0.3), "neck_radius of a spine is 0.3 um; it must be below"),
            (lambda: spine(psd_area=1.0), "psd_area of a spine is 1 um.2; give less than half"),
            (lambda: spine(head_volume=0.1, head_radius=0.3), "given head_volume=0.1 and head_radius=0.3; give one"),
            (lambda: spine(head_volume=-1.0), "head_volume of a spine is -1.0 um.3; give a positive"),
            (lambda: spine(edge_um=0.2), "too long for a neck of radius 0.1 um"),
            (lambda: spine(edge_um=0.001), "cells, more than 2000000; give a longer edge"),
        ],
    )
    def test_refuses_spines_that_cannot_be(self, make, message):
        with pytest.raises(GeometryError, match=message):
            make()
