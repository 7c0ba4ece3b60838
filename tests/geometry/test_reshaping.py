"""Meshes are scaled, turned, refined, made coarser and clipped, and keep their regions."""

from __future__ import annotations

import numpy as np
import pytest

from nanospine import Ball, Box, box, cube, sphere
from nanospine.geometry.regions import Height
from nanospine.model.errors import GeometryError

CUBE = cube(1.0).with_region("top", Height(low=0.4))
BALL = sphere(0.5, 3).with_region("top", Height(low=0.2), exact=True)


def test_the_centre_is_that_of_the_area():
    assert CUBE.center("top") == pytest.approx([0.0, 0.0, 0.5])
    assert CUBE.refined(0.4).center() == pytest.approx([0.0, 0.0, 0.0], abs=1e-15)
    uneven = box((1.0, 1.0, 1.0)).with_region("psd", Ball((0.0, 0.0, 0.5), 0.2), exact=True)
    assert uneven.center() == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)
    with pytest.raises(GeometryError, match="has no region 'bottom'"):
        CUBE.center("bottom")


def test_a_scaled_mesh_has_its_lengths_times_the_factor():
    smaller = BALL.moved((1.0, 0.0, 0.0)).scaled(0.5)
    assert smaller.volume == pytest.approx(BALL.volume / 8)
    assert smaller.area("top") == pytest.approx(BALL.area("top") / 4)
    assert smaller.bounds.mean(axis=0) == pytest.approx([0.5, 0.0, 0.0])
    for factor in (0.0, -1.0):
        with pytest.raises(GeometryError, match=r"scaled: factor is .*; give a finite number > 0"):
            BALL.scaled(factor)


class TestRotated:
    def test_counter_clockwise_seen_from_the_tip_of_the_axis(self):
        turned = CUBE.rotated((0.0, 2.0, 0.0), 90.0)
        assert turned.center("top") == pytest.approx([0.5, 0.0, 0.0])

    def test_about_a_point(self):
        turned = CUBE.rotated((0.0, 0.0, 1.0), 180.0, about=(1.0, 0.0, 0.0))
        assert turned.center("top") == pytest.approx([2.0, 0.0, 0.5])

    def test_shape_and_regions_stay(self):
        turned = BALL.rotated((1.0, 2.0, 3.0), 77.0, about=(1.0, 0.0, 0.0))
        assert turned.volume == pytest.approx(BALL.volume, rel=1e-12)
        assert turned.face_areas == pytest.approx(BALL.face_areas, rel=1e-10)
        back = turned.rotated((1.0, 2.0, 3.0), -77.0 - 3600.0, about=(1.0, 0.0, 0.0))
        assert back.vertices == pytest.approx(BALL.vertices, abs=1e-14)

    @pytest.mark.parametrize("axis", [(0.0, 0.0, 0.0), (1.0, 0.0), (np.nan, 0.0, 0.0)])
    def test_an_axis_is_a_direction(self, axis):
        with pytest.raises(GeometryError, match="rotated: axis"):
            CUBE.rotated(axis, 10.0)


class TestRefined:
    @pytest.mark.parametrize("edge", [0.5, 0.1, 0.03])
    def test_edges_are_no_longer_and_the_surface_stays(self, edge):
        finer = CUBE.refined(edge)
        corners = finer.vertices[finer.faces]
        assert np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max() <= edge * (1 + 1e-9)
        assert finer.volume == pytest.approx(1.0, rel=1e-12)
        assert finer.area("top") == pytest.approx(CUBE.area("top"), rel=1e-12)
        assert finer.describe()["smallest_angle_deg"] > 20.0
        assert len(finer.faces) < 8 * 6.0 / edge**2

    def test_what_is_fine_enough_stays_as_it_is(self):
        assert CUBE.refined(2.0) == CUBE

    def test_lengths_that_are_none_or_too_short(self):
        with pytest.raises(GeometryError, match=r"edge \(um\) is 0.0; give a finite number > 0"):
            CUBE.refined(0.0)
        with pytest.raises(GeometryError, match=r"would make some 2.4e\+07 triangles of 'cube'; give longer ones"):
            CUBE.refined(1e-3)


