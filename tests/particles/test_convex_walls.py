"""Ways out of convex meshes: the first plane on a path, one by one and in blocks."""

import numba
import numpy as np
import pytest

from nanospine import (
    Assembly,
    Model,
    Release,
    Simulation,
    Species,
    box,
    cylinder,
    sphere,
    spine,
)
from nanospine.compiled.decorators import OPTIONS
from nanospine.geometry import TriangleMesh, cubic_head
from nanospine.particles import lower
from nanospine.particles.kernels.convex import find_ends_in_convex, way_out
from nanospine.particles.kernels.move import walk
from nanospine.particles.kernels.state import BLOCK
from nanospine.particles.kernels.tables import INSIDE, SOME_WALL
from nanospine.particles.kernels.walls import ends_in, first_hit, passes_a_plane, triangle_at
from nanospine.particles.state import new_scratch


@numba.njit(**OPTIONS)
def leave(walls, x, y, z, dx, dy, dz):  # type: ignore[no-untyped-def]  # as kernels are
    """Return through which triangle, and at which fraction, a path from inside leaves a convex mesh."""
    triangle, fraction = way_out(walls, x, y, z, dx, dy, dz)
    if triangle >= 0:
        triangle = triangle_at(walls, triangle, x + fraction * dx, y + fraction * dy, z + fraction * dz)
    return triangle, fraction


@pytest.mark.parametrize(
    "mesh",
    [sphere(volume=1.0, subdivisions=4), cylinder(0.1, 1.0), box((0.1, 0.3, 1.0))],
    ids=["sphere", "cylinder", "plate"],
)
@pytest.mark.parametrize("length", [0.02, 0.2])
def test_a_path_leaves_a_convex_mesh_where_it_passes_the_first_plane_of_all(mesh: TriangleMesh, length: float) -> None:
    walls = lower(Model(mesh, species=[Species("A", 220.0)])).walls
    assert walls.convex
    rng = np.random.default_rng(1)
    starts = rng.uniform(*mesh.bounds, (8000, 3))
    starts = starts[mesh.contains(starts)]
    steps = rng.normal(0.0, length, starts.shape)
    approach = steps @ walls.plane[:, :3].T
    height = starts @ walls.plane[:, :3].T - walls.plane[:, 3]
    expected = np.where(approach > 0, -height / approach, np.inf).min(axis=1)
    found = np.array([leave(walls, *start, *step) for start, step in zip(starts, steps, strict=True)])
    crosses = expected <= 1.0
    assert 100 < crosses.sum() < len(starts) - 100
    assert (found[~crosses] == (-1, 2)).all()
    assert found[crosses, 1] == pytest.approx(expected[crosses], rel=1e-9, abs=1e-12)


def test_a_path_that_leaves_a_convex_mesh_meets_the_triangle_that_it_leaves_through() -> None:
    """Several triangles and two regions lie in the plane of the neck."""
    mesh = cubic_head(0.05)
    walls = lower(Model(mesh, species=[Species("A", 220.0)])).walls
    assert walls.convex
    (x0, y0, z0), (x1, y1, _) = mesh.bounds
    rng, regions = np.random.default_rng(1), {True: 0, False: 0}
    for _ in range(500):
        start = np.array([rng.uniform(0.9 * x0, 0.9 * x1), rng.uniform(0.9 * y0, 0.9 * y1), 0.95 * z0])
        step = np.array([*rng.normal(0.0, 0.01, 2), 0.1 * z0])
        triangle, fraction = leave(walls, *start, *step)
        x, y, z = start + fraction * step
        assert z == pytest.approx(z0)
        in_neck = max(abs(x), abs(y)) < 0.075
        regions[in_neck] += 1
        assert mesh.region_names[mesh.face_region[triangle]] == ("neck" if in_neck else "membrane")
    assert min(regions.values()) > 50


