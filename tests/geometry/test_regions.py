"""Regions are chosen on any mesh by places and selectors, and their borders are cut where the area counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import REFERENCE

from nanospine import Ball, Box, Ellipsoid, Shell, TriangleMesh, box, cube, load_mesh, sphere
from nanospine.geometry.discs import areas_in_ball
from nanospine.geometry.regions import (
    Facing,
    Grown,
    HalfSpace,
    Height,
    Nearest,
    Region,
    RegionOf,
    Selector,
    Triangles,
    Within,
)
from nanospine.model.errors import ArgumentError, GeometryError

MESHES = REFERENCE / "lee2024" / "meshes"
CUBE = cube(1.0)
SPHERE = sphere(0.5, 3)
TOP = (0.0, 0.0, 0.5)


def area(mesh: TriangleMesh, where: Selector | Ball | Box | Shell | Ellipsoid, *, exact: bool = False) -> float:
    return mesh.with_region("psd", where, exact=exact).area("psd")


class TestSelectors:
    @pytest.mark.parametrize(
        ("where", "centres"),
        [
            (Ball(TOP, 0.15), lambda c, n: np.linalg.norm(c - TOP, axis=1) <= 0.15),
            (Box(TOP, (0.2, 0.4, 0.4)), lambda c, n: (np.abs(c - TOP) <= [0.1, 0.2, 0.2]).all(axis=1)),
            (Shell(TOP, 0.1, 0.2), lambda c, n: np.abs(np.linalg.norm(c - TOP, axis=1) - 0.15) <= 0.05),
            (HalfSpace((0.1, 0.0, 0.0), (2.0, 0.0, 0.0)), lambda c, n: c[:, 0] >= 0.1),
            (Height(low=0.1, high=0.3), lambda c, n: np.abs(c[:, 2] - 0.2) <= 0.1),
            (Height(high=0.1, axis=(3.0, 4.0, 0.0)), lambda c, n: 0.6 * c[:, 0] + 0.8 * c[:, 1] <= 0.1),
            (Facing((0.0, 0.0, 3.0), within_deg=25.0), lambda c, n: n[:, 2] >= np.cos(np.radians(25.0))),
            (~Height(low=0.0) & Ball((0.0, 0.5, 0.0), 0.2), lambda c, n: (c[:, 2] < 0.0)
             & (np.linalg.norm(c - [0.0, 0.5, 0.0], axis=1) <= 0.2)),
            (Ball(TOP, 0.1) | Height(high=-0.4), lambda c, n: (np.linalg.norm(c - TOP, axis=1) <= 0.1)
             | (c[:, 2] <= -0.4)),
            (Within(Ball(TOP, 0.1)) & Within(Ball((0.0, 0.1, 0.5), 0.1)), lambda c, n: (
                np.linalg.norm(c - TOP, axis=1) <= 0.1) & (np.linalg.norm(c - [0.0, 0.1, 0.5], axis=1) <= 0.1)),
        ],
    )  # fmt: skip
    def test_triangles_are_chosen_by_their_centres_and_normals(self, where, centres):
        mesh = SPHERE.with_region("psd", where)
        expected = centres(SPHERE.centroids, SPHERE.normals)
        assert 0 < expected.sum() < len(SPHERE.faces)
        assert mesh.region_faces("psd").tolist() == np.flatnonzero(expected).tolist()
        assert mesh.region_names == ("membrane", "psd")
        assert np.array_equal(mesh.vertices, SPHERE.vertices)

    def test_by_number_and_by_the_region_that_they_are_in(self):
        mesh = SPHERE.with_region("a", Triangles([3, 5])).with_region("b", Triangles([7]))
        assert mesh.with_region("c", Region("membrane")).region_faces("c").size == len(SPHERE.faces) - 3
        assert Triangles([5, 3]).on(mesh).nonzero()[0].tolist() == mesh.region_faces("a").tolist()

    def test_nearest_goes_by_the_distance_of_the_triangle_not_of_its_centre(self):
        """The large side of a slab is nearer to a point beside a corner than the small one."""
        slab = box((1.0, 1.0, 0.1))
        chosen = Nearest((0.45, 0.0, 0.06), 1).on(slab)
        assert slab.normals[chosen][:, 2].tolist() == [1.0]
        assert Nearest((0.0, 0.0, 0.0), 12).on(slab).all()

    def test_a_patch_grows_around_its_seed_to_the_nearest_area(self):
        mesh = SPHERE.with_region("psd", Grown((0.0, 0.0, 0.7), 0.05))
        largest = float(SPHERE.face_areas.max())
        assert mesh.area("psd") == pytest.approx(0.05, abs=largest / 2)
        distance = np.linalg.norm(mesh.centroids - TOP, axis=1)
        inside = np.isin(np.arange(len(mesh.faces)), mesh.region_faces("psd"))
        assert distance[inside].max() < distance[~inside].min() + 0.05

    def test_a_patch_does_not_jump_to_the_other_side_of_a_thin_sheet(self):
        sheet = box((1.0, 1.0, 0.01)).refined(0.05)
        mesh = sheet.with_region("psd", Grown((0.0, 0.0, 0.005), 0.05))
        assert (mesh.centroids[mesh.region_faces("psd")][:, 2] > 0.0).all()

    def test_another_mesh_lends_its_regions(self):
        mesh = SPHERE.with_region("psd", Height(low=0.3))
        finer = SPHERE.refined(0.05).with_region("psd", RegionOf(mesh, "psd"))
        assert finer.area("psd") == pytest.approx(mesh.area("psd"), rel=1e-12)


class TestExclusiveness:
    def test_triangles_leave_the_regions_that_they_were_in(self):
        mesh = SPHERE.with_region("a", Height(low=0.2)).with_region("b", Height(low=0.3))
        assert mesh.region_names == ("membrane", "a", "b")
        assert mesh.area("a") + mesh.area("b") + mesh.area("membrane") == pytest.approx(SPHERE.area())
        assert mesh.centroids[mesh.region_faces("a")][:, 2].max() <= 0.3

    def test_a_region_given_again_is_what_was_asked_for(self):
        mesh = SPHERE.with_region("a", Height(low=0.2)).with_region("a", Height(low=0.3))
        assert mesh == SPHERE.with_region("a", Height(low=0.3))

    def test_the_membrane_takes_more_and_keeps_what_it_has(self):
        mesh = SPHERE.with_region("a", Height(low=0.2)).with_region("membrane", Height(low=0.3))
        assert mesh.centroids[mesh.region_faces("a")][:, 2].max() <= 0.3
        assert mesh.centroids[mesh.region_faces("membrane")][:, 2].min() < -0.4

    def test_the_membrane_may_vanish(self):
        assert SPHERE.with_region("all", Region("membrane")).region_names == ("all",)

    def test_a_region_that_would_be_left_empty_is_named(self):
        mesh = SPHERE.with_region("a", Height(low=0.4))
        with pytest.raises(GeometryError, match=r"'b' of 'sphere' takes all triangles of 'a'; make it smaller.*Region"):
            mesh.with_region("b", Height(low=0.3))
        assert mesh.with_region("b", Height(low=0.3) & ~Region("a")).region_names == ("membrane", "a", "b")

    def test_the_mesh_itself_stays(self):
        before = SPHERE.sha256
        SPHERE.with_region("psd", Ball(TOP, 0.1), exact=True)
        assert SPHERE.sha256 == before


class TestCut:
    """What is cut has its area to the last digits, where the surface is flat and where it is not."""

    @pytest.mark.parametrize("radius", [1e-3, 0.1, np.sqrt(0.05 / np.pi), 0.4999, 0.5])
    def test_a_ball_on_a_flat_surface_cuts_the_area_of_its_disc(self, radius):
        assert area(CUBE, Ball(TOP, radius), exact=True) == pytest.approx(np.pi * radius**2, rel=1e-9)

    def test_a_psd_has_its_area(self):
        assert area(CUBE, Grown((0.1, 0.2, 0.6), 0.05), exact=True) == pytest.approx(0.05, rel=1e-9)

    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            (Ball((0.2, 0.1, 0.45), 0.13), np.pi * (0.13**2 - 0.05**2)),
            (Ball((0.5, 0.5, 0.5), 0.2), 3 * np.pi * 0.04 / 4),
            (Box((0.1, 0.07, 0.5), (0.2, 0.25, 0.3)), 0.05),
            (Box((0.5, 0.5, 0.5), (0.2, 0.2, 0.2)), 0.03),
            (Height(low=0.2), 1.0 + 4 * 0.3),
            (Height(low=-0.1, high=0.25, axis="x"), 4 * 0.35),
            (Height(low=0.5), 1.0),
            (HalfSpace((0.4, 0.5, 0.0), (1.0, 1.0, 0.0)), 2 * 0.1 + 2 * 0.1**2 / 2),
            (Shell(TOP, 0.1, 0.2), np.pi * 0.03),
            (Ellipsoid(TOP, (0.1, 0.2, 0.3)), np.pi * 0.02),
            (Within(Ball(TOP, 0.1)) & Height(low=0.0, axis="x"), np.pi * 0.01 / 2),
            (Within(Ball(TOP, 0.2)) & ~Within(Box(TOP, (0.1, 0.1, 0.1))), np.pi * 0.04 - 0.01),
            (Ball(TOP, 0.1) | Height(high=-0.4), np.pi * 0.01 + 1.0 + 0.4),
            (Ball((0.0, 0.0, 0.0), 0.9), 6.0),
        ],
    )  # fmt: skip
    def test_areas_of_places_on_a_cube(self, where, expected):
        mesh = CUBE.with_region("psd", where, exact=True)
        assert mesh.area("psd") == pytest.approx(expected, rel=1e-9)
        assert mesh.volume == pytest.approx(1.0, rel=1e-12)
        assert mesh.area() == pytest.approx(6.0, rel=1e-12)

    def test_a_ball_on_a_curved_surface_holds_the_area_that_is_within(self):
        """A plane through a sphere cuts a cap of 2 pi r h, a ball around a point of it one of pi d^2."""
        fine = sphere(0.5, 4)
        assert area(fine, Height(low=0.3), exact=True) == pytest.approx(np.pi * 0.2, rel=5e-3)
        assert area(fine, Ball(TOP, 0.2), exact=True) == pytest.approx(np.pi * 0.04, rel=5e-3)
        assert area(fine, Grown(TOP, 0.05), exact=True) == pytest.approx(0.05, rel=1e-9)

    @settings(max_examples=40, deadline=None)
    @given(st.tuples(*[st.floats(-0.5, 0.5)] * 3), st.floats(0.05, 0.4), st.floats(0.001, 0.5), st.integers(0, 3))
    def test_any_border_is_cut_and_leaves_a_sound_surface(self, point, radius, patch, subdivisions):
        mesh = sphere(0.5, subdivisions) if subdivisions else CUBE
        cut, grown = mesh, mesh.with_region("b", Grown(point, patch), exact=True)
        if areas_in_ball((mesh.vertices[mesh.faces] - np.array(point)) / radius)[0].any():
            cut = mesh.with_region("a", Ball(point, radius), exact=True)
        for found in (cut, grown):
            assert found.volume == pytest.approx(mesh.volume, rel=1e-9)
            assert found.area() == pytest.approx(mesh.area(), rel=1e-9)
            replace(found, known_sound=False)
        assert grown.area("b") == pytest.approx(patch, rel=1e-6)

    def test_what_is_far_from_the_border_stays(self):
        cut = SPHERE.with_region("psd", Ball(TOP, 0.1), exact=True)
        below = {tuple(face) for face in cut.faces.tolist()}
        kept = [tuple(face) for face, z in zip(SPHERE.faces.tolist(), SPHERE.centroids[:, 2], strict=True) if z < 0.0]
        assert set(kept) <= below
        assert np.array_equal(cut.vertices[: len(SPHERE.vertices)], SPHERE.vertices)

    def test_corners_of_the_border_lie_on_the_ball(self):
        cut = CUBE.with_region("psd", Ball(TOP, 0.1), exact=True)
        shared = np.intersect1d(cut.faces[cut.region_faces("psd")], cut.faces[cut.region_faces("membrane")])
        distance = np.linalg.norm(cut.vertices[shared] - TOP, axis=1)
        assert len(shared) > 40
        assert distance == pytest.approx(0.1, rel=0.01)

    def test_triangles_of_a_cut_are_no_slivers(self):
        cut = CUBE.with_region("psd", Ball(TOP, 0.1), exact=True)
        assert cut.describe()["smallest_angle_deg"] > 1.0

    def test_regions_that_are_not_cut_are_carried(self):
        door = CUBE.with_region("door", Facing((1.0, 0.0, 0.0)))
        cut = door.with_region("psd", Ball((0.5, 0.0, 0.5), 0.2), exact=True)
        assert cut.area("door") == pytest.approx(1.0 - np.pi * 0.02, rel=1e-9)
        assert cut.area("membrane") == pytest.approx(5.0 - np.pi * 0.02, rel=1e-9)
        again = cut.with_region("half", Region("door") & Height(low=0.0), exact=True)
        assert again.area("half") == pytest.approx(0.5 - np.pi * 0.02, rel=1e-9)

    def test_a_patch_is_one_piece_where_a_ball_would_hold_two(self):
        sheet = box((1.0, 1.0, 0.01))
        assert area(sheet, Ball((0.0, 0.0, 0.005), 0.1), exact=True) == pytest.approx(np.pi * (0.02 - 1e-4), rel=1e-9)
        mesh = sheet.with_region("psd", Grown((0.0, 0.0, 0.005), 0.03), exact=True)
        assert mesh.area("psd") == pytest.approx(0.03, rel=1e-9)
        assert (mesh.centroids[mesh.region_faces("psd")][:, 2] > 0.0).all()


class TestRefusals:
    @pytest.mark.parametrize(
        ("where", "message"),
        [
            (Ball((3.0, 0.0, 0.0), 0.1), r"'psd' of 'cube' has no triangles: none lies in Ball"),
            (Triangles([12]), r"there is no triangle 12; give numbers from 0 to 11"),
            (Triangles([]), "has no triangles"),
            (Nearest(TOP, 13), r"number is 13; give at most 12"),
            (Region("neck"), r"has no region 'neck', only membrane"),
            (Grown(TOP, 7.0), r"area is 7 um\^2, but the surface around the seed .* has 6 um\^2. Give less"),
        ],
    )
    def test_what_chooses_nothing_or_is_not_there(self, where, message):
        with pytest.raises(GeometryError, match=message):
            CUBE.with_region("psd", where)

    def test_a_patch_larger_than_the_surface_is_not_cut_either(self):
        with pytest.raises(GeometryError, match=r"area is 7 um\^2, but .* has 6 um\^2. Give less"):
            CUBE.with_region("psd", Grown(TOP, 7.0), exact=True)

    def test_a_patch_smaller_than_any_triangle_is_refused(self):
        with pytest.raises(GeometryError, match=r"area is 1e-300 um\^2, less than can be cut out of a surface of"):
            cube(0.05).with_region("psd", Grown((0.0, 0.0, 0.2), 1e-300), exact=True)

    def test_a_plane_that_only_touches_an_edge_cuts_nothing_off(self):
        with pytest.raises(GeometryError, match="'psd' of 'cube' has no triangles"):
            CUBE.with_region("psd", HalfSpace((0.5, 0.5, 0.4), (1.0, 1.0, 0.0)), exact=True)

    def test_nothing_to_cut(self):
        with pytest.raises(GeometryError, match="exact=True has no border to cut: Facing follows triangles"):
            CUBE.with_region("psd", Facing((0.0, 0.0, 1.0)), exact=True)

    @pytest.mark.parametrize("name", ["", "  "])
    def test_blank_names(self, name):
        with pytest.raises(GeometryError, match="give a name that is not blank"):
            CUBE.with_region(name, Height(low=0.0))

    def test_what_is_no_place(self):
        with pytest.raises(ArgumentError, match=r"where is 'top' \(str\); give a Selector or a Place"):
            CUBE.with_region("psd", "top")

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: HalfSpace(TOP, (0.0, 0.0, 0.0)), "HalfSpace: normal is .* not all zero"),
            (lambda: HalfSpace((0.0, 1.0), TOP), r"HalfSpace: point \(um\) is .*; give three finite numbers"),
            (lambda: Height(), "neither low nor high"),
            (lambda: Height(1.0, 0.5), "runs from 1 to 0.5 um; give the lower one first"),
            (lambda: Height(1.0, axis="w"), "Height: axis 'w' is unknown"),
            (lambda: Facing(TOP, -1.0), "within_deg is -1.0; give an angle from 0 to 180"),
            (lambda: Nearest(TOP, 0), "number is 0; give a whole number >= 1"),
            (lambda: Grown(TOP, 0.0), r"area \(um\^2\) is 0.0; give a finite number > 0"),
        ],
    )
    def test_selectors_that_mean_nothing(self, make, message):
        with pytest.raises(GeometryError, match=message):
            make()


@pytest.mark.skipif(not MESHES.is_dir(), reason="the published meshes are not there")
class TestPublishedSpine:
    """A spine from electron microscopy on its dendrite, with the two synapses that its authors drew."""

    SPINE = "spineapparatus_real_plasma_membrane.ply"

    def test_a_synapse_of_a_given_area_is_cut_into_its_head(self):
        mesh = load_mesh(MESHES / self.SPINE, scale_to_um=1.0)
        cut = mesh.with_region("psd3", Grown(tuple(mesh.vertices[mesh.vertices[:, 2].argmax()]), 0.05), exact=True)
        assert cut.area("psd3") == pytest.approx(0.05, rel=1e-9)
        assert set(cut.region_names) == {*mesh.region_names, "psd3"}
        assert cut.volume == pytest.approx(mesh.volume, rel=1e-12)
        assert cut.area("psd1") + cut.area("psd2") == pytest.approx(mesh.area("psd1") + mesh.area("psd2"), rel=1e-12)


def test_a_region_is_dropped_into_the_membrane():
    mesh = sphere(0.5, 2).with_region("psd", Height(low=0.3)).with_region("neck", Height(high=-0.3))
    assert mesh.without_region("psd").region_names == ("membrane", "neck")
    assert mesh.without_region("psd").area("membrane") == pytest.approx(mesh.area("membrane") + mesh.area("psd"))
    whole = mesh.with_region("rest", Region("membrane"))
    assert whole.without_region("rest").area("membrane") == pytest.approx(mesh.area("membrane"))
    with pytest.raises(GeometryError, match=r"has no region 'pds', only .*; did you mean 'psd'"):
        mesh.without_region("pds")
    with pytest.raises(GeometryError, match="The membrane of 'sphere' has what belongs to no region"):
        mesh.without_region("membrane")