class TestCoarsened:
    @pytest.mark.parametrize("triangles", [1000, 500, 200])
    def test_no_more_triangles_than_asked_for(self, triangles):
        coarser = BALL.coarsened(triangles=triangles)
        # Of a sphere many vertices are as flat as one another, and go at once.
        assert 0.6 * triangles < len(coarser.faces) <= triangles
        assert coarser.volume == pytest.approx(BALL.volume, rel=1e-9)
        # The area of an icosphere of 80 triangles and this volume is 5 % larger than the sphere's.
        assert coarser.area("top") == pytest.approx(BALL.area("top"), rel=0.1)

    def test_by_the_edge_of_as_many_equilateral_triangles(self):
        coarser = BALL.coarsened(edge=0.1)
        assert coarser == BALL.coarsened(triangles=int(BALL.area() * 4 / np.sqrt(3) / 0.01))

    def test_flat_surfaces_lose_nothing(self):
        coarser = CUBE.refined(0.2).coarsened(triangles=30)
        assert coarser.volume == pytest.approx(1.0, rel=1e-9)
        assert coarser.area("top") == pytest.approx(CUBE.area("top"), rel=1e-9)

    def test_what_is_coarse_enough_stays_as_it_is(self):
        assert BALL.coarsened(triangles=10_000) == BALL

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({}, "either triangles or edge"),
            ({"triangles": 10, "edge": 0.1}, "either triangles or edge"),
            ({"triangles": 3}, "triangles is 3; give a whole number >= 4"),
            ({"edge": 0.0}, r"edge \(um\) is 0.0"),
            ({"triangles": 60}, r"of 1444 triangles cannot have 60: its surface would .*; give more"),
            ({"triangles": 4}, r"has no closed shape of 4 with its regions; give more"),
        ],
    )
    def test_what_cannot_be(self, options, message):
        with pytest.raises(GeometryError, match=message):
            BALL.coarsened(**options)


class TestClipped:
    def test_what_lies_within_the_box_is_closed_by_a_region(self):
        part = CUBE.clipped(Box((0.5, 0.0, 0.0), (0.5, 2.0, 2.0)))
        assert part.volume == pytest.approx(0.25, rel=1e-12)
        assert part.area("cut") == pytest.approx(1.0, rel=1e-12)
        assert part.area("top") == pytest.approx(0.25, rel=1e-12)
        assert part.centroids[part.region_faces("cut")][:, 0] == pytest.approx(0.25)
        assert part.region_names == ("membrane", "top", "cut")

    def test_several_sides_and_a_name_of_ones_own(self):
        part = BALL.clipped(Box((0.0, 0.0, 0.0), (0.4, 0.4, 2.0)), region="ends")
        section = BALL.clipped(Box((0.0, 0.0, 0.0), (0.4, 2.0, 2.0))).area("cut")
        assert 0.0 < part.area("ends") < 2 * section
        assert part.volume < BALL.volume

    def test_a_region_that_lies_outside_is_named(self):
        below = Box((0.0, 0.0, -0.5), (2.0, 2.0, 1.0))
        with pytest.raises(GeometryError, match=r"Nothing of 'top' of 'sphere' lies within Box.*drop=True"):
            BALL.clipped(below)
        assert BALL.clipped(below, drop=True).region_names == ("membrane", "cut")

    def test_boxes_that_hold_all_or_nothing(self):
        with pytest.raises(GeometryError, match=r"lies within Box.* already; give a smaller box"):
            CUBE.clipped(Box((0.0, 0.0, 0.0), (2.0, 2.0, 2.0)))
        with pytest.raises(GeometryError, match="No part of 'cube' lies within Box"):
            CUBE.clipped(Box((5.0, 0.0, 0.0), (2.0, 2.0, 2.0)))


def test_notebooks_show_the_figures_as_a_table():
    html = CUBE._repr_html_()
    assert html.startswith("<table><caption>cube</caption>")
    assert "<th>area of top</th><td>1 um&sup2;</td>" in html
    assert "&lt;b&gt;" in sphere(0.5, 1).with_region("<b>", Height(low=0.0))._repr_html_()