@numba.njit(**OPTIONS)
def end_both_ways(particles, walls, passage, scratch, ends):  # type: ignore[no-untyped-def]  # as kernels are
    """Find the ends of a block of paths, and write to `ends` where each ends that walks alone."""
    find_ends_in_convex(particles, walls, scratch, BLOCK)
    for k in range(BLOCK):
        start, step = scratch.start[k::BLOCK], scratch.displacement[k::BLOCK]
        x, y, z, dx, dy, dz = start[0], start[1], start[2], step[0], step[1], step[2]
        ends[k, 0], ends[k, 1], ends[k, 2], _, _ = walk(walls, passage, 0, INSIDE, x, y, z, dx, dy, dz)


@pytest.mark.parametrize("mesh", [sphere(volume=0.01, subdivisions=4), cylinder(0.05, 0.3)], ids=["sphere", "cylinder"])
def test_paths_in_a_convex_mesh_end_in_a_block_where_each_would_alone(mesh: TriangleMesh) -> None:
    model = Model(mesh, species=[Species("A", 220.0)], releases=[Release("A", number=BLOCK)])
    simulation, scratch = Simulation(model, seed=1), new_scratch(BLOCK)
    particles, passage = simulation._particles, simulation._tally.passage
    step = np.random.default_rng(1).normal(0.0, 0.05, (BLOCK, 3)).astype(np.float32)
    start = particles.position[:BLOCK]
    scratch.moving[:] = np.arange(BLOCK)
    scratch.start[:], scratch.displacement[:] = start.T.ravel(), step.T.ravel()
    expected = np.empty((BLOCK, 3))
    end_both_ways(particles, lower(model).walls, passage, scratch, expected)
    ends = scratch.end.reshape(3, BLOCK).T
    assert ends == pytest.approx(expected, abs=1e-12)
    assert mesh.contains(ends).all()
    reflected = np.abs(expected - start - step).max(axis=1) > 1e-9
    assert 100 < reflected.sum() < BLOCK - 100
    assert np.array_equal(scratch.meets, SOME_WALL * reflected)


@numba.njit(**OPTIONS)
def look(walls, x, y, z, dx, dy, dz):  # type: ignore[no-untyped-def]  # as kernels are
    """Say whether a path passes a plane, and return the triangle that a path from inside meets, -1 if none."""
    passes = passes_a_plane(walls, x, y, z, x + dx, y + dy, z + dz)
    return passes, first_hit(walls, INSIDE, x, y, z, dx, dy, dz)[0]


@pytest.mark.parametrize("length", [0.02, 0.1])
def test_a_path_that_passes_no_plane_near_it_meets_no_triangle(length: float) -> None:
    """Those in the dendrite, around the neck and in the head."""
    mesh = spine()
    walls = lower(Model(mesh, species=[Species("A", 220.0)])).walls
    assert not walls.convex
    rng = np.random.default_rng(1)
    starts = rng.uniform(*mesh.bounds, (8000, 3))
    starts = starts[mesh.contains(starts)]
    found = np.array([look(walls, *start, *rng.normal(0.0, length, 3)) for start in starts])
    passes, hits = found[:, 0] == 1, found[:, 1] >= 0
    assert 100 < hits.sum() < passes.sum() < len(starts) - 100
    assert not (hits & ~passes).any()


@numba.njit(**OPTIONS)
def arrives(walls, home, x, y, z, dx, dy, dz):  # type: ignore[no-untyped-def]  # as kernels are
    """Give `ends_in` a door to Python."""
    return ends_in(walls, home, x, y, z, dx, dy, dz)


def test_a_path_along_an_edge_comes_to_an_end() -> None:
    """Within rounding of the edge x = 0.125, z = -0.125 of the inner cube both its faces are passed there."""
    mesh = Assembly({"out": box((0.5, 0.5, 0.5)), "in": box((0.25, 0.25, 0.25))})
    walls = lower(Model(mesh, species=[Species("A", 100.0)])).walls
    start, beside = np.array([0.124, 0.06, -0.128]), np.array([0.125 + 0.625e-9, 0.0615103636, -0.125])
    for reach in (1.0, 5.304, 20.0):
        assert arrives(walls, INSIDE, *start, *(reach * (beside - start))) in (True, False)
    assert arrives(walls, INSIDE, *start, 0.0, 0.0, -0.01)
    assert not arrives(walls, INSIDE, *start, 0.0, 0.0, 0.01)
