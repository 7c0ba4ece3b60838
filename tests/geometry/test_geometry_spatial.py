"""The wall grid finds every wall near a point."""

import numpy as np
import pytest

from nanospine.geometry import TriangleMesh, box, cubic_head, sphere, spine, wall_grid
from nanospine.model.errors import GeometryError


def cell_numbers(grid, points):
    index = np.floor((points - grid.origin) / grid.cell).astype(int)
    assert (index >= 0).all()
    assert (index < grid.dims).all()
    return index @ [1, grid.dims[0], grid.dims[0] * grid.dims[1]]


def dented_cube(depth=1e-6):
    mesh = cubic_head(0.05)
    vertices = mesh.vertices.copy()
    # A corner of the neck patch, pushed inwards.
    vertices[mesh.faces[mesh.region_faces("neck")[0], 0], 2] += depth
    return TriangleMesh.from_arrays(vertices, mesh.faces)


@pytest.fixture(params=["head", "ball"])
def mesh(request):
    return {"head": cubic_head(0.05), "ball": sphere(0.3, 3)}[request.param]


def test_arrays_have_the_types_that_kernels_expect(mesh):
    grid = wall_grid(mesh)
    cells = int(np.prod(grid.dims))
    assert (grid.origin.dtype, grid.dims.dtype) == (np.float64, np.int32)
    assert (grid.start.dtype, grid.triangles.dtype, grid.clearance.dtype) == (np.int32, np.int32, np.float32)
    assert grid.start.shape == (cells + 1,)
    assert grid.clearance.shape == (cells,)
    assert grid.start[-1] == len(grid.triangles)


def test_every_point_of_a_triangle_lies_in_a_cell_that_lists_it(mesh):
    grid = wall_grid(mesh)
    rng = np.random.default_rng(4)
    triangle = rng.integers(len(mesh.faces), size=20_000)
    weights = rng.dirichlet([1.0, 1.0, 1.0], size=len(triangle))
    points = np.einsum("pi,pik->pk", weights, mesh.vertices[mesh.faces[triangle]])
    listed = set(zip(np.repeat(np.arange(len(grid.clearance)), np.diff(grid.start)), grid.triangles, strict=True))
    assert set(zip(cell_numbers(grid, points), triangle, strict=True)) <= listed


def test_no_cell_lists_a_triangle_that_is_not_there():
    mesh = sphere(0.3, 3)
    grid = wall_grid(mesh, 0.05)
    cell = np.repeat(np.arange(len(grid.clearance)), np.diff(grid.start))
    nx, ny, _ = grid.dims
    centre = grid.origin + grid.cell * (np.stack([cell % nx, cell // nx % ny, cell // (nx * ny)], axis=1) + 0.5)
    ticks = np.linspace(0.0, 1.0, 60)
    u, v = (w.ravel() for w in np.meshgrid(ticks, ticks))
    weights = np.stack([u, v, 1 - u - v], axis=1)[u + v <= 1.0 + 1e-12]
    corners = mesh.vertices[mesh.faces[grid.triangles]]
    nearest = np.array([np.abs(weights @ c - m).max(axis=1).min() for c, m in zip(corners, centre, strict=True)])
    # The nearest of the sampled points is at most one step of the lattice from the nearest point.
    step = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max() / 59
    assert (nearest <= 0.5 * grid.cell * (1 + 2e-4) + step).all()


def cell_indices(grid):
    number = np.arange(len(grid.clearance))
    nx, ny, _ = grid.dims
    return np.stack([number % nx, number // nx % ny, number // (nx * ny)], axis=1)


def test_clearance_is_the_distance_between_a_cell_and_the_nearest_cell_with_a_wall():
    grid = wall_grid(cubic_head(0.01), 0.03)
    filled = np.diff(grid.start) > 0
    index = cell_indices(grid)
    apart = np.maximum(np.abs(index[:, None] - index[filled][None]) - 1, 0)
    expected = grid.cell * np.sqrt((apart**2).sum(axis=2).min(axis=1))
    np.testing.assert_allclose(grid.clearance, expected, rtol=1e-6)
    assert (grid.clearance <= expected).all()


def test_inside_are_the_cells_that_lie_wholly_inside(mesh):
    grid = wall_grid(mesh, 0.03)
    centre = grid.origin + grid.cell * (cell_indices(grid) + 0.5)
    np.testing.assert_array_equal(grid.inside, mesh.contains(centre) & (np.diff(grid.start) == 0))


@pytest.mark.parametrize(
    ("shape", "convex"),
    [(cubic_head(0.05), True), (sphere(0.3, 3), True), (spine("thin"), False), (dented_cube(), False)],
)
def test_convex_is_a_mesh_that_bends_inwards_nowhere(shape, convex):
    assert shape.is_convex == convex


def test_the_grid_leaves_a_margin_of_a_cell(mesh):
    grid = wall_grid(mesh)
    # Rounding of the grid's corners.
    slack = 1e-12
    assert (grid.origin <= mesh.bounds[0] - grid.cell + slack).all()
    assert (grid.origin + grid.cell * grid.dims >= mesh.bounds[1] + grid.cell - slack).all()


def test_the_usual_cell_suits_the_mesh():
    assert wall_grid(cubic_head(0.05)).cell == 0.02
    assert wall_grid(box((0.08, 0.08, 0.08))).cell == pytest.approx(0.005)
    assert np.prod(wall_grid(box((30.0, 30.0, 30.0))).dims.astype(float)) <= 1e6
    fine = sphere(0.5, 5)
    assert np.diff(wall_grid(fine).start).max() < 20


def test_refuses_cells_that_cannot_be():
    mesh = cubic_head(0.05)
    with pytest.raises(GeometryError, match=r"cell of a wall grid is 0.0 um; give a positive"):
        wall_grid(mesh, 0.0)
    with pytest.raises(GeometryError, match=r"cells, more than 1000000; give larger cells"):
        wall_grid(mesh, 0.001)
