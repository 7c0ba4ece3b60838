"""Boxes and shells in one form: the points of a box whose distance to a centre lies between two radii."""

from ...compiled.decorators import inline

#: Columns: lower and upper corner of the box, centre, squared radii (um, um^2).
ZONE = 11


@inline
def is_within(zone, x, y, z):
    """Say whether a point is in a zone."""
    if (
        x < zone[0] or y < zone[1] or z < zone[2]
        or x >= zone[3] or y >= zone[4] or z >= zone[5]
    ):  # fmt: skip
        return False
    dx, dy, dz = x - zone[6], y - zone[7], z - zone[8]
    distance2 = dx * dx + dy * dy + dz * dz
    return zone[9] <= distance2 and distance2 < zone[10]
