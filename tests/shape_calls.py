"""Arguments of every function that makes a shape, and of what kind they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nanospine import box, capsule, cube, cubic_head, cylinder, ellipsoid, revolved_spine, sphere, spine

SHAPES: dict[Callable[..., Any], tuple[dict[str, Any], str]] = {
    box: ({"edges": (1.0, 1.0, 1.0)}, "numbers: edges; names: regions; text: name"),
    cube: ({"volume_um3": 0.05}, "number: volume_um3; names: regions; text: name"),
    cubic_head: ({"volume_um3": 0.05, "neck_patch_edge_um": 0.15}, "number: volume_um3 neck_patch_edge_um"),
    sphere: ({"volume": 0.05, "subdivisions": 1}, "number: radius volume; count: subdivisions"),
    ellipsoid: ({"radii": (0.1, 0.1, 0.2), "subdivisions": 1}, "numbers: radii; count: subdivisions"),
    cylinder: ({"radius": 0.1, "length": 0.2, "rings": 2}, "number: radius length; count: rings"),
    capsule: ({"radius": 0.1, "length": 0.2, "rings": 2}, "number: radius length; count: rings"),
    spine: (
        {"kind": "stubby", "edge_um": 0.1},
        "text: kind; number: edge_um head_radius neck_radius neck_length dendrite_radius dendrite_length psd_area",
    ),
    revolved_spine: (
        {"shape": "thin", "edge_um": 0.06},
        "number: scale head_volume psd_area dendrite_radius dendrite_length edge_um apparatus_end",
    ),
}
