"""The signed distance of a spine: sphere, neck and dendrite joined by a polynomial smooth minimum.

The smooth minimum of a and b is min(a, b) - max(w - abs(a - b), 0)**2 / (4 w) with width w (Quilez, 2013,
"Smooth minimum").
"""

from __future__ import annotations

import math

from ...compiled.jit import vectorized

# Share of the neck's radius over which neighbouring parts melt into each other.
FILLET = 0.5


@vectorized
def spine_distance(
    x: float,
    y: float,
    z: float,
    head_radius: float,
    head_middle: float,
    neck_radius: float,
    dendrite_radius: float,
    dendrite_length: float,
) -> float:
    """Return the signed distance (um) of points from a spine's surface, negative inside; sizes in um."""
    head = math.sqrt(x * x + y * y + (z - head_middle) ** 2) - head_radius
    # The neck's axis runs from the dendrite's to the middle of the head.
    neck_z = min(max(z, 0.0), head_middle)
    neck = math.sqrt(x * x + y * y + (z - neck_z) ** 2) - neck_radius
    dendrite_x = min(max(x, -0.5 * dendrite_length), 0.5 * dendrite_length)
    dendrite = math.sqrt((x - dendrite_x) ** 2 + y * y + z * z) - dendrite_radius
    width = FILLET * neck_radius
    nearest = head
    for other in (neck, dendrite):
        overlap = max(width - abs(nearest - other), 0.0)
        nearest = min(nearest, other) - overlap * overlap / (4.0 * width)
    return nearest
