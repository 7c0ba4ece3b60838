"""Reaction voxels fill the inside of a mesh, each with the volume that is accessible in it."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.transform import Rotation

from nanospine import box, cubic_head, cylinder, sphere
from nanospine.geometry import Assembly, TriangleMesh, reaction_voxels
from nanospine.geometry.voxel_volumes import voxel_volumes
from nanospine.model.errors import GeometryError

TURNED_BOX = box((0.4, 0.5, 0.6))
TURNED_BOX = TriangleMesh.from_arrays(
    Rotation.from_euler("xyz", [0.3, 0.4, 0.5]).apply(TURNED_BOX.vertices.copy()), TURNED_BOX.faces
)
MESHES = {"sphere": sphere(0.5, 3), "turned box": TURNED_BOX, "cylinder": cylinder(0.3, 0.5)}


@pytest.fixture(params=MESHES)
def mesh(request):
    return MESHES[request.param]


def raw_volumes(mesh, voxels):
    return voxel_volumes(mesh.vertices, mesh.faces, voxels.origin, voxels.size, voxels.dims).ravel()


def test_a_box_is_filled_by_whole_voxels():
    mesh = cubic_head(0.05)
    voxels = reaction_voxels(mesh, 0.03)
    assert voxels.dims.tolist() == [12, 12, 12]
    # Rounding: a few hundred additions of numbers of the order of the voxel's volume.
    np.testing.assert_allclose(voxels.volume, 0.05 / 12**3, rtol=1e-12)
    assert not voxels.cut.any()
    np.testing.assert_array_equal(voxels.cell_of_voxel, [np.arange(12**3)])


def test_a_voxel_as_large_as_the_mesh_holds_all():
    voxels = reaction_voxels(sphere(0.5), 10.0)
    assert voxels.volume == pytest.approx([sphere(0.5).volume])
    assert voxels.cut.tolist() == [1]


def test_volumes_add_up_before_any_normalisation(mesh):
    inside = raw_volumes(mesh, reaction_voxels(mesh, 0.06))
    assert inside.sum() == pytest.approx(mesh.volume, rel=1e-12)
    assert inside.min() > -1e-12 * inside.max()


def pulls(mesh, volumes, voxels, chosen, n=20_000):
    """Return the z of each chosen voxel's volume against a count of random points inside."""
    rng = np.random.default_rng(5)
    index = np.stack(np.unravel_index(chosen, tuple(voxels.dims), order="F"), axis=1)
    points = voxels.origin + voxels.size * (index[:, None] + rng.random((len(chosen), n, 3)))
    hits = mesh.contains(points.reshape(-1, 3)).reshape(len(chosen), n).sum(axis=1)
    share = volumes[chosen] / np.prod(voxels.size)
    return (hits - n * share) / np.sqrt(n * share * (1.0 - share))


def test_single_cut_voxels_agree_with_random_points(mesh):
    voxels = reaction_voxels(mesh, 0.06)
    inside = raw_volumes(mesh, voxels)
    share = inside / np.prod(voxels.size)
    chosen = np.flatnonzero((share > 0.05) & (share < 0.95))[::7][:60]

    def p_value(volumes):
        return stats.chi2.sf((pulls(mesh, volumes, voxels, chosen) ** 2).sum(), len(chosen))

    assert p_value(inside) > 1e-3
    assert p_value(1.02 * inside) < 1e-3


def test_grid_planes_that_pass_through_vertices_do_no_harm():
    mesh = sphere(0.5, 2)
    for voxel_um in (0.5, 0.25, 0.125):
        inside = raw_volumes(mesh, reaction_voxels(mesh, voxel_um))
        assert inside.sum() == pytest.approx(mesh.volume, rel=1e-12)
    shares = raw_volumes(mesh, reaction_voxels(mesh, 0.5)) / mesh.volume
    # The icosphere has mirror planes x = 0, y = 0 and z = 0.
    np.testing.assert_allclose(shares, 1.0 / 8.0, rtol=1e-12)


def test_every_point_inside_has_a_cell_and_none_holds_too_little(mesh):
    voxels = reaction_voxels(mesh, 0.06)
    points = np.random.default_rng(6).uniform(*mesh.bounds, (50_000, 3))
    assert (voxels.cell_at(points[mesh.contains(points)]) >= 0).all()
    assert (voxels.cell_at(mesh.vertices) >= 0).all()
    assert (voxels.cell_at(mesh.centroids) >= 0).all()
    assert (voxels.volume >= 0.25 * np.prod(voxels.size)).all()
    assert voxels.volume.sum() == pytest.approx(mesh.volume, rel=1e-12)


def test_points_off_the_grid_have_no_cell():
    voxels = reaction_voxels(cubic_head(0.05), 0.05)
    assert voxels.cell_at([[0.0, 0.0, 0.3], [-0.3, 0.0, 0.0]]).tolist() == [-1, -1]


def test_cells_and_voxels_know_each_other(mesh):
    voxels = reaction_voxels(mesh, 0.06)
    cell = np.repeat(np.arange(len(voxels.volume)), np.diff(voxels.voxel_start))
    np.testing.assert_array_equal(voxels.cell_of_voxel[0, voxels.voxels], cell)
    assert (np.diff(voxels.voxel_start) >= 1).all()
    assert voxels.cell_of_voxel.dtype == voxels.voxels.dtype == voxels.voxel_start.dtype == np.int32
    assert (voxels.volume.dtype, voxels.cut.dtype) == (np.float64, np.uint8)


def test_voxels_that_walls_only_touch_hold_no_volume_of_a_cell():
    mesh = Assembly({"around": box((0.4, 0.4, 0.4)), "inner": box((0.2, 0.2, 0.08))})
    voxels = reaction_voxels(mesh, 0.02)
    middle = voxels.origin + voxels.size * (np.stack(np.unravel_index(voxels.voxels, voxels.dims, order="F"), 1) + 0.5)
    owner = np.repeat(voxels.compartment, np.diff(voxels.voxel_start))
    np.testing.assert_array_equal(mesh.compartment_at(middle), owner)
    for compartment in (0, 1):
        # Whatever rounding makes of a place on a wall, it has a cell on both sides.
        assert (voxels.cell_at(mesh.parts["inner"].vertices, compartment) >= 0).all()


def test_each_cell_has_a_point_inside(mesh):
    voxels = reaction_voxels(mesh, 0.06)
    assert mesh.contains(voxels.reference).all()
    np.testing.assert_array_equal(voxels.cell_at(voxels.reference), np.arange(len(voxels.volume)))


def test_only_cells_with_a_wall_are_cut():
    mesh = MESHES["sphere"]
    voxels = reaction_voxels(mesh, 1.0 / 16.0)
    touched = np.unique(voxels.cell_at(mesh.centroids))
    assert voxels.cut[touched].all()
    full = raw_volumes(mesh, voxels)[voxels.voxels[voxels.voxel_start[:-1]]] >= np.prod(voxels.size) * (1 - 1e-9)
    single = np.diff(voxels.voxel_start) == 1
    np.testing.assert_array_equal(voxels.cut[single] == 0, full[single])


@pytest.mark.parametrize("voxel_um", [0.0, -1.0, np.nan])
def test_refuses_an_edge_that_is_not_positive(voxel_um):
    with pytest.raises(GeometryError, match=r"edge of the reaction voxels is .* give a positive"):
        reaction_voxels(sphere(0.5), voxel_um)


def test_refuses_too_many_voxels():
    with pytest.raises(GeometryError, match=r"voxels, more than 8000000; give a larger edge"):
        reaction_voxels(sphere(0.5), 0.001)
