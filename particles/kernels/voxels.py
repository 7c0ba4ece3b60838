"""Which voxel of a regular grid holds a point."""

import numpy as np

from ...compiled.decorators import inline


@inline
def index_within(distance, per_um, size):
    """Return the index of the voxel at a distance from the edge of a grid, clamped to its `size` voxels."""
    return np.int32(min(max(distance * per_um, 0.0), size - 1.0))


@inline
def index_along(cells, axis, coordinate):
    """Return the index along one axis of the voxel that holds a coordinate, clamped to the grid."""
    return np.int64(index_within(coordinate - cells.origin[axis], cells.per_um[axis], cells.dims[axis]))
